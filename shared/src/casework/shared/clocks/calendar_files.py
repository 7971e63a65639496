"""Calendars and layers as staff write them: TOML text, read whole or not at all.

A calendar, here with everything it may say:

    name = "CN"                            version = "2025-11-04"
    zone = "Asia/Shanghai"                 source = "Notice of the State Council ..."
    first = 2026-01-01                     last = 2026-12-31
    weekly_off = ["saturday", "sunday"]    days_off = [2026-01-01]     days_open = [2026-01-04]
    [hours]
    default = ["09:00-12:00", "13:00-17:30"]
    friday = ["09:00-12:00"]

A layer has `layer` and `over` in place of `name`, neither `zone` nor `weekly_off`, may say `weekends_always_off`, and
needs `first` and `last` only when it lists days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Literal, NoReturn, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError

from casework.shared.clocks.calendars import WEEKDAYS, Calendar, Hours, Interval, Layer, Weekday, hours_of
from casework.shared.contracts.policy_text import InvalidPolicy, line_of, read_toml
from casework.shared.contracts.types import Sentence
from casework.shared.errors import FieldError

# "+" joins the names of calendar and layer, and their versions.
_Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
_Version: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")]
"""A year or a day, so that the newest is the last in the order of text."""
_Hours: TypeAlias = dict[Literal["default"] | Weekday, Annotated[list[str], Field(min_length=1)]]
_SPAN = re.compile(r"^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _CalendarText:
    name: _Name
    version: _Version
    zone: str
    first: date
    last: date
    weekly_off: list[Weekday]
    days_off: list[date]
    days_open: list[date] = field(default_factory=list)
    hours: _Hours
    source: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _LayerText:
    layer: _Name
    version: _Version
    over: _Name
    first: date | None = None
    last: date | None = None
    weekends_always_off: bool = False
    days_off: list[date] = field(default_factory=list)
    days_open: list[date] = field(default_factory=list)
    hours: _Hours = field(default_factory=dict)
    source: Sentence


def parse_calendar(text: str, file_name: str) -> Calendar:
    """The calendar that a TOML text describes. Raises `InvalidPolicy`; `file_name` is for its message only.

    Refused besides wrong fields: an unknown zone, a day outside the covered range, given twice, or both off and open,
    a make-up day that is no weekly day off, and opening intervals that are empty, overlap or are out of order."""
    place = _Place(text, file_name)
    read = place.read(_calendar_adapter())
    try:
        ZoneInfo(read.zone)
    except (KeyError, ValueError, OSError):
        place.refuse("zone", f"{read.zone!r} is not in the time-zone database; write a name such as Europe/London.")
    if read.first > read.last:
        place.refuse("last", f"{read.last} comes before the first day covered, {read.first}.")
    for day in read.days_open:
        if WEEKDAYS[day.weekday()] not in read.weekly_off:
            place.refuse("days_open", f"{day} is open anyway; list only weekly days off that are worked.", day)
    return Calendar(
        name=read.name,
        version=read.version,
        zone=read.zone,
        first=read.first,
        last=read.last,
        weekly_off=frozenset(read.weekly_off),
        days_off=place.days("days_off", read.days_off, read.first, read.last),
        days_open=place.days("days_open", read.days_open, read.first, read.last, apart_from=read.days_off),
        hours=place.hours(read.hours),
        source=read.source,
    )


def parse_layer(text: str, file_name: str) -> Layer:
    """The layer that a TOML text describes. Raises `InvalidPolicy`; `file_name` is for its message only.

    Days and hours are checked as in a calendar; a layer that lists days must say between which days it is whole."""
    place = _Place(text, file_name)
    read = place.read(_layer_adapter())
    for named, day in (("first", read.first), ("last", read.last)):
        if day is None and (read.days_off or read.days_open or read.first or read.last):
            place.refuse(named, "a layer that lists days says from its first to its last day for which it is whole.")
    first, last = read.first or date.min, read.last or date.max
    if first > last:
        place.refuse("last", f"{last} comes before the first day covered, {first}.")
    return Layer(
        name=read.layer,
        version=read.version,
        over=read.over,
        first=read.first,
        last=read.last,
        weekends_always_off=read.weekends_always_off,
        days_off=place.days("days_off", read.days_off, first, last),
        days_open=place.days("days_open", read.days_open, first, last, apart_from=read.days_off),
        hours=place.hours(read.hours) if read.hours else None,
        source=read.source,
    )


def parse_intervals(spans: Iterable[str]) -> tuple[Interval, ...]:
    """The opening intervals of a day, written like `09:00-12:00`. Raises ValueError, which says of the first wrong one
    what is wrong with it."""
    intervals: list[Interval] = []
    for span in spans:
        found = _SPAN.match(span)
        numbers = [int(number) for number in found.groups()] if found else [0, 0, 0, 0]
        interval = Interval(numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
        if not interval.opens < interval.closes <= 24 * 60:
            raise ValueError(f"{span!r} is no opening interval; write one such as 09:00-12:00, at most to 24:00.")
        if intervals and interval.opens < intervals[-1].closes:
            raise ValueError(f"{span!r} begins before the interval ahead of it ends.")
        intervals.append(interval)
    return tuple(intervals)


class _Place:
    """A text and its file's name: reads it, and says of a mistake where it stands."""

    def __init__(self, text: str, file_name: str) -> None:
        self._text, self._file, self._lines = text, file_name, text.splitlines()

    def read(self, adapter: TypeAdapter[_T]) -> _T:
        document = read_toml(self._text, self._file)
        try:
            return adapter.validate_python(document, extra="forbid")
        except ValidationError as error:
            item = error.errors()[0]
            loc = [str(part) for part in item["loc"] if part != "[key]"]
            table = loc[0] == "hours" and len(loc) > 1
            raw = item["input"]
            self.refuse("hours." + loc[1] if table else loc[0], item["msg"], raw if isinstance(raw, date) else None)

    def days(
        self, name: str, days: Iterable[date], first: date, last: date, *, apart_from: Iterable[date] = ()
    ) -> frozenset[date]:
        seen, others = set[date](), frozenset(apart_from)
        for day in days:
            if not first <= day <= last:
                self.refuse(name, f"{day} lies outside the days covered, {first} to {last}.", day)
            if day in seen:
                self.refuse(name, f"{day} stands twice.", day)
            if day in others:
                self.refuse(name, f"{day} is both off and open.", day)
            seen.add(day)
        return frozenset(seen)

    def hours(self, hours: _Hours) -> Hours:
        if "default" not in hours:
            self.refuse("hours.default", "the hours of every weekday not named are missing.")
        read = {name: self._intervals(f"hours.{name}", spans) for name, spans in hours.items()}
        return hours_of(read["default"], {name: spans for name, spans in read.items() if name != "default"})

    def _intervals(self, name: str, spans: Iterable[str]) -> tuple[Interval, ...]:
        try:
            return parse_intervals(spans)
        except ValueError as error:
            self.refuse(name, str(error))

    def refuse(self, name: str, said: str, day: date | None = None) -> NoReturn:
        """Refuse field `name` ("hours.friday" for one in a table), at the line of `day` where it stands on its own."""
        line = self._line(name, day)
        where = "" if line is None else f", line {line + 1}"
        raise InvalidPolicy(
            f"{self._file}{where}, field {name}: {said}", (FieldError("/" + name.replace(".", "/"), said),)
        )

    def _line(self, name: str, day: date | None) -> int | None:
        line = line_of(self._text, tuple(name.split(".")))
        if line is None or day is None:
            return line
        return next((at for at in range(line, len(self._lines)) if day.isoformat() in self._lines[at]), line)


@cache
def _calendar_adapter() -> TypeAdapter[_CalendarText]:
    return TypeAdapter(_CalendarText)


@cache
def _layer_adapter() -> TypeAdapter[_LayerText]:
    return TypeAdapter(_LayerText)
