"""What resolution can be asked to do. Each carries every value its decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from casework.resolution.domain.answer_gate import Gate
from casework.resolution.domain.apologies import Apologise
from casework.resolution.domain.appeals import DecisionAppealCommand
from casework.resolution.domain.conflicts import ConflictCommand
from casework.resolution.domain.containment import ContainmentCommand
from casework.resolution.domain.demand_answers import DemandCommand
from casework.resolution.domain.desk import DeskCommand
from casework.resolution.domain.known import KnownCommand
from casework.resolution.domain.measures import MeasureCommand
from casework.resolution.domain.outgoing import UNCHECKED, Sending, SendMessage
from casework.resolution.domain.party_sanctions import SanctionCommand
from casework.resolution.domain.progress_updates import UpdateCommand
from casework.resolution.domain.promises import PromiseCommand
from casework.resolution.domain.recordings import RecordingCommand
from casework.resolution.domain.remedies import ProposeRemedy as ProposeRemedy
from casework.resolution.domain.rulings import RuleForParties, TalkCommand
from casework.resolution.domain.settlement import SettlementCommand
from casework.resolution.domain.statements import StatementCommand
from casework.resolution.domain.talks import AgreementCommand, CallCommand
from casework.shared.checks.answering import AnswerChecks as AnswerChecks
from casework.shared.contracts.appeals import AppealTerms
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.handoff import Routing
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.files.opening import OpenFilePart as OpenFilePart
from casework.shared.handoffs.giving import OfferHandOff as OfferHandOff
from casework.shared.handoffs.giving import TakeBackHandOff as TakeBackHandOff
from casework.shared.handoffs.receiving import AcceptHandOff as AcceptHandOff
from casework.shared.handoffs.receiving import DeclineHandOff as DeclineHandOff
from casework.shared.handoffs.receiving import LapseHandOff as LapseHandOff


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenResolution:
    """Investigation offered the case; `offer_id` is that event's id. Never refused: declined where it cannot be."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None
    evidence: EvidenceStandings | None = None
    routing: Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunicateDecision:
    """Record that the complainant was given the decision. Without `gate` it is a standing solution's, or was given long
    ago, and is held to nothing."""

    """Record that the complainant was given the decision: by whom, and until when they can appeal against it."""

    outcome: Outcome
    answer: Prose
    channel: Channel
    reasons: Prose | None = None
    gate: Gate | None = None
    sending: Sending = UNCHECKED
    now: Instant | None = None
    by: Name | None = None
    appeal: AppealTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReply:
    """Record what the complainant said to the decision. A contested decision needs the complainant's reason."""

    reply: Literal["accepted", "contested"]
    channel: Channel
    reason: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeWithdrawal:
    """The complaint was withdrawn at intake, for so many times: say whether that came before the decision. Never
    refused."""

    reason: Sentence
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenResolution:
    """Followup reopened the case. `contestation`, `category` and `owner` are those of its event. Never refused."""

    reason: Sentence
    category: Name
    owner: Name
    contestation: UUID | None = None


StageCommand: TypeAlias = (
    OpenResolution
    | AcceptHandOff
    | DeclineHandOff
    | LapseHandOff
    | CommunicateDecision
    | RuleForParties
    | RecordReply
    | DecisionAppealCommand
    | TakeWithdrawal
    | ReopenResolution
    | OfferHandOff
    | TakeBackHandOff
)
"""What moves the case from stage to stage."""
CapabilityCommand: TypeAlias = (
    PromiseCommand
    | RecordingCommand
    | UpdateCommand
    | SettlementCommand
    | MeasureCommand
    | KnownCommand
    | Apologise
    | SendMessage
    | StatementCommand
    | CallCommand
    | AgreementCommand
    | TalkCommand
    | ConflictCommand
    | ContainmentCommand
    | SanctionCommand
    | DemandCommand
    | OpenFilePart
    | DeskCommand
    | AnswerChecks
)
"""What one capability decides by itself."""
Command: TypeAlias = StageCommand | CapabilityCommand
