"""Which statuses changed since a place in the order of changes, for as many listeners as there are.

Invariant: a listener gets, in each shard, the changes in the order of their numbers, and never a later one before
every earlier one is either told or overtaken by a newer change of the same case. A change takes its number under the
shard's row of `status_head` and holds that row until it commits, so whoever sees a number sees all below it; nothing
is inferred from what a process remembers, which may be forgotten at any time.

One reader a process follows the database while anybody listens, whatever the number of listeners; it remembers the
last changes, and who fell behind them reads from the database until they have caught up.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.errors import Conflict
from casework.shared.runtime.database import StoreUnavailable, Work, begin

POLL_S = 0.2
"""How often the database is looked at. A commit of this process wakes the reader at once; one of another replica
is found by this."""
PAGE = 200
"""Changes of one shard in one page."""
REMEMBERED = 2_000
"""Changes that a process keeps for listeners who are nearly up to date: about 3 MB."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """A status document and its number among the changes of its shard."""

    shard: int
    change: int
    case_id: UUID
    owner: str
    document: bytes


async def heads(work: Work) -> dict[int, int]:
    """The number of the last change of each shard; -1 before the first."""
    rows = await work.fetch("SELECT shard, next FROM status_head ORDER BY shard")
    return {row["shard"]: row["next"] - 1 for row in rows}


async def changes_after(work: Work, place: Mapping[int, int], limit: int = PAGE) -> tuple[list[Change], bool]:
    """The newest document of every case that changed after `place` (by shard): at most `limit` of each shard, in the
    order of their numbers, shards beside each other by the time of the change. And whether there are more."""
    rows = await work.fetch(
        "SELECT s.* FROM unnest($1::smallint[], $2::bigint[]) AS c(at, after) CROSS JOIN LATERAL"
        " (SELECT shard, change, case_id, owner, document, changed_at FROM case_status"
        " WHERE shard = c.at AND change > c.after ORDER BY change LIMIT $3) s ORDER BY s.shard, s.change",
        list(place),
        list(place.values()),
        limit,
    )
    by_shard: dict[int, list[tuple[datetime, Change]]] = {}
    for row in rows:
        found = Change(row["shard"], row["change"], row["case_id"], row["owner"], row["document"])
        by_shard.setdefault(found.shard, []).append((row["changed_at"], found))
    # `merge` keeps the order within a shard even where its times do not rise.
    merged = heapq.merge(*by_shard.values(), key=lambda each: each[0])
    return [each for _, each in merged], any(len(each) == limit for each in by_shard.values())


class StatusFeed:
    """The changes of every status, as they are committed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._bells: set[asyncio.Event] = set()
        self._look = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._recent: deque[Change] = deque()
        self._first = 0
        """The sequence number, in this process, of the first that is remembered; the rest follow."""
        self._read: dict[int, int] | None = None
        """How far the reader is, by shard; None while it does not know."""

    @property
    def listeners(self) -> int:
        return len(self._bells)

    def wake(self) -> None:
        """Something was committed in this process: look at once."""
        self._look.set()

    @asynccontextmanager
    async def listen(self, place: Mapping[int, int]) -> AsyncIterator[Listener]:
        """Everything after `place`. The reader runs while anybody listens."""
        bell = asyncio.Event()
        self._bells.add(bell)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._follow(), name="followup.status-feed")
        try:
            yield Listener(self, place, bell)
        finally:
            self._bells.discard(bell)
            if not self._bells and self._reader is not None:
                reader, self._reader = self._reader, None
                reader.cancel()
                # Not awaited: it holds nothing but a connection, which its own cancellation gives back.
                self._forget()

    def refuse_when_dead(self) -> None:
        """Raises the fault that ended the reader: who waits for a reader that is no more would miss everything."""
        if self._reader is not None and self._reader.done():
            self._reader.result()

    async def page(self, place: Mapping[int, int]) -> tuple[list[Change], bool]:
        """As `changes_after`. Raises what `begin` does."""
        async with begin(self._engine) as work:
            return await changes_after(work, place)

    def since(self, number: int) -> tuple[Sequence[Change], int] | None:
        """What is remembered from a sequence number on, and the number that follows; None where that is forgotten."""
        if number < self._first:
            return None
        following = self.following
        # From the end, and no further than what is new: every listener asks at every ring.
        return [self._recent[index] for index in range(number - following, 0)], following

    @property
    def following(self) -> int:
        """The sequence number of what the reader will remember next."""
        return self._first + len(self._recent)

    def _forget(self) -> None:
        self._first = self.following + 1
        self._recent.clear()
        self._read = None

    async def _follow(self) -> None:
        try:
            await self._keep_reading()
        finally:
            self._ring()  # whoever waits for a reader that has failed learns of it now

    async def _keep_reading(self) -> None:
        while True:
            self._look.clear()
            more = False
            try:
                more = await self._read_on()
            except (StoreUnavailable, Conflict) as error:
                log.warning("followup.status-unread", error=type(error).__name__)
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._look.wait()

    async def _read_on(self) -> bool:
        """Read a page. True when there is more."""
        if self._read is None:
            async with begin(self._engine) as work:
                found = await heads(work)
            # What was committed before is for the listeners to read themselves: what they hold is older than this.
            self._forget()
            self._read = found
            self._ring()
            return False
        changes, more = await self.page(self._read)
        for each in changes:
            self._read[each.shard] = each.change
            self._recent.append(each)
        while len(self._recent) > REMEMBERED:
            self._recent.popleft()
            self._first += 1
        if changes:
            self._ring()
        return more

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()


class Listener:
    """One reader's way through the changes. `place` is the last change of each shard that it was given or spared."""

    def __init__(self, feed: StatusFeed, place: Mapping[int, int], bell: asyncio.Event) -> None:
        self._feed = feed
        self._bell = bell
        self._number: int | None = None
        self.place = dict(place)

    async def next(self, wait_s: float) -> Sequence[Change]:
        """What comes next; nothing when nothing changed for so long. `place` is for the caller to move, change by
        change. Raises `StoreUnavailable` or a conflict where it has to ask the database, which gave no answer."""
        self._bell.clear()
        found = await self._now()
        if found:
            return found
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._bell.wait()
        return await self._now()

    async def _now(self) -> Sequence[Change]:
        self._feed.refuse_when_dead()
        if self._number is not None and (known := self._feed.since(self._number)) is not None:
            changes, self._number = known
        else:
            # Before the page is read: whatever the reader remembers from here on may be missing in it.
            number = self._feed.following
            changes, more = await self._feed.page(self.place)
            self._number = None if more else number
        return [each for each in changes if each.change > self.place.get(each.shard, -1)]
