"""Who bears the damage: what investigation publishes of shares and of recourse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.inquiry import Numbers
from casework.shared.contracts.types import Money, Name

Bearer: TypeAlias = Literal["us", "supplier", "carrier", "complainant"]
Stance: TypeAlias = Literal["accepts", "denies", "silent"]
"""What a bearer says to its share."""
Percent: TypeAlias = Annotated[int, Field(ge=1, le=100)]
Documents = Annotated[tuple[Name, ...], Field(max_length=100)]
"""References to papers that are no item of the case, such as `measurement report MR-7`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one bears of the damage. `name` says which supplier or carrier; `evidence` are numbers of items."""

    bearer: Bearer
    percent: Percent
    amount: Money
    name: Name | None = None
    stance: Stance | None = None
    evidence: Numbers | None = None
    documents: Documents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesRuled:
    """Who bears how much of the damage. The shares come to 100, their amounts to the damage. The newest one holds."""

    damage: Money
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecourseOpened:
    """What a supplier or carrier bears is asked back from it. `denied_despite_proof`: it denies what is proven."""

    bearer: Bearer
    name: Name
    amount: Money
    denied_despite_proof: bool = False
