"""What can happen to one clock: a closed union of payloads, and the small values they are made of.

Invariant: the events of a clock say all that is needed to know when it is due, so nobody looks at a calendar or a
policy to show a deadline. Every instant is UTC; every day names the zone in which it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias, assert_never
from uuid import UUID

from pydantic import Field

from casework.shared.clocks.counting import DayOrInstant, Due, DueDay, DueInstant
from casework.shared.clocks.deadlines import DeadlineRef, Kind, Percent, PolicyId, Purpose, Rank, Word
from casework.shared.clocks.lengths import Length
from casework.shared.contracts.types import Instant, Name, Sentence
from casework.shared.contracts.vocabulary import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDay:
    """A day of a zone. As a deadline it is kept by anything done before the next local midnight (K5)."""

    kind: Literal["day"] = "day"
    day: date
    zone: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AtInstant:
    """An instant. As a deadline it is kept by anything done before it."""

    kind: Literal["instant"] = "instant"
    at: Instant


Point: TypeAlias = Annotated[OnDay | AtInstant, Field(discriminator="kind")]
"""When a clock starts, stands still, goes on or is due, as a payload holds it."""
ClockFlag: TypeAlias = Literal["start-not-read", "provisional", "imported"]
"""What must be shown beside the deadline: nobody read since when the rule is in force; there is no date yet (K15);
the receipt was backdated, so nothing is sent (K14)."""
Corrected: TypeAlias = Literal["met", "withdrawn", "restarted"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningPoint:
    """One warning still to be given, at `percent` of the units (K12). `at` is None as long as nothing is due."""

    percent: Percent
    at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockArmed:
    """A clock runs from `start`, which is day 0 (K1), or minute 0. `by` is the event that armed it.

    `due` is missing from a provisional clock (K15) and from one whose rule has no number. `warnings` are in the order
    of their percentages.
    """

    clock: UUID
    policy: DeadlineRef
    calendar: Name
    calendar_version: Name
    kind: Kind
    purpose: Purpose
    party: Side
    by: UUID
    start: Point
    due: Point | None = None
    flags: tuple[ClockFlag, ...] = ()
    warnings: tuple[WarningPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockScheduled:
    """A provisional clock got its date: the calendar covers it now. From here on this version is pinned (K15)."""

    clock: UUID
    calendar_version: Name
    due: Point
    warnings: tuple[WarningPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused:
    """The clock stands still from `paused` on, with `remaining` left, and goes on by itself at `resumes` (K8).

    `proof` refers to what proves the cause, `told_at` is when the complainant was told.
    """

    clock: UUID
    cause: Word
    paused: Point
    remaining: Length
    resumes: Point
    proof: Name | None = None
    told_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed:
    """The clock goes on at `resumed`, which is day 0 of what remained, or minute 0. `due` is missing as in
    ClockArmed. `ended_by` says whether a person ended the pause or its cap did."""

    clock: UUID
    resumed: Point
    ended_by: Literal["person", "cap"]
    due: Point | None = None
    warnings: tuple[WarningPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExtended:
    """The longer length holds, counted from the original day 0 (K9). `rank` is the approver's."""

    clock: UUID
    extension: PolicyId
    reason: Sentence
    approver: Name
    rank: Rank
    approved_at: Instant
    told_at: Instant
    due: Point | None = None
    warnings: tuple[WarningPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned:
    """So many percent of the time have passed (K12)."""

    clock: UUID
    percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMet:
    """What was due was done, by the event `by` at `occurred_at`. `judged` is False where a clock had no date yet, so
    that only its date will tell whether that was in time (K15)."""

    clock: UUID
    by: UUID
    occurred_at: Instant
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExpired:
    """The deadline passed and nothing had met it. `confirmed` says that all earlier facts were in; otherwise a grace
    ran out while some were still awaited."""

    clock: UUID
    due: Point
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMetLate:
    """What was due was done after the deadline: the clock was missed, whether or not its expiry is recorded."""

    clock: UUID
    by: UUID
    occurred_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCorrected:
    """A fact that was earlier than the deadline came to be known too late: the clock was in truth `outcome`.

    Reports use it instead of the expiry, or instead of a later fact that had met a clock without a date.
    """

    clock: UUID
    outcome: Corrected
    by: UUID
    occurred_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWithdrawn:
    """Nothing is due any more, because of the event `by`. Not met and not missed."""

    clock: UUID
    by: UUID
    occurred_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRestarted:
    """Because of the event `by` another clock counts from a new day 0; this one is closed, not met (K10)."""

    clock: UUID
    by: UUID
    occurred_at: Instant


ClockEvent: TypeAlias = (
    ClockArmed
    | ClockScheduled
    | ClockPaused
    | ClockResumed
    | ClockExtended
    | ClockWarned
    | ClockMet
    | ClockExpired
    | ClockMetLate
    | ClockCorrected
    | ClockWithdrawn
    | ClockRestarted
)
