"""The timer: brings to the clocks that their time has come.

Invariants:

* Only the database's clock counts. A process that slept, or whose machine's clock jumped, fires nothing early.
* A candidate is found without locks and decides nothing: the case is locked, then its state says what is due. So two
  timers, a timer that was killed, or one that comes back after a pause fire everything exactly once.
* A deadline is recorded as missed only when every fact recorded before it is in: this service's cursors have passed
  the heads that the sources told after it. Heads that were told are kept until the cursors pass them, however much
  comes meanwhile. While a source is away its word is awaited for `GRACE`, then the expiry is recorded as unconfirmed; a
  fact that comes later corrects it.
* All of what is due is looked at, page by page; what cannot be fired yet keeps nothing else waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import structlog

from casework.followup.domain.firing import FireClocks
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.ids import SERVICES, ServiceName, shard_of
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import Origin
from casework.shared.inbox import guard, parking
from casework.shared.inbox.feed import FeedAway, FeedHead
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.failpoints import failpoint

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

PAGE = 500
CASES_TOGETHER = 100
"""Cases of one transaction: their rows stay locked until it commits."""
LOOK_S = 0.5
"""At most so long between two looks: a clock may have been armed that is due sooner than any before it."""
REST_S = 0.05
"""At least so long between two looks: what falls due meanwhile is fired together."""
AGAIN_S = 0.2
"""Before what is due and could not be fired yet is looked at again; longer where looking at it took longer."""
HEADS_S = 2.0
"""A source that has not told its heads after so long is away."""
GRACE = timedelta(seconds=60)
FAULT_PAUSE = timedelta(seconds=60)
"""A case that the timer fails on is left alone so long. The others go on."""
TIMER = Actor("casework-timer", "clock")

DUE = (
    "SELECT clock, case_id, fires_at FROM clock"
    " WHERE fires_at <= $1 AND (fires_at, clock) > ($2, $3::uuid) ORDER BY fires_at, clock LIMIT $4"
)
"""What is due at a time, after a place in the order of firing, at most so many."""
_NEXT = "SELECT fires_at FROM clock WHERE fires_at > $1 ORDER BY fires_at LIMIT 1"
_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
_NOBODY = UUID(int=0)


class Pass(NamedTuple):
    """What one pass over everything that was due at `at` came to. Without `at` it did not take place."""

    fired: int
    """Cases in which something happened."""
    waiting: int
    """Cases left for the next pass."""
    at: datetime | None = None


class _Heads(NamedTuple):
    """Of one shard: the newest positions of the other services, told after `at`."""

    at: datetime
    positions: Mapping[ServiceName, int]


class Timer:
    """Fires what is due, for as long as the service runs."""

    def __init__(self, runtime: ServiceRuntime) -> None:
        self._runtime = runtime
        self._failed: dict[UUID, datetime] = {}
        self._known_until = dict.fromkeys(range(runtime.shards), _EARLIEST)
        """Of each shard, until when everything that the other services recorded was taken in here."""
        self._awaited: dict[int, _Heads] = {}
        """Of a shard that was behind, the heads that its cursors have still to pass."""

    async def run(self) -> None:
        while True:
            pause = LOOK_S
            try:
                began = time.monotonic()
                done = await self.fire_due()
                if done.waiting:
                    pause = AGAIN_S if done.fired else max(AGAIN_S, time.monotonic() - began)
                elif done.at is not None:
                    pause = max(REST_S, await self._until_next(done.at))
            except (StoreUnavailable, Conflict) as error:
                log.warning("timer.again", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def fire_due(self) -> Pass:
        """One pass: everything that is due by the database's clock as it begins. Raises `StoreUnavailable`."""
        if self._runtime.consumer.halted is not None or any(relay.set_back for relay in self._runtime.relays):
            return Pass(0, 0)
        at, after, fired, waiting = None, (_EARLIEST, _NOBODY), 0, 0
        while True:
            async with begin(self._runtime.engine) as work:
                if at is None:
                    at = work.now
                rows = await work.fetch(DUE, at, *after, PAGE)
            if not rows:
                return Pass(fired, waiting, at)
            if after[1] == _NOBODY:
                # After `at` was taken: what the sources recorded before it lies below these heads.
                await self._compare_heads(at)
            after = (rows[-1]["fires_at"], rows[-1]["clock"])
            cases = [case_id for case_id in dict.fromkeys(row["case_id"] for row in rows) if self._may_try(case_id, at)]
            for start in range(0, len(cases), CASES_TOGETHER):
                some = cases[start : start + CASES_TOGETHER]
                done = await self._fire(some, at)
                fired, waiting = fired + done, waiting + len(some) - done
            failpoint("timer.fired")

    async def due_after(self, at: datetime) -> datetime | None:
        """The next instant after `at` at which something is due. Raises `StoreUnavailable`."""
        async with begin(self._runtime.engine) as work:
            following: datetime | None = await work.fetch_value(_NEXT, at)
        return following

    async def _until_next(self, at: datetime) -> float:
        """Seconds until something is due after `at`, at most `LOOK_S`."""
        async with begin(self._runtime.engine) as work:
            following: datetime | None = await work.fetch_value(_NEXT, at)
            left = LOOK_S if following is None else (following - work.now).total_seconds()
        return min(max(left, 0.0), LOOK_S)

    async def _compare_heads(self, at: datetime) -> None:
        """Ask the other services how far they are, and see until when everything was taken in here.

        Heads that the cursors have not passed are kept: compared with ever newer ones, a busy shard would always be
        behind."""
        runtime = self._runtime
        others = [service for service in SERVICES if service != runtime.name]
        told: Sequence[Mapping[int, FeedHead]] | None = None
        try:
            async with asyncio.timeout(HEADS_S):
                told = await asyncio.gather(*(runtime.consumer.heads_of(source) for source in others))
        except (FeedAway, TimeoutError) as error:
            log.warning("timer.heads-unknown", error=str(error) or "no answer")
        async with begin(runtime.engine) as work:
            cursors = await guard.read_cursors(work, runtime.reactor.consumer)
        for shard in range(runtime.shards):
            heads = [] if shard not in self._awaited else [self._awaited.pop(shard)]
            if told is not None:
                named = zip(others, told, strict=True)
                heads.append(_Heads(at, {source: each[shard].position for source, each in named if shard in each}))
            for each in heads:
                if all(
                    (cursor := cursors.get((source, shard))) is not None and cursor.position >= position
                    for source, position in each.positions.items()
                ):
                    self._known_until[shard] = max(self._known_until[shard], each.at)
                else:
                    self._awaited[shard] = each
                    break

    async def _fire(self, cases: Sequence[UUID], at: datetime) -> int:
        """Fire cases in one transaction, or one by one where that fails. Returns in how many something happened."""
        try:
            return await self._together(cases, at)
        except (StoreUnavailable, Conflict):
            raise
        except Exception as error:  # noqa: BLE001  one case's fault must not keep the others waiting: take each alone
            if len(cases) > 1:
                return sum([await self._fire([case_id], at) for case_id in cases])
            self._failed[cases[0]] = at + FAULT_PAUSE
            log.error("timer.case-failed", case_id=str(cases[0]), error=type(error).__name__)
            return 0

    async def _together(self, cases: Sequence[UUID], at: datetime) -> int:
        runtime = self._runtime
        async with begin(runtime.engine) as work:
            shards = {shard_of(case_id, runtime.shards) for case_id in cases}
            parked = await parking.parked_of(work, runtime.reactor.consumer, shards)
            unit = await runtime.store.open(work, cases, skip_locked=True)
            for case_id in unit.streams:
                command = FireClocks(
                    at=at,
                    rulebook=runtime.rulebook,
                    # Events of a parked case wait although the cursors have passed them.
                    known_until=_EARLIEST
                    if case_id in parked
                    else self._known_until[shard_of(case_id, runtime.shards)],
                    grace_until=at - GRACE,
                )
                unit.run(case_id, [command], Origin(actor=TIMER, cause=CommandCause(runtime.store.mint())))
            happened = {record.envelope.case_id for record in unit.recorded}
            if happened:
                await runtime.reactor.project(work, unit, (), unit.recorded)
                await runtime.store.append(work, unit)
                failpoint("timer.appended")
        if happened:
            runtime.wake()
        return len(happened)

    def _may_try(self, case_id: UUID, at: datetime) -> bool:
        if at < self._failed.get(case_id, at):
            return False
        self._failed.pop(case_id, None)
        return True
