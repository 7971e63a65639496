"""What can happen in resolution: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.resolution.domain.appeals import DecisionAppealEvent
from casework.resolution.domain.desk import DeskEvent
from casework.resolution.domain.party_sanctions import SanctionEvent
from casework.shared.contracts.checks import ResponseChecked
from casework.shared.contracts.conflicts import BarredFromDeciding
from casework.shared.contracts.demand_answers import DemandAnswered, DemandsNoted
from casework.shared.contracts.evidence import RecordingNoted
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

__all__ = [
    "AppealDecided",
    "AppealLodged",
    "BarredFromDeciding",
    "CallBackAttempted",
    "DecisionAccepted",
    "DecisionCommunicated",
    "DecisionContested",
    "DemandAnswered",
    "DemandsNoted",
    "FileOpened",
    "FileRefused",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffLapsed",
    "HandOffOffered",
    "HandOffTakenBack",
    "MeasureLifted",
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
    "RecordingNoted",
    "RemedyProposed",
    "ResolutionEvent",
    "ResolutionOpened",
    "ResolutionReopened",
    "ResponseChecked",
    "SanctionImposed",
    "SummaryResolutionSent",
    "WithdrawalCameAfterDecision",
    "WithdrawalHonoured",
]

ResolutionEvent: TypeAlias = (
    ResolutionOpened
    | HandOffAccepted
    | HandOffDeclined
    | HandOffLapsed
    | RemedyProposed
    | RecordingNoted
    | DecisionCommunicated
    | DecisionAccepted
    | DecisionContested
    | WithdrawalHonoured
    | WithdrawalCameAfterDecision
    | ResolutionReopened
    | HandOffOffered
    | HandOffTakenBack
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
    | BarredFromDeciding
    | PromiseHeldBack
    | SanctionEvent
    | DecisionAppealEvent
    | DemandsNoted
    | DemandAnswered
    | FileOpened
    | FileRefused
    | DeskEvent
    | ResponseChecked
)
