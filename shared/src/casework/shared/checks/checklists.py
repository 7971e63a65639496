"""Checklists as data: what a person answers before a stage ends.

Invariant: a list that cases were answered by is never edited: add the same id with a higher version. A case keeps the
version by which its first answer was given.

    [[checklist]]
    id = "internal.five-mores"
    version = 1
    stage = "response"
    title = { en = "The five mores", zh = "五个多一点" }
    levels = ["handler", "supervisor", "branch head"]        # rungs, from 1
    questions = [
      { name = "patience", text = { en = "...", zh = "..." } },
      { name = "level", text = { en = "...", zh = "..." }, level = true },
    ]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.checks import CheckedStage
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Name, SafeInt, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. Where it is about the `level`, the answer is who was offered to the complainant, and when."""

    name: Word
    text: Bilingual
    level: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The questions of a stage. `levels` are the rungs that may be offered, the lowest first."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    stage: CheckedStage
    title: Bilingual
    levels: tuple[Name, ...] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=100)]

    def question(self, name: str) -> Question | None:
        """The question of that name."""
        return next((each for each in self.questions if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    checklist: tuple[Checklist, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def parse_checklists(text: str, file_name: str) -> tuple[Checklist, ...]:
    """The checklists of one file. Raises `InvalidPolicy`, which names the file and the list."""
    found = read_typed(text, file_name, _adapter()).checklist
    for checklist in found:
        names = [each.name for each in checklist.questions]
        if len(set(names)) < len(names):
            raise InvalidPolicy(f"{file_name}: {checklist.id}: name each question once.")
        if len(set(checklist.levels)) < len(checklist.levels):
            raise InvalidPolicy(f"{file_name}: {checklist.id}: name each level once.")
        about_levels = [each.name for each in checklist.questions if each.level]
        if about_levels != (["level"] if checklist.levels else []):
            raise InvalidPolicy(
                f"{file_name}: {checklist.id}: with levels goes one question about them, whose name is level."
            )
    return found


def asked_for(checklists: Iterable[Checklist], ids: Iterable[str], stage: CheckedStage) -> tuple[Checklist, ...]:
    """Every version of the lists of that stage that an institution asks for."""
    asked = set(ids)
    return tuple(each for each in checklists if each.id in asked and each.stage == stage)
