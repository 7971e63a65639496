"""One service's consumer of the case log: batches in, effects and moved cursors out, in one transaction a shard.

Invariants:

* The guard decides, never the topic's offset: an offset may be committed although events were left out,
  because the heads of every source are compared with the cursors at start and every few seconds, and what is
  missing is read from the source's feed.
* Effects, projections, parked events and cursors of a shard's batch commit together or not at all.
* A transient fault is run again and then raised, so that the record comes again. A failure that is not
  transient parks its case alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.envelope import envelope_of
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.wire import Delivery, Forged, Placed, verify
from casework.shared.errors import Conflict, InvalidMessage
from casework.shared.eventstore.reading import HistoryDiffers
from casework.shared.eventstore.store import EventStore, Origin, Unit
from casework.shared.inbox import guard, parking
from casework.shared.inbox.feed import FeedAway, FeedClient
from casework.shared.inbox.reactor import Reactor, Received
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

BACK_OFF_TOTAL_S = 120.0
"""Less than half of the poll interval (300 s): a handler that waits longer would be thrown out of its group."""
HEADS_S = 2.0
LOOKS_WHEN_BUSY = 4
"""How often a cursor may be found standing still while batches flow, before the feed is asked: a busy consumer
is late with many shards and has lost none."""
SHARDS_AT_ONCE = 3


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
        self.stopped: set[tuple[ServiceName, int]] = set()
        """(source, shard) whose history differs from what was taken: nothing more of it is taken."""
        self._engine = engine
        self._feeds = feeds
        self._installation = installation
        self._metrics = metrics
        self._committed = committed
        self._others = [service for service in SERVICES if service != store.service]
        self._limit = asyncio.Semaphore(SHARDS_AT_ONCE)
        self._behind: dict[tuple[ServiceName, int], tuple[int, int]] = {}
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
        suspect: set[tuple[ServiceName, int]] = set()
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
            for shard, deliveries in by_shard.items():
                group.create_task(self._limited(shard, deliveries))
        for source, shard in suspect:
            await self._heal(source, shard)

    async def _limited(self, shard: int, deliveries: Sequence[Delivery]) -> None:
        async with self._limit:
            await self.take_shard(shard, deliveries)

    async def take_shard(self, shard: int, deliveries: Sequence[Delivery]) -> None:
        """Take a batch of one shard in, healing what it shows to be missing."""
        for _ in range(len(self._others) + 1):
            gaps = await self._with_back_off(shard, deliveries)
            if not gaps:
                return
            # Causes first: a source whose events are missing is read up to its end, then the rest fits.
            healed = [await self._heal(source, shard) for source in sorted(gaps)]
            if not any(healed):
                return  # the source is away: its events wait for the comparison of heads

    async def _with_back_off(
        self, shard: int, deliveries: Sequence[Delivery], *, from_feed: bool = False
    ) -> set[ServiceName]:
        waited, pause = 0.0, 0.05
        while True:
            try:
                return await self._apply(shard, deliveries, from_feed)
            except (StoreUnavailable, Conflict) as error:
                if waited >= BACK_OFF_TOTAL_S:
                    raise
                log.warning("consumer.again", consumer=self.reactor.consumer, error=type(error).__name__)
                delay = pause * random.uniform(0.5, 1.5)  # noqa: S311  (spreads retries, guards nothing)
                await asyncio.sleep(delay)
                waited, pause = waited + delay, min(pause * 2, 10.0)

    async def _apply(self, shard: int, deliveries: Sequence[Delivery], from_feed: bool) -> set[ServiceName]:
        if self.halted is not None:
            raise Halted(self.halted)
        started = time.monotonic()
        usable = [d for d in deliveries if (d.source, shard) not in self.stopped]
        try:
            gaps, appended = await self._transaction(shard, usable, from_feed, by_case=False)
        except (StoreUnavailable, Conflict, Halted, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  whatever one case does, the others must flow: run them apart
            log.warning("consumer.batch-failed", consumer=self.reactor.consumer, error=type(error).__name__)
            try:
                gaps, appended = await self._transaction(shard, usable, from_feed, by_case=True)
            except parking.BadRelease as bad:
                self._halt("bad-release", str(bad))
        failpoint("consumer.committed")
        seconds = round(time.monotonic() - started, 4)
        log.debug("consumer.committed", consumer=self.reactor.consumer, shard=shard, count=len(usable), seconds=seconds)
        if appended:
            self._committed()
        return gaps

    async def _transaction(
        self, shard: int, deliveries: Sequence[Delivery], from_feed: bool, *, by_case: bool
    ) -> tuple[set[ServiceName], bool]:
        """One transaction: guard rows, decisions, projections, cursors, and last the append."""
        consumer = self.reactor.consumer
        async with begin(self._engine) as work:
            cursors, own_head = await guard.lock_cursors(work, consumer, shard)
            planned = guard.plan(deliveries, cursors, own=self.store.service, own_head=own_head)
            failpoint("consumer.locked")
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
            gaps = planned.gaps | planned.diverged.keys() | planned.ahead_of_us.keys()
            if not planned.apply:
                return gaps, False
            appended = await self._effects(
                work, shard, planned.apply, by_case=by_case, moves=(cursors, planned.cursors)
            )
            failpoint("consumer.appended")
        return gaps, appended

    async def _effects(
        self,
        work: Work,
        shard: int,
        deliveries: Sequence[Delivery],
        *,
        by_case: bool,
        moves: tuple[Mapping[ServiceName, guard.Cursor], Mapping[ServiceName, guard.Cursor]],
    ) -> bool:
        consumer = self.reactor.consumer
        parked = await parking.parked_of_shard(work, consumer, shard)
        behind = [d for d in deliveries if d.case_id in parked]
        flowing = [d for d in deliveries if d.case_id not in parked]
        wanted = [d for d in flowing if d.type not in EVENT_TYPES or self.reactor.cares_for(d.type)]
        unit = await self.store.open(work, {d.case_id for d in wanted})
        if by_case:
            behind.extend(await self._case_by_case(work, unit, flowing, wanted))
        else:
            await self._together(work, unit, wanted)
        failpoint("consumer.decided")
        await parking.wait_behind(work, consumer, behind)
        await guard.move_cursors(work, consumer, shard, *moves)
        await self.store.append(work, unit)
        return bool(unit.recorded)

    async def _together(self, work: Work, unit: Unit[C, S, E], deliveries: Sequence[Delivery]) -> None:
        """Every event of the batch; the first that fails undoes the whole transaction."""
        received = [await self._decide(work, unit, delivery) for delivery in deliveries]
        await self.reactor.project(work, received, unit.recorded)

    async def _case_by_case(
        self, work: Work, unit: Unit[C, S, E], flowing: Sequence[Delivery], wanted: Sequence[Delivery]
    ) -> list[Delivery]:
        """Each case under its own savepoint. Returns the events of the cases that failed and are parked now."""
        cases: dict[UUID, list[Delivery]] = defaultdict(list)
        for delivery in wanted:
            cases[delivery.case_id].append(delivery)
        failed: set[UUID] = set()
        for case_id, deliveries in cases.items():
            stream, mark = unit.streams[case_id], len(unit.recorded)
            culprit = deliveries[0]
            try:
                async with work.savepoint():
                    received: list[Received] = []
                    for culprit in deliveries:
                        received.append(await self._decide(work, unit, culprit))
                    await self.reactor.project(work, received, unit.recorded[mark:])
            except (StoreUnavailable, Conflict):
                raise
            except Exception as error:  # noqa: BLE001  the culprit is parked with the failure's class; see `parking`
                unit.streams[case_id] = stream
                del unit.recorded[mark:]
                unknown = culprit.type if culprit.type not in EVENT_TYPES else None
                await parking.park(work, self.reactor.consumer, culprit, type(error).__name__, unknown)
                self._metrics.cases_parked.labels(self.store.service).inc()
                log.error(
                    "consumer.case-parked",
                    consumer=self.reactor.consumer,
                    case_id=str(case_id),
                    event_type=culprit.type,
                    error=type(error).__name__,
                    action="see `casework parked list`, mend the cause, then `casework parked retry`",
                )
                failed.add(case_id)
        return [d for d in flowing if d.case_id in failed]

    async def _decide(self, work: Work, unit: Unit[C, S, E], delivery: Delivery) -> Received:
        envelope = envelope_of(delivery.raw)
        received = Received(delivery, envelope, from_data(envelope.type, envelope.data))
        commands = await self.reactor.commands(work, unit, received)
        if commands:
            origin = Origin(
                actor=self.reactor.actor,
                cause=received.point,
                correlation=envelope.correlation,
                occurred_at=None,
                traceparent=envelope.traceparent,
            )
            unit.run(envelope.case_id, commands, origin)
        return received

    async def retry(self, case_id: UUID, shard: int) -> bool:
        """Take a parked case up again. Returns False, and leaves it parked, when it fails again."""
        consumer = self.reactor.consumer
        try:
            async with begin(self._engine) as work:
                await guard.lock_cursors(work, consumer, shard)
                waiting = await parking.waiting_of(work, consumer, case_id, self.store.shards)
                wanted = [d for d in waiting if d.type not in EVENT_TYPES or self.reactor.cares_for(d.type)]
                unit = await self.store.open(work, {case_id})
                await self._together(work, unit, wanted)
                await parking.release(work, consumer, case_id)
                await self.store.append(work, unit)
        except (StoreUnavailable, Conflict, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  the same judgement as when it was parked
            log.warning("consumer.still-parked", consumer=consumer, case_id=str(case_id), error=type(error).__name__)
            return False
        self._committed()
        return True

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
                heads = await self._feeds.heads(source)
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
            gaps = await self._with_back_off(shard, deliveries, from_feed=True)
            self._metrics.guard_healed.labels(self.store.service).inc(len(page))
            for other in sorted(gaps - {source}):
                await self._heal(other, shard)
            async with begin(self._engine) as work:
                now = (await guard.read_cursors(work, self.reactor.consumer))[(source, shard)]
            if now.position == cursor.position:
                if source in gaps:
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
