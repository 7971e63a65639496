"""One sample of every event of who bears the damage, and of the quality report."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from casework.shared.contracts import bearing, eight_d
from casework.shared.contracts.types import Money

_R = "8D-0001"
_LEAD = UUID("0192f3a4-0b2d-7c11-8e55-90f1a7c3d310")
_CASE = UUID("0192f3a4-0b2d-7c11-8e55-90f1a7c3d311")
_MAKER = "Hole Makers Ltd"


def _usd(amount: str) -> Money:
    return Money(amount=amount, currency="USD")


EIGHT_D_SAMPLES: tuple[object, ...] = (
    bearing.SharesRuled(
        damage=_usd("3000.00"),
        shares=(
            bearing.Share(
                bearer="supplier",
                name=_MAKER,
                percent=60,
                amount=_usd("1800.00"),
                stance="denies",
                documents=("measurement report MR-7",),
            ),
            bearing.Share(bearer="us", percent=40, amount=_usd("1200.00")),
        ),
    ),
    bearing.RecourseOpened(bearer="supplier", name=_MAKER, amount=_usd("1800.00"), denied_despite_proof=True),
    eight_d.ReportOpened(report=_R, title="Desks lack boards. 书桌缺板。"),
    eight_d.CaseTakenIntoReport(report=_R, case=_CASE),
    eight_d.CaseLeftReport(report=_R, case=_CASE, reason="Another desk."),
    eight_d.LinkedToReport(report=_R, lead=_LEAD),
    eight_d.UnlinkedFromReport(report=_R, reason="Another desk."),
    eight_d.TeamFormed(
        report=_R,
        members=(
            eight_d.TeamMember(name="Mei Lin", role="leader", skills=("packing",), hours_a_week=6),
            eight_d.TeamMember(name="Ann Wu", role="sponsor", authority="Stop the line."),
        ),
    ),
    eight_d.ProblemDescribed(
        report=_R,
        problem=eight_d.Problem(
            what="A desk lacks boards.",
            where="Line 2",
            since="2026-02-20",
            how_often="1 in 400",
            extent=(eight_d.Extent(what="drawer boards missing", number=2),),
            seen_before=True,
            pattern="batch",
            inspected=True,
            how_inspected="By weight.",
            why_missed="Two boards weigh less than the tolerance.",
        ),
        like_cases=eight_d.LikeCases(category="Furniture", days=90, number=4),
    ),
    eight_d.ContainmentTaken(report=_R, number=1, action="Boards sent today.", cases=(_LEAD, _CASE)),
    eight_d.ContainmentVerified(report=_R, number=1, how="Both customers have them."),
    eight_d.WhyAsked(report=_R, number=1, because="The box was packed without boards."),
    eight_d.WhyProven(report=_R, number=1, evidence=(1,), documents=("packing list 0117",)),
    eight_d.RootCauseVerified(
        report=_R, cause="The list of parts is old.", links=(1, 2), test="Old list: fault. New list: none."
    ),
    eight_d.MeasureChosen(report=_R, options=("A new list.", "A scale."), chosen=1),
    eight_d.MeasureTried(report=_R, result="100 boxes, none lacks a board.", worked=True),
    eight_d.MeasurePutInPlace(report=_R, day=date(2026, 3, 20), how="List v4 on both lines."),
    eight_d.EffectShown(
        report=_R,
        before=eight_d.Rate(cases=12, orders=10_000, days=90),
        after=eight_d.Rate(cases=3, orders=10_000, days=90),
        fell=True,
    ),
    eight_d.RecurrencePrevented(
        report=_R, changes=(eight_d.Change(kind="procedure", reference="P-12 v3"),), read_across=("shelf S-2",)
    ),
    eight_d.TeamThanked(report=_R, thanks="Thank you all.", article="lesson-0044"),
    eight_d.DisciplineClosed(report=_R, discipline=1),
)
