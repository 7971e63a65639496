"""Alarms out of the box: the product itself says what is late, stuck, orphaned or away, with service and shard."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import yaml
from tests.front.conftest import Split, split_on

from casework.shared.contracts.ids import shard_of
from casework.shared.runtime import alarms
from casework.shared.runtime.alarms import Behind
from casework.shared.runtime.database import begin
from casework.shared.runtime.metrics import Metrics
from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import running_services
from casework.shared.testing.stack import Stack, stack_on

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "casework.rules.yml"


class Time:
    """A clock of this test."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture
async def stack(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Stack]:
    async with postgres_server.database("alarms") as url, stack_on(url, tmp_path) as running:
        yield running


async def _standing(stack: Stack) -> list[dict[str, Any]]:
    async with stack.client(await stack.key("metrics:read")) as http:
        answer = await http.get("/v1/alarms")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["alarms"])


async def _look(stack: Stack, clock: Time, *services: str) -> None:
    for name in services:
        watch = stack.runtimes[name].alarms  # type: ignore[index]
        watch._clock = clock
        await watch.look()


@pytest.mark.practice("P179")
async def test_a_stopped_consumer_is_named_with_its_shard_within_a_minute(stack: Stack) -> None:
    """Resolution's consumer takes nothing in any more; intake goes on recording."""
    clock = Time()
    async with stack.client(await stack.key()) as http:
        desk = Desk(http, stack.settle)
        await desk.receive()
        await _look(stack, clock, "resolution")
        assert [each for each in await _standing(stack) if each["alarm"] == "consumer-lag"] == []
        stack.away.add("resolution")
        answer = await desk.post(
            "/v1/complaints", {"source": "crm", "source_reference": "1", "channel": "web", "category": "Fees"}
        )
        case_id = answer.json()["case_id"]
        await stack.settle()
        stack.away.discard("resolution")  # it is asked, and answers: only its consumer stands still
        stopped_at = clock.now
        raised: list[dict[str, Any]] = []
        while not raised and clock.now < stopped_at + 60:
            await _look(stack, clock, "resolution")
            raised = [each for each in await _standing(stack) if each["alarm"] == "consumer-lag"]
            clock.now += alarms.CHECK_S
        assert clock.now - stopped_at < 60
        named = {(each["service"], each["source"], each["shard"]) for each in raised}
        assert ("resolution", "intake", shard_of(UUID(case_id), 12)) in named
        assert all(each["value"] > each["threshold"] == 30.0 and each["action"] for each in raised)
        # Taken in, it is over.
        await stack.settle()
        await _look(stack, clock, "resolution")
        assert [each for each in await _standing(stack) if each["alarm"] == "consumer-lag"] == []


async def test_a_relay_that_sends_nothing_is_named_with_topic_and_shard(stack: Stack) -> None:
    clock = Time()
    async with stack.client(await stack.key()) as http:
        case_id = await Desk(http, stack.settle).receive()
    await _look(stack, clock, "intake", "followup")
    clock.now += 31
    await _look(stack, clock, "intake", "followup")
    found = {(each["service"], each["topic"], each["shard"]) for each in await _standing(stack)}
    shard = shard_of(UUID(case_id), 12)
    assert ("intake", "casework.events.v1", shard) in found
    assert ("followup", "casework.status.v1", shard) in found


async def test_a_source_that_does_not_answer(stack: Stack) -> None:
    clock = Time()
    stack.away.add("investigation")
    await _look(stack, clock, "investigation")
    clock.now += 31
    await _look(stack, clock, "investigation")
    found = {(each["alarm"], each["service"], each["source"]) for each in await _standing(stack)}
    assert found >= {("source-away", "investigation", each) for each in ("intake", "resolution", "followup")}


