"""Flags: what is kept about a person for a purpose, with its source, and until when.

Invariant: a flag decides nothing here and ends by its day, without anybody doing anything; that it was there stays in
the history. What it says is sealed, so no rule can rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.clocks.calendars import instant_of
from casework.shared.contracts.assessment import FlagLifted, FlagRaised
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.errors import Refusal
from casework.shared.which import which

LONGEST_YEARS = 5
"""How long a flag is kept at most, so that nothing is kept about a person for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseFlag:
    """Keep something about the person, from `now` until the day `until` of `zone` is over. Fields: `FlagRaised`."""

    flag_id: UUID
    flag: Sealed
    purpose: Sealed
    source: Sealed
    until: date
    zone: Name
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFlag:
    """Take a flag off before its day. Without `flag_id` the one that is up. `now` tells which are over."""

    flag_id: UUID | None
    reason: Sentence
    now: Instant


FlagCommand: TypeAlias = RaiseFlag | LiftFlag
FlagEvent: TypeAlias = FlagRaised | FlagLifted


class FlagWouldBeOver(Refusal):
    code = "flag-would-be-over"

    def __init__(self) -> None:
        super().__init__("The last day of the flag is over already; give a day that is still to end.")


class FlagTooLong(Refusal):
    code = "flag-too-long"

    def __init__(self) -> None:
        super().__init__(
            f"A flag is kept for {LONGEST_YEARS} years at most; give an earlier day, and raise it anew when it is still"
            " needed then."
        )


class FlagIsOver(Refusal):
    code = "flag-is-over"

    def __init__(self) -> None:
        super().__init__("That flag is no longer up, so there is nothing to take off; the history shows when it was.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What later decisions need to know of a flag: `ends_at` is the end of its last day."""

    id: UUID
    ends_at: datetime
    is_lifted: bool = False

    def is_up(self, now: datetime) -> bool:
        """Whether it holds at a time."""
        return not self.is_lifted and now < self.ends_at


Flags: TypeAlias = tuple[Flag, ...]


def end_of(until: date, zone: str) -> datetime:
    """The UTC instant at which a flag's last day ends."""
    return instant_of(until, 24 * 60, zone)


def decide(command: FlagCommand, flags: Flags) -> tuple[FlagEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case RaiseFlag():
            if command.until.year > command.now.year + LONGEST_YEARS:
                raise FlagTooLong
            if end_of(command.until, command.zone) <= command.now:
                raise FlagWouldBeOver
            return (
                FlagRaised(
                    flag_id=command.flag_id,
                    flag=command.flag,
                    purpose=command.purpose,
                    source=command.source,
                    until=command.until,
                    zone=command.zone,
                ),
            )
        case LiftFlag(reason=reason, now=now):
            known = {each.id: each.is_up(now) for each in flags}
            id_ = which("flag", command.flag_id, known)
            if not known[id_]:
                raise FlagIsOver
            return (FlagLifted(flag_id=id_, reason=reason),)
        case _:
            assert_never(command)


def evolve(flags: Flags, event: FlagEvent) -> Flags:
    """The flags after `event`; never fails on an event that was recorded."""
    match event:
        case FlagRaised(flag_id=id_, until=until, zone=zone):
            return (*(each for each in flags if each.id != id_), Flag(id=id_, ends_at=end_of(until, zone)))
        case FlagLifted(flag_id=id_):
            return tuple(replace(each, is_lifted=True) if each.id == id_ else each for each in flags)
        case _:
            assert_never(event)
