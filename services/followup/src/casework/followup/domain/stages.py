"""Where a case stands in followup, and the refusals of what does not fit there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import UUID

from casework.followup.domain import errors
from casework.shared.handoffs.receiving import HandOffHasLapsed, Way

if TYPE_CHECKING:
    from casework.followup.domain.follow_up import FollowUp

Status: TypeAlias = Literal["unopened", "open", "held", "closed"]


def going_on(state: FollowUp) -> Literal["open", "held"]:
    """The stage of a case that is not closed. Raises why nothing goes on."""
    match state.status:
        case "unopened":
            raise errors.CaseNotOpened
        case "closed":
            raise errors.CaseIsClosed(state.outcome or "")
        case status:
            return status


def answering(offer_id: UUID, offered: UUID | None, state: FollowUp) -> None:
    """`offer_id` is resolution's newest offer, `offered`, and waits for an answer. Raises why it does not."""
    if going_on(state) == "held":
        raise errors.HandOffAlreadyAccepted(state.holder)
    if offered is None:
        raise errors.NothingOffered
    if offer_id != offered:
        raise errors.AnotherOffer(offered)
    if offer_id in state.lapsed:
        raise HandOffHasLapsed(Way("resolution", "followup"))
    if offer_id in state.answered:
        raise errors.HandOffAlreadyAnswered
