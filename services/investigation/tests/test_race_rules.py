"""What investigation decides where another service could record the contrary: each pair in both orders.

The races of the hand-offs and of the withdrawal are in `test_investigation_domain.py`, those of a request for evidence
and its clock in `test_evidence_rules.py`. All of them stand in `docs/races.md`.
"""

from __future__ import annotations

from dataclasses import replace

from services.investigation.tests.evidence_cases import ARRIVED, ARRIVES, LAPSE_IT, NOTHING_CAME, REQUESTED
from services.investigation.tests.hold_cases import DISPOSE, DISPOSED, INCIDENT, PLACED
from services.investigation.tests.inquiry_cases import BARRED, NAMED
from services.investigation.tests.test_investigation_domain import (
    ACCEPT,
    ACCEPTED,
    CONCLUDE,
    CONCLUDED,
    DISCONTINUE,
    DISCONTINUED,
    FIND,
    FOUND,
    OPENED,
)

from casework.investigation.domain.investigation import DECIDER
from casework.investigation.domain.legal_hold import EvidenceIsHeld
from casework.shared.conflicts import ConflictOfInterest
from casework.shared.testing.given import given

(WHO,) = NAMED.persons
THEIRS = replace(ACCEPTED, holder=WHO)


def test_race_conflict_then_acceptance_finding_and_conclusion() -> None:
    given(DECIDER, OPENED).when(NAMED, replace(ACCEPT, holder=WHO)).refused(ConflictOfInterest, saying=WHO)
    given(DECIDER, OPENED, THEIRS).when(NAMED, FIND).refused(ConflictOfInterest, saying=WHO)
    given(DECIDER, OPENED, THEIRS, FOUND).when(NAMED, CONCLUDE).refused(ConflictOfInterest, saying=WHO)


def test_race_acceptance_finding_and_conclusion_then_conflict() -> None:
    """What was established stands, and whoever is named does nothing more here."""
    given(DECIDER, OPENED).when(replace(ACCEPT, holder=WHO), NAMED).then(THEIRS, BARRED)
    given(DECIDER, OPENED, THEIRS).when(FIND, CONCLUDE, NAMED).then(FOUND, CONCLUDED, BARRED)


def test_race_incident_then_disposal() -> None:
    given(DECIDER, REQUESTED, ARRIVED).when(INCIDENT, DISPOSE).refused(EvidenceIsHeld)


def test_race_disposal_then_incident() -> None:
    given(DECIDER, REQUESTED, ARRIVED).when(DISPOSE, INCIDENT).then(DISPOSED, PLACED)


def test_race_withdrawal_then_evidence_and_its_lapse() -> None:
    """What was asked for may still come; nobody is told of an effect any more."""
    withdrawn = given(DECIDER, OPENED, ACCEPTED, REQUESTED).when(DISCONTINUE).then(DISCONTINUED)
    withdrawn.when(ARRIVES).then(ARRIVED)
    withdrawn.when(LAPSE_IT).then()


def test_race_evidence_and_its_lapse_then_withdrawal() -> None:
    asked = given(DECIDER, OPENED, ACCEPTED, REQUESTED)
    asked.when(ARRIVES, DISCONTINUE).then(ARRIVED, DISCONTINUED)
    asked.when(LAPSE_IT, DISCONTINUE).then(NOTHING_CAME, DISCONTINUED)
