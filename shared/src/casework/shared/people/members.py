"""One person, or one shared mailbox, that can be answerable for work.

Invariant: pure values; nothing here knows the present. An address is personal: it never enters an event, a log line, a
metric or a URL. What stands on events is `Member.id`, the id that holders, owners and actors have anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from casework.shared.clocks.calendars import WEEKDAYS, Calendar, Interval, Weekday, instant_of

Language: TypeAlias = Literal["en", "zh"]
Span: TypeAlias = tuple[datetime, datetime]
"""From an instant until just before another, UTC."""

_DAY = timedelta(days=1)
MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Week:
    """Intervals of local time for Monday to Sunday, in order, apart from each other; a day may have none.

    `week_of` makes one. Unlike the hours of a calendar these hold for every date, holidays too."""

    days: tuple[tuple[Interval, ...], ...] = ((),) * 7

    def spans(self, day: date, zone: str) -> tuple[Span, ...]:
        """The intervals of `day` in `zone`, as instants in order. One that a clock change swallows is left out."""
        spans = ((instant_of(day, opens, zone), instant_of(day, closes, zone)) for opens, closes in self.at(day))
        return tuple(span for span in spans if span[0] < span[1])

    def at(self, day: date) -> tuple[Interval, ...]:
        """The intervals of the weekday that `day` is."""
        return self.days[day.weekday()]

    def holds(self, at: datetime, zone: str) -> bool:
        """Whether the instant lies in one of the intervals."""
        day = local_day(at, zone)
        # The days beside it as well: where a clock change falls on midnight, a day begins before or after it.
        return any(begins <= at < ends for step in (-1, 0, 1) for begins, ends in self.spans(day + step * _DAY, zone))


def week_of(default: Sequence[Interval], own: Mapping[Weekday, Sequence[Interval]] | None = None) -> Week:
    """A week of `default` for every weekday that has none of its `own`.

    An interval that closes at or before the minute it opens, such as 20:00 to 08:00, runs into the next day."""
    days: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for number, weekday in enumerate(WEEKDAYS):
        for opens, closes in (own or {}).get(weekday, default):
            if opens < closes:
                days[number].append(Interval(opens, closes))
            else:
                days[number].append(Interval(opens, MIDNIGHT))
                days[(number + 1) % 7].append(Interval(0, closes))
    return Week(tuple(_merged(each) for each in days))


def local_day(at: datetime, zone: str) -> date:
    """The date of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days of the member's zone, `first` and `last` included. `cover` is the id of who stands in; None: the duty."""

    first: date
    last: date
    cover: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What somebody can do from `first` to `last`, days of their zone, both included; None: without end. `training` is
    the record of how they learned it, None where that is not what it rests on."""

    name: str
    first: date
    last: date | None = None
    training: str | None = None

    def holds(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who can be told something. `id` is as holders, owners and actors are named in events.

    `email` is None for one who cannot be reached by mail. In `quiet` hours nothing is sent that is not urgent.
    `calendar` says on which days notices go out, None for every day; it need not be one that any deadline counts by.
    """

    id: str
    email: str | None = None
    language: Language = "en"
    zone: str = "UTC"
    quiet: Week = Week()
    calendar: Calendar | None = None
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    absences: tuple[Absence, ...] = ()
    skills: tuple[Skill, ...] = ()

    def absence_at(self, at: datetime) -> Absence | None:
        """The absence that holds at an instant, by the date in the member's zone."""
        day = local_day(at, self.zone)
        return next((absence for absence in self.absences if absence.first <= day <= absence.last), None)


def _merged(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if opens == closes:
            continue
        if merged and opens <= merged[-1].closes:
            merged[-1] = Interval(merged[-1].opens, max(merged[-1].closes, closes))
        else:
            merged.append(Interval(opens, closes))
    return tuple(merged)
