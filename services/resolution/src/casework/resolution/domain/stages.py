"""Where a case stands in resolution, and the refusals of what does not fit there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import UUID

from casework.resolution.domain import errors
from casework.shared.handoffs.receiving import Way

if TYPE_CHECKING:
    from casework.resolution.domain.resolution import Resolution

Status: TypeAlias = Literal["waiting", "deciding", "decided", "appealed", "offered", "withdrawn"]
"""`waiting`: no offer was accepted; what became of the last one is in the offers."""
WAY = Way(giver="investigation", receiver="resolution")


def answering(offer_id: UUID, state: Resolution) -> None:
    """That offer waits for an answer. Raises why it does not."""
    match state.status:
        case "waiting":
            state.offers.require_waiting(offer_id, WAY)
        case "withdrawn":
            raise errors.WithdrawalWasHonoured
        case _:
            raise errors.ResolutionHasTheWork(state.status)


def working(state: Resolution) -> Literal["deciding", "decided", "appealed", "offered"]:
    """The stage, where resolution has the case. Raises why it does not have it."""
    match state.status:
        case "waiting":
            state.offers.refuse_work(WAY)
        case "withdrawn":
            raise errors.WithdrawalWasHonoured
        case status:
            return status


def heard_of(state: Resolution) -> None:
    """What has a time of its own may be recorded at every stage, so long as the complaint goes on."""
    if state.status == "withdrawn":
        raise errors.WithdrawalWasHonoured


def deciding(state: Resolution) -> None:
    """No decision stands. Raises `DecisionAlreadyCommunicated`."""
    status = working(state)
    if status != "deciding":
        raise errors.DecisionAlreadyCommunicated(status)
