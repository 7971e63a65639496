"""What resolution publishes of deciding between two parties: the talk that comes first, and the one ruling after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.answers import OutsideRoute
from casework.shared.contracts.evidence import MOST_ITEMS, Giver, Number, Reason, Ruling
from casework.shared.contracts.types import Instant, Money, Name, Prose, SafeInt
from casework.shared.contracts.vocabulary import Channel, Outcome

RuledParty: TypeAlias = Literal["complainant", "respondent"]
NegotiationResult: TypeAlias = Literal["tried", "declined"]
"""`tried`: they talked and did not agree. Where nobody answers in time the invitation is over by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationInvited:
    """Both parties were asked to talk, and to answer by `answer_by`. `by` is who asked them."""

    negotiation_id: UUID
    answer_by: Instant
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationEnded:
    """The talk was tried without agreement, or one `party` declined it, at `at`."""

    negotiation_id: UUID
    result: NegotiationResult
    at: Instant
    party: RuledParty | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledItem:
    """What an item of evidence is worth, and why, as the ruling rests on it."""

    number: Number
    ruling: Ruling
    reason: Reason
    given_by: Giver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What of the money that is held goes to whom."""

    to: RuledParty
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How a party was told of the ruling."""

    to: RuledParty
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class PartiesRuled:
    """The one ruling between two parties, with all that belongs to it: what each item is worth, the decision and its
    reasons, where the money goes, the way outside, and the notice to both.

    `after` says how the talk ended that came first.
    """

    outcome: Outcome
    reasons: Prose
    after: Literal["tried", "declined", "expired"]
    negotiation_id: UUID
    items: Annotated[tuple[RuledItem, ...], Field(max_length=MOST_ITEMS)]
    notices: tuple[Notice, ...]
    by: Name
    held: Money | None = None
    money: tuple[Movement, ...] = ()
    route: OutsideRoute | None = None
    wording: SafeInt | None = None
