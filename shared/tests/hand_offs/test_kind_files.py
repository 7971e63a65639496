"""A file of hand-off kinds and teams is taken whole or refused with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.handoffs.kind_files import parse_hand_offs
from casework.shared.handoffs.kinds import HandOffRules
from casework.shared.policies.shipped_calendars import calendar
from casework.shared.policies.shipped_deadlines import deadlines_of_package
from casework.shared.policies.shipped_hand_offs import hand_offs_of_package, read_hand_offs

GOOD = """\
# A school with two campuses.
[[hand-off]]
kind = "lesson"
title = { en = "A lesson", zh = "课程" }
checklist = ["contact", "place-and-time"]
acceptance = "internal.hand-off"
ladder = "internal.hand-off"
acting_owner = "campus-head"

[[team]]
name = "campus-east"
service = "investigation"
calendar = "CN"
hours = ["08:00-12:00", "13:00-20:00"]

[[team]]
name = "campus-west"
service = "investigation"
closed = true
"""


def parse(text: str) -> HandOffRules:
    return parse_hand_offs(text, "school.toml", calendar)


def test_a_file_gives_its_kinds_and_its_teams() -> None:
    rules = parse(GOOD)
    lesson = rules.kind("lesson")
    assert (lesson.checklist, lesson.acting_owner) == (("contact", "place-and-time"), "campus-head")
    assert (lesson.acceptance, lesson.ladder) == ("internal.hand-off", "internal.hand-off")
    assert lesson.most_moves == 2  # practice P106: N from policy, default 2
    east, west = (rules.team(f"campus-{side}", "investigation") for side in ("east", "west"))
    assert not east.closed
    assert east.calendar is not None
    assert east.calendar.name == "CN"
    assert east.calendar.hours[0] == ((8 * 60, 12 * 60), (13 * 60, 20 * 60))
    assert west.closed


def test_an_empty_file_has_no_kinds() -> None:
    assert parse("") == HandOffRules()


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ('kind = "lesson"\n', "", "line 2, hand-off 1, field kind"),
        ('kind = "lesson"', 'kind = "A lesson"', "line 3, hand-off 1, field kind"),
        ('acting_owner = "campus-head"', "acting_owners = 1", "line 8, hand-off 1, field acting_owners"),
        ('"place-and-time"]', '"contact"]', "line 5, hand-off 1, field checklist: name each item once"),
        ('acting_owner = "campus-head"', 'most_moves = "2"', "line 8, hand-off 1, field most_moves"),
        ('acting_owner = "campus-head"', "most_moves = 0", "line 8, hand-off 1, field most_moves"),
        ('service = "investigation"\nclosed', 'service = "sales"\nclosed', "line 18, team 2, field service"),
        ('"campus-west"', '"campus-east"', "line 17, team 2, field name: campus-east of investigation stands twice"),
        ('"CN"', '"ATLANTIS"', "line 13, team 1, field calendar: There is no calendar ATLANTIS"),
        ('"08:00-12:00"', '"8-12"', "line 14, team 1, field hours: '8-12' is no opening interval"),
        ('"13:00-20:00"', '"11:00-20:00"', "field hours: '11:00-20:00' begins before"),
        ('calendar = "CN"\n', "", "field hours: hours lie over a calendar"),
        ('hours = ["08:00-12:00", "13:00-20:00"]', "closed = true", "field closed: a closed team has no opening hours"),
        ("[[hand-off]]", "[hand-off]", "write every kind as [[hand-off]]"),
        ("[[hand-off]]", "[[handoff]]", "found handoff"),
        ("[[hand-off]]", "[[hand-off", "not TOML"),
    ],
)
def test_a_mistake_is_refused_with_its_place(old: str, new: str, saying: str) -> None:
    assert GOOD.count(old) == 1 or old == "[[hand-off]]"
    with pytest.raises(InvalidPolicy) as refused:
        parse(GOOD.replace(old, new, 1))
    assert saying in str(refused.value)
    assert str(refused.value).startswith("school.toml")


def test_a_kind_stands_once() -> None:
    twice = GOOD[: GOOD.index("[[team]]")]
    with pytest.raises(InvalidPolicy, match="hand-off 2, field kind: lesson stands twice"):
        parse(twice + twice)


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "school.toml"
    file.write_bytes("课程".encode("gb18030"))
    with pytest.raises(InvalidPolicy, match=r"school.toml: not UTF-8"):
        read_hand_offs(file)


def test_what_ships_refers_to_a_deadline_that_ships() -> None:
    shipped = hand_offs_of_package()
    acceptances = {policy.id for policy in deadlines_of_package() if policy.purpose == "hand-off-acceptance"}
    assert {kind.acceptance for kind in shipped.kinds} <= acceptances
    assert shipped.teams == ()
