"""The report in eight disciplines: what each asks for before it is closed, and the whys that are proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.investigation.tests import eight_d_cases as cases
from services.investigation.tests.eight_d_cases import OPENED_REPORT, R
from services.investigation.tests.test_investigation_domain import STAGES

from casework.investigation.domain import eight_d_errors as errors
from casework.investigation.domain.commands import Command
from casework.investigation.domain.eight_d_commands import (
    AskWhy,
    CloseDiscipline,
    LinkToReport,
    NoteOfReport,
    PreventRecurrence,
    ProveWhy,
    ReportCommand,
    TryMeasure,
    UnlinkFromReport,
    VerifyRootCause,
)
from casework.investigation.domain.investigation import DECIDER
from casework.shared.contracts import eight_d
from casework.shared.contracts.eight_d import DisciplineClosed
from casework.shared.errors import Refusal
from casework.shared.handoffs.receiving import NothingOffered
from casework.shared.testing.given import given

LED = (*STAGES["investigating"], OPENED_REPORT)
WHOLE: tuple[tuple[ReportCommand, ...], ...] = (
    (cases.TEAM,),
    (cases.DESCRIBE,),
    (cases.CONTAIN, cases.CHECK),
    (cases.FIRST_WHY, cases.VERIFY),
    (cases.CHOOSE, cases.TRY),
    (cases.PLACE, cases.EFFECT),
    (cases.PREVENT,),
    (cases.THANK,),
)
"""What closes each discipline."""


def close(discipline: int) -> CloseDiscipline:
    return CloseDiscipline(discipline=discipline)


def test_the_eight_are_closed_one_by_one() -> None:
    commands = [each for at, steps in enumerate(WHOLE, 1) for each in (*steps, close(at))]
    events, state = DECIDER.run(commands, DECIDER.fold(LED))
    assert state.report.closed == (1, 2, 3, 4, 5, 6, 7, 8)
    assert [each.discipline for each in events if isinstance(each, DisciplineClosed)] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("discipline", [2, 3, 4, 5, 6, 7, 8])
def test_nothing_is_closed_empty_or_twice(discipline: int) -> None:
    given(DECIDER, *LED).when(close(discipline)).refused(errors.DisciplineNotDone, saying=f"D{discipline}")
    before = [each for at, steps in enumerate(WHOLE, 1) if at <= discipline for each in (*steps, close(at))]
    given(DECIDER, *LED).when(*before, close(discipline)).refused(errors.DisciplineIsClosed)
    again = (*before, WHOLE[discipline - 1][0])
    given(DECIDER, *LED).when(*again).refused(errors.DisciplineIsClosed)


def test_the_last_waits_for_the_seven_before_it() -> None:
    given(DECIDER, *LED).when(cases.THANK, close(8)).refused(errors.DisciplineNotDone, saying="D1, D2")


def test_a_team_has_a_leader_and_a_sponsor() -> None:
    led = given(DECIDER, *LED)
    led.when(close(1)).refused(errors.NoLeader)
    led.when(replace(cases.TEAM, members=(cases.LEADER,)), close(1)).refused(errors.NoSponsor)


def test_an_unverified_containment_stops_nothing_but_its_own_closing() -> None:
    led = given(DECIDER, *LED)
    led.when(cases.CONTAIN, close(3)).refused(errors.DisciplineNotDone, saying="not verified")
    state = DECIDER.run([cases.CONTAIN, cases.FIRST_WHY], DECIDER.fold(LED))[1]
    assert (state.report.containments, len(state.report.whys)) == ((False,), 1)
    led.when(cases.CHECK).refused(errors.NoSuchContainment)


def links(*proven: bool) -> list[Command]:
    """A chain of whys, each the reason of the one before."""
    return [
        AskWhy(because=f"Why {at}.", why_of=at - 1 or None, documents=("paper",) if each else ())
        for at, each in enumerate(proven, 1)
    ]


def test_the_cause_is_verified_only_where_every_link_is_proven() -> None:
    five = links(True, True, True, False, True)
    verify = VerifyRootCause(number=5, test="On and off.")
    given(DECIDER, *LED).when(*five, verify).refused(errors.LinkUnproven, saying="Link 4 ")
    events, state = DECIDER.run([*five, ProveWhy(number=4, documents=("audit",)), verify], DECIDER.fold(LED))
    assert events[-1] == eight_d.RootCauseVerified(report=R, cause="Why 5.", links=(1, 2, 3, 4, 5), test="On and off.")
    assert state.report.verified


def test_an_unproven_branch_does_not_stop_another() -> None:
    tree = [*links(True, True), AskWhy(because="Another reason.", why_of=1)]
    events, _ = DECIDER.run([*tree, VerifyRootCause(number=2, test="On and off.")], DECIDER.fold(LED))
    assert events[-1] == eight_d.RootCauseVerified(report=R, cause="Why 2.", links=(1, 2), test="On and off.")


@pytest.mark.parametrize(
    ("commands", "refusal"),
    [
        ([AskWhy(because="Why.", why_of=3)], errors.NoSuchLink),
        ([ProveWhy(number=1, documents=("audit",))], errors.NoSuchLink),
        ([VerifyRootCause(number=1, test="On.")], errors.NoSuchLink),
        ([*links(True), AskWhy(because="Another first.")], errors.FirstLinkIsThere),
        ([*links(False), ProveWhy(number=1)], errors.ProofMissing),
        ([replace(cases.CHOOSE, chosen=3)], errors.NoSuchOption),
        ([cases.TRY], errors.NoMeasure),
        ([cases.CHOOSE, cases.PLACE], errors.NoTrial),
        ([cases.CHOOSE, TryMeasure(result="No.", worked=False), cases.PLACE], errors.NoTrial),
        ([cases.CHOOSE, cases.TRY, cases.EFFECT], errors.NotInPlace),
        ([PreventRecurrence(changes=cases.CHANGES), close(7)], errors.NoReadAcross),
        ([cases.OPEN_REPORT], errors.ReportAlreadyOpen),
        ([cases.TAKE_IN, cases.TAKE_IN], errors.AlreadyInReport),
        ([cases.LEAVE_OUT], errors.NotInReport),
    ],
)
def test_a_step_that_does_not_fit_is_refused(commands: list[Command], refusal: type[Refusal]) -> None:
    given(DECIDER, *LED).when(*commands).refused(refusal)


def test_a_measure_that_changed_nothing_leaves_the_sixth_open() -> None:
    rose = replace(cases.EFFECT, after=cases.ROSE)
    started = (cases.CHOOSE, cases.TRY, cases.PLACE, rose)
    given(DECIDER, *LED).when(*started, close(6)).refused(errors.DisciplineNotDone, saying="has not fallen")


def test_a_report_needs_a_case_and_a_step_a_report() -> None:
    given(DECIDER).when(cases.OPEN_REPORT).refused(NothingOffered)
    given(DECIDER, *STAGES["investigating"]).when(cases.TEAM).refused(errors.NoReport)
    given(DECIDER, *STAGES["offered"]).when(cases.OPEN_REPORT).then(OPENED_REPORT)


def test_what_a_report_shows_is_told_to_a_case_only_while_it_is_linked() -> None:
    told = NoteOfReport(shown=cases.VERIFIED)
    linked = eight_d.LinkedToReport(report=R, lead=cases.LEAD)
    link, unlink = LinkToReport(report=R, lead=cases.LEAD), UnlinkFromReport(report=R, reason="Another desk.")
    given(DECIDER).when(told, unlink).then()
    given(DECIDER).when(link, link, told).then(linked, cases.VERIFIED)
    left = eight_d.UnlinkedFromReport(report=R, reason="Another desk.")
    given(DECIDER, linked).when(unlink, told).then(left)
