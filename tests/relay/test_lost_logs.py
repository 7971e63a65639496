"""A broker that was wiped is filled again from the store; one that knows more than the store is believed."""

from __future__ import annotations

import os
import signal
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete
from tests.relay.rig import Rig, running, until
from tests.store.log import SHARDS

from casework.shared.contracts.canonical import canonical, leaf_hash
from casework.shared.contracts.wire import Placed, headers_of
from casework.shared.relay import relay as relay_module
from casework.shared.runtime.topic_admin import admin, check_partitions, ensure_topics
from casework.shared.testing.parts import KafkaServer

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "LOOK_BACK_S", 0.5)


async def wipe(rig: Rig, kafka: KafkaServer) -> None:
    """Kill the embedded broker and start it anew: it has forgotten everything. Elsewhere the topic is made anew."""
    if kafka.part is not None:
        os.kill(kafka.part.pid, signal.SIGKILL)
        await kafka.part.wait()
        await kafka.part.start()
        return
    async with admin(kafka.servers) as client:
        await client.delete_topics([rig.topic.name])

    async def gone() -> bool:
        return await check_partitions(kafka.servers, [rig.topic]) == {rig.topic.name: (0, SHARDS)}

    await until(gone)
    await ensure_topics(kafka.servers, [rig.topic])


async def test_a_wiped_broker_is_filled_again_while_the_relay_runs(wipeable: Rig, own_broker: KafkaServer) -> None:
    rig = wipeable
    await rig.fill()
    async with running(rig.relay()):
        await rig.until_sent()
        await wipe(rig, own_broker)
        await rig.until_sent_again()
        # The relay is well again: what is new follows.
        await rig.fill(12)
        await rig.until_sent()
    await rig.assert_all_there(duplicates=True)
    assert rewound(rig) >= SHARDS


async def test_a_broker_that_was_wiped_meanwhile_is_filled_at_the_start(wipeable: Rig, own_broker: KafkaServer) -> None:
    rig = wipeable
    await rig.fill()
    async with running(rig.relay()):
        await rig.until_sent()
    await wipe(rig, own_broker)
    async with running(rig.relay()):
        await rig.until_sent_again()
    await rig.assert_all_there()
    assert rewound(rig) == SHARDS


async def test_a_wiped_log_that_has_grown_past_what_is_remembered_is_noticed(
    wipeable: Rig, own_broker: KafkaServer
) -> None:
    """At every remembered offset there is a record again, of other services: it is not the one that was there."""
    rig = wipeable
    await rig.fill()
    async with running(rig.relay()):
        await rig.until_sent()
    longest = max((await rig.heads()).values()) + 1
    await wipe(rig, own_broker)
    for partition in range(SHARDS):
        await rig.put(partition, *[(b"{}", [("source", b"resolution")])] * (longest + 3))
    async with running(rig.relay()):
        await rig.until_sent_again()
    assert rewound(rig) == SHARDS
    found = await rig.on_topic()
    for shard in range(SHARDS):
        ours = [record.value for record in found[shard] if record.value != b"{}"]
        assert ours == [event.document for event in await rig.log.events([shard])]


async def test_strangers_records_disturb_nobody(rig: Rig) -> None:
    await rig.fill(24)
    [event, *_], [elsewhere, *_] = await rig.log.events([2]), await rig.log.events([3])
    fitting = headers_of(rig.placed(event), event.type, None)
    strange: list[tuple[bytes | None, list[tuple[str, Any]]]] = [
        (None, list(fitting)),
        (b"", []),
        (b"text", [("position", None), ("source", b"intake")]),
        (event.document, [(name, None if name == "hash" else value) for name, value in fitting]),
        (event.document, [(name, b"\xff" if name == "source" else value) for name, value in fitting]),
        (event.document, [(name, b"9" * 5_000 if name == "position" else value) for name, value in fitting]),
        (event.document, [(name, b"9" * 25 if name == "position" else value) for name, value in fitting]),
        (b'{"says": "nothing"}', list(fitting)),
        # One of ours, carried to another partition than its own by somebody who mirrors topics.
        (elsewhere.document, list(headers_of(rig.placed(elsewhere), elsewhere.type, None))),
    ]
    await rig.put(2, *strange)
    async with running(rig.relay()):
        await rig.until_sent()
    async with running(rig.relay()):  # it reads what is there once more when it starts again
        await rig.fill(24)
        await rig.until_sent()
    found = (await rig.on_topic())[2]
    assert [record.value for record in found[len(strange) :]] == [e.document for e in await rig.log.events([2])]


def of_another_history(placed: Placed, installation: UUID | None = None) -> tuple[bytes, list[tuple[str, Any]]]:
    """A record of ours by all that can be checked, with bytes that the store never had."""
    document = orjson.loads(placed.document) | {"actor": "somebody else"}
    other = placed._replace(
        document=canonical(document),
        hash=leaf_hash(canonical(document)),
        installation=installation or placed.installation,
    )
    return other.document, list(headers_of(other, document["type"], None))


@pytest.mark.parametrize("ahead", [0, 1, 5], ids=["another event there", "one ahead", "further ahead"])
async def test_a_record_of_another_history_stops_its_shard_and_no_other(rig: Rig, ahead: int) -> None:
    """The store was set back to an earlier day, and the topic knows a later one."""
    await rig.fill()
    events = await rig.log.events([7])
    place = rig.placed(events[-1])._replace(position=events[-1].position + ahead)
    await rig.put(7, of_another_history(place))
    relay = rig.relay()
    heads = await rig.heads()
    async with running(relay):
        others = {shard: head for shard, head in heads.items() if shard != 7}

        async def others_sent() -> bool:
            cursors = await rig.cursors()
            return {shard: position for shard, position in cursors.items() if shard != 7} == others

        await until(others_sent)
        await rig.fill(24)
        assert relay.inspected.is_set()
        assert relay.set_back == {7: place.position}
    assert len((await rig.on_topic())[7]) == 1, "a second history was begun"
    assert (await rig.cursors())[7] == -1


async def test_a_record_of_another_installation_is_not_our_history(rig: Rig) -> None:
    await rig.fill(24)
    events = await rig.log.events([7])
    place = rig.placed(events[-1])._replace(position=events[-1].position + 5)
    await rig.put(7, of_another_history(place, installation=UUID(int=1)))
    relay = rig.relay()
    async with running(relay):
        await rig.until_sent()
    assert relay.set_back == {}


async def test_what_retention_took_is_not_lost(rig: Rig) -> None:
    if not rig.idempotent:
        pytest.skip("the embedded broker keeps everything until it ends")
    await rig.fill()
    async with running(rig.relay()):
        await rig.until_sent()
    async with admin(rig.servers) as client:
        await client.delete_records(
            {TopicPartition(rig.topic.name, shard): RecordsToDelete(before_offset=-1) for shard in range(SHARDS)}
        )
    assert sum(map(len, (await rig.on_topic()).values())) == 0
    async with running(rig.relay()):
        await rig.fill(24)
        await rig.until_sent()
    assert rewound(rig) == 0
    found = await rig.on_topic()
    for shard in range(SHARDS):
        kept = [record.value for record in found[shard]]
        assert kept == [event.document for event in await rig.log.events([shard])][-len(kept) :]
        assert len(kept) == 6


def rewound(rig: Rig) -> float:
    """How many shards were sent again because the broker had lost them."""
    value = rig.metrics.registry.get_sample_value("casework_relay_rewinds_total", {"service": "intake"})
    return value or 0.0
