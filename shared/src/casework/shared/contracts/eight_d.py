"""The quality report in eight disciplines (8D): what investigation publishes of it.

A report lives on one case, its lead, and takes others in. What is verified of the cause, and what effect the measure
has, stands in the history of each of them, with the report's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.bearing import Documents
from casework.shared.contracts.inquiry import Number, Numbers
from casework.shared.contracts.types import Name, Prose, SafeInt, Sentence

ReportNumber: TypeAlias = Annotated[str, Field(pattern=r"^8D-[0-9]{4,9}$")]
Discipline: TypeAlias = Annotated[int, Field(ge=1, le=8)]
TeamRole: TypeAlias = Literal["leader", "sponsor", "member"]
ChangeKind: TypeAlias = Literal["procedure", "people", "equipment", "environment"]
Pattern: TypeAlias = Literal["batch", "chance", "unknown"]
Count: TypeAlias = Annotated[SafeInt, Field(ge=0)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]
Cases = Annotated[tuple[UUID, ...], Field(max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """One of the team: what they know, the hours a week they are given, and what they may decide by themselves."""

    name: Name
    role: TeamRole
    skills: Names = ()
    hours_a_week: Annotated[int, Field(ge=0, le=80)] = 0
    authority: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many of what, such as 2 drawer boards missing."""

    what: Sentence
    number: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeCases:
    """How many other cases of the same category were opened in the last `days`, counted in the case base."""

    category: Name
    days: Annotated[int, Field(ge=1, le=3_660)]
    number: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What, where, since when, how much, how often; whether it was seen before, in a batch or by chance; whether it was
    inspected, how, and why it was missed."""

    what: Prose
    where: Sentence
    since: Sentence
    how_often: Sentence
    extent: Annotated[tuple[Extent, ...], Field(max_length=100)] = ()
    seen_before: bool
    pattern: Pattern
    inspected: bool
    how_inspected: Sentence | None = None
    why_missed: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many cases in so many orders, over `days`."""

    cases: Count
    orders: Annotated[SafeInt, Field(ge=1)]
    days: Annotated[int, Field(ge=1, le=3_660)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was changed so that it does not happen again, by its reference, such as procedure `P-12 v3`."""

    kind: ChangeKind
    reference: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOpened:
    """A quality report was begun on this case, its lead."""

    report: ReportNumber
    title: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTakenIntoReport:
    """The report of this case takes another in."""

    report: ReportNumber
    case: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeftReport:
    """The report of this case is not about the other any more."""

    report: ReportNumber
    case: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedToReport:
    """This case is one of those that the report of the case `lead` is about."""

    report: ReportNumber
    lead: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkedFromReport:
    """This case is none of those any more."""

    report: ReportNumber
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFormed:
    """D1: who works on it. The newest one holds."""

    report: ReportNumber
    members: Annotated[tuple[TeamMember, ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDescribed:
    """D2: the problem in numbers. The newest one holds."""

    report: ReportNumber
    problem: Problem
    like_cases: LikeCases


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentTaken:
    """D3: what keeps the damage from growing, and which cases it is for. Numbered from 1."""

    report: ReportNumber
    number: Number
    action: Prose
    cases: Cases = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentVerified:
    """D3: the action was looked at, and it holds."""

    report: ReportNumber
    number: Number
    how: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyAsked:
    """D4: one link of the tree of whys, numbered from 1. `why_of` is the link that it explains, none for the first."""

    report: ReportNumber
    number: Number
    because: Prose
    why_of: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyProven:
    """D4: what proves a link: numbers of the case's evidence, or papers."""

    report: ReportNumber
    number: Number
    evidence: Numbers | None = None
    documents: Documents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RootCauseVerified:
    """D4: the cause was switched on and off, and the fault with it. Stands in every case of the report.

    `links` are the whys that lead to it, from the first."""

    report: ReportNumber
    cause: Prose
    links: Numbers
    test: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureChosen:
    """D5: the lasting measure, out of these options; `chosen` is the number of one of them, from 1."""

    report: ReportNumber
    options: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=50)]
    chosen: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTried:
    """D5: the chosen measure was tried, and worked or did not."""

    report: ReportNumber
    result: Prose
    worked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePutInPlace:
    """D6: the measure holds from that day on."""

    report: ReportNumber
    day: date
    how: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectShown:
    """D6: how often it happened before the measure and after it. Stands in every case of the report."""

    report: ReportNumber
    before: Rate
    after: Rate
    fell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrencePrevented:
    """D7: what was changed, and to which like products it was carried over; or why none is alike."""

    report: ReportNumber
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=100)]
    read_across: Names = ()
    none_alike_because: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamThanked:
    """D8: the team was thanked, and what was learned is written down in `article`."""

    report: ReportNumber
    thanks: Prose
    article: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class DisciplineClosed:
    """One of the eight is done."""

    report: ReportNumber
    discipline: Discipline
