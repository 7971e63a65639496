"""What resolution publishes of the demands of a complaint: which it knows of, and the answer to each.

Invariant: a demand is answered by its number and version, once, unless the complainant contests or changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.demands import Alternatives, Amounts, DemandKind, DemandNumber
from casework.shared.contracts.types import Money, Name, Prose, SafeInt

Answer: TypeAlias = Literal["met", "refused"]
AnsweredBy: TypeAlias = Literal["respondent", "adjudicator"]
"""Who answered where it was not the organisation itself: the party complained about, or who rules between both."""
Number: TypeAlias = Annotated[SafeInt, Field(ge=1)]
Numbers: TypeAlias = Annotated[tuple[Number, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedDemand:
    """One demand as intake has it. `demand_id` is what its clock is about; it and `owner` are there once somebody
    answers for the demand. `amounts` and `alternatives` are what it claims in money."""

    number: DemandNumber
    version: DemandNumber
    kind: DemandKind
    demand_id: UUID | None = None
    owner: Name | None = None
    amounts: Amounts | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandsNoted:
    """Resolution knows of these demands, in these versions. What it knew of them before no longer counts."""

    demands: tuple[NotedDemand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandAnswered:
    """One demand was decided, on its own day. `evidence` are the numbers of the items the answer rests on; a refusal
    has its reason. `by` is absent where the organisation itself answered. `granted` is what a demand that was met gives
    in money, where the answer says so: never more than was claimed, the highest of its alternatives at most."""

    number: DemandNumber
    version: DemandNumber
    answer: Answer
    reason: Prose | None = None
    evidence: Numbers | None = None
    demand_id: UUID | None = None
    by: AnsweredBy | None = None
    granted: Money | None = None
