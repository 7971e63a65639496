"""What investigation can be asked to do. Each carries every value its decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.investigation.domain.bearing import RuleShares
from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.conflicts import ConflictCommand
from casework.investigation.domain.eight_d_commands import ReportCommand
from casework.investigation.domain.evidence import EvidenceCommand
from casework.investigation.domain.findings import NoteDemand as NoteDemand
from casework.investigation.domain.findings import RecordFinding as RecordFinding
from casework.investigation.domain.legal_hold import HoldCommand
from casework.investigation.domain.proof import ProofCommand
from casework.investigation.domain.staff_file import RecordStaffMatter
from casework.investigation.domain.tasks import TaskCommand
from casework.shared.checks.answering import AnswerChecks as AnswerChecks
from casework.shared.contracts.assessment import ImmediateActions
from casework.shared.contracts.handoff import Routing
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Outcome
from casework.shared.files.opening import OpenFilePart as OpenFilePart
from casework.shared.handoffs.giving import OfferHandOff as OfferHandOff
from casework.shared.handoffs.giving import TakeBackHandOff as TakeBackHandOff
from casework.shared.handoffs.receiving import AcceptHandOff as AcceptHandOff
from casework.shared.handoffs.receiving import DeclineHandOff as DeclineHandOff
from casework.shared.handoffs.receiving import LapseHandOff as LapseHandOff


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvestigation:
    """Intake offered the case; `offer_id` is the id of that event. Never refused: declined where it cannot be."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None
    immediate_actions: ImmediateActions | None = None
    routing: Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeInvestigation:
    """Say what the findings come to, and with it the cause where it was not recorded before. `settled` as in
    `RecordFinding`."""

    outcome: Outcome
    summary: Prose
    cause: RecordCause | None = None
    """Say what the findings come to. `is_history` says that it happened earlier and is only written down now."""
    is_history: bool = False
    by: Name = ""
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscontinueInvestigation:
    """The complaint was withdrawn at intake, for so many times. Never refused."""

    reason: Sentence
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeInvestigation:
    """The complaint goes on after the withdrawal of that number. Never refused."""

    withdrawal: int


StageCommand: TypeAlias = (
    OpenInvestigation
    | AcceptHandOff
    | DeclineHandOff
    | LapseHandOff
    | RecordFinding
    | ConcludeInvestigation
    | DiscontinueInvestigation
    | ResumeInvestigation
    | OfferHandOff
    | TakeBackHandOff
)
"""What moves the case from stage to stage."""
CapabilityCommand: TypeAlias = (
    EvidenceCommand
    | ProofCommand
    | RecordCause
    | ConflictCommand
    | TaskCommand
    | RuleShares
    | ReportCommand
    | HoldCommand
    | OpenFilePart
    | AnswerChecks
    | NoteDemand
    | RecordStaffMatter
)
"""What one capability decides by itself."""
Command: TypeAlias = StageCommand | CapabilityCommand
