"""What followup publishes about one clock, and the small values these events are made of.

Invariant: the events of a clock say all that is needed to know when it is due, so nobody looks at a calendar or a
policy to show a deadline. Every instant is UTC; every day names the zone in which it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Name, SafeInt, Sentence, Word
from casework.shared.contracts.vocabulary import Side

Kind: TypeAlias = Literal["regulator", "internal"]
Purpose: TypeAlias = Literal[
    "acknowledge",
    "answer",
    "appeal",
    "ask-for-review",
    "cooling-period",
    "decide-on-admission",
    "duty-alert",
    "escalation",
    "evidence",
    "failed-remedy",
    "finish",
    "first-contact",
    "first-look",
    "forward",
    "give-information",
    "hand-off-acceptance",
    "handle",
    "immediate-action",
    "keep-record",
    "look-in",
    "mediate",
    "object",
    "opinion",
    "progress",
    "promise",
    "quick-settlement",
    "refer-to-ombudsman",
    "refer-up",
    "remedy-offer",
    "reply",
    "report",
    "review",
    "summary-letter",
    "task",
    "tell-of-scheme",
    "tell-result",
]

PolicyId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$", max_length=200)]
Percent: TypeAlias = Annotated[int, Field(ge=1, le=99)]
Rank: TypeAlias = Annotated[int, Field(ge=0, le=1000)]
"""An actor's rank, as on its key. Shipped policies use 1 handler, 2 supervisor, 3 manager, 4 senior manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRef:
    """Which policy a clock was armed with."""

    id: PolicyId
    version: SafeInt


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
ClockFlag: TypeAlias = Literal["start-not-read", "provisional", "imported", "given-too-far", "not-binding"]
"""What must be shown beside the deadline: nobody read since when the rule is in force; there is no date yet (K15);
the receipt was backdated, so nothing is sent (K14); the time that the arming event set lies ten years ahead or more, so
it can not be meant and nothing is due (P186); it warns and binds nobody (P031)."""
Corrected: TypeAlias = Literal["met", "withdrawn", "restarted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningPoint:
    """One warning still to be given, at `percent` of the units (K12). `at` is None as long as nothing is due.

    `tell_at` is there where that falls on a day off of those who are warned: they are told on the working day before.
    """

    percent: Percent
    at: Instant | None = None
    tell_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockArmed:
    """A clock runs from `start`, which is day 0 (K1), or minute 0. `by` is the event that armed it.

    `about` is the event that opened what is counted, where a case may have several of it at a time: an offer, a
    promise, a request. `given` is the time that this event itself set, where the policy counts none. `due` is missing
    from a provisional clock (K15), whose date lies after `not_before`, the last day that its calendar covers, and from
    one whose rule has no number. `warnings` are in the order of their percentages.
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
    about: UUID | None = None
    given: Instant | None = None
    due: Point | None = None
    not_before: Point | None = None
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
    """So many percent of the time have passed (K12). `purpose` and `about` are those of the arming."""

    clock: UUID
    purpose: Purpose
    about: UUID | None = None
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
    ran out while some were still awaited. `policy`, `purpose` and `about` are those of the arming."""

    clock: UUID
    policy: DeadlineRef
    purpose: Purpose
    about: UUID | None = None
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
