"""How long something may take, in the unit its rule counts.

Invariant: a day is a unit of its own and never 24 hours, and so are weeks, months and years (conventions K3, K4 and
K7 of the clocks). Nothing converts one unit into another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.types import SafeInt

DayUnit: TypeAlias = Literal["working-day", "calendar-day", "week", "month", "year"]
"""Units that end with a local day."""
TimeUnit: TypeAlias = Literal["working-hour", "working-minute", "elapsed-hour", "elapsed-minute"]
"""Units that end at an instant."""
Unit: TypeAlias = DayUnit | TimeUnit


@dataclass(frozen=True, slots=True)
class Length:
    """`number` of `unit`; `number` is at least 0."""

    number: SafeInt
    unit: Unit
