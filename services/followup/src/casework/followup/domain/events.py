"""What can happen in followup: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.shared.contracts.followup import (
    CaseClosed,
    CaseReopened,
    FactsReceivedAfterClosure,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffReturned,
)

__all__ = [
    "CaseClosed",
    "CaseReopened",
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
)
