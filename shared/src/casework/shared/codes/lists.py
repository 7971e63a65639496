"""Lists of codes in versions, and the tables that lead from one version to the next. Values; no reading of files here.

Invariant: a code is recorded with the version of its list and never rewritten. What it is called in another version is
said by the tables, forwards from version to version, and only when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.card import Coded
from casework.shared.contracts.types import Name, SafeInt, Word

ListName: TypeAlias = Literal["cause", "type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a code is called, for people."""

    en: Name
    zh: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One entry of a list."""

    code: Word
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One version of a list. `before` says for each code of the version before which code of this one it is now."""

    name: ListName
    version: SafeInt
    code: tuple[Code, ...]
    before: Mapping[Word, Word] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The codes, in the list's order."""
        return tuple(each.code for each in self.code)


@dataclass(frozen=True, slots=True)
class CodeLists:
    """All lists in all versions, without a gap from version 1 on."""

    lists: tuple[CodeList, ...]

    def newest(self, name: ListName) -> CodeList:
        """The version that is in use."""
        return max((each for each in self.lists if each.name == name), key=lambda each: each.version)

    def version(self, name: ListName, version: int) -> CodeList | None:
        """One version, if there is one."""
        return next((each for each in self.lists if (each.name, each.version) == (name, version)), None)

    def mapped(self, name: ListName, coded: Coded, version: int) -> str | None:
        """What a recorded code is in a later version; None where the tables do not lead there, as from a newer one."""
        code: str | None = coded.code
        for step in range(coded.version + 1, version + 1):
            following = self.version(name, step)
            if following is None or following.before is None or code is None:
                return None
            code = following.before.get(code)
        return code if coded.version <= version else None
