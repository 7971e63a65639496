"""The problem, restated until it is the problem: versions, and the complainant's yes to one of them.

Invariant: the scope of a case is the version that the complainant last said yes to, and changes only by another yes.
Whoever states it says what comes next, and when.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import ProblemAgreed, ProblemStated
from casework.shared.contracts.types import Instant, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class StateProblem:
    """Restate the problem, at `now`, and say what comes next by when."""

    statement: Sealed
    next_step: Sentence
    next_by: Instant
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeProblem:
    """Record the complainant's yes to a version."""

    version: int
    channel: Channel


ProblemCommand: TypeAlias = StateProblem | AgreeProblem
ProblemEvent: TypeAlias = ProblemStated | ProblemAgreed


class NextStepInThePast(Refusal):
    code = "next-step-in-the-past"

    def __init__(self) -> None:
        super().__init__("What comes next must lie ahead; give a later time for the next step.")


class ProblemRestated(Refusal):
    code = "problem-restated"

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(
            f"The problem was restated since version {version}; the complainant can say yes to version {newest}."
        )


class ProblemAlreadyAgreed(Refusal):
    code = "problem-already-agreed"

    def __init__(self, version: int) -> None:
        super().__init__(f"The complainant said yes to version {version} already; restate the problem to change it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The number of versions, the one that is the scope (0: none yet), and what the newest says of the next step."""

    versions: int = 0
    scope: int = 0
    next_step: str = ""
    next_by: Instant | None = None


NO_PROBLEM = Problem()


def decide(command: ProblemCommand, problem: Problem) -> tuple[ProblemEvent, ...]:
    """The events that `command` brings about. Raises `NotNumbered`, `TooMany` and the refusals above."""
    match command:
        case StateProblem(statement=statement, next_step=next_step, next_by=next_by, now=now):
            if next_by <= now:
                raise NextStepInThePast
            version = TooMany.following("version of the problem", problem.versions)
            return (ProblemStated(version=version, statement=statement, next_step=next_step, next_by=next_by),)
        case AgreeProblem(version=version, channel=channel):
            NotNumbered.require("version of the problem", version, problem.versions)
            if version < problem.versions:
                raise ProblemRestated(version, problem.versions)
            if version == problem.scope:
                raise ProblemAlreadyAgreed(version)
            assert problem.next_by is not None, "a version was stated"
            return (
                ProblemAgreed(version=version, channel=channel, next_step=problem.next_step, next_by=problem.next_by),
            )
        case _:
            assert_never(command)


def evolve(problem: Problem, event: ProblemEvent) -> Problem:
    """The problem after `event`."""
    match event:
        case ProblemStated(version=version, next_step=next_step, next_by=next_by):
            return replace(problem, versions=version, next_step=next_step, next_by=next_by)
        case ProblemAgreed(version=version):
            return replace(problem, scope=version)
        case _:
            assert_never(event)
