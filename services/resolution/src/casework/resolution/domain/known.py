"""What the others recorded, as far as answers rest on it: the receipt, the findings, the conclusion and the cause.

Invariant: each is noted when it is news and never refused, whichever order they come in; nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from casework.shared.contracts.answers import (
    AcknowledgementNoted,
    CauseNoted,
    ConclusionNoted,
    EvidenceNoted,
    FindingNoted,
    ReceiptNoted,
)
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Instant
from casework.shared.contracts.vocabulary import Outcome, Side

Search: TypeAlias = Literal["found", "not-found"]
"""What came of the search for the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReceipt:
    """The complaint was received. The fields are those of `ReceiptNoted`. Never refused."""

    received_at: Instant
    deadlines: tuple[PolicyId, ...] = ()
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAcknowledgement:
    """A person acknowledged the complaint at `at`. Never refused."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFinding:
    """Investigation recorded a finding about `side`. Never refused."""

    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteConclusion:
    """Investigation concluded; `cause` where it said so. Never refused."""

    outcome: Outcome
    cause: Search | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCause:
    """Investigation recorded what came of the search for the cause. Never refused."""

    cause: Search


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEvidence:
    """Investigation has an item of evidence of this number. Never refused."""

    number: int


KnownCommand: TypeAlias = NoteReceipt | NoteAcknowledgement | NoteFinding | NoteConclusion | NoteCause | NoteEvidence
KnownEvent: TypeAlias = (
    ReceiptNoted | AcknowledgementNoted | FindingNoted | ConclusionNoted | CauseNoted | EvidenceNoted
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What answers rest on. `deadlines` is None where the receipt was not noted. `asks_cause` says whether the cause
    is wanted before a decision: not where people never investigated, or did so before these records began."""

    deadlines: tuple[PolicyId, ...] | None = None
    acknowledged: bool = False
    sides: tuple[Side, ...] = ()
    outcome: Outcome | None = None
    cause: Search | None = None
    asks_cause: bool = True
    items: tuple[int, ...] = ()

    @property
    def anything_found(self) -> bool:
        """Whether investigation has recorded a finding."""
        return bool(self.sides) or self.outcome is not None

    @property
    def found_against_us(self) -> bool:
        """Whether what investigation found, or concluded where it has, bears out that we did something wrong."""
        return "organisation" in self.sides if self.outcome is None else self.outcome != "not-upheld"


NOTHING_KNOWN = Known()


def decide(command: KnownCommand, known: Known) -> tuple[KnownEvent, ...]:
    """The events that `command` brings about: none where it is no news."""
    match command:
        case NoteReceipt(received_at=received_at, deadlines=deadlines, imported=imported):
            if known.deadlines is not None:
                return ()
            return (ReceiptNoted(received_at=received_at, deadlines=deadlines, imported=imported or None),)
        case NoteAcknowledgement(at=at):
            return () if known.acknowledged else (AcknowledgementNoted(at=at),)
        case NoteFinding(side=side):
            return () if side in known.sides else (FindingNoted(side=side),)
        case NoteConclusion(outcome=outcome, cause=cause):
            if outcome == known.outcome and cause in (None, known.cause):
                return ()
            return (ConclusionNoted(outcome=outcome, cause=cause),)
        case NoteCause(cause=cause):
            return () if cause == known.cause else (CauseNoted(cause=cause),)
        case NoteEvidence(number=number):
            return () if number in known.items else (EvidenceNoted(number=number),)
        case _:
            assert_never(command)


def evolve(known: Known, event: KnownEvent) -> Known:
    """What is known after `event`."""
    match event:
        case ReceiptNoted(deadlines=deadlines, imported=imported):
            return replace(known, deadlines=deadlines, asks_cause=known.asks_cause and not imported)
        case AcknowledgementNoted():
            return replace(known, acknowledged=True)
        case FindingNoted(side=side):
            return replace(known, sides=(*known.sides, side))
        case ConclusionNoted(outcome=outcome, cause=cause):
            return replace(known, outcome=outcome, cause=cause or known.cause)
        case CauseNoted(cause=cause):
            return replace(known, cause=cause)
        case EvidenceNoted(number=number):
            return replace(known, items=(*known.items, number))
        case _:
            assert_never(event)
