"""What resolution publishes about sanctions on a party: infringements judged by a ladder, and single sanctions.

A `party` is a reference, such as a shop's number, and never a person's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Money, Name, Prose, SafeInt, Sentence

Count: TypeAlias = Annotated[SafeInt, Field(ge=1)]
SanctionKind: TypeAlias = Literal["goods-off-sale", "deposit-cut", "shop-down", "rating-lowered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRef:
    """Which version of a ladder of sanctions judged an infringement."""

    id: PolicyId
    version: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionStep:
    """One step of a ladder: `points`, or limits for so many `days`, or neither for a warning and for what is final."""

    kind: Literal["points", "warning", "limits", "closed"]
    points: Annotated[SafeInt, Field(ge=0)] | None = None
    days: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InfringementUpheld:
    """An infringement of the day `on` was established. It is the party's `count`-th that the ladder counts, and brings
    `step`; with `free` it falls into the time after one that was sanctioned, and brings and counts nothing."""

    infringement_id: UUID
    party: Name
    ladder: LadderRef
    on: date
    serious: bool
    ground: Sentence
    count: Count
    step: SanctionStep
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InfringementReversed:
    """An appeal against it succeeded: the party's standing is that of the infringements that remain."""

    infringement_id: UUID
    party: Name
    on: date
    reason: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySanctioned:
    """Something was taken from a party from the day `starts_on`, up to `ends_on` where it ends by itself."""

    sanction_id: UUID
    party: Name
    kind: SanctionKind
    ground: Sentence
    starts_on: date
    ends_on: date | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySanctionAppealed:
    """The party appealed against the sanction, on `grounds` as the handler sums them up."""

    sanction_id: UUID
    party: Name
    on: date
    grounds: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySanctionConfirmed:
    """The appeal failed: the sanction stays."""

    sanction_id: UUID
    party: Name
    on: date
    reason: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySanctionReversed:
    """The sanction is taken back on the day `on`, and `amount` given back. That it was imposed stays recorded."""

    sanction_id: UUID
    party: Name
    on: date
    reason: Prose
    amount: Money | None = None
