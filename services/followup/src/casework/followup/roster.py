"""The roster over HTTP: who is on duty, who has which skills, and to whom an offer would be put."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from casework.shared.contracts.types import Instant, Name, Word
from casework.shared.http.access import requires
from casework.shared.people.directory import Directory
from casework.shared.people.members import Member
from casework.shared.people.routing import eligible, route, unit_of
from casework.shared.people.units import ended, missing, skills_at
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


class OnRoster(BaseModel):
    """One person at that time: the skills that are valid, and which of those asked for are missing. `was_valid_until`
    says of each of these that ran out when it did."""

    person: str
    on_duty: bool
    there: bool
    skills: list[str]
    missing: list[str]
    was_valid_until: dict[str, str]
    eligible: bool


class Roster(BaseModel):
    """Everybody of the unit, or of the file of people; and who would be asked, and why they."""

    at: Instant
    unit: str | None
    supervisor: str | None
    people: list[OnRoster]
    asked: list[str]
    because: Literal["named", "skill", "supervisor", "duty"]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the roster."""
    api = APIRouter(tags=["roster"], dependencies=[Depends(requires("files:read"))])

    @api.get("/v1/roster", summary="Who is on duty with which skills, and who would be asked")
    async def roster(
        unit: Annotated[Name | None, Query(description="One unit; everybody when left out")] = None,
        skill: Annotated[tuple[Word, ...], Query(description="What the work takes")] = (),
        at: Annotated[Instant | None, Query(description="At that time; now when left out")] = None,
    ) -> Roster:
        if at is None:
            async with begin(runtime.engine) as work:
                at = work.now
        directory = runtime.people.directory()
        routing = route(directory, at, skills=skill, unit=unit)
        return Roster(
            at=at,
            unit=unit,
            supervisor=None if unit is None else unit_of(directory, unit).supervisor,
            people=_people(directory, unit, skill, at),
            asked=list(routing.asked),
            because=routing.because,
        )

    return api


def _people(directory: Directory, unit: str | None, skills: tuple[str, ...], at: Instant) -> list[OnRoster]:
    of_unit = None if unit is None else unit_of(directory, unit)
    fit = {each.id for each in eligible(directory, skills, of_unit, at)}
    names = tuple(directory.members) if of_unit is None else of_unit.members
    on_duty = set(names if of_unit is None else of_unit.on_duty(at))
    return [_on_roster(directory.members[name], skills, at, name in on_duty, name in fit) for name in names]


def _on_roster(member: Member, wanted: tuple[str, ...], at: Instant, on_duty: bool, fit: bool) -> OnRoster:
    had = skills_at(member, at)
    lacking = missing(wanted, had)
    last = {skill: day for skill in lacking if (day := ended(member, skill, at)) is not None}
    return OnRoster(
        person=member.id,
        on_duty=on_duty,
        there=member.absence_at(at) is None,
        skills=list(had),
        missing=list(lacking),
        was_valid_until={skill: day.isoformat() for skill, day in last.items()},
        eligible=fit,
    )
