"""What can happen in intake: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.intake.domain.around import AroundEvent
from casework.intake.domain.contacts import ContactEvent
from casework.intake.domain.on_card import OnCardEvent
from casework.intake.domain.preferences import PreferenceEvent
from casework.intake.domain.privacy import PrivacyEvent
from casework.intake.domain.publicity import PublicityEvent
from casework.intake.domain.representatives import RepresentativeEvent
from casework.intake.domain.visits import VisitEvent
from casework.intake.domain.watches import WatchEvent
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
from casework.shared.contracts.demands import DemandChanged, DemandNotStated, DemandStated
from casework.shared.contracts.intake import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintReceived,
    ComplaintResumed,
    ComplaintWithdrawn,
    FactsAdded,
    FileOpened,
    FileRefused,
    HandOffOffered,
    HandOffTakenBack,
)
from casework.shared.contracts.receipt_proofs import ReceiptProved
from casework.shared.contracts.roads import RoadAdded

__all__ = [
    "CapabilityEvent",
    "ComplaintAcknowledged",
    "ComplaintAssessed",
    "ComplaintContained",
    "ComplaintEvent",
    "ComplaintReceived",
    "ComplaintResumed",
    "ComplaintWithdrawn",
    "CoolingEnded",
    "CoolingStarted",
    "DemandChanged",
    "DemandNotStated",
    "DemandStated",
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
    "OnCardEvent",
    "TheirDeadlineAnswered",
    "TheirDeadlineSet",
]

StageEvent: TypeAlias = (
    ComplaintReceived
    | ComplaintAcknowledged
    | ComplaintAssessed
    | FactsAdded
    | ComplaintWithdrawn
    | ComplaintResumed
    | HandOffOffered
    | HandOffTakenBack
)
"""What moves the case from stage to stage."""
CapabilityEvent: TypeAlias = (
    CoolingStarted
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
    | OnCardEvent
    | DemandStated
    | DemandChanged
    | DemandNotStated
    | AroundEvent
    | FileOpened
    | FileRefused
    | ContactEvent
    | WatchEvent
    | RepresentativeEvent
    | ReceiptProved
    | VisitEvent
    | PublicityEvent
    | PreferenceEvent
    | RoadAdded
    | PrivacyEvent
)
"""What one capability keeps."""
ComplaintEvent: TypeAlias = StageEvent | CapabilityEvent
