"""The cause: found, or not found after named steps, and one of the two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.investigation.tests.inquiry_cases import CAUSE, CAUSED, NOT_FOUND, UNKNOWN
from services.investigation.tests.test_investigation_domain import CONCLUDE, CONCLUDED, STAGES

from casework.investigation.domain import errors
from casework.investigation.domain.cause import CauseOrSteps, RecordCause
from casework.investigation.domain.investigation import DECIDER
from casework.shared.handoffs.receiving import HandOffNotAccepted
from casework.shared.testing.given import given


@pytest.mark.parametrize("stage", ["investigating", "concluded", "offered"])
def test_the_cause_can_be_recorded_as_long_as_investigation_has_the_case_and_anew(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(CAUSE, NOT_FOUND).then(CAUSED, UNKNOWN)


def test_the_cause_waits_for_the_acceptance_and_ends_with_the_withdrawal() -> None:
    given(DECIDER, *STAGES["opened"]).when(CAUSE).refused(HandOffNotAccepted)
    given(DECIDER, *STAGES["discontinued"]).when(CAUSE).refused(errors.InvestigationIsDiscontinued)


@pytest.mark.parametrize("wrong", [RecordCause(), replace(CAUSE, not_found_after=("Asked.",))])
def test_both_or_neither_is_refused(wrong: RecordCause) -> None:
    given(DECIDER, *STAGES["investigating"]).when(wrong).refused(CauseOrSteps, saying="one of the two")
    found = STAGES["concluded"][:-1]
    given(DECIDER, *found).when(replace(CONCLUDE, cause=wrong)).refused(CauseOrSteps)


def test_the_conclusion_may_say_the_cause() -> None:
    found = STAGES["concluded"][:-1]
    given(DECIDER, *found).when(replace(CONCLUDE, cause=CAUSE)).then(replace(CONCLUDED, cause=CAUSE.cause))
    unknown = replace(CONCLUDED, not_found_after=NOT_FOUND.not_found_after)
    given(DECIDER, *found).when(replace(CONCLUDE, cause=NOT_FOUND)).then(unknown)
