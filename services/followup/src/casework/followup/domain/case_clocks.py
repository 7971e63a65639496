"""All clocks of one case: what a moment does to each of them, and how what was missed climbs a ladder.

Invariants:

* A moment reaches the clocks that run before it arms others, so an update can meet one clock and arm the next.
* Only what the institution asked for at the receipt is armed, by the version that serves that date. A clock that was
  armed goes on by what it pinned, whatever the institution asks for later.
* What is `about` something (an offer, a promise) concerns the clocks of that thing alone.
* A missed clock climbs its ladder, and every rung has a clock of its own, so the climbing goes on by itself until
  somebody acts or the last rung is reached. An imported clock climbs nothing (K14), nor does one that
  binds nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.followup.domain import clock_errors
from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_commands import (
    ArmClock,
    ClockCommand,
    ExtendClock,
    MeetClock,
    PauseClock,
    RestartClock,
    ResumeClock,
    ScheduleClock,
    WithdrawClock,
)
from casework.followup.domain.clock_events import (
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockMetLate,
    ClockWithdrawn,
)
from casework.followup.domain.clock_state import Clock, firings
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import DeadlinePolicy, effects
from casework.shared.clocks.moments import Moment
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import DeadlineRef, PolicyId, Purpose
from casework.shared.contracts.followup import CaseEscalated, EscalationReason, EscalationTaken
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import Instant
from casework.shared.contracts.vocabulary import Severity

CaseClockEvent: TypeAlias = ClockEvent | CaseEscalated | EscalationTaken

_ENDS_THE_OFFER: frozenset[Moment] = frozenset(
    {"hand-off-accepted", "hand-off-declined", "hand-off-lapsed", "hand-off-taken-back"}
)
"""After these there is no offer to be about: what they arm, such as the receiver's own time, is about the case."""


