"""One service's consumer of the case log: batches in, effects and moved cursors out, in one transaction.

Invariants:

* The guard decides, never the topic's offset: an offset may be committed although events were left out,
  because the heads of every source are compared with the cursors at start and every few seconds, and what is
  missing is read from the source's feed.
* Effects, projections, parked events and cursors of a shard's batch commit together or not at all. Shards of
  which little came share a transaction.
* A transient fault is run again and then raised, so that the record comes again. A failure that is not
  transient parks its case alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES
from casework.shared.contracts.wire import Delivery, Forged, Placed, verify
from casework.shared.errors import Conflict, InvalidMessage
from casework.shared.eventstore.reading import HistoryDiffers
from casework.shared.eventstore.store import EventStore
from casework.shared.inbox import guard, parking
from casework.shared.inbox.effects import Effects
from casework.shared.inbox.feed import FeedAway, FeedClient, FeedHead
from casework.shared.inbox.parking import TakenUp
from casework.shared.inbox.reactor import Reactor
from casework.shared.runtime.back_off import with_back_off
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

HEADS_S = 2.0
LOOKS_WHEN_BUSY = 4
"""How often a cursor may be found standing still while batches flow, before the feed is asked: a busy consumer
is late with many shards and has lost none."""
TRANSACTIONS_AT_ONCE = 3
EVENTS_TOGETHER = 1_000
"""Shards share a transaction until it has so many events: beginning, locking and committing cost more than the few
events that a quiet shard brings. Shards with more than this run side by side."""

Place: TypeAlias = tuple[ServiceName, int]
"""A source and one of its shards."""
Batches: TypeAlias = Mapping[int, Sequence[Delivery]]
"""What came of each shard."""


class Halted(Exception):
    """This consumer must not go on: a bad release, or this service's own store was set back."""


