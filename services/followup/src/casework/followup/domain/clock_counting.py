"""What one clock counts: from when, how much, over which pauses; and the same count done again from its events.

Invariant: the due of a clock follows from its start, the length in effect, its pauses and the pinned policy and
calendar alone (K13). `recomputed_due` does not use what was recorded as due, so comparing the two is a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from casework.followup.domain.clock_events import (
    AtInstant,
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockScheduled,
    ClockWarned,
    ClockWithdrawn,
    OnDay,
    Point,
    WarningPoint,
    due_of,
    moment_of,
    point_of,
)
from casework.shared.clocks.calendars import Calendar, NotCovered, instant_of
from casework.shared.clocks.counting import BusinessClock, DayOrInstant, Due, DueDay, DueInstant, Pause
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.horizon import is_too_far
from casework.shared.contracts.lengths import Length, Unit

_INSTANT = timedelta(microseconds=1)
_DAY_UNITS: frozenset[Unit] = frozenset({"working-day", "calendar-day", "week", "month", "year"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """A pause that is over."""

    paused: Point
    resumed: Point

    @property
    def pause(self) -> Pause:
        """As the counting takes it."""
        return Pause(moment_of(self.paused), moment_of(self.resumed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a pause left over, counted from where it ended (K8). `after` is how many pauses were over by then."""

    resumed: Point
    left: Length
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one clock counts. `extension` names the extension in effect, None for the policy's plain length; `given` is
    the time that the arming event set, for a policy that counts none.

    With a `rest`, only that and the pauses after it are counted, and not everything from the start: both give the
    same, unless a calendar that was loaded meanwhile has other days before the rest.
    """

    policy: DeadlinePolicy
    calendar: Calendar
    start: Point
    given: datetime | None = None
    extension: str | None = None
    pauses: tuple[Standstill, ...] = ()
    rest: Rest | None = None
    notices: Calendar | None = None

    @property
    def length(self) -> Length | None:
        """The length in effect, None where the rule has no number. Raises ValueError for an unknown extension."""
        if self.extension is None:
            return self.policy.length
        found = [each.length for each in self.policy.extensions if each.name == self.extension]
        if not found:
            raise ValueError(f"{self.policy.id} has no extension {self.extension}")
        return found[0]

    def is_too_far(self, end: datetime) -> bool:
        """Whether a clock that began where this one did can not end then."""
        return is_too_far(end, instant_at(self.start))

    @property
    def clock(self) -> BusinessClock:
        """The calendar to count by: days are those of the policy's zone (K6), hours those of the calendar's."""
        return business_clock(self.policy, self.calendar)

    def due(self) -> Point | None:
        """When it is due: None where the rule has no number, the calendar does not reach so far (K15), or the time
        that was set lies beyond all that can be meant."""
        if self.given is not None:
            return None if self.is_too_far(self.given) else AtInstant(at=self.given)
        length = self.length
        if length is None:
            return None
        try:
            if self.rest is None:
                counted = self.clock.due(moment_of(self.start), length, self._pauses())
            else:
                later = self._pauses()[self.rest.after :]
                counted = self.clock.due(moment_of(self.rest.resumed), self.rest.left, later)
            return point_of(self._closing(counted))
        except NotCovered:
            return None

    def remaining(self, paused: DayOrInstant, due: Point) -> Length:
        """What a pause from `paused` on leaves of a recorded `due` (K8). Raises as `BusinessClock.remaining` does."""
        length = self._numbered()
        until = due_of(due)
        if length.unit in _DAY_UNITS and isinstance(until, DueInstant):
            # The close of business of the day that is due.
            until = DueDay(self.clock.received(until.end - _INSTANT), self.clock.calendar.zone)
        return self.clock.remaining(paused, until, length.unit)

    def warnings(self, percents: Iterable[int], due: Point | None) -> tuple[WarningPoint, ...]:
        """When to warn (K12): at the beginning of the day, or at the instant, on which so many percent fall.

        What would fall on the end or after it is left out. Without a `due` the points have no instant yet."""
        if due is None:
            return tuple(WarningPoint(percent=percent) for percent in percents)
        if self.given is not None:
            begins = instant_at(self.start)
            shares = ((percent, begins + (self.given - begins) * percent / 100) for percent in percents)
            return tuple(WarningPoint(percent=percent, at=at) for percent, at in shares if begins < self.given)
        end, length = due_of(due).end, self._numbered()
        points: list[WarningPoint] = []
        for percent in percents:
            try:
                falls = self.clock.warning(moment_of(self.start), length, percent, self._pauses())
            except NotCovered:
                # Only where the calendar that brought the date leaves out the days of before.
                continue
            at = instant_at(point_of(falls))
            if at < end:
                points.append(WarningPoint(percent=percent, at=at, tell_at=self._tell_at(falls)))
        return tuple(points)

    def _tell_at(self, falls: Due) -> datetime | None:
        """When a warning is told that falls on a day off: as the working day before it opens (P118)."""
        if self.notices is None:
            return None
        clock = BusinessClock(self.notices)
        try:
            day = clock.notice_day(falls)
            if day == clock.received(falls.end - _INSTANT):
                return None
            return self.notices.opening(day)[0][0]
        except NotCovered:
            return None

    def first_instant(self, moment: DayOrInstant) -> datetime:
        """What to compare moments of this clock by: where days are counted, all of one day are the same."""
        clock = self.clock
        if self._numbered().unit in _DAY_UNITS or not isinstance(moment, datetime):
            return instant_of(clock.received(moment), 0, clock.calendar.zone)
        return moment

    def _numbered(self) -> Length:
        if (length := self.length) is None:
            raise ValueError(f"{self.policy.id} has no number to count")
        return length

    def _pauses(self) -> tuple[Pause, ...]:
        return tuple(each.pause for each in self.pauses)

    def _closing(self, counted: Due) -> Due:
        if self.policy.close_of_business and isinstance(counted, DueDay):
            return BusinessClock(self.calendar).close_of_business(counted)
        return counted


def business_clock(policy: DeadlinePolicy, calendar: Calendar) -> BusinessClock:
    """What a policy counts by: its own zone for days, also where the institution's calendar is kept in another (K6)."""
    days = policy.length is None or policy.length.unit in _DAY_UNITS
    if days and policy.zone is not None and policy.zone != calendar.zone:
        return BusinessClock(replace(calendar, zone=policy.zone))
    return BusinessClock(calendar)


