"""Who is asked to take an offer: those on duty with the skills, else the supervisor, else the duty member. Pure.

Invariant: somebody is always asked, and what is asked of nobody by name is asked of nobody who lacks a skill, but for
the supervisor and the duty member, at whom work ends that finds nobody (practice P160). The day of the offer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from casework.shared.contracts.handoff import Routing
from casework.shared.errors import Refusal
from casework.shared.people.directory import Directory
from casework.shared.people.members import Member, local_day
from casework.shared.people.units import Unit, ended, missing, skills_at

SUPERVISOR = "supervisor"
"""The role of whoever is asked where a unit has no supervisor of its own."""


def unit_of(directory: Directory, name: str) -> Unit:
    """The unit of that name. Raises `UnknownUnit`."""
    for unit in directory.units:
        if unit.name == name:
            return unit
    raise UnknownUnit([unit.name for unit in directory.units])


def eligible(directory: Directory, skills: Sequence[str], unit: Unit | None, at: datetime) -> tuple[Member, ...]:
    """Who is there, on duty in the unit (anybody, where none is asked) and has all the skills, in the order of being
    asked."""
    names = directory.members if unit is None else unit.on_duty(at)
    return tuple(
        member
        for name in names
        if (member := directory.members[name]).absence_at(at) is None and not missing(skills, skills_at(member, at))
    )


def route(
    directory: Directory,
    at: datetime,
    *,
    skills: Sequence[str] = (),
    unit: str | None = None,
    person: str | None = None,
) -> Routing:
    """Whom an offer of the time `at` is put to. `person` is who was asked for by name.

    Raises `UnknownUnit`, `UnknownPerson`, and `NotEligible` where the one who was asked for lacks a skill."""
    of_unit = None if unit is None else unit_of(directory, unit)
    fit = eligible(directory, skills, of_unit, at)
    if person is not None:
        _require_eligible(directory, person, skills, fit, at)
        return Routing(skills=tuple(skills), unit=unit, asked=(person,), because="named")
    if fit:
        return Routing(skills=tuple(skills), unit=unit, asked=tuple(each.id for each in fit), because="skill")
    own = None if of_unit is None else of_unit.supervisor
    above = directory.there((own,), at) if own is not None else directory.holding(SUPERVISOR, at)
    if above:
        return Routing(skills=tuple(skills), unit=unit, asked=(above[0].id,), because="supervisor")
    return Routing(skills=tuple(skills), unit=unit, asked=(directory.duty_member(at).id,), because="duty")


def _require_eligible(
    directory: Directory, person: str, skills: Sequence[str], fit: Iterable[Member], at: datetime
) -> None:
    member = directory.members.get(person)
    if member is None:
        raise UnknownPerson(person)
    if lacking := missing(skills, skills_at(member, at)):
        raise NotEligible(member, lacking, [each.id for each in fit], at)


class UnknownUnit(Refusal):
    code = "unknown-unit"

    def __init__(self, known: Sequence[str]) -> None:
        there = f"choose one of {', '.join(sorted(known))}" if known else "there is none, so name none"
        super().__init__(f"No unit has that name; {there}.")


class UnknownPerson(Refusal):
    code = "unknown-person"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not in the file of people; ask somebody who is, or name nobody.")


class NotEligible(Refusal):
    code = "not-eligible"

    def __init__(self, member: Member, lacking: Iterable[str], fit: Sequence[str], at: datetime) -> None:
        said = []
        for skill in lacking:
            last = ended(member, skill, at)
            said.append(f"{skill} is missing" if last is None else f"{skill} was valid until {last}")
        others = f"Eligible are {', '.join(fit)}." if fit else "Name nobody, and the supervisor or the duty is asked."
        super().__init__(f"{member.id} is not eligible on {local_day(at, member.zone)}: {', '.join(said)}. {others}")
