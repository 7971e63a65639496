"""The quality report in eight disciplines, on the case that leads it, and on those it is about.

Invariants:

* A discipline is closed only when what it asks for is there, and once. Work on a later one may begin before.
* The cause is verified only where every link that leads to it is proven.
* The last is closed when the seven before it are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.investigation.domain import eight_d_errors as errors
from casework.investigation.domain.eight_d_commands import (
    AskWhy,
    ChooseMeasure,
    CloseDiscipline,
    DescribeProblem,
    FormTeam,
    LeaveCaseOut,
    LinkToReport,
    NoteOfReport,
    OpenReport,
    PreventRecurrence,
    ProveWhy,
    PutInPlace,
    ReportCommand,
    ReportStep,
    ShowEffect,
    TakeCaseIn,
    TakeContainment,
    ThankTeam,
    TryMeasure,
    UnlinkFromReport,
    VerifyContainment,
    VerifyRootCause,
)
from casework.shared.contracts.eight_d import (
    CaseLeftReport,
    CaseTakenIntoReport,
    ContainmentTaken,
    ContainmentVerified,
    DisciplineClosed,
    EffectShown,
    LinkedToReport,
    MeasureChosen,
    MeasurePutInPlace,
    MeasureTried,
    ProblemDescribed,
    Rate,
    RecurrencePrevented,
    ReportOpened,
    RootCauseVerified,
    TeamFormed,
    TeamRole,
    TeamThanked,
    UnlinkedFromReport,
    WhyAsked,
    WhyProven,
)
from casework.shared.contracts.types import Prose

ReportEvent: TypeAlias = (
    ReportOpened
    | CaseTakenIntoReport
    | CaseLeftReport
    | LinkedToReport
    | UnlinkedFromReport
    | TeamFormed
    | ProblemDescribed
    | ContainmentTaken
    | ContainmentVerified
    | WhyAsked
    | WhyProven
    | RootCauseVerified
    | MeasureChosen
    | MeasureTried
    | MeasurePutInPlace
    | EffectShown
    | RecurrencePrevented
    | TeamThanked
    | DisciplineClosed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A link of the tree. `why_of` is the link that it explains."""

    number: int
    because: Prose
    why_of: int | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the report's decisions need to know. `number` is empty where the case leads none; `linked_to` are the
    reports of other cases that are about this one."""

    number: str = ""
    cases: tuple[UUID, ...] = ()
    linked_to: tuple[str, ...] = ()
    roles: tuple[TeamRole, ...] = ()
    described: bool = False
    containments: tuple[bool, ...] = ()
    whys: tuple[Why, ...] = ()
    verified: bool = False
    chosen: bool = False
    tried: bool = False
    in_place: bool = False
    fell: bool = False
    prevented: bool = False
    read_across: bool = False
    thanked: bool = False
    closed: tuple[int, ...] = ()


NO_REPORT = Report()


def decide(command: ReportCommand, state: Report) -> tuple[ReportEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `eight_d_errors`."""
    match command:
        case OpenReport(report=report, title=title):
            if state.number:
                raise errors.ReportAlreadyOpen(state.number)
            return (ReportOpened(report=report, title=title),)
        case LinkToReport(report=report, lead=lead):
            return () if report in state.linked_to else (LinkedToReport(report=report, lead=lead),)
        case UnlinkFromReport(report=report, reason=reason):
            return (UnlinkedFromReport(report=report, reason=reason),) if report in state.linked_to else ()
        case NoteOfReport(shown=shown):
            return (shown,) if shown.report in state.linked_to else ()
        case _:
            if not state.number:
                raise errors.NoReport
            return tuple(_step(command, state))


