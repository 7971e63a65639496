"""Calendars: the lists that ship, what lies over them, and what is said when a file is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from casework.shared.clocks.calendar_files import parse_calendar, parse_layer
from casework.shared.clocks.calendars import Calendar, Interval, Layer, NotCovered
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_calendars import calendar, shipped

DAY = timedelta(days=1)

PACKAGE: dict[str, Callable[[range], holidays.HolidayBase]] = {
    "AE": lambda years: holidays.country_holidays("AE", years=years),
    "AU-NSW": lambda years: holidays.country_holidays("AU", subdiv="NSW", years=years),
    "AU-NSW+bank": lambda years: holidays.country_holidays(
        "AU", subdiv="NSW", years=years, categories=["public", "bank"]
    ),
    "CA": lambda years: holidays.country_holidays("CA", years=years, categories=["public", "government"]),
    "CN": lambda years: holidays.country_holidays("CN", years=years),
    "DE": lambda years: holidays.country_holidays("DE", years=years),
    "IE": lambda years: holidays.country_holidays("IE", years=years),
    "IE+bank": lambda years: holidays.country_holidays("IE", years=years, categories=["public", "optional"]),
    "TARGET": lambda years: holidays.financial_holidays("XECB", years=years),
    "UK-ENG": lambda years: holidays.country_holidays("GB", subdiv="ENG", years=years),
    "UK-SCT": lambda years: holidays.country_holidays("GB", subdiv="SCT", years=years),
    "US-ET": lambda years: holidays.country_holidays("US", years=years),
}
"""What the public package calls each calendar."""

KNOWN: dict[tuple[str, str, date], str] = {
    ("AU-NSW", "2025", date(2026, 4, 27)): "this version is from before the day was ordered",
}
"""Days on which ours and the package may differ, and why."""

LAYERED = (("AU-NSW+bank", "2026-02-20+2026"), ("IE+bank", "2026+2026"))

# What the published lists say of Monday to Friday, typed in.
FROZEN = {
    ("UK-ENG", 2016): "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27",
    ("UK-ENG", 2025): "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    ("UK-ENG", 2026): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    ("UK-SCT", 2026): "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28",
    ("AU-NSW", 2025): "01-01 01-27 04-18 04-21 04-25 06-09 10-06 12-25 12-26",
    ("AU-NSW", 2026): "01-01 01-26 04-03 04-06 04-27 06-08 10-05 12-25 12-28",
    ("AU-NSW+bank", 2026): "01-01 01-26 04-03 04-06 04-27 06-08 08-03 10-05 12-25 12-28",
    ("TARGET", 2025): "01-01 04-18 04-21 05-01 12-25 12-26",
    ("TARGET", 2026): "01-01 04-03 04-06 05-01 12-25",
    ("IE", 2026): "01-01 02-02 03-17 04-06 05-04 06-01 08-03 10-26 12-25",
    ("IE+bank", 2026): "01-01 02-02 03-17 04-03 04-06 05-04 06-01 08-03 10-26 12-25",
    ("DE", 2026): "01-01 04-03 04-06 05-01 05-14 05-25 12-25",
    ("CN", 2026): "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25"
    " 10-01 10-02 10-05 10-06 10-07",
}
CN_WORKING_WEEKENDS = "01-04 02-14 02-28 05-09 09-20 10-10"


def every_day(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def month_days(days: list[date]) -> str:
    return " ".join(f"{day:%m-%d}" for day in days)


@pytest.mark.parametrize(("name", "year"), sorted(FROZEN))
def test_the_published_lists_are_what_ships(name: str, year: int) -> None:
    kept = calendar(name)
    weekdays = [day for day in every_day(date(year, 1, 1), date(year, 12, 31)) if day.isoweekday() <= 5]
    assert month_days([day for day in weekdays if not kept.is_open(day)]) == FROZEN[name, year]


def test_chinas_working_weekends_are_open_and_no_other_is() -> None:
    year = every_day(date(2026, 1, 1), date(2026, 12, 31))
    weekends = [day for day in year if day.isoweekday() > 5]
    assert month_days([day for day in weekends if calendar("CN").is_open(day)]) == CN_WORKING_WEEKENDS
    assert not any(calendar("CN+weekends-off").is_open(day) for day in weekends)


@pytest.mark.practice("P115")
@pytest.mark.parametrize(("name", "version"), [*shipped(), *LAYERED])
def test_calendars_agree_with_a_public_package(name: str, version: str) -> None:
    """Every day that both cover. A day that differs is looked up in the law, then mended here or named in KNOWN."""
    ours = calendar(name, version=version)
    theirs = PACKAGE[name](range(ours.first.year, ours.last.year + 1))
    differing = {day for day in every_day(ours.first, ours.last) if ours.is_open(day) != theirs.is_working_day(day)}
    assert differing == {day for named, of, day in KNOWN if (named, of) == (name, version)}


def test_a_calendar_covers_no_year_without_an_official_list() -> None:
    assert calendar("CN").last == date(2026, 12, 31)
    assert calendar("AE").last == date(2026, 2, 28)
    for name, version in shipped():
        kept = calendar(name, version=version)
        for day in (kept.first - DAY, kept.last + DAY):
            with pytest.raises(NotCovered, match=f"calendar {name} of {version} covers {kept.first} to {kept.last}"):
                kept.is_open(day)


def test_the_newest_version_is_the_default_and_an_old_one_stays() -> None:
    assert calendar("AU-NSW").version == "2026-02-20"
    old = calendar("AU-NSW", version="2025")
    assert old.is_open(date(2026, 4, 27))
    assert not calendar("AU-NSW").is_open(date(2026, 4, 27))
    pinned = calendar("AU-NSW+bank", version="2025+2026")
    assert (pinned.name, pinned.version) == ("AU-NSW+bank", "2025+2026")
    assert pinned.is_open(date(2026, 4, 27))
    assert not pinned.is_open(date(2026, 8, 3))


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("XX", None, "There is no calendar XX. There are: AE, AU-NSW, CA"),
        ("CN", "2020", "CN has no version 2020. There are: 2025-11-04"),
        ("CN+bank", None, r"There is no calendar CN\+bank. There are: AU-NSW\+bank, CN\+weekends-off, IE\+bank"),
        ("IE+bank", "2026", "does not give one version for each part"),
    ],
)
def test_what_does_not_ship_is_refused(name: str, version: str | None, said: str) -> None:
    with pytest.raises(InvalidPolicy, match=said):
        calendar(name, version=version)


def own(**given: object) -> Layer:
    fields: dict[str, object] = {"name": "acme", "version": "2026", "over": "CN", "source": "A test."}
    return Layer(**{**fields, **given})  # type: ignore[arg-type]


def test_an_institution_opens_and_closes_its_own_days() -> None:
    spring, saturday, monday = date(2026, 2, 17), date(2026, 3, 7), date(2026, 3, 9)
    layer = own(
        first=date(2026, 1, 1),
        last=date(2026, 6, 30),
        days_off=frozenset({monday}),
        days_open=frozenset({spring, saturday}),
        weekends_always_off=True,
    )
    kept = calendar("CN").under(layer)
    assert (kept.name, kept.version) == ("CN+acme", "2025-11-04+2026")
    assert [kept.is_open(day) for day in (spring, saturday, monday, date(2026, 2, 14))] == [True, True, False, False]
    with pytest.raises(NotCovered):
        kept.is_open(date(2026, 7, 1))
    assert not kept.under(own(name="night", hours=None)).is_open(monday)


def test_a_layer_lies_only_over_its_own_calendar() -> None:
    with pytest.raises(InvalidPolicy, match="bank is written over IE and cannot lie over CN"):
        calendar("CN").under(own(name="bank", over="IE"))
    with pytest.raises(InvalidPolicy, match="cover no common day"):
        calendar("CN").under(own(first=date(2030, 1, 1), last=date(2030, 12, 31)))


GOOD = """\
# Somewhere.
name = "XX"
version = "2026"
zone = "Europe/London"
source = "A list."
first = 2026-01-01
last = 2026-12-31
weekly_off = ["saturday", "sunday"]
days_off = [
  2026-01-01, # New Year's Day
  2026-04-03,
]
days_open = [2026-04-11]