UNARMED = Clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """How far something has climbed: `about` is the clock or the offer, `rung` the highest so far, from 1."""

    about: UUID
    ladder: DeadlineRef
    rung: int
    taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClocks:
    """The clocks of a case in the order of their arming, and what climbs a ladder.

    `deadlines` are the ids that the institution had for the case at its receipt. `imported`: the receipt was backdated.
    `severity` is there where cases of that severity climb a ladder of their own.
    """

    received_at: Instant | None = None
    imported: bool = False
    deadlines: tuple[PolicyId, ...] = ()
    clocks: tuple[Clock, ...] = ()
    climbs: tuple[Climb, ...] = ()
    severity: Severity | None = None

    def has(self, purpose: Purpose) -> bool:
        """Whether a clock of that purpose was armed."""
        return any(each.armed is not None and each.armed.purpose == purpose for each in self.clocks)

    def clock(self, clock: UUID) -> Clock:
        """One of them, unarmed where there is none of that id."""
        return next((each for each in self.clocks if each.armed is not None and each.armed.clock == clock), UNARMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellMoment:
    """The event `by` brought a moment, at `occurred_at`: let the clocks know. Never refused.

    `about` is the event that opened what the moment ends or begins; `due_at` by when, where the event says so.
    """

    moment: Moment
    by: UUID
    occurred_at: Instant
    at: Instant
    rulebook: Rulebook
    about: UUID | None = None
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEscalation:
    """Whoever was asked takes on what had climbed. Can be refused. `by` is the id of what was asked."""

    about: UUID
    by: UUID
    at: Instant
    rulebook: Rulebook


def tell(command: TellMoment, state: CaseClocks, *, closed: bool = False) -> tuple[CaseClockEvent, ...]:
    """What a moment does: first to the clocks there are, then by arming others. Raises no refusal.

    On a `closed` case it arms nothing that the closing would have ended: what is told late of the time before (a
    withdrawal, an offer) must not make a closed case due."""
    happened: list[CaseClockEvent] = []
    restarted: set[PolicyId] = set()
    for before in state.clocks:
        armed = before.armed
        if armed is None or not _concerns(command, armed):
            continue
        policy = command.rulebook.pinned(armed.policy)
        if not effects(policy, command.moment):
            continue
        # As it is by now: the rungs of a clock that was met late have come down before the closing reaches them.
        clock = state.clock(armed.clock)
        events = [event for told in _told(command, clock, armed, policy) for event in CLOCK.decide(told, clock)]
        if "restarts" in effects(policy, command.moment):
            restarted.add(policy.id)
        events += _come_down(command, armed, events, fold(events, state))
        happened += events
        state = fold(events, state)
    come_down = tuple(_somebody_has_it(command, state))
    happened += come_down
    state = fold(come_down, state)
    return (*happened, *_armed_by(command, restarted, state, closed=closed))


def change(
    command: ScheduleClock | PauseClock | ResumeClock | ExtendClock, state: CaseClocks
) -> tuple[ClockEvent, ...]:
    """What is asked of one clock. Raises what `CLOCK` refuses."""
    return tuple(CLOCK.decide(command, state.clock(command.clock)))


def take(command: TakeEscalation, state: CaseClocks) -> tuple[CaseClockEvent, ...]:
    """Ends the climbing of one thing; its rung's clock is met. Raises `NothingEscalated`."""
    found = next((each for each in state.climbs if each.about == command.about and not each.taken), None)
    if found is None:
        raise clock_errors.NothingEscalated
    told = TellMoment(
        moment="escalation-taken",
        by=command.by,
        occurred_at=command.at,
        at=command.at,
        rulebook=command.rulebook,
        about=command.about,
    )
    return (EscalationTaken(about=command.about, rung=found.rung), *tell(told, state))


def climb(
    about: UUID,
    ladder: DeadlineRef,
    reason: EscalationReason,
    at: datetime,
    rulebook: Rulebook,
    state: CaseClocks,
    *,
    to_top: bool = False,
    above: int = 0,
) -> tuple[CaseClockEvent, ...]:
    """One rung up for `about`, or all of them, on the ladder it climbs already or else on `ladder`, and that rung's
    clock. What is new begins above the rung `above`. Nothing for what has reached the last rung."""
    known = next((each for each in state.climbs if each.about == about), None)
    found = rulebook.ladder(known.ladder if known is not None else ladder)
    number = len(found.rungs) if to_top else min((known.rung if known is not None else above) + 1, len(found.rungs))
    if known is not None and known.rung == number:
        return ()
    rung, policy = found.rung(number), found.policy_of(number)
    escalated = CaseEscalated(
        about=about, ladder=found.ref, rung=number, role=rung.role, urgent=rung.urgent, reason=reason
    )
    if policy is None:
        return (escalated,)
    told = TellMoment(moment="case-escalated", by=about, occurred_at=at, at=at, rulebook=rulebook, about=about)
    return (escalated, *_arm(told, policy, state))


def evolve(state: CaseClocks, event: CaseClockEvent) -> CaseClocks:
    """The clocks after `event`; never fails on an event that was recorded."""
    match event:
        case CaseEscalated(about=about, ladder=ladder, rung=rung):
            others = tuple(each for each in state.climbs if each.about != about)
            return replace(state, climbs=(*others, Climb(about=about, ladder=ladder, rung=rung)))
        case EscalationTaken(about=about):
            climbs = tuple(replace(each, taken=True) if each.about == about else each for each in state.climbs)
            return replace(state, climbs=climbs)
        case ClockArmed():
            return replace(state, clocks=(*state.clocks, CLOCK.evolve(Clock(), event)))
        case _:
            clocks = tuple(
                CLOCK.evolve(each, event) if each.armed is not None and each.armed.clock == event.clock else each
                for each in state.clocks
            )
            return replace(state, clocks=clocks)


def hears(event: CaseClockEvent, state: CaseClocks) -> bool:
    """Whether the complainant's reply is in, in time or late, or the time for one begins."""
    match event:
        case ClockArmed(purpose=purpose):
            return purpose == "reply"
        case ClockMet() | ClockMetLate() | ClockCorrected(outcome="met"):
            armed = state.clock(event.clock).armed
            return armed is not None and armed.purpose == "reply"
        case _:
            return False


def fold(events: Sequence[CaseClockEvent], state: CaseClocks) -> CaseClocks:
    """The clocks after all of `events`."""
    for event in events:
        state = evolve(state, event)
    return state


def next_firing(clock: Clock) -> datetime | None:
    """When the timer must look at a clock next; None where nothing is to come."""
    return next((firing.at for firing in firings(clock)), None)


def _concerns(command: TellMoment, armed: ClockArmed) -> bool:
    # A withdrawal or closing ends every offer and promise of the case.
    of_the_case = command.about is None and command.moment in ("complaint-withdrawn", "case-closed")
    return armed.about is None or of_the_case or armed.about == command.about


def _told(command: TellMoment, clock: Clock, armed: ClockArmed, policy: DeadlinePolicy) -> Iterator[ClockCommand]:
    calendar = pinned_calendar(clock, command.rulebook)
    for effect in effects(policy, command.moment):
        match effect:
            case "meets":
                kind: type[MeetClock | RestartClock | WithdrawClock] = MeetClock
            case "restarts":
                kind = RestartClock
            case "withdraws":
                kind = WithdrawClock
            case "arms":
                continue
            case _:
                assert_never(effect)
        yield kind(
            clock=armed.clock,
            policy=policy,
            calendar=calendar,
            at=command.at,
            moment=command.moment,
            by=command.by,
            occurred_at=command.occurred_at,
        )


def _come_down(
    command: TellMoment, armed: ClockArmed, events: Sequence[ClockEvent], state: CaseClocks
) -> Iterator[ClockEvent]:
    """What had climbed for a missed clock climbs no further once it was met late, or was not missed after all."""
    if any(isinstance(event, ClockMetLate | ClockCorrected) for event in events):
        yield from _climb_no_further(command, {armed.clock}, state)


def _somebody_has_it(command: TellMoment, state: CaseClocks) -> Iterator[ClockEvent]:
    """An offer climbs as itself, and may be over while it does. Once any is accepted, somebody has the work."""
    if command.moment == "hand-off-accepted":
        offers = (
            each.about
            for each in state.climbs
            if "hand-off-acceptance" in command.rulebook.ladder(each.ladder).purposes
        )
        yield from _climb_no_further(command, set(offers), state)


def _climb_no_further(command: TellMoment, about: set[UUID], state: CaseClocks) -> Iterator[ClockEvent]:
    for clock in state.clocks:
        rung = clock.armed
        if rung is not None and rung.purpose == "escalation" and rung.about in about and clock.phase == "running":
            yield ClockWithdrawn(clock=rung.clock, by=command.by, occurred_at=command.occurred_at)


def _armed_by(
    command: TellMoment, restarted: set[PolicyId], state: CaseClocks, *, closed: bool
) -> Iterator[ClockEvent]:
    if state.received_at is None:
        return
    if command.moment in _ENDS_THE_OFFER:
        command = replace(command, about=None)
    begun = command.rulebook.begun_by(command.moment, state.deadlines)
    for policy in command.rulebook.in_force(begun, state.received_at):
        if closed and not {"meets", "withdraws"}.isdisjoint(effects(policy, "case-closed")):
            continue
        listed = effects(policy, command.moment)
        anew = "restarts" in listed and policy.id in restarted and not closed
        if ("arms" in listed or anew) and not any(_goes_on(clock, policy.id, command) for clock in state.clocks):
            yield from _arm(command, policy, state)


def _arm(command: TellMoment, policy: DeadlinePolicy, state: CaseClocks) -> Sequence[ClockEvent]:
    return CLOCK.decide(
        ArmClock(
            clock=derived_id(command.by, policy.id, policy.version),
            policy=policy,
            calendar=command.rulebook.calendar(policy),
            notices=command.rulebook.notices(),
            at=command.at,
            moment=command.moment,
            by=command.by,
            occurred_at=command.occurred_at,
            received_at=state.received_at or command.occurred_at,
            about=command.about,
            due_at=command.due_at,
            imported=state.imported,
        ),
        Clock(),
    )


def _goes_on(clock: Clock, policy: PolicyId, command: TellMoment) -> bool:
    """Whether it still counts at the moment. One whose end has come does not, also before the timer recorded that."""
    armed = clock.armed
    return (
        armed is not None
        and clock.phase in ("running", "paused")
        and armed.policy.id == policy
        and armed.about == command.about
        and (clock.end is None or command.occurred_at < clock.end)
    )


def pinned_calendar(clock: Clock, rulebook: Rulebook) -> Calendar:
    """The calendar by which that clock counts: the one that it pinned."""
    assert clock.armed is not None
    return rulebook.calendar_of(clock.armed.calendar, clock.calendar_version)
