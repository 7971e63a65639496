"""A case is closed over what was skipped only with a reason for each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.followup.tests.closing_cases import FOUR
from services.followup.tests.test_followup_domain import ACCEPTED, CLOSE, CLOSED, OPENED

from casework.followup.domain.follow_up import DECIDER
from casework.followup.domain.skipping import ReasonForSkippingMissing
from casework.shared.contracts.clauses import ProcedureCode, SkippedProcedure
from casework.shared.contracts.closing import OwedR
from casework.shared.testing.given import given

HELD = (OPENED, ACCEPTED)
USUAL: tuple[ProcedureCode, ...] = ("sanction", "improve-and-file")
UPHELD = replace(CLOSE, gated=True, decision="upheld", undone=USUAL, four_rs=FOUR, thanked=True)
NOT_UPHELD = replace(UPHELD, decision="not-upheld", four_rs=())
ENDED = replace(CLOSED, four_rs=FOUR)
NO_SANCTION = SkippedProcedure(procedure="sanction", reason="A job ran twice; nobody was at fault.")
NO_CAUSE = SkippedProcedure(procedure="cause-and-responsibility", reason="It was withdrawn before.")


def test_an_upheld_case_without_a_sanction_says_why() -> None:
    held = given(DECIDER, *HELD)
    held.when(UPHELD).refused(ReasonForSkippingMissing, saying="sanction (sanction, 处罚)")
    held.when(replace(UPHELD, skipped=(NO_SANCTION,))).then(replace(ENDED, skipped=(NO_SANCTION,)))
    held.when(replace(UPHELD, undone=("improve-and-file",))).then(ENDED)


def test_a_reason_for_what_was_done_is_not_recorded() -> None:
    close = replace(UPHELD, undone=("improve-and-file",), skipped=(NO_SANCTION, NO_CAUSE))
    given(DECIDER, *HELD).when(close).then(ENDED)


def test_the_first_reason_of_two_holds() -> None:
    close = replace(UPHELD, skipped=(NO_SANCTION, replace(NO_SANCTION, reason="Another.")))
    given(DECIDER, *HELD).when(close).then(replace(ENDED, skipped=(NO_SANCTION,)))


def test_nothing_is_sanctioned_or_improved_for_what_was_not_upheld() -> None:
    given(DECIDER, *HELD).when(NOT_UPHELD).then(CLOSED)


def test_a_case_that_was_never_investigated_says_why_whatever_was_decided() -> None:
    held, undone = given(DECIDER, *HELD), ("cause-and-responsibility", *USUAL)
    held.when(replace(NOT_UPHELD, undone=undone)).refused(ReasonForSkippingMissing, saying="查明原因与责任")
    held.when(replace(NOT_UPHELD, undone=undone, skipped=(NO_CAUSE,))).then(replace(CLOSED, skipped=(NO_CAUSE,)))


@pytest.mark.parametrize(
    ("reform", "asks"),
    [
        ((), True),
        ((OwedR(r="reform", done="P-12 was changed."),), False),
        ((OwedR(r="reform", excused="One fee."),), False),
        ((OwedR(r="reform"),), True),
        ((OwedR(r="regret", done="By letter."),), True),
    ],
)
def test_what_is_said_of_reform_answers_for_improving(reform: tuple[OwedR, ...], asks: bool) -> None:
    close = replace(UPHELD, decision="partly-upheld", four_rs=reform, skipped=(NO_SANCTION,))
    when = given(DECIDER, *HELD).when(close)
    if asks:
        when.refused(ReasonForSkippingMissing, saying="improve-and-file")
    else:
        when.then(replace(CLOSED, four_rs=reform, skipped=(NO_SANCTION,)))


def test_neither_a_standing_solution_nor_an_import_is_asked() -> None:
    given(DECIDER, *HELD).when(replace(UPHELD, gated=False, four_rs=())).then(CLOSED)