class EventConsumer(Generic[C, S, E]):
    """Takes in the events of the other services for one service. `take` is called with what the topic brings."""

    def __init__(
        self,
        store: EventStore[C, S, E],
        engine: AsyncEngine,
        reactor: Reactor[C, E],
        feeds: FeedClient,
        *,
        installation: UUID,
        metrics: Metrics,
        committed: Callable[[], None],
    ) -> None:
        """`committed` is called after each commit that appended events (it wakes the relay)."""
        self.store = store
        self.reactor = reactor
        self.halted: str | None = None
        self.stopped: set[Place] = set()
        """(source, shard) whose history differs from what was taken: nothing more of it is taken."""
        self._effects = Effects(store, reactor, metrics)
        self._engine = engine
        self._feeds = feeds
        self._installation = installation
        self._metrics = metrics
        self._committed = committed
        self._others = [service for service in SERVICES if service != store.service]
        self._limit = asyncio.Semaphore(TRANSACTIONS_AT_ONCE)
        self._behind: dict[Place, tuple[int, int]] = {}
        self._batches = self._batches_at_last_look = 0

    async def prepare(self) -> None:
        """Once before the first batch: cursor rows, cases parked for a type this release knows, first catch-up."""
        async with begin(self._engine) as work:
            await guard.prepare_cursors(work, self.reactor.consumer, self.store.shards)
            parked = await parking.list_parked(work, self.reactor.consumer)
        for case in parked:
            if case.unknown_type in EVENT_TYPES:
                await self.retry(case.case_id, case.shard)
        await self.compare_heads(at_once=True)

    async def take(self, placed: Iterable[Placed]) -> None:
        """Take a batch of records in. Raises what is transient after backing off, or `Halted`."""
        by_shard: dict[int, list[Delivery]] = defaultdict(list)
        suspect: set[Place] = set()
        for item in placed:
            if item.source == self.store.service:
                continue
            if item.installation != self._installation:
                self._alarm("foreign-installation", source=item.source)
                continue
            try:
                delivery = verify(item, self.store.shards)
            except InvalidMessage as error:
                self._alarm("forged" if isinstance(error, Forged) else "not-an-event", source=item.source)
                if 0 <= item.shard < self.store.shards:
                    suspect.add((item.source, item.shard))
            else:
                by_shard[delivery.shard].append(delivery)
        self._batches += 1
        failpoint("consumer.received")
        async with asyncio.TaskGroup() as group:
            for batches in _shared_out(by_shard):
                group.create_task(self._limited(batches))
        for source, shard in suspect:
            await self._heal(source, shard)

    async def _limited(self, batches: Batches) -> None:
        async with self._limit:
            await self.take_batches(batches)

    async def take_batches(self, batches: Batches) -> None:
        """Take batches in, in one transaction, healing what they show to be missing."""
        for _ in range(len(self._others) + 1):
            gaps = await with_back_off(partial(self._apply, batches, False), self._again)
            if not gaps:
                return
            # Causes first: a source whose events are missing is read up to its end, then the rest fits.
            healed = [await self._heal(source, shard) for source, shard in sorted(gaps)]
            if not any(healed):
                return  # the source is away: its events wait for the comparison of heads
            batches = {shard: batches[shard] for shard in {shard for _, shard in gaps}}

    def _again(self, error: Exception) -> None:
        log.warning("consumer.again", consumer=self.reactor.consumer, error=type(error).__name__)

    async def _apply(self, batches: Batches, from_feed: bool) -> set[Place]:
        if self.halted is not None:
            raise Halted(self.halted)
        started = time.monotonic()
        usable = {
            shard: [d for d in deliveries if (d.source, shard) not in self.stopped]
            for shard, deliveries in batches.items()
        }
        try:
            gaps, appended = await self._transaction(usable, from_feed, by_case=False)
        except (StoreUnavailable, Conflict, Halted, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  whatever one case does, the others must flow: run them apart
            log.warning("consumer.batch-failed", consumer=self.reactor.consumer, error=type(error).__name__)
            try:
                gaps, appended = await self._transaction(usable, from_feed, by_case=True)
            except parking.BadRelease as bad:
                self._halt("bad-release", str(bad))
        failpoint("consumer.committed")
        log.debug(
            "consumer.committed",
            consumer=self.reactor.consumer,
            shards=list(usable),
            count=sum(map(len, usable.values())),
            seconds=round(time.monotonic() - started, 4),
        )
        if appended:
            self._committed()
        return gaps

    async def _transaction(self, batches: Batches, from_feed: bool, *, by_case: bool) -> tuple[set[Place], bool]:
        """One transaction: guard rows, decisions, projections, cursors, and last the append."""
        gaps: set[Place] = set()
        apply: list[Delivery] = []
        moves: list[guard.Move] = []
        async with begin(self._engine) as work:
            held = await guard.lock_cursors(work, self.reactor.consumer, batches)
            failpoint("consumer.locked")
            for shard, (cursors, own_head) in held.items():
                planned = guard.plan(batches[shard], cursors, own=self.store.service, own_head=own_head)
                gaps.update((source, shard) for source in self._missing(planned, shard, from_feed))
                apply += planned.apply
                moves += guard.moves(shard, cursors, planned.cursors)
            if not apply:
                return gaps, False
            appended = await self._effects.take(work, held, apply, moves, by_case=by_case)
            failpoint("consumer.appended")
        return gaps, appended

    def _missing(self, planned: guard.Plan, shard: int, from_feed: bool) -> set[ServiceName]:
        """The sources whose feed must be asked; what the plan of a shard found is counted, and told."""
        self._metrics.guard_duplicates.labels(self.store.service).inc(planned.duplicates)
        self._metrics.guard_gaps.labels(self.store.service).inc(len(planned.gaps))
        # What a record says proves nothing: anybody who may write the topic can say it. Whether a history was
        # changed, ours was set back, or the record is forged, the source's feed tells.
        for source, position in planned.ahead_of_us.items():
            if from_feed:
                self._halt("store-set-back", f"{source} knows position {position} of our shard {shard}")
            self._alarm("ahead", source=source, shard=shard, position=position)
        for source, position in planned.diverged.items():
            self._alarm("diverged", source=source, shard=shard, position=position)
        return planned.gaps | planned.diverged.keys() | planned.ahead_of_us.keys()

    async def retry(self, case_id: UUID, shard: int) -> bool:
        """Take a parked case up again. Returns False, and leaves it parked, when it fails again."""
        return (await self.take_up(case_id, shard)).released

    async def take_up(self, case_id: UUID, shard: int, *, rehearse: bool = False) -> TakenUp:
        """Take a parked case up again, each waiting event once, in order. One that fails again stays parked.

        To `rehearse` is to do all of it in a transaction that is then undone: what would come of it, and nothing
        changes.
        """
        consumer = self.reactor.consumer
        events = duplicates = 0
        try:
            async with begin(self._engine) as work:
                waiting = await self._effects.waiting(work, case_id, shard)
                events, duplicates = waiting.events, waiting.duplicates
                await self._effects.take_up(work, case_id, waiting)
                if rehearse:
                    await work.core.rollback()
        except (StoreUnavailable, Conflict, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  the same judgement as when it was parked
            log.warning("consumer.still-parked", consumer=consumer, case_id=str(case_id), error=type(error).__name__)
            return TakenUp(False, events, duplicates)
        if not rehearse:
            self._committed()
        return TakenUp(True, events, duplicates)

    async def compare_heads(self, *, at_once: bool = False) -> None:
        """Compare every source's heads with our cursors. A cursor that stood still since the last look (or any,
        with `at_once`) is healed from the feed; a head behind our cursor means that the source was set back."""
        async with begin(self._engine) as work:
            cursors = await guard.read_cursors(work, self.reactor.consumer)
            parked = await parking.count_parked(work, self.reactor.consumer)
        self._metrics.parked_cases.labels(self.store.service).set(parked)
        lag = 0
        needed = 1 if self._batches == self._batches_at_last_look else LOOKS_WHEN_BUSY
        self._batches_at_last_look = self._batches
        for source in self._others:
            try:
                heads = await self.heads_of(source)
            except (FeedAway, HistoryDiffers):
                continue
            for shard, head in heads.items():
                key = (source, shard)
                cursor = cursors[key]
                if head.position < cursor.position or (head.position == cursor.position and head.hash != cursor.hash):
                    self._stop_source(source, shard, head.position)
                    continue
                lag += head.position - cursor.position
                if head.position == cursor.position:
                    self._behind.pop(key, None)
                    continue
                before, looks = self._behind.get(key, (cursor.position, 0))
                looks = looks + 1 if before == cursor.position else 1
                self._behind[key] = (cursor.position, looks)
                if (looks > needed or at_once) and key not in self.stopped:
                    await self._heal(source, shard)
        self._metrics.consumer_lag_events.labels(self.store.service).set(lag)

    async def watch_heads(self) -> None:
        """Compare heads every few seconds, for ever."""
        while True:
            await asyncio.sleep(HEADS_S)
            try:
                await self.compare_heads()
            except (StoreUnavailable, Conflict) as error:
                log.warning("consumer.heads-unknown", consumer=self.reactor.consumer, error=type(error).__name__)

    async def heads_of(self, source: ServiceName) -> Mapping[int, FeedHead]:
        """The end of every shard of a source, asked now. Raises `FeedAway`."""
        return await self._feeds.heads(source)

    async def _heal(self, source: ServiceName, shard: int) -> bool:
        """Read a source's shard from its feed, page by page, each its own transaction. True when it moved on."""
        moved = False
        while (source, shard) not in self.stopped:
            async with begin(self._engine) as work:
                cursor = (await guard.read_cursors(work, self.reactor.consumer))[(source, shard)]
            try:
                page = await self._feeds.page(source, shard, after=cursor.position, hash_after=cursor.hash)
            except FeedAway:
                return moved
            except HistoryDiffers:
                self._stop_source(source, shard, cursor.position)
                return moved
            if not page:
                return moved
            try:
                deliveries = [verify(item, self.store.shards) for item in page]
            except InvalidMessage:
                self._alarm("forged-feed", source=source, shard=shard)
                return moved
            gaps = await with_back_off(partial(self._apply, {shard: deliveries}, True), self._again)
            self._metrics.guard_healed.labels(self.store.service).inc(len(page))
            for other, _ in sorted(gaps - {(source, shard)}):
                await self._heal(other, shard)
            async with begin(self._engine) as work:
                now = (await guard.read_cursors(work, self.reactor.consumer))[(source, shard)]
            if now.position == cursor.position:
                if (source, shard) in gaps:
                    # The feed itself goes on from another event than the one we took.
                    self._stop_source(source, shard, cursor.position + 1)
                return moved
            moved = True
        return moved

    def _stop_source(self, source: ServiceName, shard: int, position: int) -> None:
        if (source, shard) not in self.stopped:
            self.stopped.add((source, shard))
            self._alarm("history-differs", source=source, shard=shard, position=position)

    def _halt(self, reason: str, detail: str) -> None:
        self.halted = reason
        self._metrics.guard_alarms.labels(self.store.service, reason).inc()
        log.error("consumer.halted", consumer=self.reactor.consumer, reason=reason)
        raise Halted(detail)

    def _alarm(self, kind: str, **where: object) -> None:
        self._metrics.guard_alarms.labels(self.store.service, kind).inc()
        log.error("consumer.alarm", consumer=self.reactor.consumer, alarm=kind, **where)


def _shared_out(by_shard: Batches) -> Iterable[Batches]:
    """The batches of each transaction."""
    together: dict[int, Sequence[Delivery]] = {}
    many = 0
    for shard in sorted(by_shard):
        if together and many + len(by_shard[shard]) > EVENTS_TOGETHER:
            yield together
            together, many = {}, 0
        together[shard] = by_shard[shard]
        many += len(by_shard[shard])
    if together:
        yield together
