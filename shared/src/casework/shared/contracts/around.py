"""What intake publishes of all that belongs to a complaint beside its receipt: who answers for each demand, the items
of a claim, the agreed problem, contacts, respondents, quarrels between others, posts about it.

Invariant: each kind of thing is numbered from 1 in its case, and no number is given twice. What people said is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.types import Instant, Name, Prose, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import Channel, Outcome

Number: TypeAlias = Annotated[SafeInt, Field(ge=1, le=1_000)]
"""The number of a thing on its case, or of a version of it, from 1."""
Quantity: TypeAlias = Annotated[SafeInt, Field(ge=1)]
Urgency: TypeAlias = Literal["at-once", "soon", "can-wait"]
"""How soon a demand has to be seen to, the most urgent first."""
Condition: TypeAlias = Literal["missing", "damaged", "defective", "wrong", "late"]
Result: TypeAlias = Literal["replaced", "repaired", "refunded", "credited", "found-in-order", "given-up"]
DisputeState: TypeAlias = Literal["open", "settled", "withdrawn"]
DisputeSide: TypeAlias = Literal["complainant", "third-party"]
ReportedTo: TypeAlias = Literal["head-office-media-watch", "regulator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandTaken:
    """Somebody answers for one version of a demand, by a time of its own. `demand_id` is what its clock is about;
    `replaces` is that of the version before, whose time no longer counts."""

    number: Number
    version: Number
    demand_id: UUID
    owner: Name
    urgency: Urgency
    due_at: Instant
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandPassedOn:
    """Somebody else answers for the demand now, or it is more or less urgent than was thought. Its time stands."""

    number: Number
    owner: Name
    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemListed:
    """One item of a claim: `quantity` of the `delivered` are in this condition. `demand` is the number of what is
    demanded for it, where that was stated."""

    number: Number
    goods: Name
    quantity: Quantity
    delivered: Quantity
    condition: Condition
    demand: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSettled:
    """What became of one item; the others of the claim go on."""

    number: Number
    result: Result
    note: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemStated:
    """The problem as it was restated to the complainant, in what version, and what was said to come next by when."""

    version: Number
    statement: Sealed
    next_step: Sentence
    next_by: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAgreed:
    """The complainant said yes to that version: it is the scope of the case from now on."""

    version: Number
    channel: Channel
    next_step: Sentence
    next_by: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLinked:
    """The complainant came again about the same complaint, perhaps by another channel. The receipt is contact 1.

    `source` and `source_reference` are how another system knows this contact.
    """

    number: Number
    channel: Channel
    contacted_at: Instant
    source: Name | None = None
    source_reference: Name | None = None
    words: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentNamed:
    """The complaint is against this one too. `respondent_id` is what its clocks are about."""

    number: Number
    respondent_id: UUID
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentWithdrawn:
    """The complainant no longer complains of this respondent; the complaint goes on against the others."""

    number: Number
    respondent_id: UUID
    reason: Sentence
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentAnswered:
    """What the complaint came to as far as this respondent is concerned."""

    number: Number
    respondent_id: UUID
    outcome: Outcome
    reason: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLinked:
    """The complainant quarrels with somebody else over the same matter, or over one item of it: theirs to settle.

    `third_party` is what the other is in the matter, such as `forwarder`, and no name.
    """

    number: Number
    third_party: Word
    item: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeStateNoted:
    """How the quarrel between the others stands now, as far as we heard."""

    number: Number
    state: DisputeState


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWordsRecorded:
    """What one side of the quarrel told us. The other side is never shown it."""

    number: Number
    side: DisputeSide
    words: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLinked:
    """Somebody published something about the complaint. `address` is where, sealed: it may name its author."""

    number: Number
    medium: Name
    posted_on: date
    address: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class PostStatementApproved:
    """`by` approved these words for us to state in public about the post."""

    number: Number
    statement: Prose
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswered:
    """The facts were stated in public, in our name: by whom, and who approved these words."""

    number: Number
    statement: Prose
    author: Name
    approved_by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReported:
    """The post was reported upward."""

    number: Number
    to: ReportedTo
    reported_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundRecorded:
    """On what ground the complaint rests, as a code, and the receipt of which organisation's complaint: all that like
    cases are found by. It decides nothing."""

    ground: Word
    organisation: Name | None = None
    received_at: Instant
