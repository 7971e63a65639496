"""What resolution publishes of talks with the complainant: calls, what came of them, and agreements put into words; and
what follow-up notes of agreements, since a case is not closed over one that nobody has settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.types import Instant, Money, Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel

AgreeingSide: TypeAlias = Literal["organisation", "complainant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """`by`, as `role`, offered the complainant a call, at `at` where a time was named."""

    call_id: UUID
    by: Name
    at: Instant | None = None
    role: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecorded:
    """What came of the call that was held at `held_at`, as `by`, as `role`, sent it to the complainant in writing."""

    call_id: UUID
    held_at: Instant
    result: Sealed
    sent_by: Channel
    by: Name
    wording: SafeInt | None = None
    role: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedItem:
    """One thing that is agreed on, in full: what, how many, and how much money. Nothing personal."""

    what: Sentence
    quantity: Annotated[SafeInt, Field(ge=1)] | None = None
    amount: Money | None = None


AgreedItems: TypeAlias = Annotated[tuple[AgreedItem, ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRestated:
    """What was agreed, put into words in full. Both sides are asked to accept it before `due_at`; until then it binds
    nobody. `call_id` is the talk that it came from."""

    agreement_id: UUID
    items: AgreedItems
    due_at: Instant
    by: Name
    call_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAccepted:
    """One side accepted the agreement as it was put into words, shown by `proof`."""

    agreement_id: UUID
    side: AgreeingSide
    channel: Channel
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementBound:
    """Both sides have accepted: from now on the agreement binds them."""

    agreement_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementGivenUp:
    """The agreement came to nothing, and nobody is asked to accept it any more."""

    agreement_id: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPending:
    """Follow-up: an agreement waits to be accepted by both sides."""

    agreement_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSettled:
    """Follow-up: the agreement binds both sides, or was given up."""

    agreement_id: UUID
    bound: bool
