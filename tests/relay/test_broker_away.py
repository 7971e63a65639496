"""A broker that is away stops nobody: what is done meanwhile is recorded, and published when the broker is back.

With `CASEWORK_BROKER_AWAY_S=600` the broker stays away for the ten minutes of the practice; a check in passing takes a
few seconds, which is long past every timeout of a producer's request.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.wire import placed_of
from casework.shared.runtime.database import begin
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

pytestmark = pytest.mark.wire

COMMANDS = 500
AWAY_S = float(os.environ.get("CASEWORK_BROKER_AWAY_S", "8"))
ENOUGH_S = 120.0


@pytest.mark.practice("P181")
@pytest.mark.timeout(AWAY_S + 280)
async def test_five_hundred_commands_succeed_without_a_broker_and_all_their_events_are_published_after(
    postgres_server: PostgresServer, own_broker: KafkaServer, tmp_path: Path
) -> None:
    if own_broker.part is None:
        pytest.skip("this broker cannot be stopped from here; the fault tests stop it")
    broker = own_broker.part
    async with running_services(postgres_server, own_broker, tmp_path) as running:
        broker.topics = running.topics.all()  # what it makes when it is started again
        os.kill(broker.pid, signal.SIGKILL)
        await broker.wait()
        away = asyncio.create_task(asyncio.sleep(AWAY_S))
        async with running.client(await running.key()) as http:
            answers = [
                await http.post("/v1/complaints", json=complaint(), headers={"idempotency-key": str(uuid4())})
                for _ in range(COMMANDS)
            ]
        assert [answer.status_code for answer in answers] == [201] * COMMANDS
        received = {answer.json()["case_id"] for answer in answers}
        await away
        assert await to_come(running) >= COMMANDS
        async with begin(running.admin) as work:
            rows = await work.fetch("SELECT case_id FROM intake.event WHERE type LIKE '%.complaint-received.%'")
            states = await work.fetch_value("SELECT count(*) FROM intake.case_state")
        assert {str(row[0]) for row in rows} == received
        assert states == COMMANDS, "state and events were committed together"
        await broker.start()
        async with asyncio.timeout(ENOUGH_S):
            while await to_come(running):
                await asyncio.sleep(0.2)
        stored = await in_stores(running)
        # Every complaint, and what the other services recorded when they heard of it.
        assert len(stored) >= 2 * COMMANDS
        assert await on_topic(running, own_broker) == stored


async def to_come(running: Running) -> int:
    """How many events the relays have not sent yet, or followup has not taken in."""
    async with begin(running.admin) as work:
        opened = await work.fetch_value("SELECT count(*) FROM followup.event WHERE type LIKE '%.follow-up-opened.%'")
        waiting = COMMANDS - opened
        for service in SERVICES:
            waiting += await work.fetch_value(
                f"SELECT coalesce(sum(h.next - 1 - c.position), sum(h.next)) FROM {service}.log_head h"
                f" LEFT JOIN {service}.relay_cursor c ON c.shard = h.shard AND c.topic = $1",
                running.topics.events.name,
            )
            for source in SERVICES:
                if source != service:
                    waiting += await work.fetch_value(
                        f"SELECT coalesce(sum(h.next - 1 - g.position), 0) FROM {source}.log_head h"
                        f" JOIN {service}.guard g ON g.shard = h.shard AND g.source = $1",
                        source,
                    )
    return int(waiting)


async def in_stores(running: Running) -> Mapping[tuple[str, int, int], bytes]:
    """(service, shard, position) -> the hash of every event that is recorded."""
    found: dict[tuple[str, int, int], bytes] = {}
    async with begin(running.admin) as work:
        for service in SERVICES:
            rows = await work.fetch(f"SELECT shard, position, hash FROM {service}.event")
            found |= {(service, shard, position): hash_ for shard, position, hash_ in rows}
    return found


async def on_topic(running: Running, kafka: KafkaServer) -> Mapping[tuple[str, int, int], bytes]:
    """The same of every record of the case log, by the bytes that came."""
    topic = running.topics.events
    found: dict[tuple[str, int, int], bytes] = {}
    async with topic_reader(kafka.servers) as reader:
        for partition, (first, end) in (await reader.ends(topic.name, range(topic.partitions))).items():
            async for record in reader.read(topic.name, partition, first, end):
                placed = placed_of(record.headers, record.value)
                assert placed is not None
                found[placed.source, placed.shard, placed.position] = leaf_hash(placed.document)
    return found
