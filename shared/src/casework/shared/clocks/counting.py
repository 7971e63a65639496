"""When something is due: deadlines counted over one calendar.

Invariant: pure arithmetic. What is due follows from the calendar, the start, the length and the pauses alone, so the
same clock gives the same answer on every replay. Nothing here knows the present.

Throughout, a `DayOrInstant` is a date of the calendar's zone, or an instant with an offset, which then stands for its
date in that zone where days are counted (K6). Where time is counted, a bare date stands for its first instant: the
strictest reading. Every instant that comes out is UTC.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from casework.shared.clocks.calendars import Calendar, instant_of
from casework.shared.contracts.lengths import Length, Unit

DayOrInstant: TypeAlias = date | datetime
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
"""Taken off the end of a span to find the last day in it: a span that ends at midnight needs nothing of the next day,
which the calendar may not cover."""


@dataclass(frozen=True, slots=True)
class DueDay:
    """Due on a day of a zone: kept by anything done before the next local midnight (K5)."""

    day: date
    zone: str

    @property
    def end(self) -> datetime:
        """The UTC instant before which it must be done: the local midnight that ends the day, also where a clock
        change makes the day longer or shorter or leaves that midnight out."""
        return instant_of(self.day, 24 * 60, self.zone)


@dataclass(frozen=True, slots=True)
class DueInstant:
    """Due at a UTC instant: kept by anything done before it, as a day is by anything before its end."""

    at: datetime

    @property
    def end(self) -> datetime:
        """The UTC instant before which it must be done."""
        return self.at


Due: TypeAlias = DueDay | DueInstant


class Pause(NamedTuple):
    """From which moment until which other a clock stood still. `BusinessClock.pause` ends one that has a cap."""

    paused: DayOrInstant
    resumed: DayOrInstant


def precedence(due: Due, *, regulators: bool) -> tuple[datetime, bool]:
    """What to sort the clocks of a case by: the earlier leads, in a tie the regulator's is first (K11).

    `regulators` says whether a regulator set the clock, and not the institution itself."""
    return due.end, not regulators


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """Counts lengths over one calendar.

    Every method that must know whether a day is open raises `NotCovered` when the calendar does not say (K15), and
    ValueError for an instant without an offset."""

    calendar: Calendar

    def received(self, at: DayOrInstant) -> date:
        """The date of `at` in the calendar's zone (K6)."""
        if not isinstance(at, datetime):
            return at
        return _aware(at).astimezone(ZoneInfo(self.calendar.zone)).date()

    def due(self, start: DayOrInstant, length: Length, pauses: Iterable[Pause] = ()) -> Due:
        """When `length` from `start` ends: a `DueDay` for units of days, a `DueInstant` for hours and minutes.

        The day of `start` is day 0, open or not (K1). Each pause moves the end on to where what it left over ends
        (K8); one that begins after the end changes nothing. An extension is the longer length from the same start
        with the same pauses (K9), a restart another start (K10). Raises ValueError when the pauses are not in order.
        """
        due = self._counted(start, length)
        for pause in self._in_order(start, length.unit, pauses):
            if isinstance(due, DueDay):
                if self.received(pause.paused) > due.day:
                    break
            elif self._instant(pause.paused) >= due.at:
                break
            due = self._counted(pause.resumed, self.remaining(pause.paused, due, length.unit))
        return due

    def latest_start(self, end: DayOrInstant, length: Length) -> DayOrInstant:
        """The inverse: the latest start from which `length` ends on or before `end`, a date for units of days.

        So `due(start, length)` is not after `end` exactly when `start` is not after `latest_start(end, length)`."""
        unit, number = length.unit, length.number
        match unit:
            case "working-day":
                return self._open_days_back(self.received(end), number)
            case "calendar-day":
                return self.received(end) - number * _DAY
            case "week":
                return self.received(end) - 7 * number * _DAY
            case "month":
                return _latest_months_before(self.received(end), number)
            case "year":
                return _latest_months_before(self.received(end), 12 * number)
            case "working-hour" | "working-minute":
                return self._open_minutes_back(self._instant(end), _minutes(number, unit))
            case "elapsed-hour" | "elapsed-minute":
                return self._instant(end) - _minutes(number, unit)
            case _:
                assert_never(unit)

    def remaining(self, paused: DayOrInstant, due: Due, unit: Unit) -> Length:
        """What a pause leaves: the units after the pausing day or minute up to `due` (K8), at least 0.

        Counted in working days, calendar days (for weeks, months and years too), or whole minutes, working or
        elapsed. A begun minute is not given back, so that no pause makes a deadline later than its rule does.
        Raises ValueError where a day is due in a unit of time, or an instant in one of days."""
        match unit:
            case "working-day":
                last, day = _day_of(due), self.received(paused)
                return Length(sum(self.calendar.is_open(each) for each in _days_after(day, last)), "working-day")
            case "calendar-day" | "week" | "month" | "year":
                return Length(max(0, (_day_of(due) - self.received(paused)).days), "calendar-day")
            case "working-hour" | "working-minute":
                return Length(self._open_between(self._instant(paused), _instant_of(due)) // _MINUTE, "working-minute")
            case "elapsed-hour" | "elapsed-minute":
                left = max(timedelta(), _instant_of(due) - self._instant(paused))
                return Length(left // _MINUTE, "elapsed-minute")
            case _:
                assert_never(unit)

    def resumed(self, at: DayOrInstant, left: Length) -> Due:
        """When what a pause left over ends: counted with the resuming day or minute as day or minute 0 (K8).

        With nothing left that is the resuming day or instant itself."""
        return self._counted(at, left)

    def pause(self, paused: DayOrInstant, cap: Length, resumed: DayOrInstant | None = None) -> Pause:
        """A pause from `paused` that lasts at most `cap` and then ends by itself (K8).

        `resumed` is when it was ended, None if nobody did. A cap in days resumes on its last day: on a clock of days
        that is day 0 of what remains, on one of hours the clock runs from the beginning of that day."""
        ends = self._counted(paused, cap)
        capped: DayOrInstant = ends.day if isinstance(ends, DueDay) else ends.at
        if resumed is None or self._first_instant(resumed, cap.unit) > self._first_instant(capped, cap.unit):
            return Pause(paused, capped)
        return Pause(paused, resumed)

    def warning(self, start: DayOrInstant, length: Length, percent: int, pauses: Iterable[Pause] = ()) -> Due:
        """When `percent` (1 to 100) of `length` has passed: unit ceil(percent x n / 100), n in all (K12).

        The units are working days, calendar days (for weeks, months and years too) or minutes. Raises ValueError
        for another percentage."""
        if not 1 <= percent <= 100:
            raise ValueError(f"a warning falls at 1 to 100 percent, not {percent}")
        fine = self._in_small_units(start, length)
        return self.due(start, Length(-(-percent * fine.number // 100), fine.unit), pauses)

    def close_of_business(self, due: DueDay) -> DueInstant:
        """The last closing hour of a day that is due (K5). A day off has none: then the end of that day."""
        opening = self.calendar.opening(due.day)
        return DueInstant(opening[-1][1] if opening else due.end)

    def notice_day(self, due: Due) -> date:
        """The last day on which this calendar, as the one for notices, opens before `due` ends.

        So what is due on a day off is told on the working day ahead, and nothing is told after its own deadline."""
        day = self.received(due.end - _INSTANT)
        while not any(opens < due.end for opens, _ in self.calendar.opening(day)):
            day -= _DAY
        return day

    def _counted(self, start: DayOrInstant, length: Length) -> Due:
        unit, number = length.unit, length.number
        match unit:
            case "working-day":
                return self._due_day(self._open_days_on(self.received(start), number))
            case "calendar-day":
                return self._due_day(self.received(start) + number * _DAY)
            case "week":
                return self._due_day(self.received(start) + 7 * number * _DAY)
            case "month":
                return self._due_day(_months_after(self.received(start), number))
            case "year":
                return self._due_day(_months_after(self.received(start), 12 * number))
            case "working-hour" | "working-minute":
                return DueInstant(self._open_minutes_on(self._instant(start), _minutes(number, unit)))
            case "elapsed-hour" | "elapsed-minute":
                return DueInstant(self._instant(start) + _minutes(number, unit))
            case _:
                assert_never(unit)

    def _in_small_units(self, start: DayOrInstant, length: Length) -> Length:
        """The length in the units that a percentage is taken of (K12)."""
        unit, number = length.unit, length.number
        match unit:
            case "working-day" | "calendar-day" | "working-minute" | "elapsed-minute":
                return length
            case "week" | "month" | "year":
                return self.remaining(start, self._counted(start, length), "calendar-day")
            case "working-hour":
                return Length(60 * number, "working-minute")
            case "elapsed-hour":
                return Length(60 * number, "elapsed-minute")
            case _:
                assert_never(unit)

    def _in_order(self, start: DayOrInstant, unit: Unit, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
        listed = tuple(pauses)
        moments = [self._first_instant(at, unit) for at in (start, *(at for pause in listed for at in pause))]
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise ValueError(
                "each pause begins after the start and after the one before ended, and ends after it began"
            )
        return listed

    def _first_instant(self, at: DayOrInstant, unit: Unit) -> datetime:
        """What to compare moments by: where days are counted, all of one day are the same."""
        match unit:
            case "working-day" | "calendar-day" | "week" | "month" | "year":
                return self._instant(self.received(at))
            case "working-hour" | "working-minute" | "elapsed-hour" | "elapsed-minute":
                return self._instant(at)
            case _:
                assert_never(unit)

    def _instant(self, at: DayOrInstant) -> datetime:
        return _aware(at) if isinstance(at, datetime) else instant_of(at, 0, self.calendar.zone)

    def _due_day(self, day: date) -> DueDay:
        return DueDay(day, self.calendar.zone)

    def _open_days_on(self, day: date, number: int) -> date:
        while number:
            day += _DAY
            number -= self.calendar.is_open(day)
        return day

    def _open_days_back(self, day: date, number: int) -> date:
        while number:
            number -= self.calendar.is_open(day)
            day -= _DAY
        return day

    def _open_minutes_on(self, at: datetime, left: timedelta) -> datetime:
        day = self.received(at)
        while left:
            for opens, closes in self.calendar.opening(day):
                begins = max(opens, at)
                if left <= closes - begins:
                    return begins + left
                left -= max(timedelta(), closes - begins)
            day += _DAY
        return at

    def _open_minutes_back(self, at: datetime, left: timedelta) -> datetime:
        day = self.received(at - _INSTANT)
        while left:
            for opens, closes in reversed(self.calendar.opening(day)):
                ends = min(closes, at)
                if left <= ends - opens:
                    return ends - left
                left -= max(timedelta(), ends - opens)
            day -= _DAY
        return at

    def _open_between(self, begins: datetime, ends: datetime) -> timedelta:
        """How long the calendar is open from one instant to another; zero when the second is not later."""
        total = timedelta()
        if ends > begins:
            for day in _days_after(self.received(begins) - _DAY, self.received(ends - _INSTANT)):
                for opens, closes in self.calendar.opening(day):
                    total += max(timedelta(), min(closes, ends) - max(opens, begins))
        return total


def _aware(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"the time {at} needs an offset")
    return at.astimezone(UTC)


def _day_of(due: Due) -> date:
    if isinstance(due, DueDay):
        return due.day
    raise ValueError("an instant is due, which no unit of days counts up to")


def _instant_of(due: Due) -> datetime:
    if isinstance(due, DueInstant):
        return due.at
    raise ValueError("a day is due, which no unit of time counts up to")


def _minutes(number: int, unit: Unit) -> timedelta:
    return timedelta(minutes=number * (60 if unit in ("working-hour", "elapsed-hour") else 1))


def _days_after(day: date, last: date) -> Iterable[date]:
    return (day + number * _DAY for number in range(1, (last - day).days + 1))


def _months_after(day: date, number: int) -> date:
    """The same day of the month, or the last day of a month that lacks it (K4)."""
    years, month = divmod(day.month - 1 + number, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _latest_months_before(day: date, number: int) -> date:
    """The latest day from which `number` months end on or before `day`: from a last of the month, another last."""
    if number == 0:
        return day
    back = _months_after(day, -number)
    if day.day == monthrange(day.year, day.month)[1]:
        return back.replace(day=monthrange(back.year, back.month)[1])
    return back
