"""The initial assessment: what a complaint weighs, whether it is acted on now or prepared first, what is done at once.

Invariants:

* What the matrix asks for is set; whoever assesses may only go beyond it.
* `now` is the rule. Cooling has a reason, a cap and a day of the next contact, and that day is never later than the
  leading legal deadline, whatever the cap says (R05).
* Where something must be done at once, the case is not offered to investigation before that has begun.
* Contained is not answered: it is recorded beside the stage of the case, with what shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.intake.domain.assessment_errors import (
    AlreadyContained,
    CapTooLong,
    ContainedInTheFuture,
    CoolingCrossesDeadline,
    CoolingNotPlanned,
    ImmediateActionMissing,
    ImmediateActionTooLate,
    MustBeNow,
    NextContactAfterCap,
    NextContactInThePast,
    NothingCools,
)
from casework.shared.assessing.matrix import Assessed, Matrix, Weights
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.counting import BusinessClock, Due, DueDay
from casework.shared.contracts import assessment as contracts
from casework.shared.contracts.assessment import (
    ComplaintContained,
    CoolingEnded,
    CoolingStarted,
    ImmediateActionDone,
    ImmediateActionStarted,
)
from casework.shared.contracts.intake import ComplaintAssessed
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, Complexity, Impact, Motive, Severity, Track, Urgency
from casework.shared.which import which

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooling:
    """Let the complaint cool until the day `until`, at most `cap` working days of `calendar` after its receipt.

    `leading` is the legal deadline of the case that ends first, None where it has none."""

    cooling_id: UUID
    reason: Sentence
    cap: SafeInt
    until: date
    calendar: Calendar
    leading: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessComplaint:
    """Record the initial assessment, at `now`, by the matrix. What is None was left to the matrix.

    Without a matrix it is recorded as it stands: that of a standing solution, or one of the past, of which nothing is
    left to cool. By the matrix, track `prepare` goes with `cooling`, and only with it. With `needs_card` only once the
    problem and what is wanted are on the card."""

    severity: Severity | None = None
    complexity: Complexity | None = None
    safety: bool | None = None
    immediate_action: bool | None = None
    reason: Sentence
    impact: Impact | None = None
    urgency: Urgency | None = None
    track: Track | None = None
    motive: Motive | None = None
    cooling: Cooling | None = None
    matrix: Matrix | None = None
    needs_card: bool = False
    now: Instant | None = None
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCooling:
    """Record that the complainant was contacted again."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class StartImmediateAction:
    """Do something at once, from `now` on. `due_at` is None where it is due when the matrix says."""

    action_id: UUID
    what: Sentence
    holder: Name
    due_at: Instant | None
    matrix: Matrix
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishImmediateAction:
    """Record that it is done. Without `action_id` the one that is running."""

    action_id: UUID | None
    proof: Sentence
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContainment:
    """Record that the harm goes no further since `contained_at`, and what shows it."""

    contained_at: Instant
    proof: Sealed
    now: Instant


