"""What can happen in investigation: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

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
)

__all__ = [
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
    "InvestigationConcluded",
    "InvestigationDiscontinued",
    "InvestigationEvent",
    "InvestigationOpened",
]

InvestigationEvent: TypeAlias = (
    InvestigationOpened
    | HandOffAccepted
    | HandOffDeclined
    | HandOffLapsed
    | FindingRecorded
    | EvidenceRequested
    | EvidenceReceived
    | EvidenceRequestLapsed
    | InvestigationConcluded
    | InvestigationDiscontinued
    | HandOffOffered
    | HandOffTakenBack
    | FileOpened
    | FileRefused
)
