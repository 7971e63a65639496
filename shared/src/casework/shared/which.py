"""Which of several things on a case is meant: a promise, a request, a measure. Pure.

Invariant: nothing is guessed. Without an id the one that is open is meant, and only where it is the only one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from casework.shared.errors import Refusal

K = TypeVar("K", UUID, int)
"""Things have an id, or a number of their own in the case."""


class NotOnThisCase(Refusal):
    """The case has no such thing under that id."""

    code = "not-on-this-case"

    def __init__(self, what: str, named: UUID | int) -> None:
        super().__init__(f"This case has no {what} {named}; the events of the case name those it has.")


class NothingOpen(Refusal):
    """No id was given, and there is nothing that could be meant."""

    code = "nothing-open"

    def __init__(self, what: str) -> None:
        super().__init__(f"This case has no {what} that is open; give the id of the one that is meant.")


class SayWhich(Refusal):
    """No id was given, and there are several that could be meant."""

    code = "say-which"

    def __init__(self, what: str, ids: tuple[UUID | int, ...]) -> None:
        super().__init__(f"Several are open; say which {what} is meant: {', '.join(map(str, ids))}.")


def which(what: str, named: K | None, known: Mapping[K, bool]) -> K:
    """The id that is meant. `known` says of each whether it is open; `what` is their name in English, in the singular.

    Raises `NotOnThisCase`, `NothingOpen` and `SayWhich`.
    """
    if named is not None:
        if named not in known:
            raise NotOnThisCase(what, named)
        return named
    found = tuple(each for each, is_open in known.items() if is_open)
    if not found:
        raise NothingOpen(what)
    if len(found) > 1:
        raise SayWhich(what, found)
    return found[0]
