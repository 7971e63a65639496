"""What investigation can be asked to do. Each carries every value its decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.investigation.domain.evidence import EvidenceCommand
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Outcome, Side
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    """Record one thing that was established."""

    finding: Prose
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeInvestigation:
    """Say what the findings come to."""

    outcome: Outcome
    summary: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscontinueInvestigation:
    """The complaint was withdrawn at intake. Never refused."""

    reason: Sentence


Command: TypeAlias = (
    OpenInvestigation
    | AcceptHandOff
    | DeclineHandOff
    | LapseHandOff
    | RecordFinding
    | ConcludeInvestigation
    | DiscontinueInvestigation
    | OfferHandOff
    | TakeBackHandOff
    | EvidenceCommand
    | OpenFilePart
)
