"""Who is barred from a case because it names them, as investigation and resolution each record it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Name, Sentence

Persons = Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]
"""Ids of the house's staff, such as `clerk-0417`: nothing else of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Nobody of these ids may judge the case: the complaint names them, or they have a stake in it."""

    persons: Persons


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredFromInvestigating(Barred):
    """Investigation knows that the complaint names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredFromDeciding(Barred):
    """Resolution knows that the complaint names them, or that they have a stake in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeDeclared(Barred):
    """These have a stake in the case, and are barred from it as if it named them."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigatorAssigned:
    """Somebody else investigates from now on."""

    holder: Name
    reason: Sentence
