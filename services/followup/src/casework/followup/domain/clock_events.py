"""What can happen to one clock: a closed union of published payloads, and their points as the counting takes them."""

from __future__ import annotations

from typing import assert_never

from casework.shared.clocks.counting import DayOrInstant, Due, DueDay, DueInstant
from casework.shared.contracts.clocks import (
    AtInstant,
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockExtended,
    ClockFlag,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockScheduled,
    ClockWarned,
    ClockWithdrawn,
    Corrected,
    OnDay,
    Point,
    WarningPoint,
)

__all__ = [
    "AtInstant",
    "ClockArmed",
    "ClockCorrected",
    "ClockEvent",
    "ClockExpired",
    "ClockExtended",
    "ClockFlag",
    "ClockMet",
    "ClockMetLate",
    "ClockPaused",
    "ClockRestarted",
    "ClockResumed",
    "ClockScheduled",
    "ClockWarned",
    "ClockWithdrawn",
    "Corrected",
    "OnDay",
    "Point",
    "WarningPoint",
    "due_of",
    "moment_of",
    "point_of",
]


def point_of(due: Due) -> Point:
    """A due of the counting as a payload holds it. Raises nothing."""
    match due:
        case DueDay(day=day, zone=zone):
            return OnDay(day=day, zone=zone)
        case DueInstant(at=at):
            return AtInstant(at=at)
        case _:
            assert_never(due)


def due_of(point: Point) -> Due:
    """The inverse of `point_of`. Raises nothing."""
    match point:
        case OnDay(day=day, zone=zone):
            return DueDay(day, zone)
        case AtInstant(at=at):
            return DueInstant(at)
        case _:
            assert_never(point)


def moment_of(point: Point) -> DayOrInstant:
    """A point as the counting takes starts and pauses: a date, or an instant. Raises nothing."""
    match point:
        case OnDay(day=day):
            return day
        case AtInstant(at=at):
            return at
        case _:
            assert_never(point)
