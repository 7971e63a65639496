"""What can happen in intake: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.shared.contracts.intake import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintReceived,
    ComplaintWithdrawn,
    FactsAdded,
    FileOpened,
    FileRefused,
    HandOffOffered,
    HandOffTakenBack,
)

__all__ = [
    "ComplaintAcknowledged",
    "ComplaintAssessed",
    "ComplaintEvent",
    "ComplaintReceived",
    "ComplaintWithdrawn",
    "FactsAdded",
    "FileOpened",
    "FileRefused",
    "HandOffOffered",
    "HandOffTakenBack",
]

ComplaintEvent: TypeAlias = (
    ComplaintReceived
    | ComplaintAcknowledged
    | ComplaintAssessed
    | FactsAdded
    | ComplaintWithdrawn
    | HandOffOffered
    | HandOffTakenBack
    | FileOpened
    | FileRefused
)