AfterwardsCommand: TypeAlias = EndCooling | StartImmediateAction | FinishImmediateAction | RecordContainment
AssessmentCommand: TypeAlias = AssessComplaint | AfterwardsCommand
AssessmentEvent: TypeAlias = (
    ComplaintAssessed
    | CoolingStarted
    | CoolingEnded
    | ImmediateActionStarted
    | ImmediateActionDone
    | ComplaintContained
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What later decisions need to know of an immediate action."""

    id: UUID
    what: str
    due_at: datetime
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What later decisions need to know. `wants_action`: the matrix says that something must be done at once.
    `severity` is what the case was assessed by the matrix, None otherwise."""

    severity: Severity | None = None
    wants_action: bool = False
    cooling: UUID | None = None
    actions: tuple[Action, ...] = ()
    is_contained: bool = False


def decide(
    command: AssessmentCommand, state: Assessment, *, category: str, received_at: datetime | None
) -> tuple[AssessmentEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `assessment_errors` and those of `which`."""
    match command:
        case AssessComplaint():
            return _assess(command, category, received_at)
        case EndCooling(channel=channel):
            if state.cooling is None:
                raise NothingCools
            return (CoolingEnded(cooling_id=state.cooling, channel=channel),)
        case StartImmediateAction():
            return (_start(command),)
        case FinishImmediateAction(proof=proof, now=now):
            known = {each.id: not each.is_done for each in state.actions}
            id_ = which("immediate action", command.action_id, known)
            if not known[id_]:
                return ()
            due_at = next(each.due_at for each in state.actions if each.id == id_)
            return (ImmediateActionDone(action_id=id_, proof=proof, late=due_at <= now),)
        case RecordContainment(contained_at=contained_at, proof=proof, now=now):
            if contained_at > now:
                raise ContainedInTheFuture
            if state.is_contained:
                raise AlreadyContained
            return (ComplaintContained(contained_at=contained_at, proof=proof),)
        case _:
            assert_never(command)


def evolve(state: Assessment, event: AssessmentEvent) -> Assessment:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ComplaintAssessed(policy=None):
            return state
        case ComplaintAssessed(severity=severity, immediate_action=immediate_action):
            return replace(state, severity=severity, wants_action=immediate_action)
        case CoolingStarted(cooling_id=cooling_id):
            return replace(state, cooling=cooling_id)
        case CoolingEnded():
            return replace(state, cooling=None)
        case ImmediateActionStarted(action_id=id_, what=what, due_at=due_at):
            others = tuple(each for each in state.actions if each.id != id_)
            return replace(state, actions=(*others, Action(id=id_, what=what, due_at=due_at)))
        case ImmediateActionDone(action_id=id_):
            actions = tuple(replace(each, is_done=True) if each.id == id_ else each for each in state.actions)
            return replace(state, actions=actions)
        case ComplaintContained():
            return replace(state, is_contained=True)
        case _:
            assert_never(event)


def require_begun(state: Assessment) -> None:
    """Raises `ImmediateActionMissing` where something must be done at once and nothing was begun."""
    if state.wants_action and not state.actions:
        raise ImmediateActionMissing


def standing(state: Assessment) -> tuple[contracts.ImmediateAction, ...] | None:
    """How the immediate actions stand, for whoever takes the work next; None where there is none."""
    states: dict[bool, Literal["running", "done"]] = {False: "running", True: "done"}
    return (
        tuple(
            contracts.ImmediateAction(action_id=each.id, what=each.what, due_at=each.due_at, state=states[each.is_done])
            for each in state.actions
        )
        or None
    )


def _assess(
    command: AssessComplaint, category: str, received_at: datetime | None
) -> tuple[ComplaintAssessed] | tuple[ComplaintAssessed, CoolingStarted]:
    if command.matrix is None:
        return (
            ComplaintAssessed(
                severity=command.severity or "low",
                complexity=command.complexity or "simple",
                safety=bool(command.safety),
                immediate_action=bool(command.immediate_action),
                reason=command.reason,
                impact=command.impact,
                urgency=command.urgency,
                track=command.track,
                motive=command.motive,
            ),
        )
    if (command.track == "prepare") != (command.cooling is not None):
        raise CoolingNotPlanned
    said = Weights(
        severity=command.severity,
        complexity=command.complexity,
        impact=command.impact,
        safety=command.safety,
        immediate_action=command.immediate_action,
        urgency=command.urgency,
    )
    weighed = command.matrix.weigh(said, category)
    assessed = _assessed(command, command.matrix, weighed)
    if command.cooling is None:
        return (assessed,)
    if weighed.must_be_now:
        raise MustBeNow(weighed.rows)
    return (assessed, _cool(command.cooling, command.matrix.longest_cooling, command.now, received_at))


def _assessed(command: AssessComplaint, matrix: Matrix, weighed: Assessed) -> ComplaintAssessed:
    return ComplaintAssessed(
        severity=weighed.severity,
        complexity=weighed.complexity,
        safety=weighed.safety,
        immediate_action=weighed.immediate_action,
        reason=command.reason,
        impact=weighed.impact,
        urgency=weighed.urgency,
        track=command.track or "now",
        policy=matrix.ref,
        rows=weighed.rows or None,
        motive=command.motive,
    )


def _cool(cooling: Cooling, longest: Length, now: datetime | None, received_at: datetime | None) -> CoolingStarted:
    assert now is not None
    assert received_at is not None
    clock, until = BusinessClock(cooling.calendar), cooling.until
    # First what no plan of ours can change: whoever is refused for the cap would try with a longer one.
    if cooling.leading is not None and until > (last := clock.received(cooling.leading.end - _INSTANT)):
        raise CoolingCrossesDeadline(last)
    if until < clock.received(now):
        raise NextContactInThePast
    if not 1 <= cooling.cap <= longest.number:
        raise CapTooLong(longest)
    cap = Length(cooling.cap, "working-day")
    capped = clock.due(received_at, cap)
    assert isinstance(capped, DueDay)
    if until > capped.day:
        raise NextContactAfterCap(capped.day, cooling.cap)
    return CoolingStarted(
        cooling_id=cooling.cooling_id,
        reason=cooling.reason,
        cap=cap,
        until=until,
        zone=cooling.calendar.zone,
        contact_by=DueDay(until, cooling.calendar.zone).end,
    )


def _start(command: StartImmediateAction) -> ImmediateActionStarted:
    within = command.matrix.immediate_within
    minutes = within.number * (60 if within.unit == "elapsed-hour" else 1)
    latest = command.now + timedelta(minutes=minutes)
    due_at = command.due_at or latest
    if not command.now < due_at <= latest:
        raise ImmediateActionTooLate(latest)
    return ImmediateActionStarted(
        action_id=command.action_id,
        what=command.what,
        holder=command.holder,
        due_at=due_at,
        policy=command.matrix.ref,
    )
