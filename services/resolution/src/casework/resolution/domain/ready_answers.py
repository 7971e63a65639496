"""Ready answers: what is known to settle such a complaint is looked at before anything else is proposed.

Invariant: each is taken, or left for a reason; it is never passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.shared.contracts.remedies import ReadyAnswerLeft, ReadyAnswerOffered, ReadyAnswerTaken
from casework.shared.contracts.standing import StandingRef, StandingSolution
from casework.shared.contracts.types import Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReadyAnswer:
    """Put the matching ready answer before the handler. Never refused: no effect where it was offered before."""

    solution: StandingSolution


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReadyAnswer:
    """Go by the ready answer that is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveReadyAnswer:
    """Leave the ready answer that is offered, for a reason."""

    reason: Sentence | None


ReadyCommand: TypeAlias = OfferReadyAnswer | TakeReadyAnswer | LeaveReadyAnswer
ReadyEvent: TypeAlias = ReadyAnswerOffered | ReadyAnswerTaken | ReadyAnswerLeft


class NoReadyAnswer(Refusal):
    code = "no-ready-answer"

    def __init__(self) -> None:
        super().__init__("No ready answer waits to be taken or left; go on with the case.")


class LeavingNeedsReason(Refusal):
    code = "leaving-needs-reason"

    def __init__(self) -> None:
        super().__init__("Say why the ready answer does not fit; the reasons are what improves it.")


class ReadyAnswerFirst(Refusal):
    code = "ready-answer-first"

    def __init__(self, name: str) -> None:
        super().__init__(f"The ready answer {name} is known to settle this; take it, or leave it with a reason, first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The ready answer that waits, and those that were offered in this case."""

    waiting: StandingRef | None = None
    offered: tuple[StandingRef, ...] = ()


NOTHING_READY = Ready()


def require_answered(ready: Ready) -> None:
    """Raises `ReadyAnswerFirst`."""
    if ready.waiting is not None:
        raise ReadyAnswerFirst(ready.waiting.name)


def decide(command: ReadyCommand, ready: Ready) -> tuple[ReadyEvent, ...]:
    """The events that `command` brings about. Raises `NoReadyAnswer` and `LeavingNeedsReason`."""
    match command:
        case OfferReadyAnswer(solution=solution):
            if solution.ref in ready.offered:
                return ()
            return (ReadyAnswerOffered(answer=solution.ref, steps=solution.steps or (solution.answer,)),)
        case TakeReadyAnswer():
            return (ReadyAnswerTaken(answer=_waiting(ready)),)
        case LeaveReadyAnswer(reason=reason):
            if reason is None:
                raise LeavingNeedsReason
            return (ReadyAnswerLeft(answer=_waiting(ready), reason=reason),)
        case _:
            assert_never(command)


def evolve(ready: Ready, event: ReadyEvent) -> Ready:
    """The state after `event`."""
    match event:
        case ReadyAnswerOffered(answer=answer):
            return Ready(waiting=answer, offered=(*ready.offered, answer))
        case ReadyAnswerTaken() | ReadyAnswerLeft():
            return replace(ready, waiting=None)
        case _:
            assert_never(event)


def _waiting(ready: Ready) -> StandingRef:
    if ready.waiting is None:
        raise NoReadyAnswer
    return ready.waiting
