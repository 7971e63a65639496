"""What intake publishes of what the complainant wants: demands, numbered from 1 in their case.

A demand is what was asked for. Why somebody is dissatisfied is the cause, which is recorded apart and is never moved by
a change of demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.types import Money, Name, Sealed

DemandKind: TypeAlias = Literal[
    "refund",
    "compensation",
    "replacement",
    "repair",
    "put-right",
    "correction",
    "explanation",
    "apology",
    "being-valued",
    "other",
]
DemandHow: TypeAlias = Literal["explicit", "inferred"]
"""Whether the complainant said so, or the handler concludes it from what they said."""
DemandNumber: TypeAlias = Annotated[int, Field(ge=1, le=1_000)]
Amounts: TypeAlias = Annotated[tuple[Money, ...], Field(max_length=10)]
"""What a demand asks for in money: at most one amount of each currency, none where it is not about money."""
Alternatives: TypeAlias = Annotated[tuple[Money, ...], Field(min_length=2, max_length=10)]
"""Amounts of which any one would do, as in "2,000, or all 3,300". They stand beside `amounts`, which are asked for
besides, in other currencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandStated:
    """What the complainant wants, as one demand of possibly several. `asked_directly`: they were asked how it should be
    settled. `words` is what they said, sealed."""

    number: DemandNumber
    kind: DemandKind
    how: DemandHow
    asked_directly: bool
    amounts: Amounts = ()
    words: Sealed | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandBefore:
    """What a demand was until it changed."""

    version: DemandNumber
    kind: DemandKind
    amounts: Amounts = ()
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandChanged:
    """The complainant now wants something else: `version` 2 or later of the demand `number`, with the one before."""

    number: DemandNumber
    version: DemandNumber
    before: DemandBefore
    kind: DemandKind
    how: DemandHow
    asked_directly: bool
    amounts: Amounts = ()
    words: Sealed | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandNotStated:
    """The complainant was asked what they want and does not wish to say."""

    asked_by: Name
