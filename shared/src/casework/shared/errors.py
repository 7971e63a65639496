"""Three kinds of failure a caller can do something about; anything else is a fault.

* `Refusal`: a rule of the business said no. The caller reads why, and what would be allowed.
* `Conflict`: somebody else was first. Running the same thing again may succeed.
* `InvalidMessage`: this input can never succeed; it must be changed before it is sent again.

`casework.shared.http.problems` is the one table that turns them into RFC 9457 answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class CaseworkError(Exception):
    """Base of the three kinds. `code` is a stable kebab-case name that clients may branch on."""

    code: ClassVar[str] = "error"


class Refusal(CaseworkError):
    """A rule refused the command. The message is a sentence that staff could read out to a caller."""

    code: ClassVar[str] = "refused"


class Conflict(CaseworkError):
    """The case, key or position was changed by someone else meanwhile; the same request may be run again."""

    code: ClassVar[str] = "conflict"


class PlaintextRefused(ValueError):
    """A connection would leave this machine in plain text. Its message says what to set instead."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: `pointer` is an RFC 6901 JSON Pointer into the document sent."""

    pointer: str
    detail: str


class InvalidMessage(CaseworkError):
    """The document can never be accepted as it stands. `errors` points at the fields."""

    code: ClassVar[str] = "invalid-message"

    def __init__(self, detail: str, errors: tuple[FieldError, ...] = (), *, code: str | None = None) -> None:
        super().__init__(detail)
        self.errors = errors
        self.reason = code or self.code
