"""What intake publishes about who speaks for the complainant, by which authority, and what they were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from casework.shared.contracts.types import SafeInt, Sealed
from casework.shared.contracts.vocabulary import Channel

SpeaksAs: TypeAlias = Literal["representative", "heir", "guardian", "spokesperson"]
"""As what somebody speaks for the complainant. A spokesperson is one of those who complain together."""
Disclosed: TypeAlias = Literal["acknowledgement", "status", "documents", "decision"]
"""What of the case somebody was told or given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeNamed:
    """Somebody speaks for the complainant: number `number` of this case, counted from 1."""

    number: SafeInt
    role: SpeaksAs
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class JointComplaintStated:
    """So many people complain together, and these of their representatives speak for them."""

    complainants: SafeInt
    spokespersons: tuple[SafeInt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityProved:
    """What shows that a representative may speak for the complainant, from the first day to the last. Without
    `valid_until` until somebody takes it back."""

    number: SafeInt
    proof: Sealed
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationDisclosed:
    """The complainant, or the representative of that number, was told or given something of the case."""

    what: Disclosed
    channel: Channel
    to: SafeInt | None = None
