"""What one clock can be asked. Each carries every value its decision needs.

`policy` and `calendar` are the values that the clock pins, looked up by what its state names; on arming they are those
in force, and on scheduling the calendar is the one that reaches further. `at` is the database's time of the decision.
`notices` is the calendar of those who are warned (P118).
`occurred_at` is the business time of what is told. All times are instants with an offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.moments import Moment
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Name, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    clock: UUID
    policy: DeadlinePolicy
    calendar: Calendar
    at: Instant
    notices: Calendar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told(_Asked):
    """Made from the event `by`, which brought `moment`."""

    moment: Moment
    by: UUID
    occurred_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmClock(_Told):
    """Start a clock, because of a moment that arms the policy's clocks, or that restarts them. Never refused.

    `received_at` is when the complaint was received. `imported` says that the receipt was backdated (K14). `about` and
    `due_at` are what is counted and by when, where the arming event says so (see `ClockArmed`).
    """

    received_at: Instant
    about: UUID | None = None
    due_at: Instant | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleClock(_Asked):
    """Give a provisional clock its date, by a later version of its calendar (K15). Never refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseClock(_Asked):
    """Let the clock stand still from `occurred_at` on (K8). Can be refused.

    `proof` refers to what proves the cause; `told_at` is when the complainant was told; `asked` how long the pause is
    to be, None for as long as the cap.
    """

    cause: str
    occurred_at: Instant
    proof: Name | None = None
    told_at: Instant | None = None
    asked: Length | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeClock(_Asked):
    """End the pause at `occurred_at`. A person's can be refused; the cap's, which comes from the timer, never is."""

    occurred_at: Instant
    ended_by: Literal["person", "cap"] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendClock(_Asked):
    """Let the longer length `extension` hold (K9). Can be refused. `rank` is the approver's."""

    extension: str
    reason: Sentence
    approver: Name
    rank: int
    approved_at: Instant
    told_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnClock(_Asked):
    """The timer came to the warning at `percent`. Never refused."""

    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetClock(_Told):
    """What was due was done. Never refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireClock(_Asked):
    """The timer came to the end. Never refused.

    `end` is the end for which the caller looked: where the clock ends at another time by now, nothing happens.
    `confirmed` says that all facts recorded before `end` were in; False that a grace ran out.
    """

    end: Instant
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawClock(_Told):
    """Nothing is due any more. Never refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartClock(_Told):
    """A new day 0 begins: close this clock; the caller arms the next one (K10). Never refused."""


ClockCommand: TypeAlias = (
    ArmClock
    | ScheduleClock
    | PauseClock
    | ResumeClock
    | ExtendClock
    | WarnClock
    | MeetClock
    | ExpireClock
    | WithdrawClock
    | RestartClock
)