[hours]
default = ["09:00-12:00", "13:00-17:30"]
friday = ["00:00-24:00"]
"""
LAYER = """\
layer = "own"
version = "2026"
over = "XX"
source = "The house."
first = 2026-01-01
last = 2026-12-31
days_off = [2026-04-07]
"""


def test_a_good_file_is_read_whole() -> None:
    read = parse_calendar(GOOD, "xx.toml")
    assert read == Calendar(
        name="XX",
        version="2026",
        zone="Europe/London",
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        weekly_off=frozenset({"saturday", "sunday"}),
        days_off=frozenset({date(2026, 1, 1), date(2026, 4, 3)}),
        days_open=frozenset({date(2026, 4, 11)}),
        hours=(
            *[(Interval(540, 720), Interval(780, 1050))] * 4,
            (Interval(0, 1440),),
            *[(Interval(540, 720), Interval(780, 1050))] * 2,
        ),
        source="A list.",
    )
    assert read.opening(date(2026, 3, 27)) == ((datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC)),)
    assert not read.under(parse_layer(LAYER, "own.toml")).is_open(date(2026, 4, 7))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('zone = "Europe/London"', 'zone = "Europe/Lundon"', "xx.toml, line 4, field zone: 'Europe/Lundon' is not in"),
        ('zone = "Europe/London"', 'zone = ""', "xx.toml, line 4, field zone: '' is not in"),
        ('version = "2026"', "version = 2026", "xx.toml, line 3, field version: Input should be a valid string"),
        ('name = "XX"', 'name = "X+X"', "xx.toml, line 2, field name: String should match"),
        ('source = "A list."\n', "", "xx.toml, field source: Field required"),
        ("first = 2026", "first = 2027", "xx.toml, line 7, field last: 2026-12-31 comes before"),
        ("  2026-04-03,", "  2027-04-03,", "xx.toml, line 11, field days_off: 2027-04-03 lies outside"),
        ("  2026-04-03,", "  2026-04-03,\n  2026-04-03,", "xx.toml, line 11, field days_off: 2026-04-03 stands twice"),
        ("  2026-04-03,", "  2026-04-11,", "xx.toml, line 13, field days_open: 2026-04-11 is both off and open"),
        ("[2026-04-11]", "[2026-04-10]", "xx.toml, line 13, field days_open: 2026-04-10 is open anyway"),
        ('["saturday", "sunday"]', '["saturday", "sonntag"]', "xx.toml, line 8, field weekly_off: Input should be"),
        ("days_open", "days_opened", "xx.toml, line 13, field days_opened: "),
        ('"13:00-17:30"', '"11:00-17:30"', "xx.toml, line 16, field hours.default: '11:00-17:30' begins before"),
        ('"00:00-24:00"', '"09:00-24:01"', "xx.toml, line 17, field hours.friday: '09:00-24:01' is no opening"),
        ('"00:00-24:00"', '"9-5"', "xx.toml, line 17, field hours.friday: '9-5' is no opening interval"),
        ('"00:00-24:00"', "", "xx.toml, line 17, field hours.friday: List should have at least 1 item"),
        ("friday =", "freitag =", "xx.toml, line 17, field hours.freitag: Input should be"),
        ("default =", "monday =", "xx.toml, line 15, field hours.default: the hours of every weekday not named"),
        ("days_off = [", "days_off = ", "xx.toml: not TOML: "),
    ],
)
def test_a_wrong_calendar_is_refused_with_file_line_and_field(right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    with pytest.raises(InvalidPolicy) as refused:
        parse_calendar(GOOD.replace(right, wrong), "xx.toml")
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("first = 2026-01-01\n", "", "own.toml, field first: a layer that lists days says"),
        ("last = 2026-12-31\n", "", "own.toml, field last: a layer that lists days says"),
        ("last = 2026", "last = 2025", "own.toml, line 6, field last: 2025-12-31 comes before"),
        ("[2026-04-07]", "[2027-04-07]", "own.toml, line 7, field days_off: 2027-04-07 lies outside"),
        ('over = "XX"\n', "", "own.toml, field over: Field required"),
        ("days_off", 'zone = "Asia/Dubai"\ndays_off', "own.toml, line 7, field zone: "),
    ],
)
def test_a_wrong_layer_is_refused_with_file_line_and_field(right: str, wrong: str, said: str) -> None:
    assert right in LAYER
    with pytest.raises(InvalidPolicy) as refused:
        parse_layer(LAYER.replace(right, wrong), "own.toml")
    assert str(refused.value).startswith(said)
