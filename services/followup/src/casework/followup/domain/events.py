"""What can happen in followup: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.followup.domain.clock_events import ClockEvent
from casework.shared.contracts.followup import (
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    EscalationTaken,
    FactsReceivedAfterClosure,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffReturned,
)

__all__ = [
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
    | CaseEscalated
    | EscalationTaken
    | ClockEvent
)
