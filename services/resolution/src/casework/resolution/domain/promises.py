"""Promises: a call back, a time that the complainant set, the end of a cooling period, anything else with a time.

Invariant: a promise is kept by what shows it, and broken by its time alone; what is done after that is recorded too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.authority import Terms, require
from casework.resolution.domain.outgoing import require_worded
from casework.shared.answers.wording import Wording
from casework.shared.contracts.resolution import (
    CallBackAttempted,
    PromiseBroken,
    PromiseHeldBack,
    PromiseKept,
    PromiseMade,
    PromiseTaken,
)
from casework.shared.contracts.types import Instant, Money, Name, Sentence
from casework.shared.contracts.vocabulary import CallResult, PromiseKind, Reach
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePromise:
    """Record a promise, at `now`. The fields are those of `PromiseMade`; `wording` is what its words are checked by,
    where it is made now. With `terms` whoever promises an amount has to have the authority."""

    promise_id: UUID
    kind: PromiseKind
    words: Sentence
    due_at: Instant
    owner: Name
    skill: Name | None = None
    reach: Reach | None = None
    holder_by: Instant | None = None
    amount: Money | None = None
    terms: Terms | None = None
    due_on: date | None = None
    series: UUID | None = None
    occurrence: int | None = None
    now: Instant
    wording: Wording | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPromiseBack:
    """Record that the answer waits on purpose. Moves nothing. Without `promise_id` the one that is open."""

    promise_id: UUID | None
    waits_for: Name
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePromise:
    """Hold a promise. `skills` are what the holder is able to do. Without `promise_id` the one that is open."""

    promise_id: UUID | None
    holder: Name
    skills: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt:
    """Record a call that did not reach the complainant."""

    promise_id: UUID | None
    by: Name
    result: CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPromise:
    """Record that what was promised is done, at `now`, and what shows it."""

    promise_id: UUID | None
    by: Name
    proof: Sentence
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakPromise:
    """A clock of follow-up about the promise, due at `due_at`, expired. Never refused: no effect where that is not yet
    the promise's own time but that by which a holder was wanted."""

    promise_id: UUID
    due_at: Instant


PromiseCommand: TypeAlias = MakePromise | TakePromise | HoldPromiseBack | RecordAttempt | KeepPromise | BreakPromise
PromiseEvent: TypeAlias = PromiseMade | PromiseTaken | PromiseHeldBack | CallBackAttempted | PromiseKept | PromiseBroken


class PromiseDueInThePast(Refusal):
    code = "promise-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time of the promise is over already; give one that lies ahead.")


class OneTimeWanted(Refusal):
    code = "one-time-wanted"

    def __init__(self) -> None:
        super().__init__("A promise has one time: give due_at, or due_on for a whole day, or occurrences.")


class HolderWantedTooLate(Refusal):
    code = "holder-wanted-too-late"

    def __init__(self) -> None:
        super().__init__("Somebody must hold the promise before it is due, and not in the past; give such a time.")


class ReachMissing(Refusal):
    code = "reach-missing"

    def __init__(self) -> None:
        super().__init__("A call-back needs to say where the complainant is reached; give reach, such as phone.")


class NoCallBack(Refusal):
    code = "no-call-back"

    def __init__(self, kind: str) -> None:
        super().__init__(f"This promise is of the kind {kind}; attempts and holder_by are for those of a call-back.")


class SkillMissing(Refusal):
    code = "skill-missing"

    def __init__(self, skill: str) -> None:
        super().__init__(f"The promise wants the skill {skill}; somebody who has it can take it.")


