"""The ways outside that a final answer names: an ombudsman, an authority, the courts.

Invariant: pure. A time limit in numbers is a rule's: that of a deadline policy, or one given here with its source; what
nobody has read is said in words and without a number (practice P190).

    [[route]]
    id = "uk.fos"
    version = 1
    deadlines = ["uk.disp.8w", "uk.disp.psd"]
    name = { en = "Financial Ombudsman Service", zh = "金融申诉专员服务机构" }
    address = { en = "Exchange Tower, London E14 9SR", zh = "..." }
    limit = { en = "Within six months of this answer.", zh = "..." }
    until = "uk.fos.6m"
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter

from casework.shared.answers.wording import InBoth
from casework.shared.clocks.counting import BusinessClock, DueDay
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.answers import OutsideRoute
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.lengths import DayUnit, Length
from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_typed
from casework.shared.contracts.types import Name, SafeInt, Sentence
from casework.shared.errors import FieldError


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A time limit that is no deadline policy's, with the rule it comes from and how that was read."""

    number: Annotated[SafeInt, Field(ge=1)]
    unit: DayUnit
    rule: Name
    source: Sentence
    certainty: Literal["read", "second-hand"]
    calendar: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way outside, for complaints with one of `deadlines`; for every other complaint where there are none.

    `limit` says the time limit in words; `until` names the deadline policy that counts it, or `within` counts it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*$", max_length=100)]
    version: Annotated[SafeInt, Field(ge=1)]
    name: InBoth
    address: InBoth
    limit: InBoth
    deadlines: tuple[PolicyId, ...] = ()
    website: Name | None = None
    until: PolicyId | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    route: tuple[Route, ...]


def parse_routes(text: str, file_name: str) -> tuple[Route, ...]:
    """The `[[route]]` tables of a TOML text. Raises `InvalidPolicy` with file, line and field of the first mistake: a
    wrong type, an unknown key, an id and version that stand twice, two time limits for one route."""
    routes = read_typed(text, file_name, _adapter()).route
    mistakes = list(_mistakes(routes))
    if mistakes:
        errors = tuple(FieldError("/" + "/".join(map(str, at)), detail) for at, detail in mistakes)
        raise InvalidPolicy(f"{file_name}{place(text, mistakes[0][0])}: {errors[0].detail}", errors)
    return routes


def route_for(
    routes: Sequence[Route], deadlines: Collection[PolicyId], answered_at: datetime, rulebook: Rulebook
) -> OutsideRoute | None:
    """The way outside to name in a final answer of `answered_at`, to a complaint with these deadlines: the newest
    version of the first route for one of them, else of the one for all others; None without either.

    Raises `InvalidPolicy` where its time limit is a deadline policy's that is not loaded."""
    newest = {route.id: route for route in sorted(routes, key=lambda route: route.version)}
    named = next((each for each in newest.values() if set(each.deadlines) & set(deadlines)), None)
    route = named or next((each for each in newest.values() if not each.deadlines), None)
    if route is None:
        return None
    last_day, rule = _until(route, answered_at, rulebook)
    return OutsideRoute(
        id=route.id,
        version=route.version,
        name_en=route.name.en,
        name_zh=route.name.zh,
        address_en=route.address.en,
        address_zh=route.address.zh,
        limit_en=route.limit.en,
        limit_zh=route.limit.zh,
        website=route.website,
        last_day=last_day,
        rule=rule,
    )


def _until(route: Route, answered_at: datetime, rulebook: Rulebook) -> tuple[date | None, str | None]:
    if route.within is not None:
        calendar = rulebook.calendar_of(route.within.calendar, None)
        length = Length(route.within.number, route.within.unit)
        return _day(BusinessClock(calendar).due(answered_at, length)), route.within.rule
    if route.until is None:
        return None, None
    policy = next(iter(rulebook.in_force((route.until,), answered_at)), None)
    if policy is None or policy.length is None:
        raise InvalidPolicy(
            f"The way outside {route.id} counts by the deadline {route.until}, and none of that id with a length is"
            " loaded."
        )
    calendar = rulebook.calendar(policy)
    on = answered_at.astimezone(ZoneInfo(policy.zone or calendar.zone)).date()
    rule = " ".join(filter(None, (policy.rule, policy.paragraph)))
    return _day(BusinessClock(calendar).due(on, policy.length)), rule or None


def _day(due: object) -> date | None:
    return due.day if isinstance(due, DueDay) else None


@cache
def _adapter() -> TypeAdapter[_Document]:
    return TypeAdapter(_Document)


def _mistakes(routes: Sequence[Route]) -> Iterator[tuple[Location, str]]:
    seen = set[tuple[str, int]]()
    for at, route in enumerate(routes):
        if (route.id, route.version) in seen:
            yield ("route", at, "id"), f"{route.id} version {route.version} stands twice"
        seen.add((route.id, route.version))
        if route.until is not None and route.within is not None:
            yield ("route", at, "within"), "a route has one time limit: leave out until or within"
