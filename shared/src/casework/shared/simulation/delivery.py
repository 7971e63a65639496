"""Events carried from one service to another without a broker, when the caller says so.

Invariant: what arrives is what a feed page or the topic brings: the stored bytes and their places, of one shard, in
order, and only what the receiver has not taken in yet.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Placed
from casework.shared.eventstore import reading
from casework.shared.inbox import guard
from casework.shared.inbox.feed import FEED_PAGE
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime

ROUNDS = 20


class _Stand(NamedTuple):
    """How far a service has come: the ends of its own shards, and what it has taken in of the others."""

    heads: Sequence[reading.Head]
    cursors: Mapping[tuple[ServiceName, int], guard.Cursor]


async def deliver(source: ServiceRuntime, to: ServiceRuntime, *, page_size: int = FEED_PAGE) -> int:
    """Bring `to` what `source` has recorded since `to` last took something in. Returns how many events that was."""
    return await _bring(source, to, (await _stand(source)).heads, (await _stand(to)).cursors, page_size)


async def settle(runtimes: Collection[ServiceRuntime], *, away: Collection[ServiceName] = ()) -> None:
    """Deliver between all of them, but nothing to those `away`, until nobody has anything new for another."""
    stands = {each.name: stand for each, stand in zip(runtimes, await gather(*map(_stand, runtimes)), strict=True)}
    for _ in range(ROUNDS):
        took: set[ServiceName] = set()
        for source, to in permutations(runtimes, 2):
            heads, cursors = stands[source.name].heads, stands[to.name].cursors
            if to.name not in away and await _bring(source, to, heads, cursors, FEED_PAGE):
                took.add(to.name)
        if not took:
            return
        for each in runtimes:
            if each.name in took:
                stands[each.name] = await _stand(each)
    raise AssertionError(f"something is still not taken in after {ROUNDS} rounds: a cursor does not move")


async def _stand(runtime: ServiceRuntime) -> _Stand:
    async with begin(runtime.engine) as work:
        return _Stand(await reading.heads(work), await guard.read_cursors(work, runtime.reactor.consumer))


async def _bring(
    source: ServiceRuntime,
    to: ServiceRuntime,
    heads: Sequence[reading.Head],
    cursors: Mapping[tuple[ServiceName, int], guard.Cursor],
    page_size: int,
) -> int:
    brought = 0
    for head in heads:
        cursor = cursors[(source.name, head.shard)]
        after, hash_after = cursor.position, cursor.hash
        while after < head.position:
            async with begin(source.engine) as work:
                page = await reading.page(work, head.shard, after=after, limit=page_size, hash_after=hash_after)
            await to.consumer.take(
                Placed(source.installation, source.name, e.shard, e.position, e.shardprev, e.hash, e.document)
                for e in page
            )
            after, hash_after = page[-1].position, page[-1].hash
            brought += len(page)
    return brought
