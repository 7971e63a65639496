"""What a complaint is sorted by: its cause and its type, in the words of the institution's lists.

Invariant: a code is of the list's newest version at that time and stays as it was recorded; what was demanded plays no
part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from casework.shared.codes.lists import CodeLists, ListName
from casework.shared.contracts.card import Coded, ComplaintCoded
from casework.shared.contracts.types import Word
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeComplaint:
    """Sort the complaint by codes of the newest version of each list. What is None stays as it is."""

    cause: Word | None = None
    type: Word | None = None
    lists: CodeLists


class CodeUnknown(Refusal):
    code = "code-unknown"

    def __init__(self, name: str, version: int, words: tuple[str, ...]) -> None:
        super().__init__(f"Version {version} of the list {name} has no such code; it has {', '.join(words)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes that the complaint has."""

    cause: Coded | None = None
    type: Coded | None = None


NO_CODES = Codes()


def decide(command: CodeComplaint, codes: Codes) -> tuple[ComplaintCoded, ...]:
    """The event that `command` brings about, or none where nothing changes. Raises `CodeUnknown`."""
    cause = _coded("cause", command.cause, command.lists, codes.cause)
    type_ = _coded("type", command.type, command.lists, codes.type)
    return () if cause is None and type_ is None else (ComplaintCoded(cause=cause, type=type_),)


def evolve(codes: Codes, event: ComplaintCoded) -> Codes:
    """The codes after `event`."""
    return replace(codes, cause=event.cause or codes.cause, type=event.type or codes.type)


def _coded(name: ListName, word: str | None, lists: CodeLists, before: Coded | None) -> Coded | None:
    """The code where it is another than before."""
    if word is None:
        return None
    newest = lists.newest(name)
    if word not in newest.words:
        raise CodeUnknown(name, newest.version, newest.words)
    coded = Coded(version=newest.version, code=word)
    return None if coded == before else coded
