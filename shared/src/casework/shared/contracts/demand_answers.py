"""What resolution publishes of the demands of a complaint: which it knows of, and the answer to each.

Invariant: a demand is answered by its number and version, once, unless the complainant contests or changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.demands import DemandKind, DemandNumber
from casework.shared.contracts.types import Name, Prose, SafeInt

Answer: TypeAlias = Literal["met", "refused"]
Number: TypeAlias = Annotated[SafeInt, Field(ge=1)]
Numbers: TypeAlias = Annotated[tuple[Number, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedDemand:
    """One demand as intake has it. `demand_id` is what its clock is about; it and `owner` are there once somebody
    answers for the demand."""

    number: DemandNumber
    version: DemandNumber
    kind: DemandKind
    demand_id: UUID | None = None
    owner: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandsNoted:
    """Resolution knows of these demands, in these versions. What it knew of them before no longer counts."""

    demands: tuple[NotedDemand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandAnswered:
    """One demand was decided, on its own day. `evidence` are the numbers of the items the answer rests on; a refusal
    has its reason."""

    number: DemandNumber
    version: DemandNumber
    answer: Answer
    reason: Prose | None = None
    evidence: Numbers | None = None
    demand_id: UUID | None = None
