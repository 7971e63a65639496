"""Who may not judge a case: those it names, and those with a stake in it. Pure.

Invariant: whom the card names is as the card says by now; a stake that was declared stays. A person is known by an id
of the house, however it is cased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from casework.shared.contracts.types import Name
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """The ids of the staff whom the case names, and of those who have a stake in it."""

    named: tuple[Name, ...] = ()
    stakes: tuple[Name, ...] = ()

    def bars(self, person: str) -> bool:
        """Whether that person may not judge the case."""
        return _same(person) in map(_same, (*self.named, *self.stakes))

    def now_naming(self, persons: Iterable[Name]) -> Conflicts:
        """After the card names these, and nobody else."""
        return replace(self, named=_once(persons))

    def with_stakes(self, persons: Iterable[Name]) -> Conflicts:
        """After these were found to have a stake, too."""
        return replace(self, stakes=_once((*self.stakes, *persons)))


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


def _once(persons: Iterable[Name]) -> tuple[Name, ...]:
    found: dict[str, Name] = {}
    for person in persons:
        found.setdefault(_same(person), person)
    return tuple(found.values())


def _same(person: str) -> str:
    return person.strip().casefold()
