"""Opening a restricted part of a case file: decided by the service whose part it is, recorded either way. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from casework.shared.contracts import access
from casework.shared.contracts.types import Name, Sentence, Word

S = TypeVar("S")
O = TypeVar("O", bound=access.Opened)  # noqa: E741
R = TypeVar("R", bound=access.Refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks: the actor's id, and the role and rank of their key."""

    actor: Name
    role: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFilePart:
    """Read a restricted part of the file. Never refused as a command: a reader who may not is recorded as one."""

    part: Word
    purpose: Sentence
    reader: Reader


Rule: TypeAlias = Callable[[S, Reader], bool]
"""Whether a reader may open a part, by the state of the case."""


def opened(
    command: OpenFilePart, state: S, rules: Mapping[str, Rule[S]], opened: type[O], refused: type[R]
) -> tuple[O] | tuple[R]:
    """The event of a reading. Where no rule names the part, whoever has the scope may read it."""
    rule = rules.get(command.part)
    if rule is None or rule(state, command.reader):
        return (opened(part=command.part, purpose=command.purpose),)
    return (refused(part=command.part, purpose=command.purpose),)
