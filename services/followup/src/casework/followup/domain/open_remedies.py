"""Remedies that the complainant has not got yet, as resolution tells of them.

Invariant: while one is open, nobody closes the case. What resolution told twice, or what fits no more, has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.contracts.followup import RemedyOwed, RemedySettled
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRemedy:
    """Resolution told of a remedy: whether the complainant is still to get it. Never refused."""

    remedy: int
    owed: bool


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


def evolve(remedies: OpenRemedies, event: RemedyEvent) -> OpenRemedies:
    """The remedies that are owed after `event`."""
    match event:
        case RemedyOwed(remedy=remedy):
            return (*remedies, remedy)
        case RemedySettled(remedy=remedy):
            return tuple(each for each in remedies if each != remedy)
        case _:
            assert_never(event)