def _step(command: ReportStep, state: Report) -> Iterator[ReportEvent]:
    report = state.number
    match command:
        case TakeCaseIn(case=case):
            if case in state.cases:
                raise errors.AlreadyInReport(case, report)
            yield CaseTakenIntoReport(report=report, case=case)
        case LeaveCaseOut(case=case, reason=reason):
            if case not in state.cases:
                raise errors.NotInReport(case, report)
            yield CaseLeftReport(report=report, case=case, reason=reason)
        case FormTeam(members=members):
            _still_open(1, state)
            yield TeamFormed(report=report, members=members)
        case DescribeProblem(problem=problem, like_cases=like_cases):
            _still_open(2, state)
            yield ProblemDescribed(report=report, problem=problem, like_cases=like_cases)
        case TakeContainment(action=action, cases=cases):
            _still_open(3, state)
            yield ContainmentTaken(report=report, number=len(state.containments) + 1, action=action, cases=cases)
        case VerifyContainment(number=number, how=how):
            _still_open(3, state)
            if number > len(state.containments):
                raise errors.NoSuchContainment(number)
            yield ContainmentVerified(report=report, number=number, how=how)
        case AskWhy() | ProveWhy() | VerifyRootCause():
            _still_open(4, state)
            yield from _why(command, state)
        case ChooseMeasure(options=options, chosen=chosen):
            _still_open(5, state)
            if chosen > len(options):
                raise errors.NoSuchOption(chosen, len(options))
            yield MeasureChosen(report=report, options=options, chosen=chosen)
        case TryMeasure(result=result, worked=worked):
            _still_open(5, state)
            if not state.chosen:
                raise errors.NoMeasure
            yield MeasureTried(report=report, result=result, worked=worked)
        case PutInPlace(day=day, how=how):
            _still_open(6, state)
            if not state.tried:
                raise errors.NoTrial
            yield MeasurePutInPlace(report=report, day=day, how=how)
        case ShowEffect(before=before, after=after):
            _still_open(6, state)
            if not state.in_place:
                raise errors.NotInPlace
            yield EffectShown(report=report, before=before, after=after, fell=_of(after) < _of(before))
        case PreventRecurrence():
            _still_open(7, state)
            yield RecurrencePrevented(
                report=report,
                changes=command.changes,
                read_across=command.read_across,
                none_alike_because=command.none_alike_because,
            )
        case ThankTeam(thanks=thanks, article=article):
            _still_open(8, state)
            yield TeamThanked(report=report, thanks=thanks, article=article)
        case CloseDiscipline(discipline=discipline):
            _still_open(discipline, state)
            _done(discipline, state)
            yield DisciplineClosed(report=report, discipline=discipline)
        case _:
            assert_never(command)


def evolve(state: Report, event: ReportEvent) -> Report:
    """The report after `event`."""
    match event:
        case ReportOpened(report=report):
            return replace(state, number=report)
        case CaseTakenIntoReport(case=case):
            return replace(state, cases=(*state.cases, case))
        case CaseLeftReport(case=case):
            return replace(state, cases=tuple(each for each in state.cases if each != case))
        case LinkedToReport(report=report):
            return replace(state, linked_to=(*state.linked_to, report))
        case UnlinkedFromReport(report=report):
            return replace(state, linked_to=tuple(each for each in state.linked_to if each != report))
        case TeamFormed(members=members):
            return replace(state, roles=tuple(member.role for member in members))
        case ProblemDescribed():
            return replace(state, described=True)
        case ContainmentTaken():
            return replace(state, containments=(*state.containments, False))
        case ContainmentVerified(number=number):
            verified = (each or at == number for at, each in enumerate(state.containments, 1))
            return replace(state, containments=tuple(verified))
        case WhyAsked(number=number, because=because, why_of=why_of):
            return replace(state, whys=(*state.whys, Why(number=number, because=because, why_of=why_of)))
        case WhyProven(number=number):
            whys = (replace(each, proven=each.proven or each.number == number) for each in state.whys)
            return replace(state, whys=tuple(whys))
        case RootCauseVerified(report=report):
            return replace(state, verified=state.verified or report == state.number)
        case MeasureChosen():
            return replace(state, chosen=True, tried=False)
        case MeasureTried(worked=worked):
            return replace(state, tried=worked)
        case MeasurePutInPlace():
            return replace(state, in_place=True)
        case EffectShown(report=report, fell=fell):
            return replace(state, fell=fell) if report == state.number else state
        case RecurrencePrevented(read_across=read_across, none_alike_because=reason):
            return replace(state, prevented=True, read_across=bool(read_across) or reason is not None)
        case TeamThanked():
            return replace(state, thanked=True)
        case DisciplineClosed(discipline=discipline):
            return replace(state, closed=(*state.closed, discipline))
        case _:
            assert_never(event)


