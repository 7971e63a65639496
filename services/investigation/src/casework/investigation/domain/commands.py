"""What investigation can be asked to do. Each carries every value its decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.investigation.domain.evidence import EvidenceCommand
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Outcome, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvestigation:
    """Intake offered the case; `offer_id` is the id of that event. Never refused: declined where it cannot be."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHandOff:
    """Take the work. `holder` does it from now on."""

    offer_id: UUID
    holder: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineHandOff:
    """Leave the work with intake."""

    offer_id: UUID
    reason: Sentence


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandOff:
    """Offer the concluded case to resolution. With `standing` it runs on under that standing solution."""

    reason: Sentence
    ready: tuple[Name, ...] = ()
    open: tuple[Name, ...] = ()
    standing: StandingRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackHandOff:
    """Resolution declined the offer `offer_id`. `outstanding` is the event id of the newest HandOffOffered of
    this stream: an answer to an earlier offer has no effect."""

    offer_id: UUID
    outstanding: UUID | None
    reason: Sentence


Command: TypeAlias = (
    OpenInvestigation
    | AcceptHandOff
    | DeclineHandOff
    | RecordFinding
    | ConcludeInvestigation
    | DiscontinueInvestigation
    | OfferHandOff
    | TakeBackHandOff
    | EvidenceCommand
)
