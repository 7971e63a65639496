"""How one clock ends: met, missed, withdrawn or restarted.

Invariant: what lies before the end was in time and what lies at it or after was not, whichever of them comes to be
known first. A fact that comes too late for the record corrects it, and nothing is recorded twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from casework.followup.domain.clock_commands import ExpireClock, MeetClock
from casework.followup.domain.clock_counting import Count
from casework.followup.domain.clock_events import (
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockMet,
    ClockMetLate,
    ClockRestarted,
    ClockWithdrawn,
    Corrected,
    moment_of,
)
from casework.followup.domain.clock_state import Clock


def meet(command: MeetClock, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    """What a fact does that meets clocks of this policy: it meets the clock, comes late, or corrects what is recorded.

    `count` is what the clock counts; it tells of a clock without a date whether the fact was surely in time."""
    clock, by, occurred_at = command.clock, command.by, command.occurred_at
    match state.phase:
        case "running" | "paused":
            if state.end is not None and state.end <= occurred_at:
                return (ClockMetLate(clock=clock, by=by, occurred_at=occurred_at),)
            judged = not state.provisional or _surely_before_the_end(occurred_at, count)
            return (ClockMet(clock=clock, by=by, occurred_at=occurred_at, judged=judged),)
        case "met":
            if state.unjudged is not None and occurred_at < state.unjudged.occurred_at:
                return (ClockCorrected(clock=clock, outcome="met", by=by, occurred_at=occurred_at),)
            return ()
        case "expired":
            if _corrects(occurred_at, state):
                return (ClockCorrected(clock=clock, outcome="met", by=by, occurred_at=occurred_at),)
            if state.met_late or state.corrected is not None:
                return ()
            return (ClockMetLate(clock=clock, by=by, occurred_at=occurred_at),)
        case "unarmed" | "withdrawn" | "restarted":
            return ()
        case _:
            assert_never(state.phase)


def expire(command: ExpireClock, state: Clock) -> tuple[ClockEvent, ...]:
    """The expiry, of a clock that runs and whose end, the one looked for, has come (K5)."""
    if state.phase != "running" or state.due is None or state.end != command.end or command.at < command.end:
        return ()
    armed = state.armed
    assert armed is not None  # a clock that runs was armed
    return (
        ClockExpired(
            clock=command.clock,
            policy=armed.policy,
            purpose=armed.purpose,
            about=armed.about,
            due=state.due,
            confirmed=command.confirmed,
        ),
    )


def end_without_meeting(ended: ClockWithdrawn | ClockRestarted, state: Clock) -> tuple[ClockEvent, ...]:
    """A withdrawal or restart, where it came before the end; too late for the record it corrects the expiry.

    A clock that was missed by then is not saved by it: the timer records the expiry in its time."""
    match state.phase:
        case "running" | "paused":
            return (ended,) if state.end is None or ended.occurred_at < state.end else ()
        case "expired":
            if not _corrects(ended.occurred_at, state):
                return ()
            outcome: Corrected = "withdrawn" if isinstance(ended, ClockWithdrawn) else "restarted"
            return (ClockCorrected(clock=ended.clock, outcome=outcome, by=ended.by, occurred_at=ended.occurred_at),)
        case "unarmed" | "met" | "withdrawn" | "restarted":
            return ()
        case _:
            assert_never(state.phase)


def _corrects(occurred_at: datetime, state: Clock) -> bool:
    """Whether a fact shows that a clock recorded as missed was not (and nothing has shown it before)."""
    return state.corrected is None and state.end is not None and occurred_at < state.end


def _surely_before_the_end(occurred_at: datetime, count: Count) -> bool:
    """Whether a provisional clock has certainly not ended by then: its end lies after all days that are covered."""
    calendar, clock = count.calendar, count.clock
    return calendar.first <= clock.received(moment_of(count.start)) and clock.received(occurred_at) <= calendar.last