class PromiseAlreadyKept(Refusal):
    code = "promise-already-kept"

    def __init__(self) -> None:
        super().__init__("The promise was kept already; make a new one for what is still to come.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What later decisions need to know of a promise."""

    id: UUID
    kind: PromiseKind
    due_at: Instant
    owner: str
    skill: str | None = None
    series: UUID | None = None
    occurrence: int | None = None
    holder: str | None = None
    status: Literal["open", "kept", "broken"] = "open"


Promises: TypeAlias = tuple[Promise, ...]


def decide(command: PromiseCommand, promises: Promises) -> tuple[PromiseEvent, ...]:
    """The events that `command` brings about. Raises the refusals above, `WordingBlocked` and those of `which`."""
    match command:
        case MakePromise():
            return (_make(command),)
        case TakePromise(holder=holder, skills=skills):
            promise = meant(command.promise_id, promises)
            if promise.skill is not None and promise.skill not in skills:
                raise SkillMissing(promise.skill)
            return () if promise.holder == holder else (PromiseTaken(promise_id=promise.id, holder=holder),)
        case HoldPromiseBack(waits_for=waits_for, reason=reason):
            promise = meant(command.promise_id, promises)
            return (PromiseHeldBack(promise_id=promise.id, waits_for=waits_for, reason=reason),)
        case RecordAttempt(by=by, result=result):
            promise = meant(command.promise_id, promises)
            if promise.kind != "call-back":
                raise NoCallBack(promise.kind)
            return (CallBackAttempted(promise_id=promise.id, by=by, result=result),)
        case KeepPromise(by=by, proof=proof, now=now):
            promise = meant(command.promise_id, promises)
            # By the time, not by the breach: that is recorded only once the clock was looked at.
            late = promise.due_at <= now
            return (PromiseKept(promise_id=promise.id, kind=promise.kind, by=by, proof=proof, late=late),)
        case BreakPromise(promise_id=id_, due_at=due_at):
            return tuple(
                PromiseBroken(
                    promise_id=id_,
                    kind=each.kind,
                    owner=each.owner,
                    series=each.series,
                    occurrence=each.occurrence,
                )
                for each in promises
                if each.id == id_ and each.status == "open" and due_at >= each.due_at
            )
        case _:
            assert_never(command)


def evolve(promises: Promises, event: PromiseEvent) -> Promises:
    """The promises after `event`."""
    match event:
        case PromiseMade():
            promise = Promise(
                id=event.promise_id,
                kind=event.kind,
                due_at=event.due_at,
                owner=event.owner,
                skill=event.skill,
                series=event.series,
                occurrence=event.occurrence,
            )
            return (*(each for each in promises if each.id != promise.id), promise)
        case PromiseTaken(promise_id=id_, holder=holder):
            return tuple(replace(each, holder=holder) if each.id == id_ else each for each in promises)
        case CallBackAttempted() | PromiseHeldBack():
            return promises
        case PromiseKept(promise_id=id_):
            return tuple(replace(each, status="kept") if each.id == id_ else each for each in promises)
        case PromiseBroken(promise_id=id_):
            return tuple(replace(each, status="broken") if each.id == id_ else each for each in promises)
        case _:
            assert_never(event)


def meant(named: UUID | None, promises: Promises) -> Promise:
    """The promise that is meant; a broken one can still be kept, late."""
    id_ = which("promise", named, {each.id: each.status == "open" for each in promises})
    promise = next(each for each in promises if each.id == id_)
    if promise.status == "kept":
        raise PromiseAlreadyKept
    return promise


def _make(command: MakePromise) -> PromiseMade:
    if command.due_at <= command.now:
        raise PromiseDueInThePast
    if command.holder_by is not None and not command.now < command.holder_by < command.due_at:
        raise HolderWantedTooLate
    if command.kind == "call-back" and command.reach is None:
        raise ReachMissing
    if command.kind != "call-back" and command.holder_by is not None:
        raise NoCallBack(command.kind)
    require_worded(command.wording, command.words)
    if command.amount is not None and command.terms is not None:
        require(command.terms, command.amount)
    return PromiseMade(
        promise_id=command.promise_id,
        kind=command.kind,
        words=command.words,
        due_at=command.due_at,
        owner=command.owner,
        skill=command.skill,
        reach=command.reach,
        holder_by=command.holder_by,
        amount=command.amount,
        due_on=command.due_on,
        series=command.series,
        occurrence=command.occurrence,
    )
