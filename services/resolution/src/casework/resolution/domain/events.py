"""What can happen in resolution: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.resolution.domain.appeals import DecisionAppealEvent
from casework.resolution.domain.desk import DeskEvent
from casework.resolution.domain.party_sanctions import SanctionEvent
from casework.shared.contracts.answers import (
    AcknowledgementNoted,
    ApologyGiven,
    CauseNoted,
    ConclusionNoted,
    EvidenceNoted,
    FindingNoted,
    ReceiptNoted,
)
from casework.shared.contracts.assessment import ContainmentNoted, UncontainedAnswerExplained
from casework.shared.contracts.checks import ResponseChecked
from casework.shared.contracts.conflicts import BarredFromDeciding
from casework.shared.contracts.demand_answers import DemandAnswered, DemandsNoted
from casework.shared.contracts.evidence import RecordingNoted
from casework.shared.contracts.messages import FactsStated, MessageSent, StatementApproved, StatementDrafted
from casework.shared.contracts.resolution import (
    AppealDecided,
    AppealLodged,
    CallBackAttempted,
    DecisionAccepted,
    DecisionCommunicated,
    DecisionContested,
    FileOpened,
    FileRefused,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    MeasureLifted,
    ProgressUpdateBounced,
    ProgressUpdateDelivered,
    ProgressUpdateSent,
    PromiseBroken,
    PromiseHeldBack,
    PromiseKept,
    PromiseMade,
    PromiseTaken,
    ProvisionalMeasureImposed,
    QuickSettlementAccepted,
    QuickSettlementTimed,
    RemedyProposed,
    ResolutionOpened,
    ResolutionReopened,
    SanctionImposed,
    SummaryResolutionSent,
    WithdrawalCameAfterDecision,
    WithdrawalHonoured,
)
from casework.shared.contracts.rulings import NegotiationEnded, NegotiationInvited, PartiesRuled
from casework.shared.contracts.talks import (
    AgreementAccepted,
    AgreementBound,
    AgreementGivenUp,
    AgreementRestated,
    CallOffered,
    CallRecorded,
)

__all__ = [
    "AcknowledgementNoted",
    "AgreementAccepted",
    "AgreementBound",
    "AgreementGivenUp",
    "AgreementRestated",
    "ApologyGiven",
    "AppealDecided",
    "AppealLodged",
    "BarredFromDeciding",
    "CallBackAttempted",
    "CallOffered",
    "CallRecorded",
    "CapabilityEvent",
    "CauseNoted",
    "ConclusionNoted",
    "ContainmentNoted",
    "DecisionAccepted",
    "DecisionCommunicated",
    "DecisionContested",
    "DemandAnswered",
    "DemandsNoted",
    "EvidenceNoted",
    "FactsStated",
    "FileOpened",
    "FileRefused",
    "FindingNoted",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffLapsed",
    "HandOffOffered",
    "HandOffTakenBack",
    "MeasureLifted",
    "MessageSent",
    "NegotiationEnded",
    "NegotiationInvited",
    "PartiesRuled",
    "ProgressUpdateBounced",
    "ProgressUpdateDelivered",
    "ProgressUpdateSent",
    "PromiseBroken",
    "PromiseHeldBack",
    "PromiseKept",
    "PromiseMade",
    "PromiseTaken",
    "ProvisionalMeasureImposed",
    "QuickSettlementAccepted",
    "QuickSettlementTimed",
    "ReceiptNoted",
    "RecordingNoted",
    "RemedyProposed",
    "ResolutionEvent",
    "ResolutionOpened",
    "ResolutionReopened",
    "ResponseChecked",
    "SanctionImposed",
    "StatementApproved",
    "StatementDrafted",
    "SummaryResolutionSent",
    "UncontainedAnswerExplained",
    "WithdrawalCameAfterDecision",
    "WithdrawalHonoured",
]

StageEvent: TypeAlias = (
    ResolutionOpened
    | HandOffAccepted
    | HandOffDeclined
    | HandOffLapsed
    | RemedyProposed
    | DecisionCommunicated
    | DecisionAccepted
    | DecisionContested
    | DecisionAppealEvent
    | WithdrawalHonoured
    | WithdrawalCameAfterDecision
    | ResolutionReopened
    | HandOffOffered
    | HandOffTakenBack
)
"""What moves the case from stage to stage."""
CapabilityEvent: TypeAlias = (
    RecordingNoted
    | PromiseMade
    | PromiseTaken
    | CallBackAttempted
    | PromiseKept
    | PromiseBroken
    | ProgressUpdateSent
    | ProgressUpdateDelivered
    | ProgressUpdateBounced
    | QuickSettlementTimed
    | QuickSettlementAccepted
    | SummaryResolutionSent
    | ProvisionalMeasureImposed
    | AppealLodged
    | AppealDecided
    | MeasureLifted
    | SanctionImposed
    | ReceiptNoted
    | AcknowledgementNoted
    | FindingNoted
    | ConclusionNoted
    | CauseNoted
    | ApologyGiven
    | AgreementAccepted
    | AgreementBound
    | AgreementGivenUp
    | AgreementRestated
    | CallOffered
    | CallRecorded
    | EvidenceNoted
    | NegotiationEnded
    | NegotiationInvited
    | PartiesRuled
    | FactsStated
    | MessageSent
    | StatementApproved
    | StatementDrafted
    | BarredFromDeciding
    | PromiseHeldBack
    | SanctionEvent
    | DemandsNoted
    | DemandAnswered
    | FileOpened
    | FileRefused
    | DeskEvent
    | ResponseChecked
    | ContainmentNoted
    | UncontainedAnswerExplained
)
"""What one capability keeps."""
ResolutionEvent: TypeAlias = StageEvent | CapabilityEvent
