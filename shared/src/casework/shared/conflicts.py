"""Who may not judge a case: those it names, and those with a stake in it. Pure.

Invariant: once barred from a case, always barred from it; a person is known by an id of the house, however it is cased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casework.shared.contracts.types import Name
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """The ids of the staff who are barred, in the order in which they became known."""

    persons: tuple[Name, ...] = ()

    def bars(self, person: str) -> bool:
        """Whether that person is barred."""
        return _same(person) in map(_same, self.persons)

    def new_among(self, persons: Iterable[Name]) -> tuple[Name, ...]:
        """Those of `persons` who are not barred yet, each once."""
        seen, new = set(map(_same, self.persons)), list[Name]()
        for person in persons:
            if _same(person) not in seen:
                seen.add(_same(person))
                new.append(person)
        return tuple(new)

    def with_more(self, persons: Iterable[Name]) -> Conflicts:
        """After these persons were barred, too."""
        return Conflicts(persons=(*self.persons, *self.new_among(persons)))


NOBODY_BARRED = Conflicts()


class ConflictOfInterest(Refusal):
    code = "conflict-of-interest"

    def __init__(self, person: str) -> None:
        super().__init__(
            f"{person} is named in this complaint or has a stake in it, so nobody of that id investigates, approves or"
            " reviews it; let somebody else do so."
        )


def refuse_conflict(person: str, conflicts: Conflicts) -> None:
    """Raises `ConflictOfInterest` where `person` is barred from the case."""
    if conflicts.bars(person):
        raise ConflictOfInterest(person)


def _same(person: str) -> str:
    return person.strip().casefold()
