"""A producer that is replaced when it no longer delivers, against brokers that are frozen, away or unsuitable."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber

from casework.shared.integrator import sender as module
from casework.shared.integrator.sender import Sender
from casework.shared.runtime import messaging
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire

TOPICS = Topics.of("", 2)


@pytest.fixture(autouse=True)
def short_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ATTEMPT_S", 0.5)


async def until_sent(sender: Sender, value: bytes, outcome: bool) -> None:
    async with asyncio.timeout(30):
        while await sender.send(b"k", value) is not outcome:
            await asyncio.sleep(0.02)


async def until_arrived(sender: Sender, servers: str, topic: str, value: bytes) -> None:
    """Sent once more whenever it is not there: a sender promises no more than to have tried."""
    async with asyncio.timeout(30), AIOKafkaConsumer(topic, bootstrap_servers=servers) as consumer:
        await consumer.seek_to_beginning()
        found: list[bytes] = []
        while value not in found:
            await sender.send(b"k", value)
            for records in (await consumer.getmany(timeout_ms=300)).values():
                found += [record.value for record in records]


@pytest.mark.parametrize("stop_within", [2.0, 0.05], ids=["stops", "is-cut-short"])
async def test_a_frozen_broker_blocks_nobody_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, stop_within: float
) -> None:
    monkeypatch.setattr(messaging, "DISCARD_S", stop_within)
    broker = EmbeddedKafka(topics=TOPICS.all())
    await broker.start()
    sender = Sender(broker.servers, TOPICS.inbox, idempotent=False, linger_ms=5, security={})
    tasks_before = asyncio.all_tasks()
    try:
        await until_arrived(sender, broker.servers, TOPICS.inbox.name, b"before")
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            await until_sent(sender, b"frozen", False)
            assert sender.obstacle is not None
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await until_arrived(sender, broker.servers, TOPICS.inbox.name, b"after")
        await sender.close()
        async with asyncio.timeout(10):
            while asyncio.all_tasks() - tasks_before:
                await asyncio.sleep(0.02)
    finally:
        await sender.close()
        await broker.stop()


async def test_a_producer_that_keeps_its_records_for_ever_is_replaced(kafka_server: KafkaServer) -> None:
    """As an idempotent one does while its broker is away: no record ever fails, none arrives."""
    topics = await kafka_server.create_topics(fresh_prefix(), 2)
    idempotent = kafka_server.idempotent
    sender = Sender(kafka_server.servers, topics.inbox, idempotent=idempotent, linger_ms=3_600_000, security={})
    try:
        assert await sender.send(b"k", b"lingers")
        first = sender._producer
        await until_sent(sender, b"lingers too", True)
        async with asyncio.timeout(30):
            while sender._producer is first:
                await sender.send(b"k", b"lingers as well")
                await asyncio.sleep(0.05)
    finally:
        await sender.close()


@pytest.mark.parametrize("where", ["delivery", "producer"])
async def test_a_producer_that_failed_is_replaced(kafka_server: KafkaServer, where: str) -> None:
    """Some errors come back with every later record, others with every later call; a new producer heals both."""
    topics = await kafka_server.create_topics(fresh_prefix(), 2)
    idempotent = kafka_server.idempotent
    sender = Sender(kafka_server.servers, topics.inbox, idempotent=idempotent, linger_ms=200, security={})
    try:
        assert await sender.send(b"k", b"v")
        failed = sender._producer
        assert failed is not None
        if where == "delivery":
            (delivery,) = sender._unacknowledged
            delivery.set_exception(OutOfOrderSequenceNumber())
        else:
            await failed.flush()
            failed._message_accumulator.fail_all(OutOfOrderSequenceNumber())
            assert not await sender.send(b"k", b"refused")
        await asyncio.sleep(0)
        assert await sender.send(b"k", b"after")
        assert sender._producer is not failed
        await until_arrived(sender, kafka_server.servers, topics.inbox.name, b"after")
    finally:
        await sender.close()


async def test_a_broker_that_is_away_is_said_to_be() -> None:
    sender = Sender(f"127.0.0.1:{free_port()}", TOPICS.inbox, idempotent=False, linger_ms=5, security={})
    assert not await sender.send(b"k", b"v")
    assert isinstance(sender.obstacle, KafkaConnectionError)


async def test_idempotence_is_as_asked_for(kafka_server: KafkaServer) -> None:
    """A broker without idempotent producers shows it: asked for one, it gives none."""
    topics = await kafka_server.create_topics(fresh_prefix(), 2)
    for idempotent in (False, True):
        sender = Sender(kafka_server.servers, topics.inbox, idempotent=idempotent, linger_ms=5, security={})
        assert await sender.send(b"k", b"v") is (kafka_server.idempotent or not idempotent)
        await sender.close()
