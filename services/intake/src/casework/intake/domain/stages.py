"""Where a complaint stands in intake, and the refusals of what does not fit there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from casework.intake.domain import errors
from casework.shared.business_time import SKEW

if TYPE_CHECKING:
    from casework.intake.domain.complaint import Complaint

Status: TypeAlias = Literal["unknown", "received", "acknowledged", "assessed", "offered", "withdrawn"]


def going_on(state: Complaint, occurred_at: datetime | None = None) -> Status:
    """Where the complaint stands, if anything can be done about it at that time."""
    if state.status == "unknown":
        raise errors.ComplaintNotReceived
    if state.status == "withdrawn":
        raise errors.ComplaintIsWithdrawn
    if occurred_at is not None and state.received_at is not None and occurred_at < state.received_at - SKEW:
        raise errors.BeforeReceipt(state.received_at)
    return state.status
