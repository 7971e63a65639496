"""What is asserted about what happened: by whom, and whether it is open, verified or contested.

Invariant: a fact counts from 1 and keeps its number; nothing is verified by being said, and no fact is ever taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.contracts.card import FactAsserted, FactStandingChanged, Standing
from casework.shared.contracts.types import Sealed
from casework.shared.contracts.vocabulary import Side
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertFact:
    """Record that somebody says that something is so."""

    words: Sealed
    asserted_by: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFactStanding:
    """Record what the asserted fact `number` now counts as, and why."""

    number: int
    standing: Standing
    reason: Sealed


AssertedCommand: TypeAlias = AssertFact | ChangeFactStanding
AssertedEvent: TypeAlias = FactAsserted | FactStandingChanged


class FactUnknown(Refusal):
    code = "fact-unknown"

    def __init__(self, number: int, known: int) -> None:
        those = f"it has 1 to {known}" if known else "it has none yet; record who asserts what first"
        super().__init__(f"This case has no asserted fact {number}; {those}.")


class TooManyFacts(Refusal):
    code = "too-many-facts"

    def __init__(self) -> None:
        super().__init__("A case takes at most 1,000 asserted facts; put several into one.")


Asserted: TypeAlias = tuple[Standing, ...]
"""The standing of each asserted fact, in order of their numbers."""
_MOST = 1_000


def decide(command: AssertedCommand, asserted: Asserted) -> tuple[AssertedEvent, ...]:
    """The events that `command` brings about; none where the standing is that already. Raises the refusals above."""
    match command:
        case AssertFact(words=words, asserted_by=asserted_by):
            if len(asserted) >= _MOST:
                raise TooManyFacts
            return (FactAsserted(number=len(asserted) + 1, words=words, asserted_by=asserted_by),)
        case ChangeFactStanding(number=number, standing=standing, reason=reason):
            if not 1 <= number <= len(asserted):
                raise FactUnknown(number, len(asserted))
            if asserted[number - 1] == standing:
                return ()
            return (FactStandingChanged(number=number, standing=standing, reason=reason),)
        case _:
            assert_never(command)


def evolve(asserted: Asserted, event: AssertedEvent) -> Asserted:
    """The standings after `event`."""
    match event:
        case FactAsserted():
            return (*asserted, "open")
        case FactStandingChanged(number=number, standing=standing):
            at = number - 1
            return (*asserted[:at], standing, *asserted[at + 1 :])
        case _:
            assert_never(event)
