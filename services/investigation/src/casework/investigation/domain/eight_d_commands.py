"""What the report in eight disciplines can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from casework.shared.contracts.bearing import Documents
from casework.shared.contracts.eight_d import (
    Cases,
    Change,
    Discipline,
    EffectShown,
    LikeCases,
    Names,
    Problem,
    Rate,
    ReportNumber,
    RootCauseVerified,
    TeamMember,
)
from casework.shared.contracts.inquiry import Number, Numbers
from casework.shared.contracts.types import Name, Prose, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport:
    """Begin a report on this case. `report` is the next number that is free."""

    report: ReportNumber
    title: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCaseIn:
    """Let the report be about another case, too."""

    case: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCaseOut:
    """Let the report not be about that case any more."""

    case: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkToReport:
    """The report of `lead` takes this case in. Never refused."""

    report: ReportNumber
    lead: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkFromReport:
    """The report leaves this case out. Never refused."""

    report: ReportNumber
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOfReport:
    """What was shown in the report that this case is linked to. Never refused."""

    shown: RootCauseVerified | EffectShown


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTeam:
    members: tuple[TeamMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeProblem:
    """`like_cases` is counted in the case base at this moment."""

    problem: Problem
    like_cases: LikeCases


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeContainment:
    action: Prose
    cases: Cases = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyContainment:
    number: Number
    how: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhy:
    """Add a link, and what proves it where that is known."""

    because: Prose
    why_of: Number | None = None
    evidence: Numbers = ()
    documents: Documents = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveWhy:
    number: Number
    evidence: Numbers = ()
    documents: Documents = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRootCause:
    """The link `number` is the cause: `test` tells how it was switched on and off."""

    number: Number
    test: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseMeasure:
    options: tuple[Sentence, ...]
    chosen: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class TryMeasure:
    result: Prose
    worked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInPlace:
    day: date
    how: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEffect:
    before: Rate
    after: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class PreventRecurrence:
    changes: tuple[Change, ...]
    read_across: Names = ()
    none_alike_because: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThankTeam:
    thanks: Prose
    article: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDiscipline:
    discipline: Discipline


ReportStep: TypeAlias = (
    TakeCaseIn
    | LeaveCaseOut
    | FormTeam
    | DescribeProblem
    | TakeContainment
    | VerifyContainment
    | AskWhy
    | ProveWhy
    | VerifyRootCause
    | ChooseMeasure
    | TryMeasure
    | PutInPlace
    | ShowEffect
    | PreventRecurrence
    | ThankTeam
    | CloseDiscipline
)
"""What is asked of a report that there is."""
LinkCommand: TypeAlias = LinkToReport | UnlinkFromReport | NoteOfReport
ReportCommand: TypeAlias = OpenReport | ReportStep | LinkCommand
