"""The timer: brings to the clocks that their time has come.

Invariants:

* Only the database's clock counts. A process that slept, or whose machine's clock jumped, fires nothing early.
* A candidate is found without locks and decides nothing: the case is locked, then its state says what is due. So two
  timers, a timer that was killed, or one that comes back after a pause fire everything exactly once.
* A deadline is recorded as missed only when every fact recorded before it is in: this service's cursors have passed
  the heads that the sources told after it. While a source is away its word is awaited for `GRACE`, then the expiry is
  recorded as unconfirmed; a fact that comes later corrects it.
* All of what is due is looked at, page by page; what cannot be fired yet keeps nothing else waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import structlog

from casework.followup.domain.case_clocks import FireClocks
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.ids import SERVICES, shard_of
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import Origin
from casework.shared.inbox import guard, parking
from casework.shared.inbox.feed import FeedAway
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
AGAIN_S = 0.2
"""Before what is due and could not be fired yet is looked at again."""
GRACE = timedelta(seconds=60)
FAULT_PAUSE = timedelta(seconds=60)
"""A case that the timer fails on is left alone so long. The others go on."""
TIMER = Actor("casework-timer", "clock")

_DUE = (
    "SELECT clock, case_id, fires_at FROM clock"
    " WHERE fires_at <= $1 AND (fires_at, clock) > ($2, $3::uuid) ORDER BY fires_at, clock LIMIT $4"
)
_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
_NOBODY = UUID(int=0)


class Pass(NamedTuple):
    """What one pass over everything that was due came to."""

    fired: int
    """Cases in which something happened."""
    waiting: int
    """Cases left for the next pass."""


class Timer:
    """Fires what is due, for as long as the service runs."""

    def __init__(self, runtime: ServiceRuntime) -> None:
        self._runtime = runtime
        self._failed: dict[UUID, datetime] = {}

    async def run(self) -> None:
        while True:
            pause = LOOK_S
            try:
                done = await self.fire_due()
                pause = AGAIN_S if done.waiting else await self._until_next()
            except (StoreUnavailable, Conflict) as error:
                log.warning("timer.again", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def fire_due(self) -> Pass:
        """One pass: everything that is due by the database's clock as it begins. Raises `StoreUnavailable`."""
        if self._runtime.consumer.halted is not None or any(relay.set_back for relay in self._runtime.relays):
            return Pass(0, 0)
        caught_up: Mapping[int, bool] | None = None
        at, after, fired, waiting = None, (_EARLIEST, _NOBODY), 0, 0
        while True:
            async with begin(self._runtime.engine) as work:
                at = at or work.now
                rows = await work.fetch(_DUE, at, *after, PAGE)
            if not rows:
                return Pass(fired, waiting)
            after = (rows[-1]["fires_at"], rows[-1]["clock"])
            if caught_up is None:
                # After `at` was taken: what the sources recorded before it lies below these heads.
                caught_up = await self._caught_up()
            cases = [case_id for case_id in dict.fromkeys(row["case_id"] for row in rows) if self._may_try(case_id, at)]
            for start in range(0, len(cases), CASES_TOGETHER):
                some = cases[start : start + CASES_TOGETHER]
                done = await self._fire(some, at, caught_up)
                fired, waiting = fired + done, waiting + len(some) - done
            failpoint("timer.fired")

    async def _until_next(self) -> float:
        """Seconds until something is due, at most `LOOK_S`."""
        async with begin(self._runtime.engine) as work:
            following: datetime | None = await work.fetch_value(
                "SELECT fires_at FROM clock WHERE fires_at IS NOT NULL ORDER BY fires_at LIMIT 1"
            )
            left = LOOK_S if following is None else (following - work.now).total_seconds()
        return min(max(left, 0.0), LOOK_S)

    async def _caught_up(self) -> Mapping[int, bool]:
        """Of each shard, whether everything that the other services have recorded by now was taken in here."""
        runtime = self._runtime
        others = [service for service in SERVICES if service != runtime.name]
        try:
            told = await asyncio.gather(*(runtime.consumer.heads_of(source) for source in others))
        except FeedAway as error:
            log.warning("timer.heads-unknown", error=str(error))
            return dict.fromkeys(range(runtime.shards), False)
        async with begin(runtime.engine) as work:
            cursors = await guard.read_cursors(work, runtime.reactor.consumer)
        return {
            shard: all(
                shard not in heads or cursors[source, shard].position >= heads[shard].position
                for source, heads in zip(others, told, strict=True)
            )
            for shard in range(runtime.shards)
        }

    async def _fire(self, cases: Sequence[UUID], at: datetime, caught_up: Mapping[int, bool]) -> int:
        """Fire cases in one transaction, or one by one where that fails. Returns in how many something happened."""
        try:
            return await self._together(cases, at, caught_up)
        except (StoreUnavailable, Conflict):
            raise
        except Exception as error:  # noqa: BLE001  one case's fault must not keep the others waiting: take each alone
            if len(cases) > 1:
                return sum([await self._fire([case_id], at, caught_up) for case_id in cases])
            self._failed[cases[0]] = at + FAULT_PAUSE
            log.error("timer.case-failed", case_id=str(cases[0]), error=type(error).__name__)
            return 0

    async def _together(self, cases: Sequence[UUID], at: datetime, caught_up: Mapping[int, bool]) -> int:
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
                    caught_up=caught_up[shard_of(case_id, runtime.shards)] and case_id not in parked,
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
