"""Remedies that the complainant has not got yet, or that failed, as resolution tells of them.

Invariant: while one is open, nobody closes the case; one that failed is open again, and asks the next rung above all
that the case has been on. What resolution told twice, or what fits no more, has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.followup.domain import case_clocks
from casework.followup.domain.case_clocks import CaseClockEvent, CaseClocks
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.followup import RemedyOwed, RemedySettled
from casework.shared.contracts.types import Instant
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRemedy:
    """Resolution told of a remedy: whether the complainant is still to get it. Never refused."""

    remedy: int
    owed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFailedRemedy:
    """A remedy did not put it right, by the event `about` of resolution. Never refused."""

    remedy: int
    about: UUID
    at: Instant
    rulebook: Rulebook


OpenRemedies: TypeAlias = tuple[int, ...]
"""The numbers of the remedies that are owed."""
RemedyEvent: TypeAlias = RemedyOwed | RemedySettled


class RemedyNotReceived(Refusal):
    code = "remedy-not-received"

    def __init__(self, remedies: OpenRemedies) -> None:
        numbers = ", ".join(map(str, remedies))
        super().__init__(
            f"The complainant has not got remedy {numbers} yet; record that it was received, with what shows it, or"
            " that it is not wanted any more."
        )


def require_received(remedies: OpenRemedies) -> None:
    """Raises `RemedyNotReceived`."""
    if remedies:
        raise RemedyNotReceived(remedies)


def note(command: NoteRemedy, remedies: OpenRemedies) -> tuple[RemedyEvent, ...]:
    """The event of a change; none where nothing changes."""
    if command.owed == (command.remedy in remedies):
        return ()
    return (RemedyOwed(remedy=command.remedy) if command.owed else RemedySettled(remedy=command.remedy),)


def note_failed(
    command: NoteFailedRemedy, remedies: OpenRemedies, clocks: CaseClocks
) -> tuple[RemedyEvent | CaseClockEvent, ...]:
    """The remedy is owed again, and the next rung is asked. Nobody is asked about an imported case (K14), nor where
    the institution has no such ladder."""
    owed = note(NoteRemedy(remedy=command.remedy, owed=True), remedies)
    ladder = command.rulebook.ladder_of_purpose("failed-remedy")
    if ladder is None or clocks.imported or any(each.about == command.about for each in clocks.climbs):
        return owed
    highest = max((each.rung for each in clocks.climbs), default=0)
    asked = case_clocks.climb(
        command.about, ladder.ref, "remedy-failed", command.at, command.rulebook, clocks, above=highest
    )
    return (*owed, *asked)


def evolve(remedies: OpenRemedies, event: RemedyEvent) -> OpenRemedies:
    """The remedies that are owed after `event`."""
    match event:
        case RemedyOwed(remedy=remedy):
            return (*remedies, remedy)
        case RemedySettled(remedy=remedy):
            return tuple(each for each in remedies if each != remedy)
        case _:
            assert_never(event)
