"""The parts of a case file: each folded from one service's events of one case, in their order.

Invariant: a part is a function of the stream and of the time at which it is read, and of nothing else. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.types import Sealed, rfc3339

Document: TypeAlias = dict[str, Any]
Fold: TypeAlias = Callable[[Document, Envelope, Any], None]
"""Takes one more event into the document. Its values: JSON, ids, instants, days, payload classes, `Sealed`, `Under`."""
Opener: TypeAlias = Callable[[Sealed, str], str]
"""Gives the text of a sealed value and the field it was sealed for."""
SAID = "said"
"""The field that what staff write down of a case is sealed for."""
HIDDEN: Mapping[str, bool] = {"sealed": True}


class Under(NamedTuple):
    """A sealed value that was sealed for another field than `SAID`."""

    sealed: Sealed
    field: str


def as_it_is(document: Document, _now: datetime) -> Document:
    """Shows the whole document at any time."""
    return document


@dataclass(frozen=True, slots=True)
class FilePart:
    """`show` gives what of the folded document holds at the time of reading. A `restricted` part is read by opening it,
    which is recorded; whether a reader may is said by the rules in the service's `domain/access.py`."""

    name: str
    fold: Fold
    restricted: bool = False
    show: Callable[[Document, datetime], Any] = as_it_is


def folded(part: FilePart, events: Iterable[tuple[Envelope, Any]], now: datetime) -> Any:
    """The part of these events, as it stands at `now`."""
    document: Document = {}
    for envelope, event in events:
        part.fold(document, envelope, event)
    return part.show(document, now)


def written(value: Any, opener: Opener | None = None) -> Any:
    """JSON of a folded value. Sealed values are opened by `opener`; without one they are `{"sealed": true}`."""
    match value:
        case None | bool() | int() | str():
            return value
        case Sealed():
            return HIDDEN if opener is None else opener(value, SAID)
        case Under(sealed=sealed, field=field):
            return HIDDEN if opener is None else opener(sealed, field)
        case UUID():
            return str(value)
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): written(each, opener) for key, each in value.items()}
        case list() | tuple():
            return [written(each, opener) for each in value]
        case _ if is_dataclass(value):
            named = ((each.name, getattr(value, each.name)) for each in fields(value))
            return {name: written(each, opener) for name, each in named if each is not None}
        case _:
            raise TypeError(f"a {type(value).__name__} has no place in a case file")


def persons_in(value: Any) -> set[UUID]:
    """Under whose keys the sealed values of a folded value are."""
    match value:
        case Sealed(person=person) | Under(sealed=Sealed(person=person)):
            return {person}
        case Mapping():
            return set().union(*map(persons_in, value.values()))
        case list() | tuple():
            return set().union(*map(persons_in, value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return set().union(*(persons_in(getattr(value, each.name)) for each in fields(value)))
        case _:
            return set()


def named(parts: Sequence[FilePart]) -> Mapping[str, FilePart]:
    """The parts by name. Raises ValueError where two have one name."""
    found = {part.name: part for part in parts}
    if len(found) != len(parts):
        raise ValueError("two parts of a case file have the same name")
    return found
