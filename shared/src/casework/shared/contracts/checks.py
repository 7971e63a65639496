"""Checks on leaving a stage: what a person answered, and which level was offered to the complainant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Name, SafeInt, Sealed, Sentence, Word

CheckedStage: TypeAlias = Literal["investigation", "response"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What was answered to one question of the list. It holds nothing personal."""

    question: Word
    answer: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOffered:
    """Somebody of this level was offered to the complainant on that day. `rung` is its place in the list's levels, from
    1; `reply` is what the complainant said to it."""

    level: Name
    rung: Annotated[SafeInt, Field(ge=1)]
    day: date
    reply: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Questions of a checklist were answered, by its version that the case keeps. A later answer takes the place of an
    earlier one."""

    checklist: PolicyId
    version: SafeInt
    answers: Annotated[tuple[CheckAnswer, ...], Field(max_length=100)] = ()
    offered: LevelOffered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationChecked(Answered):
    """Before investigation ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseChecked(Answered):
    """Before the response ends."""
