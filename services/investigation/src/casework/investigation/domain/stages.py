"""Where a case stands in investigation, and the refusals of what does not fit there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import UUID

from casework.investigation.domain import errors
from casework.shared.handoffs.receiving import Way

if TYPE_CHECKING:
    from casework.investigation.domain.investigation import Investigation

Status: TypeAlias = Literal["waiting", "investigating", "concluded", "offered", "discontinued", "resumed"]
"""`waiting`: no offer was accepted; what became of the last one is in the offers. `resumed`: the case was reopened
after a withdrawal, and resolution has the work; evidence is taken."""
WAY = Way(giver="intake", receiver="investigation")


def answering(offer_id: UUID, state: Investigation) -> None:
    """That offer waits for an answer. Raises why it does not."""
    match state.status:
        case "waiting":
            state.offers.require_waiting(offer_id, WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case "resumed":
            raise errors.ResolutionHasTheCase
        case _:
            raise errors.HandOffAlreadyAccepted(state.holder)


def accepted(state: Investigation) -> Status:
    """The stage, where investigation knows the case well enough to add to it. Raises why it does not."""
    match state.status:
        case "waiting":
            state.offers.refuse_work(WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case _:
            return state.status


def investigating(state: Investigation) -> None:
    """Investigation has the work. Raises `InvestigationAlreadyConcluded`, `ResolutionHasTheCase`."""
    status = accepted(state)
    if status == "resumed":
        raise errors.ResolutionHasTheCase
    if status != "investigating":
        raise errors.InvestigationAlreadyConcluded(state.status)
