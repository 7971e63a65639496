"""A hand-off: offered by the giver, then accepted or declined by the receiver, whose stream decides.

Each service subclasses these, so that a class stands for exactly one registered type name.
An offer is known by the id of the event that made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Name, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The giver asks `to` to take the work. `ready` is what is done, `open` what is still to do.

    Until it is accepted the giver holds the work; the case owner stays the same whoever holds it.
    """

    to: ServiceName
    reason: Sentence
    ready: tuple[Name, ...]
    open: tuple[Name, ...]
    category: Name
    owner: Name
    standing: StandingRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The receiver has the work from here on; `holder` is the person or team that does it."""

    offer_id: UUID
    holder: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The receiver does not take the work: it stays with the giver."""

    offer_id: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The giver has seen the offer declined and carries on with the work; it may be offered anew."""

    offer_id: UUID
    reason: Sentence
