"""Two relays of one log: they share the shards out, and one that was paused can move nothing when it wakes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from tests.relay.rig import Rig, running, until
from tests.store.log import SHARDS

from casework.shared.relay import lease
from casework.shared.relay import relay as relay_module
from casework.shared.runtime.database import begin

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def _quick_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "MEMBER_TIMEOUT_S", 1.5)
    monkeypatch.setattr(relay_module, "HEARTBEAT_S", 0.2)


class PausedProducer(AIOKafkaProducer):  # type: ignore[misc]  # the library has no types
    """Stands still before each send while `awake` is not set, as a process does that was stopped."""

    def __init__(self, awake: asyncio.Event, **options: Any) -> None:
        super().__init__(**options)
        self._awake = awake
        self.waiting = 0

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> Awaitable[Any]:
        self.waiting += 1
        await self._awake.wait()
        acknowledged: Awaitable[Any] = await super().send_batch(batch, topic, partition=partition)
        return acknowledged


async def test_a_relay_that_was_paused_moves_nothing_and_then_shares(rig: Rig) -> None:
    await rig.fill()
    awake, made = asyncio.Event(), list[PausedProducer]()

    def paused() -> PausedProducer:
        made.append(PausedProducer(awake, bootstrap_servers=rig.servers, acks="all", enable_idempotence=rig.idempotent))
        return made[-1]

    async def has_read() -> bool:
        return bool(made) and made[0].waiting == SHARDS

    async def taken_over() -> bool:
        return set((await rig.holders()).values()) == {"other"}

    async def shared() -> bool:
        return Counter((await rig.holders()).values()) == {"paused": SHARDS // 2, "other": SHARDS // 2}

    async with running(rig.relay("paused", paused)):
        await until(has_read)
        assert set((await rig.holders()).values()) == {"paused"}
        async with running(rig.relay("other")):
            await until(taken_over)
            await rig.until_sent()
            # More is committed and sent, and then the first one wakes with the oldest events in its hands.
            await rig.fill(24)
            await rig.until_sent()
            cursors = await rig.cursors()
            sent = sum(map(len, (await rig.on_topic()).values()))
            awake.set()
            await until(shared)
            await rig.until_sent()
            assert await rig.cursors() == cursors, "a cursor went back"
            assert sum(map(len, (await rig.on_topic()).values())) > sent, "the paused one had nothing to send"
            await rig.fill(24)
            await rig.until_sent()
    await rig.assert_all_there(duplicates=True)


async def test_the_shards_of_a_relay_that_dies_are_taken_over(rig: Rig) -> None:
    await rig.fill(24)

    async def shared() -> bool:
        return Counter((await rig.holders()).values()) == {"one": SHARDS // 2, "two": SHARDS // 2}

    async with running(rig.relay("two")):
        async with running(rig.relay("one")):
            await until(shared)
            await rig.fill(24)
            await rig.until_sent()
        # It is gone without a word: its shards wait until it has not been seen for a while.
        await rig.fill(24)
        await rig.until_sent()
        assert set((await rig.holders()).values()) == {"two"}
    # What was under way when a shard changed hands is there twice.
    await rig.assert_all_there(duplicates=True)


async def test_one_that_leaves_in_order_is_not_waited_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "MEMBER_TIMEOUT_S", 600)
    await rig.fill(24)
    first = rig.relay("one")
    async with running(first):
        await rig.until_sent()
    await first.leave()
    async with running(rig.relay("two")):
        await rig.fill(24)
        await rig.until_sent()
    async with begin(rig.log.engine) as work:
        assert await lease.live_members(work, rig.topic.name, "two") == ["two"]
    await rig.assert_all_there()
