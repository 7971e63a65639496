"""What resolution publishes: response and decision (ISO 10002, 7.7, 7.8), and its ruling on withdrawals."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casework.shared.contracts import handoff
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Money, Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Outcome, RemedyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionOpened:
    """Investigation's offer is before resolution and waits to be accepted or declined."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffAccepted(handoff.Accepted):
    """Resolution took the work from investigation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffDeclined(handoff.Declined):
    """Resolution did not take the work: investigation still has it, unless the complaint is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLapsed(handoff.Lapsed):
    """Resolution did not answer investigation's offer in its time: investigation still has the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyProposed:
    """What could put it right; `amount` for a remedy in money."""

    kind: RemedyKind
    description: Prose
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCommunicated:
    """The complainant was given the decision with its reasons."""

    outcome: Outcome
    answer: Prose
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAccepted:
    """The complainant said that the decision settles it."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContested:
    """The complainant does not accept the decision: it is decided again."""

    reason: Sentence
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalHonoured:
    """The withdrawal came before a decision: the case ends with it."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalCameAfterDecision:
    """The withdrawal came when the decision had been communicated: the decision stands."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionReopened:
    """The case was reopened by staff: it is decided again, under the category and owner it has now."""

    reason: Sentence
    category: Name
    owner: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffOffered(handoff.Offered):
    """Resolution offers the decided complaint to follow-up. A later contestation or reopening ends the offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffTakenBack(handoff.TakenBack):
    """Follow-up declined, or let the offer lapse: resolution has the work again."""
