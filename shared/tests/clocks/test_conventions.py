"""The conventions K1 to K15 that are arithmetic, each against a walk that knows nothing of the implementation.

The oracles read the calendar files themselves and go on day by day, or minute by minute, counting as they go.
K10, K13 and K14 are about states of a clock and versions, not about arithmetic; of K13, `test_calendars` shows that
an old version stays what it was.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casework.shared.clocks.calendars import Calendar, Interval, Layer, NotCovered, hours_of
from casework.shared.clocks.counting import BusinessClock, Due, DueDay, DueInstant, Pause, precedence
from casework.shared.contracts.lengths import DayUnit, Length
from casework.shared.policies.shipped_calendars import calendar

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)
FEWER = settings(derandomize=True, deadline=None, max_examples=60)
DAY = timedelta(days=1)
FILES = {"CN": "cn.2025-11-04", "UK-ENG": "uk-eng.2026", "AU-NSW": "au-nsw.2026-02-20", "US-ET": "us-et.2026"}
OFFICE = ((540, 720), (780, 1050))
"""09:00-12:00 and 13:00-17:30, in minutes."""

names = st.sampled_from(sorted(FILES))
days = st.dates(date(2025, 1, 1), date(2026, 6, 30))
instants = st.datetimes(datetime(2025, 1, 2), datetime(2026, 6, 30), timezones=st.just(UTC))
numbers = st.integers(0, 60)
pausings = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=4)
"""Pauses as steps: days after the start or the resume before, and days paused."""


@cache
def raw(name: str) -> tuple[frozenset[date], frozenset[date], date, date]:
    """Days off, make-up days, first and last day, as the file has them."""
    folder = resources.files("casework.shared") / "policies" / "calendars"
    read = tomllib.loads((folder / f"{FILES[name]}.toml").read_text(encoding="utf-8"))
    assert read["weekly_off"] == ["saturday", "sunday"]
    return frozenset(read["days_off"]), frozenset(read.get("days_open", ())), read["first"], read["last"]


def works(name: str, day: date) -> bool:
    off, make_up, _, _ = raw(name)
    return day in make_up or (day.isoweekday() <= 5 and day not in off)


def clock(name: str) -> BusinessClock:
    return BusinessClock(calendar(name))


def office(name: str) -> BusinessClock:
    hours = hours_of(tuple(Interval(*span) for span in OFFICE))
    return BusinessClock(
        calendar(name).under(Layer(name="office", version="2026", over=name, hours=hours, source="A test."))
    )


def laid_out(start: date, steps: list[tuple[int, int]]) -> list[Pause]:
    pauses, at = [], start
    for run, rest in steps:
        paused = at + run * DAY
        at = paused + rest * DAY
        pauses.append(Pause(paused, at))
    return pauses


def walked(name: str, start: date, number: int, pauses: list[Pause], *, every_day: bool) -> date:
    """One step a day, no counting ahead: a counted day takes one off, a day within a pause takes none."""
    day, left = start, number

    def step() -> None:
        nonlocal day, left
        day += DAY
        if every_day or works(name, day):
            left -= 1

    for paused, resumed in pauses:
        while left and day < paused:
            step()
        if day < paused:
            return day
        day = resumed
    while left:
        step()
    return day


@SEEDED
@given(names, days, numbers)
def test_k1_the_start_is_day_0_and_the_end_is_the_nth_counted_day(name: str, start: date, number: int) -> None:
    due = clock(name).due(start, Length(number, "working-day"))
    assert due == DueDay(walked(name, start, number, [], every_day=False), calendar(name).zone)


@SEEDED
@given(names, days, st.frozensets(days, max_size=5), st.frozensets(days, max_size=5), st.booleans())
def test_k2_working_days_are_the_public_list_under_the_institutions_own(
    name: str, day: date, closed: frozenset[date], opened: frozenset[date], weekends: bool
) -> None:
    own = Layer(
        name="own",
        version="2026",
        over=name,
        first=date(2025, 1, 1),
        last=date(2026, 12, 31),
        weekends_always_off=weekends,
        days_off=closed - opened,
        days_open=opened,
        source="A test.",
    )
    laid = calendar(name).under(own)
    for each in (day, *closed, *opened):
        if each in opened:
            expected = True
        elif each in closed or (weekends and each.isoweekday() > 5):
            expected = False
        else:
            expected = works(name, each)
        assert laid.is_open(each) is expected


@SEEDED
@given(names, st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 500))
def test_k3_calendar_days_and_weeks_are_plain_dates(name: str, start: date, number: int) -> None:
    for unit, size in (("calendar-day", 1), ("week", 7)):
        due = clock(name).due(start, Length(number, unit))  # type: ignore[arg-type]
        assert isinstance(due, DueDay)
        assert due.day.toordinal() == start.toordinal() + size * number


@SEEDED
@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 130), st.sampled_from(["month", "year"]))
def test_k4_months_and_years_keep_the_day_or_take_the_last(start: date, number: int, unit: DayUnit) -> None:
    year, month = start.year, start.month
    for _ in range(number * (12 if unit == "year" else 1)):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    wanted = start.day
    while True:
        try:
            expected = date(year, month, wanted)
            break
        except ValueError:
            wanted -= 1
    assert clock("CN").due(start, Length(number, unit)) == DueDay(expected, "Asia/Shanghai")


ZONES = ("Europe/London", "Australia/Sydney", "America/New_York", "Asia/Shanghai")
NO_MIDNIGHT = (
    ("Africa/Cairo", date(2025, 4, 24)),
    ("America/Santiago", date(2025, 9, 6)),
    ("America/Havana", date(2025, 3, 8)),
    ("Asia/Beirut", date(2025, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 29)),
    ("America/Nuuk", date(2025, 3, 29)),
    ("America/Nuuk", date(2025, 10, 25)),
)
"""Zones and days of which the next midnight is left out or moved by a clock change."""


def ends_its_day(due: DueDay) -> None:
    zone = ZoneInfo(due.zone)
    assert (due.end - timedelta(microseconds=1)).astimezone(zone).date() == due.day
    assert due.end.astimezone(zone).date() > due.day


@SEEDED
@given(st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_k5_a_day_is_kept_until_the_next_local_midnight(zone: str, day: date) -> None:
    ends_its_day(DueDay(day, zone))


@pytest.mark.parametrize(("zone", "day"), NO_MIDNIGHT)
def test_k5_a_day_ends_where_a_clock_change_meets_midnight(zone: str, day: date) -> None:
    ends_its_day(DueDay(day, zone))


@SEEDED
@given(names, days)
def test_k5_close_of_business_is_the_last_closing_hour(name: str, day: date) -> None:
    due = DueDay(day, calendar(name).zone)
    local = office(name).close_of_business(due).at.astimezone(ZoneInfo(due.zone))
    if works(name, day):
        assert (local.date(), local.hour, local.minute) == (day, 17, 30)
    else:
        assert (local.date(), local.hour, local.minute) == (day + DAY, 0, 0)


@SEEDED
@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30), timezones=st.just(UTC)))
def test_k6_the_date_of_receipt_is_the_zones_own(at: datetime) -> None:
    naive = at.replace(tzinfo=None)
    summer = datetime(2026, 3, 29, 1) <= naive < datetime(2026, 10, 25, 1)
    assert clock("CN").received(at) == (naive + timedelta(hours=8)).date()
    assert clock("UK-ENG").received(at) == (naive + timedelta(hours=summer)).date()


@SEEDED
@given(names, instants, st.integers(0, 3000))
def test_k7_elapsed_time_is_real_time(name: str, at: datetime, number: int) -> None:
    local = at.astimezone(ZoneInfo(calendar(name).zone))
    for unit, seconds in (("elapsed-hour", 3600), ("elapsed-minute", 60)):
        due = clock(name).due(local, Length(number, unit))  # type: ignore[arg-type]
        assert due.end.timestamp() == at.timestamp() + number * seconds


def minutes_walked(name: str, at: datetime, left: int, until: datetime | None = None) -> tuple[datetime, int]:
    """Minute by minute until none is left, or until an instant: a minute counts when the office is open in it."""
    zone = ZoneInfo(calendar(name).zone)
    while left and (until is None or at < until):
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if works(name, local.date()):
            left -= any(opens <= minute < closes for opens, closes in OFFICE)
        at += timedelta(minutes=1)
    return at, left


@FEWER
@given(names, instants, st.integers(1, 900))
def test_k7_working_time_counts_only_inside_the_opening_hours(name: str, at: datetime, number: int) -> None:
    at = at.replace(second=0, microsecond=0)
    due = office(name).due(at, Length(number, "working-minute"))
    assert due == DueInstant(minutes_walked(name, at, number)[0])


@SEEDED
@given(names, days, numbers, pausings)
def test_k8_a_pause_keeps_what_remains(name: str, start: date, number: int, steps: list[tuple[int, int]]) -> None:
    pauses = laid_out(start, steps)
    due = clock(name).due(start, Length(number, "working-day"), pauses)
    assert due == DueDay(walked(name, start, number, pauses, every_day=False), calendar(name).zone)
    due = clock(name).due(start, Length(number, "calendar-day"), pauses)
    assert due == DueDay(walked(name, start, number, pauses, every_day=True), calendar(name).zone)


@SEEDED
@given(days, st.integers(1, 12), st.integers(0, 27), st.integers(0, 100))
def test_k8_months_move_by_resume_minus_pause(start: date, number: int, run: int, rest: int) -> None:
    paused = start + run * DAY
    whole = clock("UK-ENG").due(start, Length(number, "month"))
    moved = clock("UK-ENG").due(start, Length(number, "month"), [Pause(paused, paused + rest * DAY)])
    assert isinstance(whole, DueDay)
    assert moved == DueDay(whole.day + rest * DAY, "Europe/London")


@FEWER
@given(names, instants, st.integers(1, 600), st.integers(0, 2000), st.integers(0, 3000))
def test_k8_a_pause_keeps_the_working_minutes_that_remain(
    name: str, at: datetime, number: int, run: int, rest: int
) -> None:
    at = at.replace(second=0, microsecond=0)
    paused = at + timedelta(minutes=run)
    resumed = paused + timedelta(minutes=rest)
    due = office(name).due(at, Length(number, "working-minute"), [Pause(paused, resumed)])
    reached, left = minutes_walked(name, at, number, until=paused)
    assert due == DueInstant(minutes_walked(name, resumed, left)[0] if reached == paused and left else reached)


@SEEDED
@given(instants, st.integers(1, 600), st.integers(0, 36_000), st.integers(0, 9_000))
def test_k8_a_pause_within_a_minute_never_makes_it_later(at: datetime, number: int, run: int, rest: int) -> None:
    paused = at + timedelta(seconds=run)
    assume(run < number * 60)
    due = clock("CN").due(
        at, Length(number, "elapsed-minute"), [Pause(paused, resumed := paused + timedelta(seconds=rest))]
    )
    exact = at + timedelta(minutes=number) + (resumed - paused)
    assert exact - timedelta(minutes=1) < due.end <= exact


@SEEDED
@given(days, st.integers(0, 40), st.integers(0, 40))
def test_k8_a_cap_ends_a_pause_that_nobody_ends(paused: date, cap: int, rest: int) -> None:
    counted, length = clock("CN"), Length(cap, "calendar-day")
    assert counted.pause(paused, length) == Pause(paused, paused + cap * DAY)
    assert counted.pause(paused, length, paused + rest * DAY) == Pause(paused, paused + min(cap, rest) * DAY)


@SEEDED
@given(names, days, numbers, numbers, pausings)
def test_k9_an_extension_counts_from_day_0_with_the_pauses_added(
    name: str, start: date, number: int, more: int, steps: list[tuple[int, int]]
) -> None:
    pauses = laid_out(start, steps)
    old = clock(name).due(start, Length(number, "working-day"), pauses)
    new = clock(name).due(start, Length(number + more, "working-day"), pauses)
    assert new == DueDay(walked(name, start, number + more, pauses, every_day=False), calendar(name).zone)
    assert new.end >= old.end


@SEEDED
@given(st.lists(st.tuples(days, st.integers(0, 1), st.booleans()), min_size=1, max_size=5))
def test_k11_the_earlier_leads_and_in_a_tie_the_regulators(clocks: list[tuple[date, int, bool]]) -> None:
    dues: list[tuple[Due, bool]] = []
    for day, kind, regulators in clocks:
        due = DueDay(day, "Asia/Shanghai")
        dues.append((DueInstant(due.end) if kind else due, regulators))
    leader, by_rule = min(dues, key=lambda each: precedence(each[0], regulators=each[1]))
    assert not any(other.end < leader.end for other, _ in dues)
    assert by_rule or not any(other.end == leader.end and theirs for other, theirs in dues)


@SEEDED
@given(days, st.integers(0, 60), st.integers(1, 100))
def test_k12_a_warning_falls_on_the_first_unit_that_reaches_its_percentage(
    start: date, number: int, percent: int
) -> None:
    def reached(units: int) -> int:
        return next(unit for unit in range(units + 1) if unit * 100 >= percent * units)

    working = clock("CN").warning(start, Length(number, "working-day"), percent)
    assert working == DueDay(walked("CN", start, reached(number), [], every_day=False), "Asia/Shanghai")
    weeks = clock("CN").warning(start, Length(number, "week"), percent)
    assert weeks == DueDay(start + reached(7 * number) * DAY, "Asia/Shanghai")
    at = datetime(start.year, start.month, start.day, tzinfo=UTC)
    hours = clock("CN").warning(at, Length(number, "elapsed-hour"), percent)
    assert hours == DueInstant(at + timedelta(minutes=reached(60 * number)))


@SEEDED
@given(names, st.integers(-90, 90), numbers)
def test_k15_a_day_not_covered_is_never_guessed(name: str, before_the_end: int, number: int) -> None:
    _, _, first, last = raw(name)
    for start in (last - before_the_end * DAY, first - before_the_end * DAY):
        needed, left = [], number
        day = start
        while left and first <= day + DAY <= last:
            day += DAY
            needed.append(day)
            left -= works(name, day)
        if left:
            with pytest.raises(NotCovered):
                clock(name).due(start, Length(number, "working-day"))
        else:
            assert clock(name).due(start, Length(number, "working-day")) == DueDay(day, calendar(name).zone)


UNITS = ("working-day", "calendar-day", "week", "month", "year", "working-hour", "working-minute", "elapsed-hour")


@SEEDED
@given(names, instants, instants, st.integers(0, 20), st.sampled_from(UNITS))
def test_the_latest_start_is_the_last_from_which_it_can_be_kept(
    name: str, start: datetime, end: datetime, number: int, unit: str
) -> None:
    counted, length = office(name), Length(number, unit)  # type: ignore[arg-type]
    if unit in ("working-day", "calendar-day", "week", "month", "year"):
        assume(number < 2 or unit != "year")
        ends = end.date()
        try:
            latest = counted.latest_start(ends, length)
            for begins in (start.date(), latest, latest + DAY):
                due = counted.due(begins, length)
                assert isinstance(due, DueDay)
                assert (due.day <= ends) is (begins <= latest)
        except NotCovered:
            assume(False)
        return
    try:
        latest = counted.latest_start(end, length)
    except NotCovered:
        assume(False)
    assert isinstance(latest, datetime)
    for at in (start, latest, latest + timedelta(microseconds=1)):
        assert (counted.due(at, length).end <= end) is (at <= latest)


@SEEDED
@given(names, instants)
def test_a_notice_goes_out_on_the_last_open_day_before_it_is_late(name: str, end: datetime) -> None:
    zone = ZoneInfo(calendar(name).zone)
    notices: Calendar = calendar(name)
    day = end.astimezone(zone).date() + DAY
    assume(day - 20 * DAY >= notices.first)
    while not (works(name, day) and datetime(day.year, day.month, day.day, 9, tzinfo=zone) < end):
        day -= DAY
    assert clock(name).notice_day(DueInstant(end)) == day
