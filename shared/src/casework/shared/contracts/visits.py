"""What intake publishes about receiving somebody on site: the room, what was heard, the day that was agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias
from uuid import UUID

from casework.shared.contracts.types import Instant, Name, Sealed, Sentence

VisitItem: TypeAlias = Literal[
    "private-room",
    "seats-at-45-degrees",
    "water",
    "facts-heard",
    "feelings-heard",
    "intent-heard",
    "restated",
    "date-agreed",
]
"""What a reception on site consists of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOpened:
    """Somebody is received at `place`; `present` names the persons."""

    visit_id: UUID
    place: Name
    present: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitItemsDone:
    """These items of the checklist are done; those that were ticked before are left out."""

    visit_id: UUID
    items: tuple[VisitItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitClosed:
    """The visit is over, with every item done. The visitor hears of us by the end of `agreed_on`, which is `due_at`."""

    visit_id: UUID
    agreed_on: date
    due_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPromiseKept:
    """The visitor heard of us; `proof` is what shows it."""

    visit_id: UUID
    proof: Sentence
