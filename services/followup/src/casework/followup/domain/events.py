"""What can happen in followup: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.followup.domain.clock_events import ClockEvent
from casework.followup.domain.closing import ClosingEvent
from casework.followup.domain.conduct import ConductEvent
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
    MotiveCompared,
    RemedyOwed,
    RemedySettled,
    SeverityNoted,
    WorkCovered,
)
from casework.shared.contracts.talks import AgreementPending, AgreementSettled

__all__ = [
    "ActingOwnerNamed",
    "AgreementPending",
    "AgreementSettled",
    "CapabilityEvent",
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
    "MotiveCompared",
    "RemedyOwed",
    "RemedySettled",
    "SeverityNoted",
    "WorkCovered",
]

StageEvent: TypeAlias = (
    FollowUpOpened | HandOffAccepted | HandOffDeclined | CaseClosed | CaseReopened | HandOffReturned | HandOffLapsed
)
"""What moves the case from stage to stage."""
CapabilityEvent: TypeAlias = (
    AgreementPending
    | AgreementSettled
    | FactsReceivedAfterClosure
    | HandOffFollowed
    | HandOffOverdue
    | ActingOwnerNamed
    | WorkCovered
    | CoverEnded
    | CaseEscalated
    | EscalationTaken
    | SeverityNoted
    | MotiveCompared
    | ClockEvent
    | ClosingEvent
    | ConductEvent
    | FileOpened
    | FileRefused
    | RemedyOwed
    | RemedySettled
)
"""What one capability keeps."""
FollowUpEvent: TypeAlias = StageEvent | CapabilityEvent
