"""What can happen in investigation: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.investigation.domain.eight_d import ReportEvent as ReportEvent
from casework.investigation.domain.proof import ProofEvent
from casework.shared.contracts.assessment import EvidenceDisposedOf, LegalHoldPlaced, LegalHoldReleased
from casework.shared.contracts.bearing import RecourseOpened, SharesRuled
from casework.shared.contracts.checks import InvestigationChecked
from casework.shared.contracts.conflicts import BarredFromInvestigating, InvestigatorAssigned, StakeDeclared
from casework.shared.contracts.inquiry import CauseRecorded, DemandNoted, TaskDone, TaskGiven, TaskTakenBack
from casework.shared.contracts.investigation import (
    EvidenceReceived,
    EvidenceRequested,
    EvidenceRequestLapsed,
    FileOpened,
    FileRefused,
    FindingRecorded,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationOpened,
    InvestigationResumed,
)
from casework.shared.contracts.staff_file import StaffMatterRecorded

__all__ = [
    "BarredFromInvestigating",
    "CapabilityEvent",
    "CauseRecorded",
    "DemandNoted",
    "EvidenceDisposedOf",
    "EvidenceReceived",
    "EvidenceRequestLapsed",
    "EvidenceRequested",
    "FileOpened",
    "FileRefused",
    "FindingRecorded",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffLapsed",
    "HandOffOffered",
    "HandOffTakenBack",
    "InvestigationChecked",
    "InvestigationConcluded",
    "InvestigationDiscontinued",
    "InvestigationEvent",
    "InvestigationOpened",
    "InvestigationResumed",
    "InvestigatorAssigned",
    "LegalHoldPlaced",
    "LegalHoldReleased",
    "RecourseOpened",
    "ReportEvent",
    "SharesRuled",
    "StakeDeclared",
    "TaskDone",
    "TaskGiven",
    "TaskTakenBack",
]

StageEvent: TypeAlias = (
    InvestigationOpened
    | HandOffAccepted
    | HandOffDeclined
    | HandOffLapsed
    | FindingRecorded
    | InvestigationConcluded
    | InvestigationDiscontinued
    | InvestigationResumed
    | HandOffOffered
    | HandOffTakenBack
)
"""What moves the case from stage to stage."""
CapabilityEvent: TypeAlias = (
    EvidenceRequested
    | EvidenceReceived
    | EvidenceRequestLapsed
    | LegalHoldPlaced
    | LegalHoldReleased
    | EvidenceDisposedOf
    | CauseRecorded
    | DemandNoted
    | BarredFromInvestigating
    | StakeDeclared
    | InvestigatorAssigned
    | TaskGiven
    | TaskDone
    | TaskTakenBack
    | SharesRuled
    | RecourseOpened
    | ReportEvent
    | FileOpened
    | FileRefused
    | ProofEvent
    | InvestigationChecked
    | StaffMatterRecorded
)
"""What one capability keeps."""
InvestigationEvent: TypeAlias = StageEvent | CapabilityEvent
