"""No subscriber of any service is made with the library's defaults, and no other way to make one is used."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from faststream import AckPolicy
from faststream.kafka.subscriber.usecase import BatchSubscriber
from tests.contract.sessions import settings_of

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.messaging import MAX_POLL_MS, SESSION_MS, Messaging, make_broker, subscribe
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("shared/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
MAKERS = {"KafkaBroker", "AIOKafkaConsumer", "KafkaRouter", "subscriber", "publisher", "publish", "publish_batch"}


@pytest_asyncio.fixture(scope="module")
async def services(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """All four, put together as a process does."""
    async with postgres_server.database("contract") as url, stack_on(url, tmp_path_factory.mktemp("contract")) as stack:
        yield stack


def subscriptions_of(messaging: Messaging) -> list[tuple[str, str]]:
    return [(subscription.topic.name, subscription.group) for subscription in messaging._subscriptions]


@pytest.mark.parametrize("service", SERVICES)
def test_every_subscriber_loses_nothing_and_answers_nobody(services: Stack, service: str) -> None:
    runtime = next(runtime for name, runtime in services.runtimes.items() if name == service)
    broker = make_broker(settings_of("127.0.0.1:1", idempotent=True))
    for subscription in runtime.messaging._subscriptions:
        subscribe(broker, subscription)
    assert len(broker.subscribers) == len(subscriptions_of(runtime.messaging)) >= 1
    for subscriber in broker.subscribers:
        assert isinstance(subscriber, BatchSubscriber)
        assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
        assert subscriber._no_reply
        assert (subscriber.topic_names_for_subscribe[0], subscriber.group_id) in subscriptions_of(runtime.messaging)
        options = subscriber._connection_args
        assert options["auto_offset_reset"] == "earliest"
        assert options["enable_auto_commit"] is False
        assert (options["session_timeout_ms"], options["max_poll_interval_ms"]) == (SESSION_MS, MAX_POLL_MS)
        [call] = subscriber.calls
        assert call.item_parser is not None
        assert call.item_decoder is not None


def test_groups_are_told_apart_by_prefix_service_and_version(services: Stack) -> None:
    groups = [group for runtime in services.runtimes.values() for _, group in subscriptions_of(runtime.messaging)]
    assert len(groups) == len(set(groups)) == 5
    assert {group.split(".")[0] for group in groups} == set(SERVICES)
    assert all(group.rpartition(".")[2].startswith("v") for group in groups)


def test_the_broker_makes_no_topic_and_waits_for_its_handlers() -> None:
    broker = make_broker(settings_of("127.0.0.1:1", idempotent=True))
    assert broker.config.allow_auto_create_topics is False
    assert broker.config.graceful_timeout is not None
    assert broker.config.graceful_timeout > 15


def calls_in(path: Path) -> set[str]:
    """The names of what a file calls."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            function = node.func
            found.add(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))
    return found


def test_nothing_else_makes_a_broker_or_a_subscriber() -> None:
    used = {(path.name, name) for path in SOURCES for name in calls_in(path) & MAKERS}
    assert used == {
        ("messaging.py", "KafkaBroker"),
        ("messaging.py", "subscriber"),
        ("topic_reader.py", "AIOKafkaConsumer"),
        ("answers.py", "AIOKafkaConsumer"),  # the integrator's client
    }
