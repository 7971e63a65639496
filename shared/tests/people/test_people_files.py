"""The directory out of its file: what it says, and what is refused at which line."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casework.shared.clocks.calendars import Interval
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.people.members import Absence, Week
from casework.shared.people.people_files import QUIET, parse_people
from casework.shared.policies.shipped_calendars import calendar

WHOLE = """\
duty = "desk"
calendar = "UK-ENG"

[[member]]
id = "desk"
email = "desk@bank.example"
quiet = {}

[[member]]
id = "ann"
email = "ann@bank.example"
roles = ["handler"]
teams = ["cards"]
[member.quiet]
default = ["19:00-07:30", "12:00-13:00"]
sunday = ["00:00-24:00"]
[[member.absence]]
first = 2026-10-01
last = 2026-10-07
cover = "li"

[[member]]
id = "li"
language = "zh"
zone = "Asia/Shanghai"
calendar = "CN"

[[rota]]
role = "supervisor"
zone = "Asia/Shanghai"
members = ["li"]
[rota.hours]
default = ["18:00-09:00"]
"""


def test_a_file_says_all_this() -> None:
    known = parse_people(WHOLE, "people.toml", calendar)
    desk, ann, li = known.members.values()
    assert (known.duty, desk.id, desk.quiet) == ("desk", "desk", Week())
    assert (ann.email, ann.language, ann.zone, ann.roles, ann.teams) == (
        "ann@bank.example", "en", "Europe/London", ("handler",), ("cards",),
    )  # fmt: skip
    assert ann.absences == (Absence(first=date(2026, 10, 1), last=date(2026, 10, 7), cover="li"),)
    assert ann.calendar is not None
    assert ann.calendar.name == "UK-ENG"
    assert li.calendar is not None
    assert (li.calendar.name, li.language, li.zone, li.email) == ("CN", "zh", "Asia/Shanghai", None)
    (rota,) = known.rotas
    assert (rota.role, rota.members) == ("supervisor", ("li",))


def test_hours_that_pass_midnight_are_the_next_days_too() -> None:
    ann = parse_people(WHOLE, "people.toml", calendar).members["ann"]
    early, noon, late = Interval(0, 450), Interval(720, 780), Interval(1140, 1440)
    # Sunday runs none into Monday, and Saturday's runs into a Sunday that is quiet anyway.
    assert ann.quiet.days == ((noon, late), *[(early, noon, late)] * 5, (Interval(0, 1440),))


def test_a_member_who_says_nothing_is_left_alone_at_night() -> None:
    li = parse_people(WHOLE, "people.toml", calendar).members["li"]
    assert li.quiet == QUIET
    local = ZoneInfo("Asia/Shanghai")
    heard = [hour for hour in range(24) if not li.quiet.holds(datetime(2026, 3, 2, hour, tzinfo=local), li.zone)]
    assert heard == list(range(8, 20))


@pytest.mark.parametrize(
    "before, after, said",
    [
        ('id = "li"', 'id = "ann"', "people.toml, line 23, member 3, field id: this id stands twice"),
        ('cover = "li"', 'cover = "lo"', "people.toml, line 20, member 2, absence 1, field cover: give the id"),
        ('cover = "li"', 'cover = "ann"', "line 20, member 2, absence 1, field cover: give the id of another"),
        ("last = 2026-10-07", "last = 2026-09-07", "line 19, member 2, absence 1, field last: the last day lies"),
        ('duty = "desk"', 'duty = "desks"', "people.toml, line 1, field duty: no member"),
        ('duty = "desk"', "", "field duty: no member"),
        ('"Asia/Shanghai"\ncalendar', '"Asia/Xanadu"\ncalendar', "line 25, member 3, field zone: this is not in"),
        ('calendar = "CN"', 'calendar = "XX"', "line 26, member 3, field calendar: There is no calendar XX."),
        ('"19:00-07:30"', '"7pm"', "line 15, member 2, field default: this is no interval"),
        ('"19:00-07:30"', '"07:00-07:00"', "field default: this is empty"),
        ("ann@bank.example", "ann@bank.example, all@bank.example", "line 11, member 2, field email"),
        ("ann@bank.example", "ann@bank.example\\nBcc: all@bank.example", "line 11, member 2, field email"),
        ('language = "zh"', 'language = "fr"', "line 24, member 3, field language"),
        ('members = ["li"]', 'members = ["lo"]', "line 31, rota 1, field members: no member of this file"),
        ('roles = ["handler"]', 'rolls = ["handler"]', "member 2, field rolls"),
        ("quiet = {}", 'quiet = {default = ["00:00-24:00"]}', "line 7, member 1, field quiet: these hours leave no"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_field_and_without_its_text(before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(InvalidPolicy) as refused:
        parse_people(WHOLE.replace(before, after, 1), "people.toml", calendar)
    assert said in str(refused.value)
    assert "bank.example" not in str(refused.value)


def test_the_file_that_the_operating_notes_show_is_one() -> None:
    notes = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
    shown = notes.partition("## The file of people")[2].partition("```toml\n")[2].partition("```")[0]
    assert list(parse_people(shown, "people.toml", calendar).members) == ["desk", "ann"]
