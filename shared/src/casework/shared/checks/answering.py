"""Answers to checklists, and the gate at the end of a stage. Pure.

Invariant: a stage that is checked ends only when every question is answered, by the version of the list that the case
keeps. Nothing else is read from the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeVar

from casework.shared.checks.checklists import Checklist
from casework.shared.contracts.checks import Answered, CheckAnswer, LevelOffered
from casework.shared.contracts.types import Name, Sealed, Word
from casework.shared.errors import Refusal

A = TypeVar("A", bound=Answered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Who was offered to the complainant, when, and what they said to it."""

    level: Name
    day: date
    reply: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChecks:
    """Answer questions of a list. `checklists` are the versions of it that there are."""

    checklists: tuple[Checklist, ...]
    checklist: str
    answers: tuple[CheckAnswer, ...] = ()
    offered: Offered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was answered of one list, by which version of it."""

    checklist: str
    version: int
    questions: tuple[Word, ...]


Checks: TypeAlias = tuple[Checked, ...]


class NoSuchChecklist(Refusal):
    code = "no-such-checklist"

    def __init__(self, named: str, known: Iterable[str]) -> None:
        super().__init__(
            f"No checklist {named} is asked for at the end of this stage; asked for: {', '.join(known) or 'none'}."
        )


class NoSuchQuestion(Refusal):
    code = "no-such-question"

    def __init__(self, named: str, known: Iterable[str]) -> None:
        super().__init__(f"The list has no question {named} that is answered in words; it has {', '.join(known)}.")


class NoSuchLevel(Refusal):
    code = "no-such-level"

    def __init__(self, named: str, known: Iterable[str]) -> None:
        super().__init__(f"The list knows no level {named}; offered can be: {', '.join(known) or 'none'}.")


class ChecksUnanswered(Refusal):
    code = "checks-unanswered"

    def __init__(self, questions: Sequence[tuple[str, str, str]]) -> None:
        listed = "; ".join(f"{name}: {en} {zh}" for name, en, zh in questions)
        super().__init__(f"Before this stage ends, somebody has to answer these of the checklist: {listed}.")


def decide(command: AnswerChecks, checks: Checks, kind: type[A]) -> tuple[A]:
    """The answers as an event of that kind. Raises the refusals above."""
    checklist = _kept(command.checklist, command.checklists, checks)
    if checklist is None:
        raise NoSuchChecklist(command.checklist, dict.fromkeys(each.id for each in command.checklists))
    in_words = [each.name for each in checklist.questions if not each.level]
    for answer in command.answers:
        if answer.question not in in_words:
            raise NoSuchQuestion(answer.question, in_words)
    offered = None
    if (given := command.offered) is not None:
        if given.level not in checklist.levels:
            raise NoSuchLevel(given.level, checklist.levels)
        rung = checklist.levels.index(given.level) + 1
        offered = LevelOffered(level=given.level, rung=rung, day=given.day, reply=given.reply)
    return (kind(checklist=checklist.id, version=checklist.version, answers=command.answers, offered=offered),)


def evolve(checks: Checks, event: Answered) -> Checks:
    """What is answered after `event`. An offered level answers the question about it, which is called `level`."""
    named = tuple(each.question for each in event.answers) + (("level",) if event.offered is not None else ())
    known = next((each for each in checks if each.checklist == event.checklist), None)
    before = () if known is None else known.questions
    now = Checked(checklist=event.checklist, version=event.version, questions=tuple(dict.fromkeys((*before, *named))))
    return (*(each for each in checks if each.checklist != event.checklist), now)


def require(checklists: tuple[Checklist, ...], checks: Checks) -> None:
    """Every list that is asked for is answered. Raises `ChecksUnanswered` with what is not."""
    open_: list[tuple[str, str, str]] = []
    for id_ in dict.fromkeys(each.id for each in checklists):
        checklist = _kept(id_, checklists, checks)
        answered = next((each.questions for each in checks if each.checklist == id_), ())
        questions = () if checklist is None else checklist.questions
        open_ += [(each.name, each.text.en, each.text.zh) for each in questions if each.name not in answered]
    if open_:
        raise ChecksUnanswered(open_)


def _kept(id_: str, checklists: tuple[Checklist, ...], checks: Checks) -> Checklist | None:
    """The version that the case keeps, else the newest."""
    versions = [each for each in checklists if each.id == id_]
    kept = next((each.version for each in checks if each.checklist == id_), None)
    pinned = next((each for each in versions if each.version == kept), None)
    return pinned or max(versions, key=lambda each: each.version, default=None)
