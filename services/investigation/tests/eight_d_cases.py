"""Commands and events of the report in eight disciplines for the tests of investigation's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from casework.investigation.domain import eight_d_commands as c
from casework.investigation.domain.eight_d import ReportEvent
from casework.shared.contracts import eight_d as e

R = "8D-0001"
LEAD, OTHER = UUID(int=41), UUID(int=42)
LEADER = e.TeamMember(name="Mei Lin", role="leader", skills=("packing",), hours_a_week=6)
SPONSOR = e.TeamMember(name="Ann Wu", role="sponsor", authority="Stop the line.")
PROBLEM = e.Problem(
    what="A desk lacks boards.",
    where="Line 2",
    since="2026-02-20",
    how_often="1 in 400",
    seen_before=True,
    pattern="batch",
    inspected=False,
)
LIKE = e.LikeCases(category="Furniture", days=90, number=4)
BEFORE, FELL, ROSE = (e.Rate(cases=cases, orders=10_000, days=90) for cases in (12, 3, 13))
CHANGES = (e.Change(kind="procedure", reference="P-12 v3"),)

OPEN_REPORT = c.OpenReport(report=R, title="Desks lack boards.")
TEAM = c.FormTeam(members=(LEADER, SPONSOR))
DESCRIBE = c.DescribeProblem(problem=PROBLEM, like_cases=LIKE)
CONTAIN = c.TakeContainment(action="Boards sent today.", cases=(OTHER,))
CHECK = c.VerifyContainment(number=1, how="They arrived.")
FIRST_WHY = c.AskWhy(because="The box lacks boards.", documents=("packing list",))
PROVE = c.ProveWhy(number=1, evidence=(1,))
VERIFY = c.VerifyRootCause(number=1, test="Old list: fault; new list: none.")
CHOOSE = c.ChooseMeasure(options=("A new list.", "A scale."), chosen=1)
TRY = c.TryMeasure(result="100 boxes, no fault.", worked=True)
PLACE = c.PutInPlace(day=date(2026, 3, 20), how="List v4.")
EFFECT = c.ShowEffect(before=BEFORE, after=FELL)
PREVENT = c.PreventRecurrence(changes=CHANGES, none_alike_because="No other desk has drawers.")
THANK = c.ThankTeam(thanks="Thank you.", article="lesson-0044")
TAKE_IN = c.TakeCaseIn(case=OTHER)
LEAVE_OUT = c.LeaveCaseOut(case=OTHER, reason="Another desk.")

OPENED_REPORT = e.ReportOpened(report=R, title="Desks lack boards.")
VERIFIED = e.RootCauseVerified(
    report=R, cause="The box lacks boards.", links=(1,), test="Old list: fault; new list: none."
)
SHOWN = e.EffectShown(report=R, before=BEFORE, after=FELL, fell=True)

REPORT_COMMANDS: tuple[c.ReportCommand, ...] = (
    OPEN_REPORT,
    TEAM,
    DESCRIBE,
    CONTAIN,
    CHECK,
    FIRST_WHY,
    replace(FIRST_WHY, why_of=1, documents=()),
    PROVE,
    replace(PROVE, number=2),
    VERIFY,
    replace(VERIFY, number=2),
    CHOOSE,
    TRY,
    PLACE,
    EFFECT,
    PREVENT,
    THANK,
    TAKE_IN,
    LEAVE_OUT,
    c.LinkToReport(report="8D-0002", lead=LEAD),
    c.UnlinkFromReport(report="8D-0002", reason="Another desk."),
    c.NoteOfReport(shown=replace(VERIFIED, report="8D-0002")),
    *(c.CloseDiscipline(discipline=discipline) for discipline in range(1, 9)),
)
REPORT_EVENTS: tuple[ReportEvent, ...] = (
    OPENED_REPORT,
    e.CaseTakenIntoReport(report=R, case=OTHER),
    e.CaseLeftReport(report=R, case=OTHER, reason="Another desk."),
    e.LinkedToReport(report="8D-0002", lead=LEAD),
    e.UnlinkedFromReport(report="8D-0002", reason="Another desk."),
    e.TeamFormed(report=R, members=TEAM.members),
    e.ProblemDescribed(report=R, problem=PROBLEM, like_cases=LIKE),
    e.ContainmentTaken(report=R, number=1, action="Boards sent today.", cases=(OTHER,)),
    e.ContainmentVerified(report=R, number=1, how="They arrived."),
    e.WhyAsked(report=R, number=1, because="The box lacks boards."),
    e.WhyProven(report=R, number=1, documents=("packing list",)),
    VERIFIED,
    e.MeasureChosen(report=R, options=CHOOSE.options, chosen=1),
    e.MeasureTried(report=R, result="100 boxes, no fault.", worked=True),
    e.MeasurePutInPlace(report=R, day=PLACE.day, how="List v4."),
    SHOWN,
    e.RecurrencePrevented(report=R, changes=CHANGES, none_alike_because="No other desk has drawers."),
    e.TeamThanked(report=R, thanks="Thank you.", article="lesson-0044"),
    e.DisciplineClosed(report=R, discipline=1),
)
