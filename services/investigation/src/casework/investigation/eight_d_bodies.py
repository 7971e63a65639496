"""What is posted to a quality report. A step of the eight disciplines says which it is in `step`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.investigation.domain import eight_d_commands as commands
from casework.shared.contracts.bearing import Documents
from casework.shared.contracts.eight_d import (
    Cases,
    Change,
    Discipline,
    Names,
    Problem,
    Rate,
    TeamMember,
)
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.inquiry import Number, Numbers
from casework.shared.contracts.types import CalendarDay, Prose, Sentence


class NewReport(Part):
    """What the report is about."""

    title: Sentence


class OtherCase(Part):
    """Another case that the report is about."""

    case: UUID


class CaseLeft(OtherCase):
    """A case that it is not about any more, and why."""

    reason: Sentence


class ProblemTold(Part):
    """The problem in numbers. Other cases of the same category in the last `days` are counted, not told."""

    problem: Problem
    days: Annotated[int, Field(ge=1, le=3_660)] = 90


class Team(Part):
    """D1: who works on it."""

    step: Literal["team"]
    members: Annotated[tuple[TeamMember, ...], Field(min_length=1, max_length=50)]

    def command(self) -> commands.FormTeam:
        return commands.FormTeam(members=self.members)


class Containment(Part):
    """D3: what keeps the damage from growing, and the cases it is for."""

    step: Literal["containment"]
    action: Prose
    cases: Cases = ()

    def command(self) -> commands.TakeContainment:
        return commands.TakeContainment(action=self.action, cases=self.cases)


class ContainmentCheck(Part):
    """D3: the containment of this number holds, and how that was seen."""

    step: Literal["containment-verified"]
    number: Number
    how: Sentence

    def command(self) -> commands.VerifyContainment:
        return commands.VerifyContainment(number=self.number, how=self.how)


class WhyLink(Part):
    """D4: a link of the tree of whys; `why_of` is the link that it explains, none for the first."""

    step: Literal["why"]
    because: Prose
    why_of: Number | None = None
    evidence: Numbers = ()
    documents: Documents = ()

    def command(self) -> commands.AskWhy:
        return commands.AskWhy(
            because=self.because, why_of=self.why_of, evidence=self.evidence, documents=self.documents
        )


class WhyProof(Part):
    """D4: what proves a link: numbers of the case's evidence, or papers."""

    step: Literal["why-proven"]
    number: Number
    evidence: Numbers = ()
    documents: Documents = ()

    def command(self) -> commands.ProveWhy:
        return commands.ProveWhy(number=self.number, evidence=self.evidence, documents=self.documents)


class CauseTest(Part):
    """D4: this link is the cause, and how it was switched on and off."""

    step: Literal["root-cause"]
    number: Number
    test: Prose

    def command(self) -> commands.VerifyRootCause:
        return commands.VerifyRootCause(number=self.number, test=self.test)


class Measure(Part):
    """D5: the options, and the number of the one that is chosen."""

    step: Literal["measure"]
    options: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=50)]
    chosen: Number

    def command(self) -> commands.ChooseMeasure:
        return commands.ChooseMeasure(options=self.options, chosen=self.chosen)


class Trial(Part):
    """D5: what the trial of the measure came to."""

    step: Literal["trial"]
    result: Prose
    worked: bool

    def command(self) -> commands.TryMeasure:
        return commands.TryMeasure(result=self.result, worked=self.worked)


class InPlace(Part):
    """D6: from which day the measure holds, and how."""

    step: Literal["in-place"]
    day: CalendarDay
    how: Prose

    def command(self) -> commands.PutInPlace:
        return commands.PutInPlace(day=self.day, how=self.how)


class Effect(Part):
    """D6: how often it happened before the measure and after it."""

    step: Literal["effect"]
    before: Rate
    after: Rate

    def command(self) -> commands.ShowEffect:
        return commands.ShowEffect(before=self.before, after=self.after)


class Prevention(Part):
    """D7: what was changed, and the like products it was carried over to; or why none is alike."""

    step: Literal["prevention"]
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=100)]
    read_across: Names = ()
    none_alike_because: Sentence | None = None

    def command(self) -> commands.PreventRecurrence:
        return commands.PreventRecurrence(
            changes=self.changes, read_across=self.read_across, none_alike_because=self.none_alike_because
        )


class Thanks(Part):
    """D8: thanks to the team, and the article that keeps the lesson."""

    step: Literal["thanks"]
    thanks: Prose
    article: Label

    def command(self) -> commands.ThankTeam:
        return commands.ThankTeam(thanks=self.thanks, article=self.article)


class Close(Part):
    """One of the eight is done."""

    step: Literal["close"]
    discipline: Discipline

    def command(self) -> commands.CloseDiscipline:
        return commands.CloseDiscipline(discipline=self.discipline)


Step: TypeAlias = (
    Team
    | Containment
    | ContainmentCheck
    | WhyLink
    | WhyProof
    | CauseTest
    | Measure
    | Trial
    | InPlace
    | Effect
    | Prevention
    | Thanks
    | Close
)
