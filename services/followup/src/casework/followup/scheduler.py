"""The scheduler: gives provisional clocks their date when a calendar that reaches so far was loaded (K15).

Invariant: a date is given once, by the rules, from what the clock pinned and the newest version of its calendar. What
has a date already never moves (K13), so running it again, or two at once, changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from casework.followup.domain.clock_commands import ScheduleClock
from casework.followup.domain.clock_state import awaits_date
from casework.shared.clocks.calendars import Calendar
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import Origin
from casework.shared.runtime.database import StoreUnavailable, begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

EVERY_S = 3600.0
"""Calendars change only with a start. Later looks find what an older process armed meanwhile, and keep the alarm up."""
AGAIN_S = 5.0
PAGE = 500
ENDS_SOON_DAYS = 60
"""A calendar that covers fewer days than that must be followed by another: deadlines begin to lack a date."""
SCHEDULER = Actor("casework-scheduler", "clock")
_NOBODY = UUID(int=0)


class Scheduler:
    """Schedules what waits for a calendar, at the start and now and then, and says what still waits."""

    def __init__(self, runtime: ServiceRuntime) -> None:
        self._runtime = runtime

    async def run(self) -> None:
        while True:
            pause = EVERY_S
            try:
                if self._is_halted():
                    pause = AGAIN_S
                else:
                    await self.schedule_waiting()
                    await self.watch()
            except (StoreUnavailable, Conflict) as error:
                log.warning("scheduler.again", error=type(error).__name__)
                pause = AGAIN_S
            await asyncio.sleep(pause)

    async def schedule_waiting(self) -> int:
        """Give a date to every clock that can have one now. Returns in how many cases. Raises `StoreUnavailable`."""
        async with begin(self._runtime.engine) as work:
            rows = await work.fetch("SELECT DISTINCT calendar, calendar_version FROM clock WHERE provisional")
        newer = [
            (row["calendar"], row["calendar_version"])
            for row in rows
            if any(newest.version != row["calendar_version"] for newest in self._newest([row["calendar"]]))
        ]
        done = 0
        for calendar, version in sorted(newer):
            after = _NOBODY
            while cases := await self._waiting(calendar, version, after):
                after = cases[-1]
                for case_id in cases:
                    done += await self._schedule(case_id)
        if done:
            log.info("scheduler.scheduled", cases=done)
        return done

    async def watch(self) -> None:
        """Count what waits, and the days that the calendars in use still cover; the log says where to act."""
        service, metrics = self._runtime.name, self._runtime.metrics
        async with begin(self._runtime.engine) as work:
            waiting = await work.fetch_value("SELECT count(*) FROM clock WHERE provisional")
            used = await work.fetch("SELECT DISTINCT calendar FROM clock WHERE phase IN ('running', 'paused')")
            now = work.now
        metrics.provisional_clocks.labels(service).set(waiting)
        if waiting:
            log.error("followup.clocks-without-date", count=waiting, action="load calendars that reach further")
        for calendar in self._in_use(row["calendar"] for row in used):
            left = _days_left(calendar, now)
            metrics.calendar_days_left.labels(service, calendar.name).set(left)
            if left < ENDS_SOON_DAYS:
                log.warning(
                    "followup.calendar-ends",
                    calendar=calendar.name,
                    version=calendar.version,
                    last=calendar.last.isoformat(),
                    action="load a version that reaches further",
                )

    async def _waiting(self, calendar: str, version: str, after: UUID) -> Sequence[UUID]:
        async with begin(self._runtime.engine) as work:
            rows = await work.fetch(
                "SELECT DISTINCT case_id FROM clock WHERE provisional AND calendar = $1 AND calendar_version = $2"
                " AND case_id > $3 ORDER BY case_id LIMIT $4",
                calendar,
                version,
                after,
                PAGE,
            )
        return [row["case_id"] for row in rows]

    async def _schedule(self, case_id: UUID) -> bool:
        """Lock one case, and give its waiting clocks the date they can have. Returns whether one got it."""
        try:
            return await self._decide(case_id)
        except (StoreUnavailable, Conflict):
            raise
        except Exception as error:  # noqa: BLE001  one case's fault must not keep the others without their dates
            log.error("scheduler.case-failed", case_id=str(case_id), error=type(error).__name__)
            return False

    async def _decide(self, case_id: UUID) -> bool:
        runtime = self._runtime
        async with begin(runtime.engine) as work:
            unit = await runtime.store.open(work, [case_id])
            commands = [
                ScheduleClock(
                    clock=clock.armed.clock,
                    policy=runtime.rulebook.pinned(clock.armed.policy),
                    calendar=newest,
                    at=work.now,
                    notices=runtime.rulebook.notices(),
                )
                for clock in unit.streams[case_id].state.clocks.clocks
                if clock.armed is not None and awaits_date(clock)
                for newest in self._newest([clock.armed.calendar])
            ]
            unit.run(case_id, commands, Origin(actor=SCHEDULER, cause=CommandCause(runtime.store.mint())))
            if not unit.recorded:
                return False
            await runtime.reactor.project(work, unit, (), unit.recorded)
            await runtime.store.append(work, unit)
        runtime.wake()
        return True

    def _newest(self, names: Iterable[str]) -> list[Calendar]:
        """The newest version of each. One whose files were taken away is left out, and said."""
        found: list[Calendar] = []
        for name in names:
            try:
                found.append(self._runtime.rulebook.calendar_of(name, None))
            except InvalidPolicy as error:
                log.error("scheduler.calendar-missing", calendar=name, error=type(error).__name__)
        return found

    def _in_use(self, counting: Iterable[str]) -> Sequence[Calendar]:
        """The calendars by which clocks run, and those by which the next ones will."""
        rules = self._runtime.rulebook
        asked = {
            *rules.institution.policies,
            *(each for regime in rules.institution.regime for each in regime.policies),
        }
        names = {*counting, rules.notices().name, rules.institution.calendar}
        names.update(rules.calendar(policy).name for policy in rules.policies if policy.id in asked)
        return self._newest(sorted(names))

    def _is_halted(self) -> bool:
        runtime = self._runtime
        return runtime.consumer.halted is not None or any(relay.set_back for relay in runtime.relays)


def _days_left(calendar: Calendar, now: datetime) -> int:
    return (calendar.last - now.astimezone(ZoneInfo(calendar.zone)).date()).days
