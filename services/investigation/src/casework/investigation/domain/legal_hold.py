"""The hold on the evidence of a case, and disposing of an item of it.

Invariant: while an incident lasts, no item is disposed of, whatever a retention rule allows. Whatever disposes of
evidence asks `require_free` first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar, assert_never
from uuid import UUID

from casework.investigation.domain.evidence_items import DeclareUnavailable, ReceiveItem
from casework.shared.contracts.assessment import EvidenceDisposedOf, LegalHoldPlaced, LegalHoldReleased
from casework.shared.contracts.evidence import EvidenceUnavailable
from casework.shared.contracts.types import Instant, Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteIncident:
    """Intake turned incident mode on or off at `at`. Never refused."""

    is_on: bool
    at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeOfEvidence:
    """Dispose of what arrived on the request `request_id`, by the rule that allows it."""

    request_id: UUID
    rule: Sentence


HoldCommand: TypeAlias = NoteIncident | DisposeOfEvidence
HoldEvent: TypeAlias = LegalHoldPlaced | LegalHoldReleased | EvidenceDisposedOf
E = TypeVar("E")


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
    """Whether the evidence is held, and since when; and what of it was disposed of, by request."""

    is_held: bool = False
    since: Instant | None = None
    disposed: tuple[UUID, ...] = ()


def require_free(state: LegalHold) -> None:
    """Raises `EvidenceIsHeld` while nothing may be disposed of."""
    if state.is_held:
        raise EvidenceIsHeld


def gone_before(state: LegalHold, command: ReceiveItem | DeclareUnavailable, happened: tuple[E, ...]) -> tuple[E, ...]:
    """What `happened` by the command, unless it says that something went which was still there when the hold began.
    Raises `EvidenceIsHeld`."""
    for event in happened:
        if not (isinstance(event, EvidenceUnavailable) and isinstance(command, DeclareUnavailable)):
            continue
        if command.held_from is None or event.disposed_on >= command.held_from:
            require_free(state)
    return happened


def decide(command: HoldCommand, state: LegalHold, arrived: Collection[UUID]) -> tuple[HoldEvent, ...]:
    """The events that `command` brings about. `arrived` are the requests on which something came. Raises the refusals
    above."""
    match command:
        case NoteIncident(is_on=is_on, at=at):
            if is_on == state.is_held:
                return ()
            return (LegalHoldPlaced(cause="incident", since=at) if is_on else LegalHoldReleased(),)
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
        case LegalHoldPlaced(since=since):
            return LegalHold(is_held=True, since=since, disposed=state.disposed)
        case LegalHoldReleased():
            return LegalHold(is_held=False, disposed=state.disposed)
        case EvidenceDisposedOf(request_id=request_id):
            return replace(state, disposed=(*state.disposed, request_id))
        case _:
            assert_never(event)
