"""What the topic did not bring is found and read from its source, without a later event to show that it is missing."""

from __future__ import annotations

import time

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.faults.load import post
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig, until

from casework.shared.contracts.ids import ServiceName
from casework.shared.integrator.sample import generate
from casework.shared.runtime.topic_reader import topic_reader

pytestmark = [pytest.mark.faults, pytest.mark.wire]

SEED = 20_260_504_000
HEALED_S = 15.0
"""A consumer compares its cursors with the heads every 2 s, believes it at the second look, and there are three
services in a row to go through."""


@pytest.mark.timeout(180)
async def test_a_lost_last_event_is_found_without_another(system: Rig) -> None:
    """Resolution loses every record of the topic, so of every shard also the last."""
    await system.end("resolution")
    await system.start("resolution", altered=("deaf",))
    await post(system, generate(24, SEED))
    await _all_closed(system)
    assert await system.metric(system.life("resolution"), "casework_guard_healed_total") >= 24
    await system.end("resolution")
    await system.start("resolution")
    await assert_sound(system, SEED)


@pytest.mark.timeout(180)
async def test_records_that_were_committed_unread_are_found_at_the_start(system: Rig) -> None:
    await system.end("followup")
    await post(system, generate(24, SEED + 1))
    await _all_offered(system)
    await _commit_everything(system, "followup")
    await system.start("followup")
    await _all_closed(system)
    assert await system.metric(system.life("followup"), "casework_guard_healed_total") >= 24
    await assert_sound(system, SEED)


async def _all_closed(system: Rig) -> None:
    since = time.monotonic()

    async def nothing_open() -> bool:
        rows = await system.fetch(
            "SELECT FROM intake.case_state i WHERE NOT EXISTS (SELECT FROM followup.event f"
            " WHERE f.case_id = i.case_id AND f.type = 'casework.followup.case-closed.v1')"
        )
        return not rows

    await until(nothing_open, HEALED_S, "some cases are still open although nothing hinders them")
    print(f"closed after {time.monotonic() - since:.1f} s")


async def _all_offered(system: Rig) -> None:
    """Until every case has come as far as it can without followup, and the topic has it."""

    async def sent() -> bool:
        rows = await system.fetch(
            "SELECT FROM intake.case_state i WHERE NOT EXISTS (SELECT FROM resolution.event e"
            " JOIN resolution.relay_cursor c ON c.shard = e.shard AND c.position >= e.position AND c.topic = $1"
            " WHERE e.case_id = i.case_id AND e.type = 'casework.resolution.hand-off-offered.v1')",
            system.topics.events.name,
        )
        return not rows

    await until(sent, HEALED_S, "some cases did not come to followup's door")


async def _commit_everything(system: Rig, service: ServiceName) -> None:
    """As somebody does who sets the offsets of a group to the end."""
    topic = system.topics.events
    async with topic_reader(system.broker.servers) as reader:
        ends = await reader.ends(topic.name, range(topic.partitions))
    # As a member, for one moment: not every broker takes offsets from a stranger.
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        topic.name, bootstrap_servers=system.broker.servers, group_id=f"{service}.v1", enable_auto_commit=False
    )
    await consumer.start()
    try:
        offsets = {TopicPartition(topic.name, partition): end for partition, (_, end) in ends.items()}
        await consumer.commit(offsets)
    finally:
        await consumer.stop()
