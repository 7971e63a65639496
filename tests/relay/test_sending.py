"""What was committed is on the topic, in its place and order; the cursor tells no more than the broker confirmed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder
from structlog.testing import capture_logs
from tests.relay.rig import Rig, running, until
from tests.store.log import SHARDS, case_in, origin, receive

from casework.intake.domain.commands import ReceiveComplaint
from casework.shared.contracts.envelope import MAX_ENVELOPE_BYTES
from casework.shared.contracts.ids import shard_of
from casework.shared.contracts.types import Sealed
from casework.shared.relay import relay as relay_module
from casework.shared.relay.relay import Relay
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import MAX_RECORD_BYTES
from casework.shared.testing.parts import KafkaServer

pytestmark = pytest.mark.wire


async def test_every_event_is_in_its_place_under_its_key_with_its_headers(rig: Rig) -> None:
    await rig.fill()
    async with running(rig.relay()):
        await rig.until_sent()
    found = await rig.assert_all_there()
    for shard in range(SHARDS):
        for record, event in zip(found[shard], await rig.log.events([shard]), strict=True):
            assert shard == shard_of(event.case_id, SHARDS)
            assert record.key == str(event.case_id).encode()
            previous = () if event.shardprev is None else (("shardprev", event.shardprev.hex().encode()),)
            assert sorted(record.headers) == sorted(
                [
                    ("content-type", b"application/cloudevents+json"),
                    ("installation", str(rig.installation).encode()),
                    ("source", b"intake"),
                    ("shard", str(shard).encode()),
                    ("position", str(event.position).encode()),
                    ("type", event.type.encode()),
                    ("hash", event.hash.hex().encode()),
                    *previous,
                ]
            )


async def test_what_is_committed_later_follows_woken_or_not(rig: Rig) -> None:
    relay = rig.relay()
    await rig.fill(12)
    async with running(relay):
        await rig.until_sent()
        await rig.fill(12)
        relay.wake()
        await rig.until_sent()
        await rig.fill(12)
        await rig.until_sent()
    await rig.assert_all_there()


@dataclass
class Gate:
    """Lets one batch to one partition through. From the second on no acknowledgement comes until it is opened; with
    `sends` the broker has the records all the same."""

    partition: int
    sends: bool
    is_open: bool = False
    passed: int = 0
    refused: int = 0


class GatedProducer(AIOKafkaProducer):  # type: ignore[misc]  # the library has no types
    """A producer behind a gate."""

    def __init__(self, gate: Gate, **options: Any) -> None:
        super().__init__(**options)
        self._gate = gate

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> Awaitable[Any]:
        gate = self._gate
        if partition == gate.partition and not gate.is_open and gate.passed:
            if gate.sends:
                await (await super().send_batch(batch, topic, partition=partition))
            gate.refused += 1
            raise KafkaTimeoutError
        gate.passed += partition == gate.partition
        acknowledged: Awaitable[Any] = await super().send_batch(batch, topic, partition=partition)
        return acknowledged


def gated(rig: Rig, gate: Gate) -> Relay:
    return rig.relay(
        make_producer=lambda: GatedProducer(
            gate,
            bootstrap_servers=rig.servers,
            acks="all",
            enable_idempotence=rig.idempotent,
            max_batch_size=512 * 1024,
            max_request_size=MAX_RECORD_BYTES,
        )
    )


async def with_large_events(rig: Rig, shard: int) -> None:
    """Events everywhere, and so large ones in one shard that its page takes several batches."""
    await rig.fill(24)
    async with begin(rig.log.engine) as work:
        cases = [case_in(shard) for _ in range(12)]
        unit = await rig.log.store.open(work, cases)
        for case_id in cases:
            unit.run(case_id, [boxed(90_000)], origin())
        await rig.log.store.append(work, unit)


def boxed(length: int) -> ReceiveComplaint:
    """A complaint whose sealed words have `length` characters."""
    return replace(receive(), words=Sealed(person=UUID(int=1), nonce="A" * 16, box="A" * length))


async def test_the_cursor_moves_only_over_what_was_acknowledged(rig: Rig) -> None:
    gate = Gate(partition=4, sends=False)
    await with_large_events(rig, gate.partition)
    heads = await rig.heads()
    async with running(gated(rig, gate)):

        async def refused_twice() -> bool:
            return gate.refused >= 2

        await until(refused_twice)
        cursors, found = await rig.cursors(), await rig.on_topic()
        assert 0 <= cursors[gate.partition] < heads[gate.partition]
        assert len(found[gate.partition]) == cursors[gate.partition] + 1
        # Nobody waits for the one partition.
        assert {s: p for s, p in cursors.items() if s != gate.partition} == {
            s: p for s, p in heads.items() if s != gate.partition
        }
        gate.is_open = True
        await rig.until_sent()
    await rig.assert_all_there()


async def test_what_was_sent_and_never_acknowledged_is_not_lost(rig: Rig) -> None:
    gate = Gate(partition=4, sends=True)
    await with_large_events(rig, gate.partition)
    async with running(gated(rig, gate)):
        await rig.until_sent()
    assert gate.refused > 0
    await rig.assert_all_there(duplicates=True)


class Killed(BaseException):
    """The end of the process, at a point that the test names."""


async def test_a_crash_between_send_and_cursor_sends_again_and_loses_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.fill()

    def failpoint(name: str) -> None:
        if name == "relay.sent":
            raise Killed

    monkeypatch.setattr(relay_module, "failpoint", failpoint)
    with pytest.raises(Killed):
        await rig.relay().run()
    monkeypatch.undo()
    assert set((await rig.cursors()).values()) == {-1}, "the crash came too late to show anything"
    assert all((await rig.on_topic()).values()), "the crash came too early to show anything"
    async with running(rig.relay()):
        await rig.until_sent()
    await rig.assert_all_there(duplicates=True)


async def test_the_largest_event_is_sent(rig: Rig) -> None:
    case_id = case_in(0)
    async with begin(rig.log.engine) as work:
        tried = await rig.log.decide(work, case_id, boxed(100_000))
    fits = 100_000 + MAX_ENVELOPE_BYTES - len(tried.recorded[0].document)
    await rig.log.record(case_id, boxed(fits))
    async with running(rig.relay()):
        await rig.until_sent()
    found = await rig.assert_all_there()
    assert [len(record.value) for record in found[0]] == [MAX_ENVELOPE_BYTES]


async def test_a_topic_with_another_number_of_partitions_gets_nothing(rig: Rig, kafka_server: KafkaServer) -> None:
    wrong = replace(rig.topic, name=f"{rig.topic.name}.wrong", partitions=5)
    await ensure_topics(kafka_server.servers, [wrong])
    await rig.fill(12)
    rig.topic = replace(wrong, partitions=SHARDS)
    with capture_logs() as logs:
        async with running(rig.relay()):

            async def refused() -> bool:
                return any(entry.get("error") == "WrongPartitions" for entry in logs)

            await until(refused)
    async with topic_reader(rig.servers) as reader:
        assert await reader.ends(wrong.name, range(5)) == dict.fromkeys(range(5), (0, 0))


async def test_a_session_that_ends_leaves_no_fault_of_its_watcher_behind(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database goes away while the watcher asks it something, its answer to being cancelled is that."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    relay = rig.relay()
    asking, rounds = asyncio.Event(), 0

    async def measure() -> None:
        asking.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise StoreUnavailable("away") from None

    async def one_round(_producer: object) -> bool:
        nonlocal rounds
        await asking.wait()
        asking.clear()
        rounds += 1
        raise StoreUnavailable("away")

    monkeypatch.setattr(relay, "_measure", measure)
    monkeypatch.setattr(relay, "_round", one_round)

    async def again() -> bool:
        return rounds > 2

    async with running(relay):
        await until(again)
    gc.collect()
    assert not reported
