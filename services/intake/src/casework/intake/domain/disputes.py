"""Quarrels between others: the buyer claims on the forwarder over the same cartons. Theirs to settle, ours to know of.

Invariant: what one side told us is kept apart from what the other did, and a quarrel's state moves nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import (
    DisputeLinked,
    DisputeSide,
    DisputeState,
    DisputeStateNoted,
    DisputeWordsRecorded,
)
from casework.shared.contracts.types import Sealed, Word
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDispute:
    """Record a quarrel of the complainant with a third party, over item `item` of the claim if it is about one."""

    third_party: Word
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDisputeState:
    """Record what was heard of how a quarrel stands."""

    number: int
    state: DisputeState


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDisputeWords:
    """Record what one side of a quarrel told us."""

    number: int
    side: DisputeSide
    words: Sealed


DisputeCommand: TypeAlias = LinkDispute | NoteDisputeState | RecordDisputeWords
DisputeEvent: TypeAlias = DisputeLinked | DisputeStateNoted | DisputeWordsRecorded


class DisputeAlreadyLinked(Refusal):
    code = "dispute-already-linked"

    def __init__(self, number: int) -> None:
        super().__init__(f"That quarrel is linked already, as number {number}; go on with that one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What later decisions need to know of a quarrel."""

    third_party: str
    item: int | None
    state: DisputeState = "open"


Disputes: TypeAlias = tuple[Dispute, ...]
"""Quarrel 1 first."""


def decide(command: DisputeCommand, disputes: Disputes, items: int) -> tuple[DisputeEvent, ...]:
    """The events that `command` brings about; none for a state that is known. `items` is how many the claim has.

    Raises `NotNumbered`, `TooMany` and `DisputeAlreadyLinked`."""
    match command:
        case LinkDispute(third_party=third_party, item=item):
            if item is not None:
                NotNumbered.require("item", item, items)
            for at, each in enumerate(disputes, 1):
                if (each.third_party, each.item, each.state) == (third_party, item, "open"):
                    raise DisputeAlreadyLinked(at)
            number = TooMany.following("quarrel", len(disputes))
            return (DisputeLinked(number=number, third_party=third_party, item=item),)
        case NoteDisputeState(number=number, state=state):
            NotNumbered.require("quarrel", number, len(disputes))
            return () if disputes[number - 1].state == state else (DisputeStateNoted(number=number, state=state),)
        case RecordDisputeWords(number=number, side=side, words=words):
            NotNumbered.require("quarrel", number, len(disputes))
            return (DisputeWordsRecorded(number=number, side=side, words=words),)
        case _:
            assert_never(command)


def evolve(disputes: Disputes, event: DisputeEvent) -> Disputes:
    """The quarrels after `event`."""
    match event:
        case DisputeLinked(third_party=third_party, item=item):
            return (*disputes, Dispute(third_party=third_party, item=item))
        case DisputeStateNoted(number=number, state=state):
            return tuple(replace(each, state=state) if at == number else each for at, each in enumerate(disputes, 1))
        case DisputeWordsRecorded():
            return disputes
        case _:
            assert_never(event)
