"""The golden vectors of the clocks: what must come out is typed in here, and nothing computes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from casework.shared.clocks.calendars import Calendar, Interval, Layer, hours_of
from casework.shared.clocks.counting import BusinessClock, DayOrInstant, Due, DueDay, DueInstant, Pause, precedence
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_calendars import calendar

LEFT_OUT = {
    "V020": "that a repeat is merged is decided by the clock's states; its date is V019's",
    "V025": "a withdrawal closes the clock: states, no counting",
}
"""Vectors without arithmetic of their own."""


class Row(NamedTuple):
    id: str
    calendar: str
    start: str
    length: str
    expect: str
    paused: str = ""
    """Pauses as `from/until from/until`."""


# fmt: off
DAYS = (
    # China
    Row("V001", "CN", "2026-02-12", "3 working-day", "2026-02-24"),
    Row("V002", "CN", "2026-02-12", "7 working-day", "2026-02-28"),
    Row("V003", "CN", "2026-02-12", "15 working-day", "2026-03-11"),
    Row("V004", "CN+weekends-off", "2026-02-12", "3 working-day", "2026-02-25"),
    Row("V005", "CN+weekends-off", "2026-02-12", "7 working-day", "2026-03-03"),
    Row("V006", "CN+weekends-off", "2026-02-12", "15 working-day", "2026-03-13"),
    Row("V007", "CN", "2026-02-17", "7 working-day", "2026-03-03"),
    Row("V008", "CN", "2026-02-28", "1 working-day", "2026-03-02"),
    Row("V009", "CN", "2026-09-14", "7 working-day", "2026-09-22"),
    Row("V010", "CN+weekends-off", "2026-09-14", "7 working-day", "2026-09-23"),
    Row("V011", "CN", "2026-09-21", "7 working-day", "2026-10-08"),
    Row("V012", "CN", "2026-09-30", "45 working-day", "2026-12-08"),
    Row("V013", "CN+weekends-off", "2026-09-30", "45 working-day", "2026-12-09"),
    Row("V014", "CN", "2026-12-08", "7 working-day", "2026-12-17"),
    Row("V015", "CN", "2026-04-29", "7 working-day", "2026-05-12"),
    Row("V015-weekends-off", "CN+weekends-off", "2026-04-29", "7 working-day", "2026-05-13"),
    Row("V016", "CN", "2026-02-05", "15 calendar-day", "2026-02-20"),
    Row("V017", "CN", "2026-02-05", "30 calendar-day", "2026-03-07"),
    Row("V018", "CN", "2026-02-05", "60 calendar-day", "2026-04-06"),
    Row("V019", "CN", "2026-03-02", "15 calendar-day", "2026-03-17"),
    Row("V021", "CN", "2026-03-12", "15 calendar-day", "2026-03-27"),
    Row("V022", "CN", "2026-03-02", "15 calendar-day", "2026-03-27", "2026-03-09/2026-03-19"),
    Row("V023", "CN", "2026-03-02", "15 calendar-day", "2026-04-03", "2026-03-09/2026-03-19 2026-03-24/2026-03-31"),
    # United Kingdom
    Row("V026", "UK-ENG", "2025-04-17", "3 working-day", "2025-04-24"),
    Row("V027", "UK-ENG", "2025-12-23", "3 working-day", "2025-12-30"),
    Row("V028", "UK-ENG", "2026-12-24", "3 working-day", "2026-12-31"),
    Row("V029", "UK-ENG", "2025-08-22", "3 working-day", "2025-08-28"),
    Row("V030", "UK-ENG", "2026-05-02", "3 working-day", "2026-05-07"),
    Row("V031", "UK-ENG", "2026-05-05", "3 working-day", "2026-05-08"),
    Row("V032", "UK-ENG", "2026-04-02", "3 working-day", "2026-04-09"),
    Row("V033", "UK-SCT", "2026-04-02", "3 working-day", "2026-04-08"),
    Row("V034", "UK-ENG", "2016-06-29", "1 working-day", "2016-06-30"),
    Row("V035", "UK-ENG", "2016-06-30", "3 working-day", "2016-07-05"),
    Row("V036", "UK-ENG", "2026-02-05", "8 week", "2026-04-02"),
    Row("V037", "UK-ENG", "2025-09-15", "8 week", "2025-11-10"),
    Row("V038", "UK-ENG", "2026-02-06", "8 week", "2026-04-03"),
    Row("V039", "UK-ENG", "2028-01-31", "8 week", "2028-03-27"),
    Row("V040", "UK-ENG", "2027-01-31", "8 week", "2027-03-28"),
    Row("V041", "UK-ENG", "2026-07-01T23:30+00:00", "8 week", "2026-08-27"),
    Row("V043", "UK-ENG", "2026-04-04", "15 working-day", "2026-04-27"),
    Row("V044", "UK-ENG", "2025-12-08", "15 working-day", "2025-12-31"),
    Row("V045", "UK-ENG", "2025-12-08", "35 working-day", "2026-01-29"),
    Row("V046-16", "UK-ENG", "2025-12-08", "16 working-day", "2026-01-02"),
    Row("V047-15", "UK-ENG", "2026-03-20", "15 working-day", "2026-04-14"),
    Row("V047-8w", "UK-ENG", "2026-03-20", "8 week", "2026-05-15"),
    Row("V048", "UK-ENG", "2025-08-31", "6 month", "2026-02-28"),
    Row("V049", "UK-ENG", "2028-02-29", "3 year", "2031-02-28"),
    Row("V050", "UK-ENG", "2026-06-30", "30 working-day", "2026-08-11"),
    Row("V051", "UK-ENG", "2025-12-31", "30 working-day", "2026-02-12"),
    Row("V052", "UK-ENG", "2026-04-07", "8 week", "2026-06-02"),
    Row("V053", "UK-ENG", "2026-04-08", "6 week", "2026-05-20"),
    Row("V054-running", "UK-ENG", "2026-03-02", "10 working-day", "2026-03-16"),
    Row("V054", "UK-ENG", "2026-03-02", "10 working-day", "2026-04-09", "2026-03-06/2026-03-30"),
    Row("V055-running", "UK-ENG", "2026-04-13", "10 working-day", "2026-04-27"),
    Row("V055", "UK-ENG", "2026-04-13", "10 working-day", "2026-05-12", "2026-04-18/2026-05-04"),
    # Australia
    Row("V056", "AU-NSW", "2025-12-24", "1 working-day", "2025-12-29"),
    Row("V057", "AU-NSW", "2026-04-04", "1 working-day", "2026-04-07"),
    Row("V058", "AU-NSW", "2026-04-01", "5 working-day", "2026-04-10"),
    Row("V059", "AU-NSW", "2026-01-22", "5 working-day", "2026-01-30"),
    Row("V060", "AU-NSW of 2025", "2026-04-22", "5 working-day", "2026-04-29"),
    Row("V061", "AU-NSW of 2026-02-20", "2026-04-22", "5 working-day", "2026-04-30"),
    Row("V062", "AU-NSW", "2026-07-30", "5 working-day", "2026-08-06"),
    Row("V063", "AU-NSW+bank", "2026-07-30", "5 working-day", "2026-08-07"),
    Row("V064", "AU-NSW", "2026-03-10", "30 calendar-day", "2026-04-09"),
    Row("V065", "AU-NSW", "2026-09-01", "45 calendar-day", "2026-10-16"),
    Row("V066-30", "AU-NSW", "2026-03-10", "30 calendar-day", "2026-04-09"),
    Row("V066-20", "AU-NSW", "2026-03-10", "20 working-day", "2026-04-09"),
    Row("V067", "AU-NSW", "2026-02-20", "21 calendar-day", "2026-03-13"),
    Row("V068-28", "AU-NSW", "2026-01-05", "28 calendar-day", "2026-02-02"),
    Row("V068-90", "AU-NSW", "2026-02-02", "90 calendar-day", "2026-05-03"),
    Row("V069-28", "AU-NSW", "2026-03-02", "28 calendar-day", "2026-03-30"),
    Row("V069-90", "AU-NSW", "2026-03-30", "90 calendar-day", "2026-06-28"),
    # European Union and Ireland
    Row("V070", "TARGET", "2026-03-27", "15 working-day", "2026-04-21"),
    Row("V071", "TARGET", "2026-03-27", "35 working-day", "2026-05-20"),
    Row("V072", "TARGET", "2025-12-22", "15 working-day", "2026-01-15"),
    Row("V073", "TARGET", "2026-05-08", "15 working-day", "2026-05-29"),
    Row("V074", "DE", "2026-05-08", "15 working-day", "2026-06-02"),
    Row("V075-5", "IE", "2026-04-28", "5 working-day", "2026-05-06"),
    Row("V075-20", "IE", "2026-04-28", "20 working-day", "2026-05-27"),
    Row("V075-40", "IE", "2026-04-28", "40 working-day", "2026-06-25"),
    Row("V076", "IE", "2026-03-31", "5 working-day", "2026-04-08"),
    Row("V077", "IE+bank", "2026-03-31", "5 working-day", "2026-04-09"),
    # United States, Canada, United Arab Emirates
    Row("V078", "US-ET", "2026-02-25", "15 calendar-day", "2026-03-12"),
    Row("V079", "US-ET", "2026-02-25", "60 calendar-day", "2026-04-26"),
    Row("V080", "US-ET", "2026-03-01T03:30+00:00", "15 calendar-day", "2026-03-15"),
    Row("V081", "US-ET", "2028-02-15", "15 calendar-day", "2028-03-01"),
    Row("V082", "US-ET", "2027-02-15", "15 calendar-day", "2027-03-02"),
    Row("V083-15", "US-ET", "2025-12-20", "15 calendar-day", "2026-01-04"),
    Row("V083-60", "US-ET", "2025-12-20", "60 calendar-day", "2026-02-18"),
    Row("V084", "US-ET", "2028-01-15", "60 calendar-day", "2028-03-15"),
    Row("V084-2027", "US-ET", "2027-01-15", "60 calendar-day", "2027-03-16"),
    Row("V085-14", "CA", "2026-02-27", "14 calendar-day", "2026-03-13"),
    Row("V085-56", "CA", "2026-02-27", "56 calendar-day", "2026-04-24"),
    Row("V086-2", "AE", "2026-01-15", "2 working-day", "2026-01-19"),
    Row("V086-30", "AE", "2026-01-15", "30 working-day", "2026-02-26"),
    Row("V087-1", "AE", "2026-01-15", "1 week", "2026-01-22"),
    Row("V087-4", "AE", "2026-01-15", "4 week", "2026-02-12"),
    Row("V087-8", "AE", "2026-01-15", "8 week", "2026-03-12"),
    # Mechanics
    Row("V099", "UK-ENG", "2026-03-02", "20 working-day", "2026-03-30"),
    Row("V100-15", "CN", "2026-02-10", "15 calendar-day", "2026-02-25"),
    Row("V100-10", "CN", "2026-02-10", "10 working-day", "2026-03-02"),
    Row("V101", "UK-ENG", "2026-01-05", "8 week", "2026-03-02"),
)

INSTANTS = (
    # Those in working hours are under an office open 09:00-12:00 and 13:00-17:30.
    Row("V088", "UK-ENG", "2026-04-02T16:00+01:00", "4 working-hour", "2026-04-07T11:30+01:00"),
    Row("V089", "UK-ENG", "2026-04-14T11:30+01:00", "2 working-hour", "2026-04-14T14:30+01:00"),
    Row("V090", "UK-ENG", "2026-04-14T12:20+01:00", "1 working-hour", "2026-04-14T14:00+01:00"),
    Row("V091", "UK-ENG", "2026-03-27T17:00+00:00", "8 working-hour", "2026-03-30T17:30+01:00"),
    Row("V092", "CN", "2026-02-13T17:00+08:00", "2 working-hour", "2026-02-14T10:30+08:00"),
    Row("V092-weekends-off", "CN+weekends-off", "2026-02-13T17:00+08:00", "2 working-hour", "2026-02-24T10:30+08:00"),
    Row("V093", "CN", "2026-02-14T16:30+08:00", "4 working-hour", "2026-02-24T12:00+08:00"),
    Row("V094-running", "UK-ENG", "2026-04-14T10:00+01:00", "8 working-hour", "2026-04-15T10:30+01:00"),
    Row("V094", "UK-ENG", "2026-04-14T10:00+01:00", "8 working-hour", "2026-04-16T11:45+01:00",
        "2026-04-14T16:15+01:00/2026-04-16T08:00+01:00"),
    Row("V095", "CN", "2010-03-24T20:00+08:00", "20 elapsed-minute", "2010-03-24T20:20+08:00"),
    Row("V096", "UK-ENG", "2026-03-28T10:00+00:00", "24 elapsed-hour", "2026-03-29T11:00+01:00"),
    Row("V097", "UK-ENG", "2026-10-24T10:00+01:00", "24 elapsed-hour", "2026-10-25T09:00+00:00"),
    Row("V098", "US-ET", "2026-10-31T23:30-04:00", "6 elapsed-hour", "2026-11-01T04:30-05:00"),
)

ENDS = (
    Row("V036-end", "UK-ENG", "2026-02-05", "8 week", "2026-04-02T23:00Z"),
    Row("V037-end", "UK-ENG", "2025-09-15", "8 week", "2025-11-11T00:00Z"),
    Row("V064-end", "AU-NSW", "2026-03-10", "30 calendar-day", "2026-04-09T14:00Z"),
    Row("V065-end", "AU-NSW", "2026-09-01", "45 calendar-day", "2026-10-16T13:00Z"),
    Row("V078-end", "US-ET", "2026-02-25", "15 calendar-day", "2026-03-13T04:00Z"),
)
SPANS = {"V036-end": 1_343, "V037-end": 1_345, "V064-end": 721, "V065-end": 1_079, "V078-end": 359}
"""Hours from the midnight that begins the day of receipt to the one that begins the due day."""

WARNINGS = (
    Row("V042-75", "UK-ENG", "2026-02-05", "8 week 75", "2026-03-19"),
    Row("V042-90", "UK-ENG", "2026-02-05", "8 week 90", "2026-03-28"),
    Row("V099-75", "UK-ENG", "2026-03-02", "20 working-day 75", "2026-03-23"),
    Row("V099-90", "UK-ENG", "2026-03-02", "20 working-day 90", "2026-03-26"),
)

# A pause: what was counted, when it began and ended, and what must be left.
LEFT = (
    Row("V022-left", "CN", "2026-03-02", "15 calendar-day", "8 calendar-day", "2026-03-09/"),
    Row("V023-left", "CN", "2026-03-02", "15 calendar-day", "3 calendar-day",
        "2026-03-09/2026-03-19 2026-03-24/"),
    Row("V054-left", "UK-ENG", "2026-03-02", "10 working-day", "6 working-day", "2026-03-06/"),
    Row("V055-left", "UK-ENG", "2026-04-13", "10 working-day", "6 working-day", "2026-04-18/"),
    Row("V094-left", "UK-ENG", "2026-04-14T10:00+01:00", "8 working-hour", "165 working-minute",
        "2026-04-14T16:15+01:00/"),
)

# Two clocks: the regulator's length, then the institution's; which of them leads.
LEADS = (
    Row("V047-leads", "UK-ENG", "2026-03-20", "15 working-day, 8 week", "15 working-day"),
    Row("V066-leads", "AU-NSW", "2026-03-10", "30 calendar-day, 20 working-day", "30 calendar-day"),
    Row("V100-leads", "CN", "2026-02-10", "15 calendar-day, 10 working-day", "15 calendar-day"),
)
# fmt: on

ELSEWHERE = ("V024", "V026-close", "V046", "V101-expired")
"""The vectors that have a test function of their own below, which bears the number."""
PRACTICE = {
    **dict.fromkeys(("V001", "V002", "V003", "V004", "V005", "V006"), "P114"),
    **dict.fromkeys(("V088", "V089"), "P116"),
}


def params(rows: tuple[Row, ...]) -> list[object]:
    return [
        pytest.param(row, id=row.id, marks=[pytest.mark.practice(PRACTICE[row.id])] if row.id in PRACTICE else [])
        for row in rows
    ]


def clock(named: str) -> BusinessClock:
    name, _, version = named.partition(" of ")
    return BusinessClock(calendar(name, version=version or None))


def office(named: str) -> BusinessClock:
    """The calendar with the opening hours of the vectors in working hours."""
    public = clock(named).calendar
    hours = hours_of((Interval(9 * 60, 12 * 60), Interval(13 * 60, 17 * 60 + 30)))
    return BusinessClock(public.under(layer(public, hours)))


def layer(public: Calendar, hours: tuple[tuple[Interval, ...], ...]) -> Layer:
    return Layer(name="office", version="2026", over=public.name.partition("+")[0], hours=hours, source="A test.")


def length(text: str) -> Length:
    number, unit = text.split()
    return Length(int(number), unit)  # type: ignore[arg-type]  # the tables spell units as they are


def moment(text: str) -> DayOrInstant:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def pauses(text: str) -> list[Pause]:
    return [Pause(*map(moment, pause.split("/"))) for pause in text.split()]


def test_every_vector_is_here_or_left_out_by_name() -> None:
    rows = [*DAYS, *INSTANTS, *ENDS, *WARNINGS, *LEFT, *LEADS]
    ids = [row.id for row in rows]
    assert len(ids) == len(set(ids)), "two rows of one name"
    here = {each[:4] for each in (*ids, *ELSEWHERE)}
    assert here.isdisjoint(LEFT_OUT)
    assert here | LEFT_OUT.keys() == {f"V{number:03}" for number in range(1, 102)}


@pytest.mark.parametrize("row", params(DAYS))
def test_day_that_is_due(row: Row) -> None:
    counted = clock(row.calendar)
    due = counted.due(moment(row.start), length(row.length), pauses(row.paused))
    assert due == DueDay(date.fromisoformat(row.expect), counted.calendar.zone)


@pytest.mark.parametrize("row", params(INSTANTS))
def test_instant_that_is_due(row: Row) -> None:
    due = office(row.calendar).due(moment(row.start), length(row.length), pauses(row.paused))
    assert due == DueInstant(datetime.fromisoformat(row.expect))


@pytest.mark.parametrize("row", params(ENDS))
def test_instant_before_which_a_day_is_kept(row: Row) -> None:
    due = clock(row.calendar).due(moment(row.start), length(row.length))
    assert due.end == datetime.fromisoformat(row.expect)
    assert due.end.tzinfo is UTC
    assert isinstance(due, DueDay)
    start = datetime.combine(date.fromisoformat(row.start), datetime.min.time(), ZoneInfo(due.zone))
    begins = datetime.combine(due.day, datetime.min.time(), ZoneInfo(due.zone))
    assert begins.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=SPANS[row.id])


@pytest.mark.parametrize("row", params(WARNINGS))
def test_warning(row: Row) -> None:
    counted, percent = row.length.rsplit(" ", 1)
    due = clock(row.calendar).warning(moment(row.start), length(counted), int(percent))
    assert due == DueDay(date.fromisoformat(row.expect), "Europe/London")


@pytest.mark.parametrize("row", params(LEFT))
def test_what_a_pause_leaves(row: Row) -> None:
    *before, last = row.paused.split()
    counted = office(row.calendar)
    due = counted.due(moment(row.start), length(row.length), pauses(" ".join(before)))
    assert counted.remaining(moment(last.rstrip("/")), due, length(row.length).unit) == length(row.expect)


@pytest.mark.parametrize("row", params(LEADS))
def test_clock_that_leads(row: Row) -> None:
    regulators, own = row.length.split(", ")
    clocks = [
        (name, clock(row.calendar).due(moment(row.start), length(name)), name == regulators)
        for name in (own, regulators)
    ]
    assert min(clocks, key=lambda each: precedence(each[1], regulators=each[2]))[0] == row.expect


def test_v024_a_pause_with_a_cap_resumes_by_itself() -> None:
    counted = clock("CN")
    pause = counted.pause(date(2026, 3, 9), Length(30, "calendar-day"))
    assert pause == Pause(date(2026, 3, 9), date(2026, 4, 8))
    due = counted.due(date(2026, 3, 2), Length(15, "calendar-day"), [pause])
    assert due == DueDay(date(2026, 4, 16), "Asia/Shanghai")


def test_v026_close_of_business_on_the_third_business_day() -> None:
    counted = clock("UK-ENG")
    due = counted.due(date(2025, 4, 17), Length(3, "working-day"))
    assert isinstance(due, DueDay)
    assert counted.close_of_business(due) == DueInstant(datetime.fromisoformat("2025-04-24T17:00+01:00"))


def test_v046_a_holding_reply_on_day_16_is_late() -> None:
    due: Due = clock("UK-ENG").due(date(2025, 12, 8), Length(15, "working-day"))
    assert due == DueDay(date(2025, 12, 31), "Europe/London")
    assert datetime.fromisoformat("2025-12-31T23:59:59+00:00") < due.end
    assert datetime.fromisoformat("2026-01-02T00:00+00:00") >= due.end


def test_v101_loaded_after_its_date() -> None:
    due = clock("UK-ENG").due(date(2026, 1, 5), Length(8, "week"))
    assert due.end == datetime.fromisoformat("2026-03-03T00:00+00:00")
    assert due.end < datetime.fromisoformat("2026-03-20T00:00+00:00")


@pytest.mark.practice("P115")
def test_a_late_holiday_serves_the_clocks_armed_after_it() -> None:
    three = Length(3, "working-day")
    assert clock("AU-NSW of 2025").due(date(2026, 4, 22), three) == DueDay(date(2026, 4, 27), "Australia/Sydney")
    assert clock("AU-NSW").due(date(2026, 4, 22), three) == DueDay(date(2026, 4, 28), "Australia/Sydney")


@pytest.mark.practice("P117")
def test_a_day_is_not_24_hours_and_begins_where_the_rule_lives() -> None:
    london = clock("UK-ENG")
    ten = datetime.fromisoformat("2026-03-28T10:00+00:00")
    day = london.due(ten, Length(1, "calendar-day"))
    hours = london.due(ten, Length(24, "elapsed-hour"))
    assert day == DueDay(date(2026, 3, 29), "Europe/London")
    # At ten on the due day one day has passed; twenty-four hours have at eleven.
    ten_again = datetime(2026, 3, 29, 10, tzinfo=ZoneInfo("Europe/London"))
    assert ten_again.astimezone(UTC) - ten == timedelta(hours=23)
    assert hours == DueInstant(datetime.fromisoformat("2026-03-29T11:00+01:00"))
    night = datetime.fromisoformat("2026-07-01T23:30+00:00")
    assert london.received(night) == date(2026, 7, 2)
    assert london.due(night, Length(8, "week")) == DueDay(date(2026, 8, 27), "Europe/London")


@pytest.mark.parametrize("notices", ["UK-ENG", "CN+weekends-off"])
def test_a_warning_due_on_a_sunday_is_told_on_friday(notices: str) -> None:
    due = DueDay(date(2026, 3, 1), clock(notices).calendar.zone)
    assert clock(notices).notice_day(due) == date(2026, 2, 27)
