"""Things that are numbered from 1 in their case: the refusals they have in common."""

from __future__ import annotations

from casework.shared.errors import Refusal

MOST = 1_000
"""How many of a kind a case can have."""


class NotNumbered(Refusal):
    """The case has no such thing under that number."""

    code = "not-numbered"

    def __init__(self, what: str, number: int, known: int) -> None:
        there = f"it has 1 to {known}" if known else "it has none yet"
        super().__init__(f"This case has no {what} number {number}; {there}.")

    @classmethod
    def require(cls, what: str, number: int, known: int) -> None:
        """Raises it unless `number` is one of the `known` first."""
        if not 1 <= number <= known:
            raise cls(what, number, known)


class TooMany(Refusal):
    """The case can have no more of them."""

    code = "too-many"

    def __init__(self, what: str) -> None:
        super().__init__(f"A case has room for {MOST} of these ({what}); describe the rest in words.")

    @classmethod
    def following(cls, what: str, known: int) -> int:
        """The number after those that are `known`. Raises it where there is none."""
        if known >= MOST:
            raise cls(what)
        return known + 1
