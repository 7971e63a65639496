"""When a notice may go out: on the days of the calendar for notices, never in quiet hours, never after its deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.shared.clocks.calendars import Calendar, Interval
from casework.shared.people.members import MIDNIGHT, Week, local_day, week_of
from casework.shared.people.people_files import QUIET
from casework.shared.people.sending import send_at
from casework.shared.policies.shipped_calendars import calendar

ENGLAND, CHINA = calendar("UK-ENG"), calendar("CN")


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)


def told(due: str, now: str, not_after: str | None = None, quiet: Week = QUIET) -> str | None:
    """In England, all times local."""
    at = send_at(
        london(due),
        now=london(now),
        not_after=london(not_after) if not_after else None,
        quiet=quiet,
        calendar=ENGLAND,
        zone="Europe/London",
    )
    return at.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M") if at else None


def test_a_warning_due_on_a_sunday_is_sent_by_the_friday_before_it() -> None:
    assert told("2026-03-01T10:00", "2026-02-20T10:00", "2026-03-02T00:00") == "2026-02-27T08:00"
    # Also where the deadline is still days away, and where Friday morning is over already.
    assert told("2026-03-01T10:00", "2026-02-20T10:00", "2026-03-05T00:00") == "2026-02-27T08:00"
    assert told("2026-03-01T10:00", "2026-02-27T15:00", "2026-03-02T00:00") == "2026-02-27T15:00"


@pytest.mark.parametrize(
    "due, now, not_after, sent",
    [
        # It suits.
        ("2026-03-03T10:00", "2026-03-02T10:00", "2026-03-04T00:00", "2026-03-03T10:00"),
        # Recorded on the Sunday itself: Monday is still in time.
        ("2026-03-01T10:00", "2026-03-01T10:00", "2026-03-03T00:00", "2026-03-02T08:00"),
        # The deadline ends with the Sunday: a day off is better than too late,
        ("2026-03-01T10:00", "2026-03-01T10:00", "2026-03-02T00:00", "2026-03-01T10:00"),
        ("2026-03-01T04:00", "2026-03-01T04:00", "2026-03-02T00:00", "2026-03-01T08:00"),
        # but the middle of the night is not.
        ("2026-03-01T22:00", "2026-03-01T22:00", "2026-03-02T00:00", None),
        # At night, the day before where that is still to come, else the morning after.
        ("2026-03-04T03:00", "2026-03-03T09:00", "2026-03-06T00:00", "2026-03-03T09:00"),
        ("2026-03-04T03:00", "2026-03-04T03:00", "2026-03-06T00:00", "2026-03-04T08:00"),
        # Warns of what is over: no more.
        ("2026-03-03T10:00", "2026-03-04T10:00", "2026-03-04T00:00", None),
        # A warning of the very end still comes before it.
        ("2026-03-04T12:00", "2026-03-03T09:00", "2026-03-04T12:00", "2026-03-04T11:59"),
    ],
)  # fmt: skip
def test_a_reminder_comes_before_its_deadline(due: str, now: str, not_after: str, sent: str | None) -> None:
    assert told(due, now, not_after) == sent


@pytest.mark.parametrize(
    "due, sent",
    [
        ("2026-03-03T10:00", "2026-03-03T10:00"),
        ("2026-03-03T19:59", "2026-03-03T19:59"),
        ("2026-03-03T20:00", "2026-03-04T08:00"),
        ("2026-03-04T02:00", "2026-03-04T08:00"),
        ("2026-03-06T20:00", "2026-03-09T08:00"),
        ("2026-04-03T10:00", "2026-04-07T08:00"),  # over Easter
    ],
)
def test_what_warns_of_nothing_waits_for_the_next_hour_that_suits(due: str, sent: str) -> None:
    assert told(due, due) == sent


def test_without_quiet_hours_what_was_moved_comes_when_the_day_begins_and_not_at_midnight() -> None:
    assert told("2026-03-01T10:00", "2026-03-01T10:00", quiet=Week()) == "2026-03-02T09:00"
    assert told("2026-03-04T03:00", "2026-03-04T03:00", quiet=Week()) == "2026-03-04T03:00"


def test_a_working_saturday_is_a_day_and_a_festival_is_none() -> None:
    def in_china(due: str) -> str:
        at = send_at(
            datetime.fromisoformat(due), now=datetime.fromisoformat(due), quiet=QUIET, calendar=CHINA,
            zone="Asia/Shanghai",
        )  # fmt: skip
        assert at is not None
        return at.astimezone(ZoneInfo("Asia/Shanghai")).isoformat()

    assert in_china("2026-02-14T10:00+08:00") == "2026-02-14T10:00:00+08:00"
    assert in_china("2026-02-15T10:00+08:00") == "2026-02-24T08:00:00+08:00"


def test_a_calendar_that_ends_keeps_nobody_from_being_told() -> None:
    beyond = london(f"{ENGLAND.last.year + 1}-06-05T23:00")
    sent = send_at(beyond, now=beyond, quiet=QUIET, calendar=ENGLAND, zone="Europe/London")
    assert sent is not None
    assert local_day(sent, "Europe/London").weekday() not in (5, 6)


MOMENTS = st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 10), timezones=st.just(UTC))
INTERVALS = st.tuples(st.integers(0, MIDNIGHT - 1), st.integers(1, MIDNIGHT)).map(lambda pair: Interval(*pair))
WEEKS = st.lists(INTERVALS, max_size=3).map(week_of)
CALENDARS = st.sampled_from([None, ENGLAND, CHINA])
ZONES = st.sampled_from(["Europe/London", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"])
LIMITS = st.none() | st.timedeltas(timedelta(), timedelta(days=20))


@settings(max_examples=400)
@given(MOMENTS, st.timedeltas(timedelta(days=-12), timedelta(days=3)), LIMITS, WEEKS, CALENDARS, ZONES)
def test_never_in_quiet_hours_never_after_the_deadline_never_in_the_past(
    due: datetime, since: timedelta, limit: timedelta | None, quiet: Week, of: Calendar | None, zone: str
) -> None:
    now, not_after = due + since, None if limit is None else due + limit

    def ask(at: datetime, urgent: bool = False) -> datetime | None:
        return send_at(at, now=now, not_after=not_after, quiet=quiet, calendar=of, zone=zone, urgent=urgent)

    assert ask(due, urgent=True) == max(due, now)
    sent = ask(due)
    if sent is None:
        # Only where every hour is quiet, or it is over: anything else can be told some day.
        hours = (max(due, now) + timedelta(minutes=15 * n) for n in range(4 * 24 * 8))
        assert not_after is not None or all(quiet.holds(at, zone) for at in hours)
        return
    assert sent >= now
    assert not quiet.holds(sent, zone)
    assert not_after is None or sent < not_after
    assert not_after is not None or sent >= due
    if now <= due and not quiet.holds(due, zone) and (of is None or of.is_open(local_day(due, zone))):
        assert sent == due or (not_after is not None and due >= not_after)
    # Asked again at that moment, the answer is to send: nobody is put off for ever.
    again = send_at(due, now=sent, not_after=not_after, quiet=quiet, calendar=of, zone=zone)
    assert again is not None
    if of is None or of.is_open(local_day(sent, zone)):
        assert again == sent
