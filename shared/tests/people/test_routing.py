"""Who is asked to take work: by skills of the day and duty times, then the supervisor, then the duty member."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from casework.shared.contracts.handoff import Routing
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.handoffs.receiving import SkillsMissing, require_skills
from casework.shared.people.directory import Directory
from casework.shared.people.people_files import parse_people
from casework.shared.people.routing import NotEligible, UnknownPerson, UnknownUnit, route
from casework.shared.policies.shipped_calendars import calendar

PEOPLE = """
duty = "desk"
[[member]]
id = "desk"
[[member]]
id = "ann"
zone = "Asia/Shanghai"
[[member.skill]]
name = "insurance"
first = 2024-06-01
last = 2026-05-31
[[member.absence]]
first = 2026-04-06
last = 2026-04-06
cover = "cy"
[[member]]
id = "bo"
zone = "Asia/Shanghai"
[[member.training]]
name = "products-2026"
on = 2026-02-10
gives = ["insurance", "loans"]
last = 2026-12-31
[[member]]
id = "cy"
roles = ["supervisor"]
[[unit]]
name = "complaints"
zone = "Asia/Shanghai"
members = ["bo", "ann"]
[[unit.duty]]
members = ["ann"]
[unit.duty.hours]
default = ["09:00-18:00"]
[[unit.duty]]
members = ["bo", "ann"]
[unit.duty.hours]
default = []
monday = ["09:00-12:00"]
[[unit]]
name = "claims"
members = ["ann"]
supervisor = "bo"
"""
MONDAY = datetime(2026, 4, 13, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
TUESDAY = datetime(2026, 4, 14, 2, 0, tzinfo=UTC)


def _read(text: str = PEOPLE) -> Directory:
    return parse_people(text, "people.toml", calendar)


def _asked(at: datetime, *skills: str, unit: str | None = "complaints", text: str = PEOPLE) -> tuple[list[str], str]:
    routing = route(_read(text), at, skills=skills, unit=unit)
    return list(routing.asked), routing.because


def test_those_on_duty_with_every_skill_are_asked_in_the_order_of_the_duty() -> None:
    assert _asked(MONDAY, "insurance") == (["ann", "bo"], "skill")
    assert _asked(MONDAY, "insurance", "loans") == (["bo"], "skill")
    assert _asked(TUESDAY, "insurance") == (["ann"], "skill")
    assert _asked(TUESDAY) == (["ann"], "skill")
    assert _asked(TUESDAY, "loans", unit=None) == (["bo"], "skill")


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        # The day is that of the member's zone, and the last one counts.
        (datetime(2026, 5, 31, 9, 59, tzinfo=UTC), (["ann"], "skill")),
        (datetime(2026, 6, 1, 1, 0, tzinfo=UTC), (["bo"], "skill")),
        (datetime(2026, 6, 2, 1, 0, tzinfo=UTC), (["cy"], "supervisor")),
        # Away, and who covers has no such skill.
        (datetime(2026, 4, 6, 2, 0, tzinfo=UTC), (["bo"], "skill")),
    ],
)
def test_the_day_of_the_offer_counts(at: datetime, asked: tuple[list[str], str]) -> None:
    assert _asked(at, "insurance") == asked


def test_nobody_with_the_skill_leaves_the_supervisor_and_without_one_the_duty() -> None:
    nobody = "cards"
    assert _asked(MONDAY, nobody, unit="claims") == (["bo"], "supervisor")
    assert _asked(MONDAY, nobody) == (["cy"], "supervisor")
    assert _asked(MONDAY, nobody, text=PEOPLE.replace('roles = ["supervisor"]', "")) == (["desk"], "duty")


def test_somebody_is_named_only_with_the_skills() -> None:
    directory = _read()
    named = route(directory, MONDAY, skills=("insurance",), unit="complaints", person="bo")
    assert (named.asked, named.because) == (("bo",), "named")
    after = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
    with pytest.raises(NotEligible, match=r"insurance was valid until 2026-05-31\. Eligible are bo\.$"):
        route(directory, after, skills=("insurance",), unit="complaints", person="ann")
    with pytest.raises(NotEligible, match=r"cards is missing\. Name nobody, and the supervisor or the duty is asked"):
        route(directory, after, skills=("cards",), person="ann")
    with pytest.raises(UnknownPerson):
        route(directory, after, person="nobody")
    with pytest.raises(UnknownUnit, match=r"choose one of claims, complaints\.$"):
        route(directory, after, unit="cards")


def test_who_was_asked_or_has_the_skills_takes_it() -> None:
    routing = Routing(skills=("insurance",), asked=("desk",), because="duty")
    require_skills(routing, "desk", ())
    require_skills(routing, "bo", ("insurance", "loans"))
    require_skills(routing, "ann", None)
    require_skills(None, "ann", ())
    with pytest.raises(SkillsMissing, match=r"it takes insurance, which ann does not have\. It was put to desk\.$"):
        require_skills(routing, "ann", ("loans",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("last = 2026-05-31", "last = 2024-05-31", "skill 1, field last: the last day lies before the first."),
        ("last = 2026-12-31", "last = 2026-01-31", "lies before that of the training."),
        ('members = ["bo", "ann"]\n[[unit.duty]]', 'members = ["dee"]\n[[unit.duty]]', "no member of this file"),
        ('supervisor = "bo"', 'supervisor = "dee"', "no member of this file has this id."),
        ('members = ["ann"]\n[unit.duty', 'members = ["cy"]\n[unit.duty', "none of the unit's members"),
        ('name = "claims"', 'name = "complaints"', "a unit of this name stands twice"),
        ('gives = ["insurance", "loans"]', "gives = []", "training 1, field gives"),
        ('name = "insurance"', 'name = "insurance"\ntemperament = "calm"', "temperament"),
        ('name = "products-2026"', 'name = "products-2026"\ntemperament = "calm"', "temperament"),
        ('id = "bo"', 'id = "bo"\ntemperament = "calm"', "temperament"),
        ('name = "claims"', 'name = "claims"\ntemperament = "calm"', "temperament"),
    ],
)
def test_a_file_is_read_whole_or_not_at_all(old: str, new: str, said: str) -> None:
    assert old in PEOPLE
    with pytest.raises(InvalidPolicy) as refused:
        _read(PEOPLE.replace(old, new, 1))
    assert said in str(refused.value)
