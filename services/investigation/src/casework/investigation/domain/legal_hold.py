"""The hold on the evidence of a case, and disposing of an item of it.

Invariant: while an incident lasts, no item is disposed of, whatever a retention rule allows. Whatever disposes of
evidence asks `require_free` first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.assessment import EvidenceDisposedOf, LegalHoldPlaced, LegalHoldReleased
from casework.shared.contracts.types import Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteIncident:
    """Intake turned incident mode on or off. Never refused."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeOfEvidence:
    """Dispose of what arrived on the request `request_id`, by the rule that allows it."""

    request_id: UUID
    rule: Sentence


HoldCommand: TypeAlias = NoteIncident | DisposeOfEvidence
HoldEvent: TypeAlias = LegalHoldPlaced | LegalHoldReleased | EvidenceDisposedOf


class EvidenceIsHeld(Refusal):
    code = "evidence-is-held"

    def __init__(self) -> None:
        super().__init__(
            "The case is in incident mode, so its evidence is held and nothing of it is disposed of. It can be once the"
            " incident is over."
        )


class NoSuchEvidence(Refusal):
    code = "no-such-evidence"

    def __init__(self, request_id: UUID) -> None:
        super().__init__(
            f"Nothing that arrived on the request {request_id} is here, so nothing can be disposed of; the events of"
            " the case name what arrived."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Whether the evidence is held, and what of it was disposed of, by request."""

    is_held: bool = False
    disposed: tuple[UUID, ...] = ()


def require_free(state: LegalHold) -> None:
    """Raises `EvidenceIsHeld` while nothing may be disposed of."""
    if state.is_held:
        raise EvidenceIsHeld


def decide(command: HoldCommand, state: LegalHold, arrived: Collection[UUID]) -> tuple[HoldEvent, ...]:
    """The events that `command` brings about. `arrived` are the requests on which something came. Raises the refusals
    above."""
    match command:
        case NoteIncident(is_on=is_on):
            if is_on == state.is_held:
                return ()
            return (LegalHoldPlaced(cause="incident") if is_on else LegalHoldReleased(),)
        case DisposeOfEvidence(request_id=request_id, rule=rule):
            require_free(state)
            if request_id not in arrived or request_id in state.disposed:
                raise NoSuchEvidence(request_id)
            return (EvidenceDisposedOf(request_id=request_id, rule=rule),)
        case _:
            assert_never(command)


def evolve(state: LegalHold, event: HoldEvent) -> LegalHold:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case LegalHoldPlaced():
            return LegalHold(is_held=True, disposed=state.disposed)
        case LegalHoldReleased():
            return LegalHold(is_held=False, disposed=state.disposed)
        case EvidenceDisposedOf(request_id=request_id):
            return LegalHold(is_held=state.is_held, disposed=(*state.disposed, request_id))
        case _:
            assert_never(event)
