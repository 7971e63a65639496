"""Who may not decide, approve or review anything of this case: those it names, and those with a stake in it.

`refuse_conflict(person, state.conflicts)` is what every command asks that puts a person in such a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.conflicts import Conflicts
from casework.shared.conflicts import refuse_conflict as refuse_conflict
from casework.shared.contracts.conflicts import BarredFromDeciding
from casework.shared.contracts.types import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePersons:
    """Intake recorded that the complaint names these persons from now on, and nobody else. Never refused."""

    persons: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStake:
    """Investigation recorded that these have a stake in the case. Never refused."""

    persons: tuple[Name, ...]


ConflictCommand: TypeAlias = NotePersons | NoteStake


def decide(command: ConflictCommand, conflicts: Conflicts) -> tuple[BarredFromDeciding, ...]:
    """Who is barred from now on, where that is new."""
    match command:
        case NotePersons(persons=persons):
            after = conflicts.now_naming(persons)
        case NoteStake(persons=persons):
            after = conflicts.with_stakes(persons)
        case _:
            assert_never(command)
    return () if after == conflicts else (BarredFromDeciding(named=after.named, stakes=after.stakes),)


def evolve(_conflicts: Conflicts, event: BarredFromDeciding) -> Conflicts:
    """Who is barred after `event`."""
    return Conflicts(named=event.named, stakes=event.stakes)
