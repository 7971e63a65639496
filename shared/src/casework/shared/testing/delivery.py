"""Events carried from one service to another without a broker, when a test says so.

Invariant: what arrives is what a feed page or the topic brings: the stored bytes and their places, of one shard, in
order, and only what the receiver has not taken in yet.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations

from casework.shared.contracts.wire import Placed
from casework.shared.eventstore import reading
from casework.shared.inbox import guard
from casework.shared.inbox.feed import FEED_PAGE
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime

ROUNDS = 20


async def deliver(source: ServiceRuntime, to: ServiceRuntime, *, page_size: int = FEED_PAGE) -> int:
    """Bring `to` what `source` has recorded since `to` last took something in. Returns how many events that was."""
    async with begin(to.engine) as work:
        cursors = await guard.read_cursors(work, to.reactor.consumer)
    async with begin(source.engine) as work:
        heads = await reading.heads(work)
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


async def settle(runtimes: Collection[ServiceRuntime]) -> None:
    """Deliver between all of them until nobody has anything new for another."""
    for _ in range(ROUNDS):
        if not sum([await deliver(source, to) for source, to in permutations(runtimes, 2)]):
            return
    raise AssertionError(f"something is still not taken in after {ROUNDS} rounds: a cursor does not move")
