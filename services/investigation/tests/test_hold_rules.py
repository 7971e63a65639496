"""While an incident lasts nothing of the evidence is disposed of."""

from __future__ import annotations

from services.investigation.tests.evidence_cases import ARRIVED, ARRIVED_LATE, NOTHING_CAME, REPORT, REQUESTED
from services.investigation.tests.hold_cases import DISPOSE, DISPOSED, INCIDENT, OVER, PLACED, RELEASED

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
