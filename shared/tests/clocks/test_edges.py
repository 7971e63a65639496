"""Counting at its edges: the last day covered, the minute of opening, and what is no moment at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casework.shared.clocks.counting import BusinessClock, DueDay, DueInstant, Pause
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_calendars import calendar

CHINA = BusinessClock(calendar("CN"))


def test_what_is_due_as_the_office_opens_is_told_the_day_before() -> None:
    nine = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert CHINA.notice_day(DueInstant(nine)) == date(2026, 3, 2)
    assert CHINA.notice_day(DueInstant(nine + timedelta(minutes=1))) == date(2026, 3, 3)


def test_k15_the_last_day_covered_is_covered_to_its_end() -> None:
    """No day after it is asked for, also where a span ends at the midnight between them."""
    last = CHINA.calendar.last
    due = DueDay(last, "Asia/Shanghai")
    assert CHINA.notice_day(due) == last
    assert CHINA.close_of_business(due).at < due.end
    ten = datetime(last.year, last.month, last.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert CHINA.remaining(ten, DueInstant(due.end), "working-minute") == Length(7 * 60, "working-minute")
    assert CHINA.latest_start(due.end, Length(7, "working-hour")) == ten


def test_what_is_no_moment_or_no_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        CHINA.due(datetime(2026, 3, 2, 9), Length(1, "working-day"))
    early = Pause(date(2026, 3, 1), date(2026, 3, 3))
    with pytest.raises(ValueError, match="begins after the start"):
        CHINA.due(date(2026, 3, 2), Length(1, "working-day"), [early])
    for percent in (0, 101):
        with pytest.raises(ValueError, match="1 to 100 percent"):
            CHINA.warning(date(2026, 3, 2), Length(1, "working-day"), percent)
    with pytest.raises(ValueError, match="an instant is due"):
        CHINA.remaining(date(2026, 3, 2), DueInstant(datetime(2026, 3, 2, tzinfo=UTC)), "working-day")
    with pytest.raises(ValueError, match="a day is due"):
        CHINA.remaining(date(2026, 3, 2), DueDay(date(2026, 3, 3), "Asia/Shanghai"), "working-minute")
