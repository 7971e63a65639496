"""What resolution publishes of remedies: what could be offered, what was offered, answered, sent and received.

Remedies are numbered per case from 1, in the order in which they were proposed (`RemedyProposed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.authority import Number, PolicyRef
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Money, Name, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import Channel, ProofKind, RemedyKind

RefundPath: TypeAlias = Literal["without-refund", "partial", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offerable:
    """A remedy of the catalogue that may be offered in this case."""

    remedy: Word
    kind: RemedyKind
    title_en: Sentence
    title_zh: Sentence
    proof: ProofKind
    cost: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A remedy of the catalogue that may not be offered in this case, and why."""

    remedy: Word
    reason_en: Sentence
    reason_zh: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemediesChecked:
    """What of the catalogue may be offered, by the facts as they were on that day. The latest check holds."""

    on: date
    catalogue: PolicyRef
    offered: tuple[Offerable, ...]
    withheld: tuple[Withheld, ...] = ()
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAssessed:
    """How much of what was paid comes back by the rule. The latest assessment holds."""

    rule: Word
    catalogue: PolicyRef
    paid: Money
    days: SafeInt
    used: SafeInt
    eligible: Money
    path: RefundPath


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOffered:
    """The complainant was offered the remedy, to be answered before `until`."""

    offer_id: UUID
    remedy: Number
    until: Instant
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOfferAnswered:
    """The complainant answered the offer in its time."""

    offer_id: UUID
    remedy: Number
    answer: Literal["accepted", "declined"]
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOfferUnanswered:
    """The time of the offer is over without an answer. Silence is no acceptance."""

    offer_id: UUID
    remedy: Number
    answer: Literal["no-reply"] = "no-reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingOffered:
    """The complainant is offered nothing, for this reason."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedySent:
    """The remedy went out to the complainant. `proof` refers to what shows it, such as a transfer's number."""

    remedy: Number
    proof: Sentence
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyReceived:
    """The complainant has the remedy, shown by `proof`."""

    remedy: Number
    kind: ProofKind
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyCameBack:
    """What was sent did not reach the complainant and is to be sent again."""

    remedy: Number
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyWaived:
    """The complainant does not want the remedy any more, shown by `proof`."""

    remedy: Number
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyFailed:
    """The remedy was sent and did not put it right, for this reason. `failure` counts those of this remedy, from 1."""

    remedy: Number
    kind: RemedyKind
    failure: Number
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondTryChecked:
    """Before a remedy of a kind that had failed was sent again, `by` looked at it; `checked` is what was looked at."""

    remedy: Number
    by: Name
    checked: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAnswerOffered:
    """What is known to settle such a complaint is before the handler, with its steps, to be taken or left."""

    answer: StandingRef
    steps: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAnswerTaken:
    """The handler goes by the ready answer."""

    answer: StandingRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAnswerLeft:
    """The handler leaves the ready answer, for this reason."""

    answer: StandingRef
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsTalkHeld:
    """The complainant was told, at `held_at`, what is possible and what is not. Talks are numbered from 1.

    `said` is what was said; `hardship` only what is true, with what shows it. `agreed` is whether they came together.
    """

    number: Number
    held_at: Instant
    by: Name
    said: Sealed
    agreed: bool
    hardship: Sealed | None = None
    hardship_shown_by: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderAsked:
    """The case is offered to a leader, with the note of the talk that brought no agreement."""

    offer_id: UUID
    talk: Number
    asked_by: Name
    roles: Annotated[tuple[Word, ...], Field(min_length=1)]
    rank: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderTookOver:
    """A leader has the case now, having the note of the talk."""

    offer_id: UUID
    talk: Number
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderDeclined:
    """A leader did not take the case: it stays with whoever had it."""

    offer_id: UUID
    talk: Number
    by: Name
    reason: Sentence
