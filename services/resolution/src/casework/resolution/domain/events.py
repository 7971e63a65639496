"""What can happen in resolution: a closed union of its published payloads."""

from __future__ import annotations

from typing import TypeAlias

from casework.shared.contracts.resolution import (
    DecisionAccepted,
    DecisionCommunicated,
    DecisionContested,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    RemedyProposed,
    ResolutionOpened,
    ResolutionReopened,
    WithdrawalCameAfterDecision,
    WithdrawalHonoured,
)

__all__ = [
    "DecisionAccepted",
    "DecisionCommunicated",
    "DecisionContested",
    "HandOffAccepted",
    "HandOffDeclined",
    "HandOffLapsed",
    "HandOffOffered",
    "HandOffTakenBack",
    "RemedyProposed",
    "ResolutionEvent",
    "ResolutionOpened",
    "ResolutionReopened",
    "WithdrawalCameAfterDecision",
    "WithdrawalHonoured",
]

ResolutionEvent: TypeAlias = (
    ResolutionOpened
    | HandOffAccepted
    | HandOffDeclined
    | HandOffLapsed
    | RemedyProposed
    | DecisionCommunicated
    | DecisionAccepted
    | DecisionContested
    | WithdrawalHonoured
    | WithdrawalCameAfterDecision
    | ResolutionReopened
    | HandOffOffered
    | HandOffTakenBack
)
