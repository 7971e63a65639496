"""The directory as an institution writes it: TOML text, read whole or not at all.

    duty = "duty-desk"                        # the id of the member who answers where nobody else does
    calendar = "UK-ENG"                       # on which days notices go out; of a member it may be another

    [[member]]
    id = "ann"                                # as on her API key: holders, owners and actors are named so
    email = "ann@bank.example"
    language = "en"                           # or "zh"
    zone = "Europe/London"
    roles = ["handler"]                       teams = ["cards"]
    [member.quiet]                            # left out: 20:00 to 08:00 every day
    default = ["19:00-07:30"]                 # into the next day
    sunday = ["00:00-24:00"]
    [[member.absence]]
    first = 2026-10-01                        last = 2026-10-07                     cover = "li"
    [[member.skill]]                          # what she can do, and on which days
    name = "insurance"                        first = 2024-06-01                    last = 2026-05-31
    [[member.training]]                       # what she learned, and the skills that it gives
    name = "loans-2026"                       on = 2026-02-10                       gives = ["loans"]

    [[unit]]                                  # who is asked when work is offered to the unit
    name = "complaints"                       zone = "Europe/London"
    members = ["ann", "li"]                   supervisor = "li"
    [[unit.duty]]                             # left out: all of them, always
    members = ["ann"]
    [unit.duty.hours]
    default = ["09:00-17:00"]

    [[rota]]                                  # other people by night
    role = "supervisor"                       zone = "Asia/Shanghai"                members = ["li"]
    [rota.hours]
    default = ["18:00-09:00"]

A refusal names file, line and field, and never what stands there: ids and addresses are personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Literal, NoReturn, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError

from casework.shared.clocks.calendars import WEEKDAYS, Calendar, Interval, Weekday
from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_toml
from casework.shared.errors import CaseworkError, FieldError
from casework.shared.people.directory import DUTY, Directory, Rota
from casework.shared.people.members import MIDNIGHT, Absence, Language, Member, Skill, Week, week_of
from casework.shared.people.units import Duty, Unit

_Id: TypeAlias = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,200}$")]
_Word: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,99}$")]
_Address: TypeAlias = Annotated[str, Field(pattern=r"^[!-;=?A-Z\[-~^]{1,64}@[A-Za-z0-9.-]{1,253}$")]
"""One mailbox in plain ASCII: no spaces, no second address, nothing that ends a header."""
_Week: TypeAlias = dict[Literal["default"] | Weekday, list[str]]
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")

QUIET = week_of([Interval(20 * 60, 8 * 60)])
"""The quiet hours of a member whose table says nothing of them: nobody is written to at night by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AbsenceText:
    first: date
    last: date
    cover: _Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _SkillText:
    name: _Word
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingText:
    name: _Word
    on: date
    gives: Annotated[list[_Word], Field(min_length=1)]
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemberText:
    id: _Id
    email: _Address | None = None
    language: Language = "en"
    zone: str | None = None
    quiet: _Week | None = None
    calendar: str | None = None
    roles: list[_Word] = field(default_factory=list)
    teams: list[_Word] = field(default_factory=list)
    absence: list[_AbsenceText] = field(default_factory=list)
    skill: list[_SkillText] = field(default_factory=list)
    training: list[_TrainingText] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RotaText:
    role: _Word
    zone: str
    hours: _Week
    members: Annotated[list[_Id], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _DutyText:
    hours: _Week
    members: Annotated[list[_Id], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnitText:
    name: _Id
    members: Annotated[list[_Id], Field(min_length=1)]
    zone: str = "UTC"
    supervisor: _Id | None = None
    duty: list[_DutyText] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PeopleText:
    member: Annotated[list[_MemberText], Field(min_length=1)]
    duty: _Id = DUTY
    calendar: str | None = None
    rota: list[_RotaText] = field(default_factory=list)
    unit: list[_UnitText] = field(default_factory=list)


def parse_people(text: str, file_name: str, calendar_of: Callable[[str], Calendar]) -> Directory:
    """The directory that a TOML text describes. Raises `InvalidPolicy`; `file_name` is for its message only.

    `calendar_of` gives the calendar of a name, or raises. Refused besides wrong fields: an id given twice, a cover,
    duty or member of a rota who is not there, an absence that ends before it begins, an unknown zone, and hours that
    cannot be read or that leave no quarter of an hour for notices on any day of the week.
    """
    return _Reading(text, file_name, calendar_of).directory()


class _Reading:
    def __init__(self, text: str, file_name: str, calendar_of: Callable[[str], Calendar]) -> None:
        self._text, self._file, self._calendar_of = text, file_name, calendar_of

    def directory(self) -> Directory:
        document = read_toml(self._text, self._file)
        try:
            read = _adapter().validate_python(document, extra="forbid")
        except ValidationError as error:
            item = error.errors()[0]
            self._refuse(tuple(part for part in item["loc"] if part != "[key]"), item["msg"])
        usual = self._calendar(read.calendar, ("calendar",))
        members: dict[str, Member] = {}
        for number, each in enumerate(read.member):
            if each.id in members:
                self._refuse(("member", number, "id"), "this id stands twice; every member has one of their own.")
            members[each.id] = self._member(number, each, usual)
        for number, each in enumerate(read.member):
            for at, absence in enumerate(each.absence):
                if absence.cover is not None and (absence.cover not in members or absence.cover == each.id):
                    self._refuse(
                        ("member", number, "absence", at, "cover"), "give the id of another member of this file."
                    )
        if read.duty not in members:
            self._refuse(("duty",), "no member of this file has the id of the duty member.")
        return Directory(
            members=members,
            duty=read.duty,
            rotas=tuple(self._rota(number, rota, members) for number, rota in enumerate(read.rota)),
            units=self._units(read.unit, members),
        )

    def _member(self, number: int, read: _MemberText, usual: Calendar | None) -> Member:
        at = ("member", number)
        calendar = self._calendar(read.calendar, (*at, "calendar")) or usual
        for nth, absence in enumerate(read.absence):
            if absence.last < absence.first:
                self._refuse((*at, "absence", nth, "last"), "the last day lies before the first.")
        quiet = QUIET if read.quiet is None else self._week(read.quiet, (*at, "quiet"))
        if all(sum(closes - opens for opens, closes in day) > MIDNIGHT - 15 for day in quiet.days):
            self._refuse((*at, "quiet"), "these hours leave no time for a notice; leave some on at least one day.")
        return Member(
            id=read.id,
            email=read.email,
            language=read.language,
            zone=self._zone(read.zone or (calendar.zone if calendar else "UTC"), (*at, "zone")),
            quiet=quiet,
            calendar=calendar,
            roles=tuple(read.roles),
            teams=tuple(read.teams),
            absences=tuple(Absence(first=a.first, last=a.last, cover=a.cover) for a in read.absence),
            skills=tuple(self._skills(at, read)),
        )

    def _skills(self, at: Location, read: _MemberText) -> Iterator[Skill]:
        for nth, skill in enumerate(read.skill):
            if skill.last is not None and skill.last < skill.first:
                self._refuse((*at, "skill", nth, "last"), "the last day lies before the first.")
            yield Skill(name=skill.name, first=skill.first, last=skill.last)
        for nth, training in enumerate(read.training):
            if training.last is not None and training.last < training.on:
                self._refuse((*at, "training", nth, "last"), "the last day lies before that of the training.")
            for name in training.gives:
                yield Skill(name=name, first=training.on, last=training.last, training=training.name)

    def _units(self, read: list[_UnitText], members: dict[str, Member]) -> tuple[Unit, ...]:
        units: dict[str, Unit] = {}
        for number, each in enumerate(read):
            at = ("unit", number)
            if each.name in units:
                self._refuse((*at, "name"), "a unit of this name stands twice; every unit has one of its own.")
            if any(name not in members for name in each.members):
                self._refuse((*at, "members"), "no member of this file has one of these ids.")
            if each.supervisor is not None and each.supervisor not in members:
                self._refuse((*at, "supervisor"), "no member of this file has this id.")
            for nth, duty in enumerate(each.duty):
                if any(name not in each.members for name in duty.members):
                    self._refuse((*at, "duty", nth, "members"), "one of these ids is none of the unit's members.")
            units[each.name] = Unit(
                name=each.name,
                zone=self._zone(each.zone, (*at, "zone")),
                members=tuple(dict.fromkeys(each.members)),
                supervisor=each.supervisor,
                duties=tuple(
                    Duty(hours=self._week(duty.hours, (*at, "duty", nth, "hours")), members=tuple(duty.members))
                    for nth, duty in enumerate(each.duty)
                ),
            )
        return tuple(units.values())

    def _rota(self, number: int, read: _RotaText, members: dict[str, Member]) -> Rota:
        at = ("rota", number)
        if any(name not in members for name in read.members):
            self._refuse((*at, "members"), "no member of this file has one of these ids.")
        return Rota(
            role=read.role,
            zone=self._zone(read.zone, (*at, "zone")),
            hours=self._week(read.hours, (*at, "hours")),
            members=tuple(read.members),
        )

    def _calendar(self, name: str | None, at: Location) -> Calendar | None:
        if name is None:
            return None
        try:
            return self._calendar_of(name)
        except CaseworkError as error:
            self._refuse(at, str(error))

    def _zone(self, name: str, at: Location) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self._refuse(at, "this is not in the time-zone database; write a name such as Europe/London.")
        return name

    def _week(self, read: _Week, at: Location) -> Week:
        days = {name: [self._interval(span, (*at, name)) for span in spans] for name, spans in read.items()}
        default = days.pop("default", [])
        return week_of(default, {weekday: days[weekday] for weekday in WEEKDAYS if weekday in days})

    def _interval(self, span: str, at: Location) -> Interval:
        found = _SPAN.fullmatch(span)
        if found is None:
            self._refuse(at, "this is no interval; write one such as 20:00-08:00, or 00:00-24:00 for a day.")
        opens = int(found[1]) * 60 + int(found[2])
        closes = MIDNIGHT if found[3] is None else int(found[3]) * 60 + int(found[4])
        if opens == closes:
            self._refuse(at, "this is empty; write 00:00-24:00 for a whole day.")
        return Interval(opens, closes)

    def _refuse(self, at: Location, said: str) -> NoReturn:
        pointer = "/".join(("", *map(str, at)))
        raise InvalidPolicy(f"{self._file}{place(self._text, at)}: {said}", (FieldError(pointer, said),))


@cache
def _adapter() -> TypeAdapter[_PeopleText]:
    return TypeAdapter(_PeopleText)
