"""What resolution publishes of its answers: what they rest on, the way outside that they name, and apologies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Instant, Name, Prose, SafeInt, Sentence
from casework.shared.contracts.vocabulary import Channel, Outcome, Side

ApologyKind: TypeAlias = Literal["fault", "regret"]
"""`fault` owns up to a fault; `regret` is sorry for the trouble and admits nothing."""
ApologyScope: TypeAlias = Literal["trouble", "delay", "service", "conduct", "defect", "loss"]
"""What an apology is for. `trouble` is what the complainant went through, whoever caused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRoute:
    """Where the complainant can go after the final answer: who, their address, and until when, as it was told.

    `last_day` is the last day on which it can be done, where a rule counts one; `rule` is that rule.
    """

    id: Name
    version: SafeInt
    name_en: Sentence
    name_zh: Sentence
    address_en: Sentence
    address_zh: Sentence
    limit_en: Sentence
    limit_zh: Sentence
    website: Name | None = None
    last_day: date | None = None
    rule: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptNoted:
    """When the complaint was received, and the ids of the deadlines that the institution has for such a complaint.

    `imported`: its history is recorded after the event, and what was done then is not held to what is asked of people
    now.
    """

    received_at: Instant
    deadlines: tuple[PolicyId, ...] = ()
    imported: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementNoted:
    """A person acknowledged the complaint, at `at`: a first human reply."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingNoted:
    """Investigation recorded a finding about this side."""

    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionNoted:
    """What investigation concluded. `cause` says what came of the search for it, where it came with the conclusion."""

    outcome: Outcome
    cause: Literal["found", "not-found"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseNoted:
    """Investigation recorded the cause, or the steps after which it was not found."""

    cause: Literal["found", "not-found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNoted:
    """Investigation has an item of evidence of this number, which answers can cite."""

    number: Annotated[SafeInt, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApologyGiven:
    """`by` apologised to the complainant in `words`, of this kind and for no more than `scope`.

    A `regret` admits nothing, so it changes nobody's share in what happened. `wording` is the version of the policy
    that the words were checked by.
    """

    kind: ApologyKind
    scope: ApologyScope
    words: Prose
    by: Name
    channel: Channel
    wording: SafeInt | None = None