async def test_a_parked_case_an_orphan_and_one_without_movement_are_named(stack: Stack) -> None:
    clock = Time()
    async with stack.client(await stack.key()) as http:
        case_id = await Desk(http, stack.settle).receive()
    followup = stack.runtimes["followup"]
    async with begin(stack.admin) as work:
        await work.execute(
            "INSERT INTO resolution.parked_case (consumer, case_id, shard, reason) VALUES ($1, $2, $3, 'ValueError')",
            stack.runtimes["resolution"].reactor.consumer,
            UUID(case_id),
            shard_of(UUID(case_id), 12),
        )
        await work.execute(
            "UPDATE followup.case_status SET owner = '', changed_at = now() - interval '15 days' WHERE case_id = $1",
            UUID(case_id),
        )
        await work.execute("UPDATE followup.clock SET fires_at = now() - interval '5 minutes'")
    await _look(stack, clock, "resolution", "followup")
    found = {each["alarm"]: each for each in await _standing(stack)}
    for alarm, service in (
        ("parked-case", "resolution"),
        ("orphan", "followup"),
        ("case-without-movement", "followup"),
        ("clock-late", "followup"),
    ):
        assert (found[alarm]["service"], found[alarm]["cases"]) == (service, [case_id]), alarm
    assert 299 < found["clock-late"]["value"] < 330
    registry = followup.metrics.registry
    assert registry.get_sample_value("casework_clocks_late", {"service": "followup"}) >= 1  # type: ignore[operator]
    assert registry.get_sample_value("casework_still_cases", {"service": "followup"}) == 1
    assert registry.get_sample_value("casework_alarms", {"service": "followup", "alarm": "orphan"}) == 1


async def test_through_the_front_a_service_that_is_away_is_an_alarm(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with postgres_server.database("alarms") as url, split_on(url, tmp_path) as split:
        async with split.client() as http:
            assert (await http.get("/v1/alarms")).json() == {"alarms": []}
            assert (await _refused(split)).status_code == 403
            await split.stop("resolution")
            (alarm,) = (await http.get("/v1/alarms")).json()["alarms"]
        assert (alarm["alarm"], alarm["service"]) == ("service-away", "resolution")


async def _refused(split: Split) -> Any:
    async with split.client(split.other) as http:
        return await http.get("/v1/alarms")


def test_behind_since_the_first_head_that_is_not_passed() -> None:
    behind = Behind()
    assert behind.seconds(-1, -1, 0.0) == 0
    assert behind.seconds(5, -1, 10.0) == 0
    assert behind.seconds(9, 3, 20.0) == 10
    # 5 is passed, 9 is not: it was first seen at 20.
    assert behind.seconds(12, 7, 30.0) == 10
    assert behind.seconds(12, 11, 50.0) == 20
    assert behind.seconds(12, 12, 60.0) == 0
    # Set back behind what was passed: seen now.
    assert behind.seconds(12, 2, 70.0) == 0
    assert behind.seconds(12, 2, 75.0) == 5


def test_the_rules_for_prometheus_name_metrics_that_exist_and_all_have_thresholds() -> None:
    metrics = Metrics.create()
    names = {sample for family in metrics.registry.collect() for sample in (family.name, f"{family.name}_total")}
    names |= {"casework_service_answers", "casework_front_unanswered_total"}
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for rule in rules:
        used = set(re.findall(r"\bcasework_[a-z_]+", rule["expr"]))
        assert used, rule["alert"]
        assert used <= names, rule["alert"]
        assert re.search(r"[<>=]+ *[0-9.]+$", rule["expr"]), rule["alert"]
        assert {"summary", "action"} <= rule["annotations"].keys(), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8


@pytest.mark.wire
@pytest.mark.practice("P179")
async def test_in_a_running_process_a_consumer_that_stands_still_raises_the_alarm_within_60_s(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    """Somebody holds investigation's guard rows, as a stuck transaction does: nothing is taken in any more."""
    async with running_services(postgres_server, kafka_server, tmp_path) as running:
        async with running.client(await running.key()) as http, begin(running.admin) as work:
            await work.execute("SELECT * FROM investigation.guard FOR UPDATE")
            stopped_at = time.monotonic()
            answer = await Desk(http, _nothing).post(
                "/v1/complaints",
                {"source": "crm", "source_reference": "1", "channel": "web", "category": "Fees"},
            )
            wanted = ("consumer-lag", "investigation", "intake", shard_of(UUID(answer.json()["case_id"]), 12))
            raised: set[tuple[Any, ...]] = set()
            while wanted not in raised:
                assert time.monotonic() - stopped_at < 60
                await asyncio.sleep(0.5)
                standing = (await http.get("/v1/alarms")).json()["alarms"]
                raised = {(each["alarm"], each["service"], each["source"], each["shard"]) for each in standing}
        lines = [line for line in running.lines() if line["event"] == "alarm.stands"]
        assert {(line["alarm"], line["service"], line.get("source"), line.get("shard")) for line in lines} >= {wanted}
        assert json.dumps(lines)


async def _nothing() -> None:
    pass