def instant_at(point: Point) -> datetime:
    """The instant at which a point begins: the local midnight before its day, or itself."""
    return instant_of(point.day, 0, point.zone) if isinstance(point, OnDay) else point.at


def recomputed_due(
    history: Iterable[ClockEvent], policy: DeadlinePolicy, calendar_of: Callable[[str, str], Calendar]
) -> Point | None:
    """The due that follows from the events of one clock, from its policy, and from its calendars by name and version.

    Nothing that was recorded as due is used, and what a pause left is counted again, except where a calendar of
    before the pause does not reach further. None where there is none now: a pause goes on, the rule has no number, no
    calendar reaches so far, or nothing was armed. Raises what `calendar_of` does.
    """
    count: Count | None = None
    calendar, pausing, rest = "", list[ClockPaused](), list[Rest]()
    for event in history:
        match event:
            case ClockArmed():
                calendar = event.calendar
                count = Count(
                    policy=policy,
                    calendar=calendar_of(calendar, event.calendar_version),
                    start=event.start,
                    given=event.given,
                )
            case ClockScheduled() if count is not None:
                reaching = calendar_of(calendar, event.calendar_version)
                count = replace(count, calendar=reaching, rest=rest[-1] if rest else None)
            case ClockPaused():
                pausing.append(event)
            case ClockResumed() if count is not None:
                paused = pausing.pop()
                pauses = (*count.pauses, Standstill(paused=paused.paused, resumed=event.resumed))
                rest.append(Rest(resumed=event.resumed, left=paused.remaining, after=len(pauses)))
                count = replace(count, pauses=pauses)
            case ClockExtended() if count is not None:
                rest.clear()
                count = replace(count, extension=event.extension, rest=None)
            case ClockScheduled() | ClockResumed() | ClockExtended():
                raise ValueError("a clock is armed before anything else happens to it")
            case (
                ClockWarned()
                | ClockMet()
                | ClockExpired()
                | ClockMetLate()
                | ClockCorrected()
                | ClockWithdrawn()
                | ClockRestarted()
            ):
                pass
            case _:
                assert_never(event)
    return None if count is None or pausing else count.due()
