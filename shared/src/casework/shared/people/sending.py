"""When something may be told to somebody.

Invariant: nobody is told in their quiet hours unless it is urgent, and a reminder is told before the deadline it warns
of or not at all (practice P118).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from casework.shared.clocks.calendars import WEEKDAYS, Calendar, NotCovered, instant_of
from casework.shared.people.members import MIDNIGHT, Member, Span, Week, local_day

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
MOST_DAYS = 31
"""How far a notice is moved: longer than any run of days off in the calendars."""


def send_at(
    due: datetime,
    *,
    now: datetime,
    not_after: datetime | None = None,
    quiet: Week,
    calendar: Calendar | None,
    zone: str,
    urgent: bool = False,
) -> datetime | None:
    """When to tell what should be told at `due`, not before `now`. UTC instants in and out; None: no more, too late.

    It may be told on the days of `calendar` (every day without one), read as dates of `zone`, outside `quiet`. A
    reminder has `not_after`, the end of the deadline it warns of: told earlier where `due` does not suit, on the last
    day that does, and later only where there is no such moment from `now` on. Everything else is told later. Where no
    suitable day is left, a day off will do; quiet hours never. Where the calendar's list does not reach a day, its
    weekly days off alone decide: a notice that is a day off its mark is better than none.

    Urgent means at once, at any hour: an alarm for whoever is on duty (practice P109).
    """
    wanted = max(due, now)
    if urgent:
        return wanted
    limit = not_after if not_after is not None else wanted + MOST_DAYS * _DAY
    if now >= limit:
        return None
    # A warning recorded for the end of the deadline itself still has to come before it.
    wanted = max(min(wanted, limit - _INSTANT), now)
    days = _Days(quiet, calendar, zone)
    if days.suits(wanted):
        return wanted
    earlier = days.latest(now, wanted) if not_after is not None else None
    return earlier or days.first(wanted, limit) or days.first(wanted, limit, days_off=True)


def send_to(
    member: Member, due: datetime, *, now: datetime, not_after: datetime | None, urgent: bool
) -> datetime | None:
    """`send_at` for one member."""
    return send_at(
        due,
        now=now,
        not_after=not_after,
        quiet=member.quiet,
        calendar=member.calendar,
        zone=member.zone,
        urgent=urgent,
    )


class _Days:
    """The days and hours at which one person may be told something."""

    def __init__(self, quiet: Week, calendar: Calendar | None, zone: str) -> None:
        self._quiet, self._calendar, self._zone = quiet, calendar, zone

    def suits(self, at: datetime) -> bool:
        day = local_day(at, self._zone)
        return any(begins <= at < ends for step in (-1, 0, 1) for begins, ends in self._open(day + step * _DAY))

    def first(self, at: datetime, limit: datetime, *, days_off: bool = False) -> datetime | None:
        """The first moment from `at` until just before `limit`."""
        for day in _days(local_day(at, self._zone) - _DAY, 1):
            for begins, ends in self._spans(day) if days_off else self._open(day):
                if ends <= at:
                    continue
                for moment in (max(at, self._convenient(day, (begins, ends))), max(at, begins)):
                    if moment < limit:
                        return moment
                return None
        return None

    def latest(self, now: datetime, before: datetime) -> datetime | None:
        """From `now` on, a moment on the last day that suits until `before`: its first, so that it can be acted on."""
        for day in _days(local_day(before, self._zone) + _DAY, -1):
            for span in reversed(self._open(day)):
                if span[1] <= now:
                    return None
                if span[1] <= before:
                    return max(now, self._convenient(day, span))
        return None

    def _open(self, day: date) -> tuple[Span, ...]:
        return self._spans(day) if _is_open(self._calendar, day) else ()

    def _spans(self, day: date) -> tuple[Span, ...]:
        """The day without its quiet hours."""
        spans = []
        begins = instant_of(day, 0, self._zone)
        for quiet_from, quiet_to in self._quiet.spans(day, self._zone):
            if begins < quiet_from:
                spans.append((begins, quiet_from))
            begins = max(begins, quiet_to)
        midnight = instant_of(day, MIDNIGHT, self._zone)
        if begins < midnight:
            spans.append((begins, midnight))
        return tuple(spans)

    def _convenient(self, day: date, span: Span) -> datetime:
        """The start of a span; where that is midnight, the opening hour of the calendar. Without quiet hours a
        notice that was moved would otherwise come in the middle of the night."""
        begins, ends = span
        if (
            self._calendar is None
            or begins != instant_of(day, 0, self._zone)
            or not self._calendar.hours[day.weekday()]
        ):
            return begins
        opens = instant_of(day, self._calendar.hours[day.weekday()][0].opens, self._zone)
        return opens if begins <= opens < ends else begins


def _days(day: date, step: int) -> Iterator[date]:
    return (day + number * step * _DAY for number in range(MOST_DAYS + 2))


def _is_open(calendar: Calendar | None, day: date) -> bool:
    if calendar is None:
        return True
    try:
        return calendar.is_open(day)
    except NotCovered:
        return WEEKDAYS[day.weekday()] not in calendar.weekly_off
