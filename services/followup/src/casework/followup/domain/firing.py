"""The timer comes to the clocks of one case: what is due, and what climbs because it was missed.

Invariants:

* What is due is done earliest first, until nothing is; so it does not matter how late the timer comes.
* An imported clock climbs nothing (K14), nor does one that binds nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from casework.followup.domain import case_clocks
from casework.followup.domain.case_clocks import CaseClockEvent, CaseClocks
from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_commands import ExpireClock, ResumeClock, WarnClock
from casework.followup.domain.clock_events import ClockEvent, ClockExpired
from casework.followup.domain.clock_state import Clock, firings
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.types import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FireClocks:
    """The timer came to the case at `at`, database time. Never refused.

    Every fact recorded before `known_until` is in. A deadline after that waits, and expires unconfirmed once it lies
    before `grace_until`; pauses end and warnings are given in any case.
    """

    at: Instant
    rulebook: Rulebook
    known_until: Instant
    grace_until: Instant


def fire(command: FireClocks, state: CaseClocks) -> tuple[CaseClockEvent, ...]:
    """Everything that is due at the command's time, earliest first, until nothing is."""
    happened: list[CaseClockEvent] = []
    while (due := _first_due(command, state)) is not None:
        events = _climbing(CLOCK.decide(due, state.clock(due.clock)), command, state)
        assert events, "what is due has an effect, or it would be due for ever"
        happened += events
        state = case_clocks.fold(events, state)
    return tuple(happened)


def _first_due(command: FireClocks, state: CaseClocks) -> ResumeClock | WarnClock | ExpireClock | None:
    """The earliest of what is due, as a command for its clock."""
    found = [due for clock in state.clocks if (due := _due(command, clock)) is not None]
    return min(found, key=lambda each: each[0], default=(None, None))[1]


def _due(command: FireClocks, clock: Clock) -> tuple[datetime, ResumeClock | WarnClock | ExpireClock] | None:
    # Of a deadline that has passed nobody is warned: the timer was away, and comes to record the end.
    over = clock.end is not None and clock.end <= command.at
    firing = next((each for each in firings(clock) if not (over and each.what == "warn")), None)
    if firing is None or firing.at > command.at or clock.armed is None:
        return None
    id_, policy = clock.armed.clock, command.rulebook.pinned(clock.armed.policy)
    calendar, at = case_clocks.pinned_calendar(clock, command.rulebook), command.at
    match firing.what:
        case "resume":
            return firing.at, ResumeClock(
                clock=id_,
                policy=policy,
                calendar=calendar,
                at=at,
                notices=command.rulebook.notices(),
                occurred_at=firing.at,
                ended_by="cap",
            )
        case "warn":
            assert firing.percent is not None
            return firing.at, WarnClock(clock=id_, policy=policy, calendar=calendar, at=at, percent=firing.percent)
        case "expire":
            confirmed = firing.at <= command.known_until
            if not confirmed and firing.at > command.grace_until:
                return None
            return firing.at, ExpireClock(
                clock=id_, policy=policy, calendar=calendar, at=at, end=firing.at, confirmed=confirmed
            )
        case _:
            assert_never(firing.what)


def _climbing(events: Sequence[ClockEvent], command: FireClocks, state: CaseClocks) -> Sequence[CaseClockEvent]:
    """The events, and for a clock that was missed the rung it climbs to."""
    happened: list[CaseClockEvent] = list(events)
    for event in events:
        if not isinstance(event, ClockExpired):
            continue
        missed = state.clock(event.clock).armed
        if missed is None or not {"imported", "not-binding"}.isdisjoint(missed.flags):
            continue
        if missed.purpose == "escalation":
            known = next(each for each in state.climbs if each.about == missed.about)
            if not known.taken:
                happened += case_clocks.climb(
                    known.about, known.ladder, "nobody-acted", command.at, command.rulebook, state
                )
            continue
        ladder = command.rulebook.ladder_for(command.rulebook.pinned(missed.policy), state.severity)
        if ladder is not None:
            # An offer climbs as itself: it may be missed once more after it was made anew.
            about = event.about if event.about is not None and missed.purpose == "hand-off-acceptance" else event.clock
            happened += case_clocks.climb(about, ladder.ref, "deadline-missed", command.at, command.rulebook, state)
    return happened
