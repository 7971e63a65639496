"""What intake can be asked to do. Each carries every value its decision needs.

`occurred_at` is when it happened, where that is not now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, Complexity, Facts, Language, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveComplaint:
    """Start a case. The fields are those of `ComplaintReceived`; what is personal arrives sealed."""

    source: Name
    source_reference: Name
    channel: Channel
    received_at: Instant
    language: Language
    organisation: Name | None = None
    category: Name
    issue: Name | None = None
    words: Sealed | None = None
    complainant: Sealed | None = None
    wish: Sealed | None = None
    facts: Facts = ()
    owner: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeComplaint:
    """Record that the complainant was told we have it."""

    channel: Channel
    next_step: Sentence
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessComplaint:
    """Record the initial assessment."""

    severity: Severity
    complexity: Complexity
    safety: bool
    immediate_action: bool
    reason: Sentence
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFacts:
    """Add what is new. Facts the case already has are left out, so asking twice is harmless.

    Give `words` only where they differ from those of before: sealed values cannot be compared.
    """

    facts: Facts = ()
    words: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawComplaint:
    """Record that the complainant wants to stop."""

    reason: Sentence
    channel: Channel
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandOff:
    """Offer the assessed complaint to investigation. With `standing` it runs on under that standing solution."""

    reason: Sentence
    ready: tuple[Name, ...] = ()
    open: tuple[Name, ...] = ()
    standing: StandingRef | None = None
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackHandOff:
    """Investigation declined the offer `offer_id`. `outstanding` is the event id of the newest HandOffOffered of
    this stream: an answer to an earlier offer has no effect."""

    offer_id: UUID
    outstanding: UUID | None
    reason: Sentence


Command: TypeAlias = (
    ReceiveComplaint
    | AcknowledgeComplaint
    | AssessComplaint
    | AddFacts
    | WithdrawComplaint
    | OfferHandOff
    | TakeBackHandOff
)