def _why(command: AskWhy | ProveWhy | VerifyRootCause, state: Report) -> Iterator[ReportEvent]:
    report = state.number
    match command:
        case AskWhy(because=because, why_of=why_of):
            if why_of is None and state.whys:
                raise errors.FirstLinkIsThere
            if why_of is not None:
                _link(why_of, state)
            number = len(state.whys) + 1
            yield WhyAsked(report=report, number=number, because=because, why_of=why_of)
            if command.evidence or command.documents:
                yield _proven(report, number, command)
        case ProveWhy(number=number):
            _link(number, state)
            if not (command.evidence or command.documents):
                raise errors.ProofMissing(number)
            yield _proven(report, number, command)
        case VerifyRootCause(number=number, test=test):
            links = tuple(_down_to(_link(number, state), state))
            for link in links:
                if not link.proven:
                    raise errors.LinkUnproven(link.number)
            numbers = tuple(link.number for link in links)
            yield RootCauseVerified(report=report, cause=links[-1].because, links=numbers, test=test)
        case _:
            assert_never(command)


def _proven(report: str, number: int, command: AskWhy | ProveWhy) -> WhyProven:
    return WhyProven(
        report=report, number=number, evidence=command.evidence or None, documents=command.documents or None
    )


def _link(number: int, state: Report) -> Why:
    found = next((each for each in state.whys if each.number == number), None)
    if found is None:
        raise errors.NoSuchLink(number)
    return found


def _down_to(link: Why, state: Report) -> Iterator[Why]:
    """The links from the first to this one. A link explains one that was there before it, so this ends."""
    if link.why_of is not None:
        yield from _down_to(_link(link.why_of, state), state)
    yield link


def _still_open(discipline: int, state: Report) -> None:
    if discipline in state.closed:
        raise errors.DisciplineIsClosed(discipline)


def _done(discipline: int, state: Report) -> None:
    """What a discipline asks for is there. Raises what is missing."""
    if discipline == 1:
        if "leader" not in state.roles:
            raise errors.NoLeader
        if "sponsor" not in state.roles:
            raise errors.NoSponsor
    if discipline == 7 and state.prevented and not state.read_across:
        raise errors.NoReadAcross
    before = [each for each in range(1, 8) if each not in state.closed]
    missing: dict[int, tuple[bool, str]] = {
        2: (state.described, "the problem is not described in numbers"),
        3: (bool(state.containments) and all(state.containments), "a containment is not verified"),
        4: (state.verified, "the cause is not verified"),
        5: (state.tried, "the measure was not tried with success"),
        6: (state.in_place and state.fell, "the measure is not in place, or how often it happens has not fallen"),
        7: (state.prevented, "nothing was changed so that it does not happen again"),
        8: (state.thanked and not before, _open_before(before)),
    }
    is_done, what = missing.get(discipline, (True, ""))
    if not is_done:
        raise errors.DisciplineNotDone(discipline, what)


def _open_before(before: list[int]) -> str:
    if not before:
        return "the team was not thanked, and no lesson is written down"
    return f"{', '.join(f'D{each}' for each in before)} is still open"


def _of(rate: Rate) -> Fraction:
    return Fraction(rate.cases, rate.orders)
