"""While an incident lasts nothing of the evidence is disposed of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from services.investigation.tests.evidence_cases import ARRIVED, ARRIVED_LATE, NOTHING_CAME, REPORT, REQUESTED
from services.investigation.tests.hold_cases import DISPOSE, DISPOSED, INCIDENT, OVER, PLACED, RELEASED
from services.investigation.tests.proof_cases import GONE, UNAVAILABLE
from services.investigation.tests.test_investigation_domain import STAGES

from casework.investigation.domain.investigation import DECIDER
from casework.investigation.domain.legal_hold import EvidenceIsHeld, NoSuchEvidence
from casework.shared.testing.given import given

HERE = (REQUESTED, ARRIVED)


def test_a_hold_comes_and_goes_with_the_incident() -> None:
    held = given(DECIDER, *HERE).when(INCIDENT).then(PLACED)
    held.when(INCIDENT).then()
    held.when(DISPOSE).refused(EvidenceIsHeld, saying="once the incident is over")
    free = held.when(OVER).then(RELEASED)
    free.when(OVER).then()
    free.when(DISPOSE).then(DISPOSED)


def test_only_what_arrived_is_disposed_of_and_once() -> None:
    here = given(DECIDER, *HERE)
    here.when(DISPOSE, DISPOSE).refused(NoSuchEvidence, saying="name what arrived")
    given(DECIDER, REQUESTED).when(DISPOSE).refused(NoSuchEvidence, saying=str(DISPOSE.request_id))
    given(DECIDER, REQUESTED, NOTHING_CAME, ARRIVED_LATE).when(DISPOSE).then(DISPOSED)
    assert DISPOSE.request_id != REPORT


def test_the_hold_stays_what_was_disposed_of_before_it() -> None:
    given(DECIDER, *HERE, DISPOSED, PLACED, RELEASED).when(DISPOSE).refused(NoSuchEvidence)


SINCE = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "held_from, goes",
    [(date(2015, 1, 1), True), (date(2014, 12, 31), False), (date(2014, 12, 30), False), (None, False)],
)
def test_what_was_there_when_the_hold_began_is_not_said_to_be_gone(held_from: date | None, goes: bool) -> None:
    """The payroll of 1999 was kept until the last day of 2014."""
    gone = replace(GONE, held_from=held_from)
    held = given(DECIDER, *STAGES["investigating"], PLACED).when(gone)
    if goes:
        held.then(UNAVAILABLE)
    else:
        held.refused(EvidenceIsHeld)
    given(DECIDER, *STAGES["investigating"], PLACED, RELEASED).when(gone).then(UNAVAILABLE)


def test_a_hold_says_since_when() -> None:
    placed = replace(PLACED, since=SINCE)
    given(DECIDER, *HERE).when(replace(INCIDENT, at=SINCE)).then(placed)
    assert DECIDER.fold([placed, DISPOSED]).hold.since == SINCE
    assert DECIDER.fold([placed, RELEASED]).hold.since is None
