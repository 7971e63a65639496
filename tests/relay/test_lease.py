"""Which replica relays which shard, and that a mistake about it moves nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.store.log import SHARDS, Log

from casework.shared.relay import lease
from casework.shared.relay.lease import Claim, Record
from casework.shared.runtime.database import begin

TOPIC = "casework.events.v1"


@given(st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=6), st.integers(1, 256))
def test_every_shard_falls_to_exactly_one(members: set[str], shards: int) -> None:
    ranked = sorted(members)
    dealt = Counter(shard for member in ranked for shard in lease.share(ranked, member, shards))
    assert dealt == dict.fromkeys(range(shards), 1)
    sizes = [len(lease.share(ranked, member, shards)) for member in ranked]
    assert max(sizes) - min(sizes) <= 1


async def test_only_under_its_epoch_can_a_cursor_be_moved(log: Log) -> None:
    async with begin(log.engine) as work:
        await lease.prepare(work, TOPIC, SHARDS)
        first = {claim.shard: claim for claim in await lease.claim(work, TOPIC, "one", range(SHARDS))}
    assert first == {shard: Claim(shard, 1, -1, None) for shard in range(SHARDS)}
    async with begin(log.engine) as work:
        assert await lease.advance(work, TOPIC, [replace(first[3], position=7, anchor=Record(40, b"a"))]) == set()
        # Another replica takes two shards over.
        second = {claim.shard: claim for claim in await lease.claim(work, TOPIC, "two", [3, 4])}
    assert second == {3: Claim(3, 2, 7, Record(40, b"a")), 4: Claim(4, 2, -1, None)}
    async with begin(log.engine) as work:
        assert await lease.lost(work, TOPIC, first) == {3, 4}
        assert await lease.lost(work, TOPIC, second) == set()
        moved = [replace(claim, position=99, anchor=Record(1, b"late")) for claim in first.values()]
        assert await lease.advance(work, TOPIC, moved) == {3, 4}
        rows = await work.fetch("SELECT shard, position, holder FROM relay_cursor ORDER BY shard")
    at = {row["shard"]: (row["position"], row["holder"]) for row in rows}
    assert (at[3], at[4]) == ((7, "two"), (-1, "two"))
    assert {at[shard] for shard in at if shard not in (3, 4)} == {(99, "one")}


async def test_preparing_again_keeps_what_is_there(log: Log) -> None:
    async with begin(log.engine) as work:
        await lease.prepare(work, TOPIC, SHARDS)
        [claim] = await lease.claim(work, TOPIC, "one", [5])
        await lease.advance(work, TOPIC, [replace(claim, position=3)])
        await lease.prepare(work, TOPIC, SHARDS)
        [again] = await lease.claim(work, TOPIC, "one", [5])
    assert (again.position, again.epoch) == (3, 2)


async def test_who_has_not_been_seen_for_a_while_is_no_member(log: Log) -> None:
    async with begin(log.engine) as work:
        assert await lease.live_members(work, TOPIC, "b") == ["b"]
        assert await lease.live_members(work, TOPIC, "a") == ["a", "b"]
        assert await lease.live_members(work, "another.topic", "c") == ["c"]
        await work.execute(
            "UPDATE relay_member SET seen_at = seen_at - make_interval(secs => $1) WHERE replica = 'b'",
            lease.MEMBER_TIMEOUT_S + 1,
        )
        assert await lease.live_members(work, TOPIC, "a") == ["a"]
        assert await lease.live_members(work, TOPIC, "b") == ["a", "b"]
        await lease.leave(work, TOPIC, "a")
        assert await lease.live_members(work, TOPIC, "b") == ["b"]
