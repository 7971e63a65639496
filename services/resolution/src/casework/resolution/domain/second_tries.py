"""A remedy that failed: counted, and not sent again before somebody else has looked at what goes out.

Invariant: what failed once is sent again only after a check, by another person than the sender, of that very sending. A
new remedy of the same kind in the same case is a second try too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.shared.contracts.remedies import RemedyFailed, SecondTryChecked
from casework.shared.contracts.types import Name, Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure:
    """Record that a remedy that was sent, or received, did not put it right."""

    remedy: int | None
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSecondTry:
    """Record that `by` looked at what is about to be sent, and what of it was `checked`."""

    remedy: int | None
    by: Name
    checked: Sentence


TryCommand: TypeAlias = RecordFailure | CheckSecondTry
TryEvent: TypeAlias = RemedyFailed | SecondTryChecked


class SecondTryUnchecked(Refusal):
    code = "second-try-unchecked"

    def __init__(self) -> None:
        super().__init__(
            "This remedy failed before. Somebody else than the sender has to check what goes out, and record what was"
            " checked; then it can be sent."
        )


class CheckedBySender(Refusal):
    code = "checked-by-sender"

    def __init__(self, by: str) -> None:
        super().__init__(
            f"{by} checked this second try, and cannot send it as well; let another person do one of the two."
        )


class FirstTry(Refusal):
    code = "first-try"

    def __init__(self) -> None:
        super().__init__("Nothing of this kind has failed in the case; the remedy can be sent without a check.")


class NotToBeChecked(Refusal):
    code = "not-to-be-checked"

    def __init__(self, status: str) -> None:
        super().__init__(f"This remedy is {status}; a second try is checked when it is ready to be sent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often the remedy failed, and who checked what is sent next."""

    failures: int = 0
    checked_by: str | None = None


NOT_TRIED = Tries()


def require_checked(tries: Tries, sender: str) -> None:
    """For a second try. Raises `SecondTryUnchecked` and `CheckedBySender`."""
    if tries.checked_by is None:
        raise SecondTryUnchecked
    if tries.checked_by == sender:
        raise CheckedBySender(sender)


def evolve(tries: Tries, event: TryEvent) -> Tries:
    """The tries after `event`."""
    match event:
        case RemedyFailed(failure=failure):
            return Tries(failures=failure)
        case SecondTryChecked(by=by):
            return replace(tries, checked_by=by)
        case _:
            assert_never(event)


def sent(tries: Tries) -> Tries:
    """After it was sent: the check was for that."""
    return replace(tries, checked_by=None)
