"""Which days and hours count: calendars, and what an institution lays over them.

Invariant: a calendar is a frozen value and answers only for the days its list covers; for any other day it raises
`NotCovered` instead of guessing (convention K15). Another list is another version, never an edit, so a clock that
names calendar and version counts the same for ever (K13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple, TypeAlias, get_args
from zoneinfo import ZoneInfo

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.errors import Refusal

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""In the order of `date.weekday()`."""


class NotCovered(Refusal):
    """A day is needed that the calendar's list does not reach (K15). Nothing is guessed; a newer list is needed."""

    code = "calendar-not-covered"

    def __init__(self, calendar: Calendar, day: date) -> None:
        super().__init__(
            f"The calendar {calendar.name} of {calendar.version} covers {calendar.first} to {calendar.last}, not {day}."
            " Load a version that does."
        )
        self.calendar = calendar.name
        self.version = calendar.version
        self.day = day


class Interval(NamedTuple):
    """Open from `opens` until just before `closes`, in minutes of the local wall clock after midnight: 0 to 1440."""

    opens: int
    closes: int


Hours: TypeAlias = tuple[tuple[Interval, ...], ...]
"""The opening intervals of Monday to Sunday, each day at least one, in order. They hold for days that are open: those
of a Sunday serve the Sundays that are worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One version of the days and hours that count somewhere (K2). `parse_calendar` makes it, and checks it.

    A day is open when it is in `days_open`, or is neither a weekly day off nor in `days_off`. `days_open` holds only
    weekly days off that are worked (make-up days), and no day is in both. `source` says where the list comes from.
    """

    name: str
    version: str
    zone: str
    """IANA name, such as `Europe/London`."""
    first: date
    last: date
    """The last day covered, itself included."""
    weekly_off: frozenset[Weekday]
    days_off: frozenset[date]
    days_open: frozenset[date]
    hours: Hours
    source: str

    def is_open(self, day: date) -> bool:
        """Whether `day`, a date in the calendar's zone, is a working day (K2). Raises `NotCovered` (K15)."""
        if not self.first <= day <= self.last:
            raise NotCovered(self, day)
        return day in self.days_open or (self._is_weekday(day) and day not in self.days_off)

    def opening(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """From when until when `day` is open, as UTC instants in order; nothing on a day off.

        Raises `NotCovered` (K15). An interval that a clock change swallows whole is left out."""
        if not self.is_open(day):
            return ()
        spans = (
            (instant_of(day, opens, self.zone), instant_of(day, closes, self.zone))
            for opens, closes in self.hours[day.weekday()]
        )
        return tuple((begins, ends) for begins, ends in spans if begins < ends)

    def under(self, layer: Layer) -> Calendar:
        """This calendar as an institution keeps it. Name and version name both, as in `CN+weekends-off`.

        Raises `InvalidPolicy` when the layer was written over another calendar, or covers no common day."""
        if layer.over != self.name.partition("+")[0]:
            raise InvalidPolicy(f"The layer {layer.name} is written over {layer.over} and cannot lie over {self.name}.")
        first, last = max(self.first, layer.first or self.first), min(self.last, layer.last or self.last)
        if first > last:
            raise InvalidPolicy(
                f"The layer {layer.name} of {layer.version} and {self.name} of {self.version} cover no common day."
            )
        worked = frozenset() if layer.weekends_always_off else self.days_open
        return replace(
            self,
            name=f"{self.name}+{layer.name}",
            version=f"{self.version}+{layer.version}",
            first=first,
            last=last,
            days_off=(self.days_off | layer.days_off) - layer.days_open,
            days_open=(worked - layer.days_off) | {day for day in layer.days_open if not self._is_weekday(day)},
            hours=layer.hours or self.hours,
            source=f"{self.source} {layer.source}",
        )

    def _is_weekday(self, day: date) -> bool:
        return WEEKDAYS[day.weekday()] not in self.weekly_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one institution does otherwise than the public calendar `over`. `parse_layer` makes it, and checks it.

    `weekends_always_off` drops the make-up days; `days_open` is stronger than that and than any day off. A layer that
    lists days has `first` and `last`, the days between which its list is whole; another has None and reaches as far
    as the calendar. `hours` replaces the calendar's altogether; None keeps them.
    """

    name: str
    version: str
    over: str
    first: date | None = None
    last: date | None = None
    weekends_always_off: bool = False
    days_off: frozenset[date] = frozenset()
    days_open: frozenset[date] = frozenset()
    hours: Hours | None = None
    source: str


def hours_of(default: tuple[Interval, ...], own: Mapping[Weekday, tuple[Interval, ...]] | None = None) -> Hours:
    """The hours of a week: `default` for every weekday that has none of its `own`."""
    return tuple((own or {}).get(weekday, default) for weekday in WEEKDAYS)


def instant_of(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant at which the wall clock of `zone` is `minute` minutes into `day`; 1440 is the next midnight.

    A time that comes twice is the first of the two. A time that a clock change leaves out is read on the clock from
    before the change: a midnight that the change begins with is the moment of the change."""
    return (datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=minute)).astimezone(UTC)
