"""How far ahead anything is counted or planned.

Invariant: dates beyond are invented ones, such as 9999-12-31 (P186): nothing is due or planned by them, and no local
time is looked for where there may be none.
"""

from __future__ import annotations

from datetime import UTC, datetime

YEARS_AHEAD = 10


def is_too_far(end: datetime, begins: datetime) -> bool:
    """Whether `end` lies so many years after `begins`, or later."""
    begins = begins.astimezone(UTC)
    # 29 February has no counterpart ten years on.
    day = min(begins.day, 28) if begins.month == 2 else begins.day
    return end >= begins.replace(year=begins.year + YEARS_AHEAD, day=day)
