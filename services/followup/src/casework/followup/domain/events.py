"""What can happen in followup: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.followup.domain.clock_events import ClockEvent
from casework.followup.domain.closing import ClosingEvent
from casework.shared.contracts.followup import (
    ActingOwnerNamed,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CoverEnded,
    EscalationTaken,
    FactsReceivedAfterClosure,
    FileOpened,
    FileRefused,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffFollowed,
    HandOffLapsed,
    HandOffOverdue,
    HandOffReturned,
    RemedyOwed,
    RemedySettled,
    WorkCovered,
)

__all__ = [
    "ActingOwnerNamed",
    "CaseClosed",
    "CaseEscalated",
    "CaseReopened",
    "ClockEvent",
    "CoverEnded",
    "EscalationTaken",
    "FactsReceivedAfterClosure",
    "FileOpened",
    "FileRefused",
    "FollowUpEvent",
    "FollowUpOpened",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffFollowed",
    "HandOffLapsed",
    "HandOffOverdue",
    "HandOffReturned",
    "RemedyOwed",
    "RemedySettled",
    "WorkCovered",
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
    | WorkCovered
    | CoverEnded
    | CaseEscalated
    | EscalationTaken
    | ClockEvent
    | ClosingEvent
    | FileOpened
    | FileRefused
    | RemedyOwed
    | RemedySettled
)
