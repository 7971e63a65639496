"""What can happen in intake: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.shared.contracts.assessment import (
    ComplaintContained,
    CoolingEnded,
    CoolingStarted,
    FlagLifted,
    FlagRaised,
    ImmediateActionDone,
    ImmediateActionStarted,
    IncidentModeEnded,
    IncidentModeSet,
    TheirDeadlineAnswered,
    TheirDeadlineSet,
)
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
    "ComplaintContained",
    "ComplaintEvent",
    "ComplaintReceived",
    "ComplaintWithdrawn",
    "CoolingEnded",
    "CoolingStarted",
    "FactsAdded",
    "FileOpened",
    "FileRefused",
    "FlagLifted",
    "FlagRaised",
    "HandOffOffered",
    "HandOffTakenBack",
    "ImmediateActionDone",
    "ImmediateActionStarted",
    "IncidentModeEnded",
    "IncidentModeSet",
    "TheirDeadlineAnswered",
    "TheirDeadlineSet",
]

ComplaintEvent: TypeAlias = (
    ComplaintReceived
    | ComplaintAcknowledged
    | ComplaintAssessed
    | FactsAdded
    | ComplaintWithdrawn
    | HandOffOffered
    | HandOffTakenBack
    | CoolingStarted
    | CoolingEnded
    | ImmediateActionStarted
    | ImmediateActionDone
    | ComplaintContained
    | FlagRaised
    | FlagLifted
    | TheirDeadlineSet
    | TheirDeadlineAnswered
    | IncidentModeSet
    | IncidentModeEnded
    | FileOpened
    | FileRefused
)
