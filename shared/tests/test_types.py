"""How people write times and days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from casework.shared.contracts.types import CalendarDay, Instant

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
DAY: TypeAdapter[date] = TypeAdapter(CalendarDay)


@pytest.mark.parametrize("text", ("2026-03-02T09:10:00+08:00", "2026-03-02T01:10:00Z", "2026-03-02 01:10:00.000Z"))
def test_a_time_is_text_with_a_zone(text: str) -> None:
    assert (
        INSTANT.validate_python(text) == INSTANT.validate_json(f'"{text}"') == datetime(2026, 3, 2, 1, 10, tzinfo=UTC)
    )


def test_a_day_is_text() -> None:
    assert DAY.validate_python("2026-03-02") == DAY.validate_json('"2026-03-02"') == date(2026, 3, 2)


@pytest.mark.parametrize("adapter", (INSTANT, DAY))
@pytest.mark.parametrize("value", (0, 86_400, 1_772_400_000_000, 0.0, "0", "86400", "-86400", "1772400000000", True))
def test_a_number_is_neither(adapter: TypeAdapter[date], value: object) -> None:
    """Not even digits in a text: nobody can tell seconds from milliseconds by their size."""
    with pytest.raises(ValidationError):
        adapter.validate_python(value)
