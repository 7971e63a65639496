"""The guess at what would settle a complaint, compared with what was given and what the complainant said.

Invariant: the guess decided nothing on the way. Where what was given does not speak for itself, the complainant is
asked before the case is closed, and their word settles whether the guess was right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from casework.shared.contracts.followup import MotiveCompared
from casework.shared.contracts.types import Sealed
from casework.shared.contracts.vocabulary import Motive, RemedyKind
from casework.shared.errors import Refusal

ANSWERS: Mapping[Motive, frozenset[RemedyKind]] = {
    "vent": frozenset({"explanation", "apology"}),
    "respect": frozenset({"apology"}),
    "compensation": frozenset({"refund", "replacement", "repair", "correction"}),
}
"""What speaks for itself: with one of these, that motive was answered, and nobody needs to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The guess of the assessment, and the kinds of remedy that were decided on since, each once."""

    motive: Motive
    remedies: tuple[RemedyKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMotiveAnswer:
    """Record what the complainant says to it: whether they were `answered`, in their `words`. `given` is None where
    nobody guessed."""

    answered: bool
    words: Sealed
    given: Given | None


class NoMotive(Refusal):
    code = "no-motive"

    def __init__(self) -> None:
        super().__init__("The assessment names no motive, so there is nothing to compare; close the case without.")


class MotiveNotAnswered(Refusal):
    code = "motive-not-answered"

    def __init__(self, given: Given) -> None:
        what = ", ".join(given.remedies) or "nothing"
        super().__init__(
            f"The assessment took the motive to be {given.motive}, and what was given is: {what}. Ask the complainant"
            f" whether {given.motive} was answered, record what they say, and close the case then."
        )


def decide(command: RecordMotiveAnswer) -> tuple[MotiveCompared]:
    """The comparison by what the complainant says. Raises `NoMotive`."""
    if command.given is None:
        raise NoMotive
    return (
        MotiveCompared(
            motive=command.given.motive,
            given=command.given.remedies,
            words=command.words,
            result="matched" if command.answered else "not-matched",
        ),
    )


def at_closure(given: Given | None, *, is_compared: bool) -> tuple[MotiveCompared, ...]:
    """The comparison that closing itself makes: none where there is nothing to compare or it was done. Raises
    `MotiveNotAnswered` where the complainant has to be asked first."""
    if given is None or is_compared:
        return ()
    if ANSWERS[given.motive].isdisjoint(given.remedies):
        raise MotiveNotAnswered(given)
    return (MotiveCompared(motive=given.motive, given=given.remedies, result="matched"),)
