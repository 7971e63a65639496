"""What is known of one clock, and when the timer must look at it next.

Invariant: folded from the clock's own events, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.followup.domain.clock_counting import Standstill, instant_at
from casework.followup.domain.clock_events import (
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockScheduled,
    ClockWarned,
    ClockWithdrawn,
    Corrected,
    Point,
    WarningPoint,
    due_of,
)
from casework.shared.clocks.counting import precedence
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant

Phase: TypeAlias = Literal["unarmed", "running", "paused", "met", "expired", "withdrawn", "restarted"]
"""`expired` is every clock that was missed, also one that was met late before its expiry was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """By which event a clock without a date was met, and when."""

    by: UUID
    occurred_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What decisions about one clock need to know.

    `due` is missing while it stands still, while it is `provisional`, and where the rule has no number; after the end
    it stays. `left` is what a pause left of a clock that became provisional by it. `unjudged` is what met a clock
    without a date, which only its date will judge. `corrected` is what a missed clock was in truth.
    """

    phase: Phase = "unarmed"
    armed: ClockArmed | None = None
    calendar_version: str = ""
    due: Point | None = None
    provisional: bool = False
    warnings: tuple[WarningPoint, ...] = ()
    extension: str | None = None
    pauses: tuple[Standstill, ...] = ()
    paused: ClockPaused | None = None
    left: Length | None = None
    unjudged: Fact | None = None
    met_late: bool = False
    corrected: Corrected | None = None

    @property
    def end(self) -> datetime | None:
        """The UTC instant before which it must be done (K5), None where nothing is due."""
        return None if self.due is None else due_of(self.due).end


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """When the timer must look, and for what; `percent` is that of a warning."""

    at: datetime
    what: Literal["resume", "warn", "expire"]
    percent: int | None = None


def evolve(state: Clock, event: ClockEvent) -> Clock:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ClockArmed(calendar_version=version, due=due, warnings=warnings, flags=flags):
            return Clock(
                phase="running",
                armed=event,
                calendar_version=version,
                due=due,
                provisional="provisional" in flags,
                warnings=warnings,
            )
        case ClockScheduled(calendar_version=version, due=due, warnings=warnings):
            return replace(
                state,
                calendar_version=version,
                due=due,
                warnings=warnings,
                provisional=False,
                left=None,
                unjudged=None,
            )
        case ClockPaused():
            return replace(state, phase="paused", paused=event, due=None)
        case ClockResumed(resumed=resumed, due=due, warnings=warnings):
            before = state.paused
            over = () if before is None else (Standstill(paused=before.paused, resumed=resumed),)
            return replace(
                state,
                phase="running",
                paused=None,
                pauses=(*state.pauses, *over),
                due=due,
                provisional=due is None,
                left=before.remaining if before is not None and due is None else None,
                warnings=warnings,
            )
        case ClockExtended(extension=extension, due=due, warnings=warnings):
            return replace(state, extension=extension, due=due, provisional=due is None, left=None, warnings=warnings)
        case ClockWarned(percent=percent):
            return replace(state, warnings=tuple(each for each in state.warnings if each.percent != percent))
        case ClockMet(by=by, occurred_at=occurred_at, judged=judged):
            fact = None if judged else Fact(by=by, occurred_at=occurred_at)
            return replace(state, phase="met", paused=None, unjudged=fact)
        case ClockExpired():
            return replace(state, phase="expired")
        case ClockMetLate():
            return replace(state, phase="expired", met_late=True)
        case ClockCorrected(outcome=outcome, by=by, occurred_at=occurred_at):
            if state.unjudged is not None:
                return replace(state, unjudged=Fact(by=by, occurred_at=occurred_at))
            return replace(state, corrected=outcome)
        case ClockWithdrawn():
            return replace(state, phase="withdrawn", paused=None)
        case ClockRestarted():
            return replace(state, phase="restarted", paused=None)
        case _:
            assert_never(event)


def awaits_date(state: Clock) -> bool:
    """Whether a longer calendar still has a date to give it (K15): it runs without one, or what met it is unjudged."""
    return state.provisional and (state.phase == "running" or state.unjudged is not None)


def firings(state: Clock) -> tuple[Firing, ...]:
    """When the timer must look next, earliest first: the end of a pause by its cap, or else each warning not yet given
    and the end. Nothing for a clock that has ended, or that has no date."""
    if state.phase == "paused" and state.paused is not None:
        return (Firing(at=instant_at(state.paused.resumes), what="resume"),)
    if state.phase != "running" or state.end is None:
        return ()
    warnings = (
        Firing(at=at, what="warn", percent=each.percent) for each in state.warnings if (at := told_at(each)) is not None
    )
    return tuple(sorted((*warnings, Firing(at=state.end, what="expire")), key=lambda firing: firing.at))


def told_at(warning: WarningPoint) -> datetime | None:
    """When a warning is given; None as long as nothing is due."""
    return warning.tell_at or warning.at


def leading(clocks: Iterable[Clock]) -> Clock | None:
    """Of the clocks that run and have a date, the one that is due first; in a tie the regulator's (K11)."""
    return min(
        (clock for clock in clocks if clock.phase == "running" and clock.due is not None),
        key=_precedence,
        default=None,
    )


def _precedence(clock: Clock) -> tuple[datetime, bool]:
    assert clock.due is not None
    assert clock.armed is not None
    return precedence(due_of(clock.due), regulators=clock.armed.kind == "regulator")
