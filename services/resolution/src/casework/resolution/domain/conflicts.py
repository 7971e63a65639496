"""Who may not decide, approve or review anything of this case: those it names, and those with a stake in it.

`refuse_conflict(person, state.conflicts)` is what every command asks that puts a person in such a place.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.conflicts import Conflicts
from casework.shared.conflicts import refuse_conflict as refuse_conflict
from casework.shared.contracts.conflicts import BarredFromDeciding
from casework.shared.contracts.types import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePersons:
    """Another service recorded that the complaint names these persons, or that they have a stake in it. Never
    refused."""

    persons: tuple[Name, ...]


def decide(command: NotePersons, conflicts: Conflicts) -> tuple[BarredFromDeciding, ...]:
    """Those who were not barred before."""
    new = conflicts.new_among(command.persons)
    return (BarredFromDeciding(persons=new),) if new else ()


def evolve(conflicts: Conflicts, event: BarredFromDeciding) -> Conflicts:
    """Who is barred after `event`."""
    return conflicts.with_more(event.persons)
