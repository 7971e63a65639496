"""A hand-off: offered by the giver, then accepted, declined or lapsed. The receiver's stream decides.

Each service subclasses these, so that a class stands for exactly one registered type name.
An offer is known by the id of the event that made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Name, Sentence, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One thing that travels with an offer, such as `place-and-time`. `value` says it, or where it is to be found, and
    is never personal: contact data stays sealed on the case, and `complainant` as value says that it is there."""

    name: Word
    value: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who is asked to take an offer, ids of the file of people in the order of being asked, and why it is they: named
    by the giver, on duty with the `skills` that the work takes, or the supervisor or the duty because nobody is.
    Whoever else takes it has those skills."""

    skills: Annotated[tuple[Word, ...], Field(max_length=50)]
    unit: Name | None = None
    asked: Annotated[tuple[Name, ...], Field(min_length=1)]
    because: Literal["named", "skill", "supervisor", "duty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The giver asks `to` to take the work. `ready` is what is done, `open` what is still to do.

    Until it is accepted the giver holds the work; the case owner stays the same whoever holds it. `kind` is a kind of
    hand-off of the institution, and `team` the one of `to` that is asked. An offer may be tied to a `moment`, such as
    the beginning of a lesson: if nobody has accepted it by then, `acting_owner` acts. `routing` says who of `to` is
    asked.
    """

    to: ServiceName
    reason: Sentence
    ready: tuple[Name, ...]
    open: tuple[Name, ...]
    category: Name
    owner: Name
    standing: StandingRef | None = None
    kind: Word | None = None
    checklist: tuple[ChecklistItem, ...] | None = None
    team: Name | None = None
    moment: Instant | None = None
    acting_owner: Name | None = None
    routing: Routing | None = None


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
class Lapsed:
    """Nobody answered the offer in its time. It is over, and the giver still has the work."""

    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The giver has seen the offer declined or lapsed and carries on with the work; it may be offered anew."""

    offer_id: UUID
    reason: Sentence
