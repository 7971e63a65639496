"""Who is barred from a case because it names them or they have a stake in it, as two services record it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Name, Sentence

MOST_PERSONS = 100
Persons = Annotated[tuple[Name, ...], Field(max_length=MOST_PERSONS)]
"""Ids of the house's staff, such as `clerk-0417`: nothing else of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredFromInvestigating:
    """The complaint names these from now on, and nobody else: none of them investigates it."""

    persons: Persons = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredFromDeciding:
    """From now on these decide, approve and review nothing of the case: whom it names, and who has a stake in it."""

    named: Persons = ()
    stakes: Persons = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeDeclared:
    """These have a stake in the case, and are barred from it as if it named them."""

    persons: Annotated[Persons, Field(min_length=1)]
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigatorAssigned:
    """Somebody else investigates from now on."""

    holder: Name
    reason: Sentence
