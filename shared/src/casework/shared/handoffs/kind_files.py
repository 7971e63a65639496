"""The kinds of hand-off and the teams of an institution, out of their TOML text.

Invariant: whole or not at all. The refusal names file, line and field. The text is read elsewhere.

    [[hand-off]]                                        [[team]]
    kind = "lesson"                                     name = "campus-east"
    title = { en = "A lesson", zh = "课程" }            service = "investigation"
    checklist = ["contact", "place-and-time"]           calendar = "CN"
    most_moves = 2                                      hours = ["08:00-12:00", "13:00-20:00"]
    acceptance = "internal.hand-off"                    [[team]]
    ladder = "internal.hand-off"                        name = "campus-west"
    acting_owner = "campus-head"                        service = "investigation"
    skills = ["insurance"]                              closed = true
    unit = "complaints"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from casework.shared.clocks.calendar_files import parse_intervals
from casework.shared.clocks.calendars import Calendar, hours_of
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_toml
from casework.shared.contracts.types import Name
from casework.shared.errors import FieldError
from casework.shared.handoffs.kinds import HandOffKind, HandOffRules, Team

_KINDS, _TEAMS = "hand-off", "team"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _TeamText:
    name: Name
    service: ServiceName
    calendar: str | None = None
    hours: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    closed: bool = False


class _Mistake(NamedTuple):
    at: Location
    detail: str


def parse_hand_offs(text: str, file_name: str, calendar_of: Callable[[str], Calendar]) -> HandOffRules:
    """The `[[hand-off]]` and `[[team]]` tables of a TOML text. `file_name` is for messages only; `calendar_of` gives
    the calendar of a name, or raises `InvalidPolicy`.

    Raises `InvalidPolicy` with file, line and field of the first mistake, and all of its sort as `errors`: a wrong
    type or an unknown key; then what contradicts itself or stands twice."""
    document = read_toml(text, file_name)
    unknown = sorted(document.keys() - {_KINDS, _TEAMS})
    if unknown or any(not isinstance(table, list) for table in document.values()):
        raise InvalidPolicy(
            f"{file_name}: found {', '.join(unknown) or 'a table that stands alone'}; write every kind as [[{_KINDS}]]"
            f" and every team as [[{_TEAMS}]]."
        )
    # By way of JSON, where strict means no coercion ("2" is not 2) and yet lists and tables are taken.
    kinds = _read(_kinds(), _KINDS, document.get(_KINDS, []), text, file_name)
    teams = _read(_teams(), _TEAMS, document.get(_TEAMS, []), text, file_name)
    _refuse([*_of_kinds(kinds), *_of_teams(teams)], text, file_name)
    return HandOffRules(
        kinds=kinds, teams=tuple(_team(t, at, calendar_of, text, file_name) for at, t in enumerate(teams))
    )


@cache
def _kinds() -> TypeAdapter[tuple[HandOffKind, ...]]:
    return TypeAdapter(tuple[HandOffKind, ...])


@cache
def _teams() -> TypeAdapter[tuple[_TeamText, ...]]:
    return TypeAdapter(tuple[_TeamText, ...])


def _read(adapter: TypeAdapter[_T], table: str, tables: Sequence[object], text: str, file_name: str) -> _T:
    try:
        return adapter.validate_json(json.dumps(tables, default=str), strict=True, extra="forbid")
    except ValidationError as error:
        _refuse([_Mistake((table, *item["loc"]), item["msg"]) for item in error.errors()], text, file_name)
        raise AssertionError("a validation error has errors") from error


def _refuse(mistakes: Sequence[_Mistake], text: str, file_name: str) -> None:
    if not mistakes:
        return
    errors = tuple(FieldError("/".join(("", *map(str, m.at))), m.detail) for m in mistakes)
    raise InvalidPolicy(f"{file_name}{place(text, mistakes[0].at)}: {errors[0].detail}", errors)


def _of_kinds(kinds: Sequence[HandOffKind]) -> Iterator[_Mistake]:
    seen = set[str]()
    for at, kind in enumerate(kinds):
        if kind.kind in seen:
            yield _Mistake((_KINDS, at, "kind"), f"{kind.kind} stands twice")
        seen.add(kind.kind)
        if len(set(kind.checklist)) < len(kind.checklist):
            yield _Mistake((_KINDS, at, "checklist"), "name each item once")


def _of_teams(teams: Sequence[_TeamText]) -> Iterator[_Mistake]:
    seen = set[tuple[str, str]]()
    for at, team in enumerate(teams):
        if (team.service, team.name) in seen:
            yield _Mistake((_TEAMS, at, "name"), f"{team.name} of {team.service} stands twice")
        seen.add((team.service, team.name))
        if team.closed and (team.calendar or team.hours):
            yield _Mistake((_TEAMS, at, "closed"), "a closed team has no opening hours; leave out one or the other")
        if team.hours and not team.calendar:
            yield _Mistake(
                (_TEAMS, at, "hours"), "hours lie over a calendar, which says the days and the zone; name it"
            )
        if team.hours:
            try:
                parse_intervals(team.hours)
            except ValueError as error:
                yield _Mistake((_TEAMS, at, "hours"), str(error))


def _team(team: _TeamText, at: int, calendar_of: Callable[[str], Calendar], text: str, file_name: str) -> Team:
    calendar: Calendar | None = None
    if team.calendar is not None:
        try:
            calendar = calendar_of(team.calendar)
        except InvalidPolicy as error:
            _refuse([_Mistake((_TEAMS, at, "calendar"), str(error))], text, file_name)
            raise
        if team.hours:
            calendar = replace(calendar, hours=hours_of(parse_intervals(team.hours)))
    return Team(name=team.name, service=team.service, calendar=calendar, closed=team.closed)
