"""What can happen in followup: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.followup.domain.clock_events import ClockEvent
from casework.shared.contracts.followup import (
    ActingOwnerNamed,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    EscalationTaken,
    FactsReceivedAfterClosure,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffFollowed,
    HandOffLapsed,
    HandOffOverdue,
    HandOffReturned,
)

__all__ = [
    "ActingOwnerNamed",
    "CaseClosed",
    "CaseEscalated",
    "CaseReopened",
    "ClockEvent",
    "EscalationTaken",
    "FactsReceivedAfterClosure",
    "FollowUpEvent",
    "FollowUpOpened",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffFollowed",
    "HandOffLapsed",
    "HandOffOverdue",
    "HandOffReturned",
]

FollowUpEvent: TypeAlias = (
    FollowUpOpened
    | HandOffAccepted
    | HandOffDeclined
    | CaseClosed
    | CaseReopened
    | HandOffReturned
    | FactsReceivedAfterClosure
    | HandOffFollowed
    | HandOffOverdue
    | HandOffLapsed
    | ActingOwnerNamed
    | CaseEscalated
    | EscalationTaken
    | ClockEvent
)
