"""Who may not investigate this case, and who does so instead.

Invariant: nobody who is barred is made the investigator, and a finding of somebody barred is none. Whoever held the
case before it became known has to be relieved first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.conflicts import Conflicts, refuse_conflict
from casework.shared.contracts.conflicts import (
    MOST_PERSONS,
    BarredFromInvestigating,
    InvestigatorAssigned,
    Persons,
    StakeDeclared,
)
from casework.shared.contracts.types import Name, Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePersons:
    """Intake recorded that the complaint names these persons from now on, and nobody else. Never refused."""

    persons: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareStake:
    """Somebody says that these have a stake in the case: their own, or another's."""

    persons: Persons
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignInvestigator:
    """Let `holder` investigate from now on."""

    holder: Name
    reason: Sentence


ConflictCommand: TypeAlias = NotePersons | DeclareStake | AssignInvestigator
ConflictEvent: TypeAlias = BarredFromInvestigating | StakeDeclared | InvestigatorAssigned


class TooManyStakes(Refusal):
    code = "too-many-stakes"

    def __init__(self) -> None:
        super().__init__(
            f"With these, more than {MOST_PERSONS} people would have a stake in the case; name only those of the house"
            " who could come to judge it."
        )


def decide(command: ConflictCommand, conflicts: Conflicts) -> tuple[ConflictEvent, ...]:
    """The events that `command` brings about. Raises `ConflictOfInterest` and `TooManyStakes`."""
    match command:
        case NotePersons(persons=persons):
            now = conflicts.now_naming(persons)
            return () if now == conflicts else (BarredFromInvestigating(persons=now.named),)
        case DeclareStake(persons=persons, reason=reason):
            after = conflicts.with_stakes(persons)
            # Resolution records them all in one event.
            if len(after.stakes) > MOST_PERSONS:
                raise TooManyStakes
            return () if after == conflicts else (StakeDeclared(persons=persons, reason=reason),)
        case AssignInvestigator(holder=holder, reason=reason):
            refuse_conflict(holder, conflicts)
            return (InvestigatorAssigned(holder=holder, reason=reason),)
        case _:
            assert_never(command)


def evolve(conflicts: Conflicts, event: ConflictEvent) -> Conflicts:
    """Who is barred after `event`."""
    match event:
        case BarredFromInvestigating(persons=persons):
            return conflicts.now_naming(persons)
        case StakeDeclared(persons=persons):
            return conflicts.with_stakes(persons)
        case InvestigatorAssigned():
            return conflicts
        case _:
            assert_never(event)
