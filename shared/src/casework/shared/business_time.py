"""When something happened, where that is not when it is recorded: who may say so, and how far clocks may differ.

Invariant: a business time beyond `SKEW` in the past is recorded only for who may record the past; one beyond
`SKEW` in the future is recorded for nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from casework.shared.errors import FieldError, InvalidMessage

SKEW = timedelta(minutes=5)
"""How far a sender's clock may differ from ours before a time counts as backdated, or as in the future."""


class Backdated(InvalidMessage):
    """The business time lies in the past and the caller may not record the past, or it lies in the future."""

    code: ClassVar[str] = "backdated"


def is_backdated(at: datetime | None, now: datetime) -> bool:
    """Whether `at` lies further back than clocks may differ."""
    return at is not None and at < now - SKEW


def time_problem(
    at: datetime | None, now: datetime, *, may_backdate: bool, name: str, pointer: str | None = None
) -> Backdated | None:
    """Why the business time `at` cannot be taken at `now`, or None where it can be. `name` is what it is called in
    the request, `pointer` where it stands in the body, if it does."""
    if at is None:
        return None

    def refused(said: str, detail: str, code: str) -> Backdated:
        return Backdated(said, () if pointer is None else (FieldError(pointer, detail),), code=code)

    if at > now + SKEW:
        return refused(f"{name} lies in the future", "lies in the future", "future")
    if is_backdated(at, now) and not may_backdate:
        said = f"{name} lies in the past; recording the past needs a key with the scope import"
        return refused(said, "lies in the past", "backdated")
    return None
