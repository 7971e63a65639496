"""What resolution publishes of authority: approvals that are asked and given, what the approver is brought, the options
that were compared, and actions outside the matter.

Approvals and comparisons are numbered per case from 1, each for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId, Rank
from casework.shared.contracts.types import Money, Name, Prose, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import OutsideAction, ProofKind, RemedyClass, RemedyKind, Side

Number: TypeAlias = Annotated[SafeInt, Field(ge=1)]
ApprovalGround: TypeAlias = Literal["over-limit", "over-eligible", "over-budget"]
"""Why somebody else has to approve: more than the proposer's own limit, than the rule gives, or than the purse has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRef:
    """Which version of a policy a decision was made under."""

    id: PolicyId
    version: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to put it right: what it costs, in how many days, who pays, and what may go wrong."""

    what: Sentence
    cost: Money
    days: Annotated[SafeInt, Field(ge=0)]
    payer: Side
    risk: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """A remedy is held back until somebody with authority approves it.

    `roles` are those that suffice, lowest first: the first of them is asked, and `rank` is the lowest that suffices.
    `needs_pack` says that facts, scenarios and options have to be brought first; `at_cost` that the amount is what the
    remedy costs us, and not what the complainant gets.
    """

    approval_id: UUID
    number: Number
    kind: RemedyKind
    description: Prose
    amount: Money
    asked_by: Name
    ground: ApprovalGround
    roles: tuple[Word, ...]
    rank: Rank
    authority: PolicyRef
    needs_pack: bool = False
    at_cost: bool = False
    remedy: Word | None = None
    remedy_class: RemedyClass | None = None
    proof: ProofKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven:
    """Somebody with authority approved it: the remedy is proposed."""

    approval_id: UUID
    number: Number
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused:
    """Somebody with authority said no: the remedy stays held back."""

    approval_id: UUID
    number: Number
    by: Name
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPackBrought:
    """What the approver decides on. Another pack takes the place of the one before, except its quote.

    `quote` is what the complainant said, word for word, and stands for ever; `reading` is what its taker makes of it.
    `floor` is the line below which nobody should go, for the approver's eyes.
    """

    number: Number
    facts: tuple[Sentence, ...]
    scenarios: tuple[Sentence, ...]
    options: tuple[Option, ...]
    floor: Sealed | None = None
    quote: Sealed | None = None
    reading: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAmended:
    """What the taker makes of the quote is another now; the quote is the same."""

    number: Number
    reading: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsCompared:
    """Ways to put it right, side by side; options are numbered from 1 in their order."""

    number: Number
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChosen:
    """One of the options is taken, for a reason. Those of `left` were not, and stay on record."""

    number: Number
    option: Number
    left: tuple[Number, ...]
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideActionAllowed:
    """Somebody with authority allows an action outside the matter, once, before it happens."""

    number: Number
    action: OutsideAction
    by: Name
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideActionTaken:
    """It was done: under the permission `allowed`, or without one on the ground of danger to life."""

    number: Number
    action: OutsideAction
    by: Name
    reason: Sealed
    allowed: Number | None = None
    ground: Literal["danger"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideActionReported:
    """What was done in danger was reported to somebody with authority, afterwards."""

    number: Number
    to: Name
    report: Sealed
