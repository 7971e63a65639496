"""Flags on conduct: what somebody did, with what shows it, reviewed by another person, until a day.

Invariant: a flag decides nothing. No rule reads it, no clock, route or outcome differs by it, and what it says is
sealed. It holds only while another person's review confirms it, and ends by its day without anybody doing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias, assert_never

from casework.shared.clocks.calendars import instant_of
from casework.shared.contracts.conduct import ConductFlagged, ConductFlagReviewed
from casework.shared.contracts.types import Instant, Name, Sealed
from casework.shared.errors import Refusal
from casework.shared.which import which

LONGEST = timedelta(days=366)
"""How long a flag can stand, from when it is raised: conduct is of its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagConduct:
    """Ask that a flag stands, at `now`. The fields are those of `ConductFlagged`."""

    conduct: Sealed
    done: Sealed
    evidence: Sealed
    care: Sealed | None
    by: Name
    until: date
    zone: Name
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewConductFlag:
    """Say, at `now`, whether the evidence bears a flag. Without `number` the one that is not over."""

    number: int | None
    confirmed: bool
    reason: Sealed
    by: Name
    now: Instant


ConductCommand: TypeAlias = FlagConduct | ReviewConductFlag
ConductEvent: TypeAlias = ConductFlagged | ConductFlagReviewed


class ConductFlagWouldBeOver(Refusal):
    code = "conduct-flag-would-be-over"

    def __init__(self) -> None:
        super().__init__("The last day of the flag is over already; give a day that is still to end.")


class ConductFlagTooLong(Refusal):
    code = "conduct-flag-too-long"

    def __init__(self) -> None:
        super().__init__("A flag on conduct stands for a year at most; give an earlier day.")


class ConductFlagIsOver(Refusal):
    code = "conduct-flag-is-over"

    def __init__(self) -> None:
        super().__init__(
            "That flag has ended by its day, and there is nothing to review; raise another for what is new."
        )


class OwnConductFlag(Refusal):
    code = "own-conduct-flag"

    def __init__(self) -> None:
        super().__init__("You raised this flag. It is reviewed by somebody else, and says nothing until then.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductFlag:
    """What a review needs to know: who raised it, and the end of its last day."""

    by: str
    ends_at: datetime


ConductFlags: TypeAlias = tuple[ConductFlag, ...]
"""In the order in which they were raised: the first is number 1."""


def end_of(until: date, zone: str) -> datetime:
    """The UTC instant at which a flag's last day ends."""
    return instant_of(until, 24 * 60, zone)


def decide(command: ConductCommand, flags: ConductFlags) -> tuple[ConductEvent]:
    """The event that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case FlagConduct(until=until, zone=zone, now=now):
            # By the day first: 9999-12-31 has no end that could be written down.
            if until > (now + LONGEST).date() or (ends_at := end_of(until, zone)) > now + LONGEST:
                raise ConductFlagTooLong
            if ends_at <= now:
                raise ConductFlagWouldBeOver
            return (
                ConductFlagged(
                    number=len(flags) + 1,
                    conduct=command.conduct,
                    done=command.done,
                    evidence=command.evidence,
                    by=command.by,
                    until=until,
                    zone=zone,
                    care=command.care,
                ),
            )
        case ReviewConductFlag(by=by, now=now):
            up = {number: now < flag.ends_at for number, flag in enumerate(flags, 1)}
            number = which("conduct flag", command.number, up)
            if not up[number]:
                raise ConductFlagIsOver
            if flags[number - 1].by == by:
                raise OwnConductFlag
            return (ConductFlagReviewed(number=number, by=by, confirmed=command.confirmed, reason=command.reason),)
        case _:
            assert_never(command)


def evolve(flags: ConductFlags, event: ConductEvent) -> ConductFlags:
    """The flags after `event`. What a review said is for readers, and no decision needs it."""
    match event:
        case ConductFlagged(by=by, until=until, zone=zone):
            return (*flags, ConductFlag(by=by, ends_at=end_of(until, zone)))
        case ConductFlagReviewed():
            return flags
        case _:
            assert_never(event)
