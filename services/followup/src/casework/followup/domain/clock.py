"""One clock: a policy's deadline for one case, from its arming to its end.

Invariants:

* Nothing moves a deadline but a pause, an extension and the first date of a provisional clock; the policy and the
  calendar are those that were pinned (K13), and anything else on a command is a fault, not an answer.
* A clock ends once: met, missed, withdrawn or restarted. What was done before the end counts as done in time whenever
  it comes to be known: before the expiry is recorded it meets the clock, afterwards it corrects it.
* Only what people ask can be refused. What follows from an event, or from the timer, has no effect where it no longer
  fits, so deciding it again changes nothing.
* A pause ends by itself. Whatever comes after its cap finds the clock running again, also before the timer came.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock_arming import arm
from casework.followup.domain.clock_commands import (
    ArmClock,
    ClockCommand,
    ExpireClock,
    ExtendClock,
    MeetClock,
    PauseClock,
    RestartClock,
    ResumeClock,
    ScheduleClock,
    WarnClock,
    WithdrawClock,
)
from casework.followup.domain.clock_counting import Count, Rest, Standstill, instant_at
from casework.followup.domain.clock_ends import end_without_meeting, expire, meet
from casework.followup.domain.clock_events import (
    AtInstant,
    ClockArmed,
    ClockEvent,
    ClockExtended,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockScheduled,
    ClockWarned,
    ClockWithdrawn,
    OnDay,
    Point,
    due_of,
    moment_of,
)
from casework.followup.domain.clock_state import Clock, Firing, Phase, awaits_date, evolve, firings, leading, told_at
from casework.shared.clocks.allowances import ExtensionAfterExpiry, may_extend, may_pause
from casework.shared.clocks.counting import DayOrInstant
from casework.shared.clocks.deadlines import effects
from casework.shared.clocks.horizon import YEARS_AHEAD
from casework.shared.contracts.types import rfc3339
from casework.shared.decider import Decider

__all__ = ["CLOCK", "Clock", "Firing", "Phase", "decide", "evolve", "firings", "leading"]

_Later: TypeAlias = (
    ScheduleClock
    | PauseClock
    | ResumeClock
    | ExtendClock
    | WarnClock
    | MeetClock
    | ExpireClock
    | WithdrawClock
    | RestartClock
)
"""What can be asked of a clock that was armed."""


def decide(command: ClockCommand, state: Clock) -> tuple[ClockEvent, ...]:
    """The events that `command` brings about.

    Raises a refusal of `clock_errors`, of the allowances or of the calendar for what people ask (pause, resume,
    extend), and `PinnedOtherwise` for values that are not those pinned (K13).
    """
    armed = state.armed
    if isinstance(command, ArmClock):
        return () if armed is not None else arm(command)
    if armed is None:
        if _asked_by_a_person(command):
            raise errors.ClockNotArmed
        return ()
    count = _pinned(command, state, armed)
    if _is_none_of_its_business(command):
        return ()
    resumed = _gone_on_by_itself(command, state, count)
    if resumed:
        state = CLOCK.fold(resumed, state)
        count = _counted(count, state)
        if isinstance(command, ResumeClock):
            return resumed
    return (*resumed, *_decided(command, state, count))


CLOCK: Decider[ClockCommand, Clock, ClockEvent] = Decider(Clock(), decide, evolve)


def _decided(command: _Later, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    match command:
        case ScheduleClock():
            return _schedule(command, state, count)
        case PauseClock():
            return _pause(command, state, count)
        case ResumeClock():
            return _resume(command, state, count)
        case ExtendClock():
            return _extend(command, state, count)
        case WarnClock():
            return _warn(command, state)
        case MeetClock():
            return meet(command, state, count)
        case ExpireClock():
            return expire(command, state)
        case WithdrawClock():
            withdrawn = ClockWithdrawn(clock=command.clock, by=command.by, occurred_at=command.occurred_at)
            return end_without_meeting(withdrawn, state)
        case RestartClock():
            restarted = ClockRestarted(clock=command.clock, by=command.by, occurred_at=command.occurred_at)
            return end_without_meeting(restarted, state)
        case _:
            assert_never(command)


def _asked_by_a_person(command: _Later) -> bool:
    match command:
        case PauseClock() | ExtendClock():
            return True
        case ResumeClock(ended_by=ended_by):
            return ended_by == "person"
        case _:
            return False


def _pinned(command: _Later, state: Clock, armed: ClockArmed) -> Count:
    """What the clock counts, with the values on the command. Raises `PinnedOtherwise` for any but the pinned (K13).

    A provisional clock has no version of its calendar pinned for what is still to come (K15)."""
    given = command.calendar
    if command.clock != armed.clock:
        raise errors.PinnedOtherwise(f"the command is for clock {command.clock}, and this is {armed.clock}")
    if command.policy.ref != armed.policy:
        raise errors.PinnedOtherwise(f"{armed.policy} is pinned, and the command has {command.policy.ref}")
    pinned = given.version if isinstance(command, ScheduleClock) else state.calendar_version
    if (given.name, given.version) != (armed.calendar, pinned):
        raise errors.PinnedOtherwise(
            f"calendar {armed.calendar} of {pinned} is pinned, and the command has {given.name} of {given.version}"
        )
    return _counted(
        Count(policy=command.policy, calendar=given, start=armed.start, given=armed.given, notices=command.notices),
        state,
    )


def _counted(count: Count, state: Clock) -> Count:
    return replace(count, extension=state.extension, pauses=state.pauses)


def _is_none_of_its_business(command: _Later) -> bool:
    """Whether the policy does not list the moment for what the command asks (P182)."""
    match command:
        case MeetClock(policy=policy, moment=moment):
            return "meets" not in effects(policy, moment)
        case WithdrawClock(policy=policy, moment=moment):
            return "withdraws" not in effects(policy, moment)
        case RestartClock(policy=policy, moment=moment):
            return "restarts" not in effects(policy, moment)
        case _:
            return False


def _schedule(command: ScheduleClock, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    if not awaits_date(state):
        return ()
    if state.left is not None and state.pauses:
        rest = Rest(resumed=state.pauses[-1].resumed, left=state.left, after=len(state.pauses))
        count = replace(count, rest=rest)
    due = count.due()
    if due is None:
        return ()
    scheduled = ClockScheduled(
        clock=command.clock,
        calendar_version=command.calendar.version,
        due=due,
        warnings=count.warnings((each.percent for each in state.warnings), due),
    )
    fact = state.unjudged
    if fact is not None and fact.occurred_at >= due_of(due).end:
        return (scheduled, ClockMetLate(clock=command.clock, by=fact.by, occurred_at=fact.occurred_at))
    return (scheduled,)


def _pause(command: PauseClock, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    due, end = _going_on(state)
    cause = may_pause(
        command.policy,
        command.cause,
        proof=command.proof is not None,
        told=command.told_at is not None,
        asked=command.asked,
    )
    paused = command.occurred_at
    since = state.pauses[-1].resumed if state.pauses else count.start
    if count.first_instant(paused) < count.first_instant(moment_of(since)):
        raise errors.PauseOutOfOrder(_shown(since))
    if paused >= end:
        raise errors.PauseAfterExpiry
    over = count.clock.pause(paused, command.asked or cause.cap)
    stands_still = ClockPaused(
        clock=command.clock,
        cause=cause.cause,
        paused=AtInstant(at=paused),
        remaining=count.remaining(paused, due),
        resumes=_point(over.resumed, count),
        proof=command.proof,
        told_at=command.told_at,
    )
    _not_too_far(_resumed(stands_still, stands_still.resumes, state, count, "cap").due, count)
    return (stands_still,)


def _resume(command: ResumeClock, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    # Of a pause that its cap had ended by then, nothing is left to do: see `_gone_on_by_itself`.
    if command.ended_by == "cap":
        return ()
    if state.paused is None:
        _not_ended(state)
        raise errors.ClockNotPaused
    resumed = AtInstant(at=command.occurred_at)
    if count.first_instant(resumed.at) < count.first_instant(moment_of(state.paused.paused)):
        raise errors.ResumedBeforePause(_shown(state.paused.paused))
    return (_resumed(state.paused, resumed, state, count, "person"),)


def _gone_on_by_itself(command: _Later, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    """The resumption by the cap, where it comes before what the command tells (K8)."""
    # Scheduling brings a calendar that is not the pinned one, and a clock that stands still has no need of it.
    if isinstance(command, ScheduleClock) or state.paused is None or _when(command) < instant_at(state.paused.resumes):
        return ()
    return (_resumed(state.paused, state.paused.resumes, state, count, "cap"),)


def _resumed(
    paused: ClockPaused, resumed: Point, state: Clock, count: Count, ended_by: Literal["person", "cap"]
) -> ClockResumed:
    over = (*state.pauses, Standstill(paused=paused.paused, resumed=resumed))
    count = replace(count, pauses=over, rest=Rest(resumed=resumed, left=paused.remaining, after=len(over)))
    due = count.due()
    return ClockResumed(
        clock=paused.clock,
        resumed=resumed,
        ended_by=ended_by,
        due=due,
        warnings=count.warnings((each.percent for each in state.warnings), due),
    )


def _extend(command: ExtendClock, state: Clock, count: Count) -> tuple[ClockEvent, ...]:
    if state.phase == "expired":
        raise ExtensionAfterExpiry(f"{command.policy.id} was missed, and that stands; it can no longer be extended.")
    _, end = _going_on(state)
    extension = may_extend(
        command.policy,
        command.extension,
        in_effect=state.extension,
        reason=command.reason,
        rank=command.rank,
        approved_at=command.approved_at,
        told_at=command.told_at,
        too_late=end,
    )
    assert command.told_at is not None
    longer = replace(count, extension=extension.name)
    due = longer.due()
    _not_too_far(due, longer)
    # A new deadline warns anew, but not of what had passed when it was set.
    warnings = () if _imported(state) else longer.warnings(command.policy.warn_at, due)
    return (
        ClockExtended(
            clock=command.clock,
            extension=extension.name,
            reason=command.reason,
            approver=command.approver,
            rank=command.rank,
            approved_at=command.approved_at,
            told_at=command.told_at,
            due=due,
            warnings=tuple(each for each in warnings if each.at is None or each.at > command.approved_at),
        ),
    )


def _warn(command: WarnClock, state: Clock) -> tuple[ClockEvent, ...]:
    if state.phase != "running" or state.end is None or command.at >= state.end:
        return ()
    waiting = {each.percent: told_at(each) for each in state.warnings}
    at = waiting.get(command.percent)
    if at is None or command.at < at or state.armed is None:
        return ()
    armed = state.armed
    return (ClockWarned(clock=command.clock, purpose=armed.purpose, about=armed.about, percent=command.percent),)


def _going_on(state: Clock) -> tuple[Point, datetime]:
    """What is due of a clock that runs, and its end. Raises the refusal that says why there is none."""
    _not_ended(state)
    if state.paused is not None:
        raise errors.ClockIsPaused(_shown(state.paused.resumes))
    if state.due is None or state.end is None:
        raise errors.ClockWithoutDate(numbered=state.provisional)
    return state.due, state.end


def _not_ended(state: Clock) -> None:
    if state.phase not in ("running", "paused"):
        raise errors.ClockHasEnded(state.phase)


def _not_too_far(due: Point | None, count: Count) -> None:
    if due is not None and count.is_too_far(due_of(due).end):
        raise errors.TooFarAhead(YEARS_AHEAD)


def _imported(state: Clock) -> bool:
    return state.armed is not None and "imported" in state.armed.flags


def _when(command: _Later) -> datetime:
    """When what the command tells happened: the timer's commands tell of the present."""
    match command:
        case PauseClock() | MeetClock() | WithdrawClock() | RestartClock() | ResumeClock(ended_by="person"):
            return command.occurred_at
        case ExtendClock(approved_at=approved_at):
            return approved_at
        case ScheduleClock() | ResumeClock() | WarnClock() | ExpireClock():
            return command.at
        case _:
            assert_never(command)


def _point(moment: DayOrInstant, count: Count) -> Point:
    if isinstance(moment, datetime):
        return AtInstant(at=moment)
    return OnDay(day=moment, zone=count.clock.calendar.zone)


def _shown(point: Point) -> str:
    return str(point.day) if isinstance(point, OnDay) else rfc3339(point.at)
