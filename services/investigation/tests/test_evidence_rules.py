"""Evidence: asked for by a time with the effect of silence, and never lost in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args
from uuid import UUID

from services.investigation.tests.evidence_cases import (
    ARRIVED,
    ARRIVED_LATE,
    ARRIVES,
    DUE,
    LAPSE_IT,
    LATE,
    NOTHING_CAME,
    REPORT,
    REQUEST,
    REQUEST_REPORT,
    REQUESTED,
    REQUESTED_REPORT,
)

from casework.investigation.domain import errors, evidence
from casework.investigation.domain.events import (
    HandOffAccepted,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationEvent,
    InvestigationOpened,
)
from casework.investigation.domain.investigation import DECIDER
from casework.shared.contracts.vocabulary import Lateness
from casework.shared.handoffs.receiving import NothingOffered
from casework.shared.testing.given import given
from casework.shared.which import NothingOpen, NotOnThisCase, SayWhich

OFFER = UUID(int=1)
INVESTIGATING: tuple[InvestigationEvent, ...] = (
    InvestigationOpened(offer_id=OFFER, category="Trade mark", owner="Mei Chen"),
    HandOffAccepted(offer_id=OFFER, holder="Ravi Patel"),
)
CONCLUDED = InvestigationConcluded(outcome="upheld", summary="No invoice.")
STOPPED = InvestigationDiscontinued(reason="Withdrawn.")


def test_a_request_says_by_when_and_what_if_not_in_both_languages() -> None:
    given(DECIDER, *INVESTIGATING).when(REQUEST).then(REQUESTED)
    assert set(evidence.EFFECTS) == set(get_args(Lateness))
    assert all(said.en and said.zh for said in evidence.EFFECTS.values())


def test_a_request_is_made_by_who_has_the_work_and_for_a_time_that_lies_ahead() -> None:
    given(DECIDER).when(REQUEST).refused(NothingOffered, saying="first")
    given(DECIDER, *INVESTIGATING, CONCLUDED).when(REQUEST).refused(errors.InvestigationAlreadyConcluded)
    past = replace(REQUEST, now=DUE)
    given(DECIDER, *INVESTIGATING).when(past).refused(evidence.EvidenceDueInThePast, saying="lies ahead")


def test_what_arrives_in_time_ends_the_request() -> None:
    asked = given(DECIDER, *INVESTIGATING, REQUESTED)
    asked.when(ARRIVES, LAPSE_IT).then(ARRIVED)


def test_silence_brings_the_effect_that_was_announced_once() -> None:
    given(DECIDER, *INVESTIGATING, REQUESTED).when(LAPSE_IT, LAPSE_IT).then(NOTHING_CAME)


def test_what_arrives_late_is_recorded_as_late_whether_or_not_the_lapse_is() -> None:
    late = replace(ARRIVES, now=LATE)
    given(DECIDER, *INVESTIGATING, REQUESTED).when(late).then(ARRIVED_LATE)
    given(DECIDER, *INVESTIGATING, REQUESTED, NOTHING_CAME).when(late).then(ARRIVED_LATE)
    given(DECIDER, *INVESTIGATING, REQUESTED).when(replace(ARRIVES, now=DUE)).then(ARRIVED_LATE)


def test_the_expiry_of_something_else_has_no_effect() -> None:
    given(DECIDER, *INVESTIGATING, REQUESTED).when(replace(LAPSE_IT, request_id=REPORT)).then()
    given(DECIDER).when(LAPSE_IT).then()


def test_a_request_lapses_after_the_conclusion_but_not_after_the_withdrawal() -> None:
    given(DECIDER, *INVESTIGATING, REQUESTED, CONCLUDED).when(LAPSE_IT).then(NOTHING_CAME)
    stopped = given(DECIDER, *INVESTIGATING, REQUESTED, STOPPED)
    stopped.when(LAPSE_IT).then()
    stopped.when(ARRIVES).then(ARRIVED)


def test_without_an_id_the_one_open_request_is_meant_and_nothing_is_guessed() -> None:
    bare = replace(ARRIVES, request_id=None)
    given(DECIDER, *INVESTIGATING, REQUESTED).when(bare).then(ARRIVED)
    given(DECIDER, *INVESTIGATING).when(bare).refused(NothingOpen)
    both = given(DECIDER, *INVESTIGATING).when(REQUEST, REQUEST_REPORT).then(REQUESTED, REQUESTED_REPORT)
    both.when(bare).refused(SayWhich, saying=str(REPORT))
    both.when(ARRIVES, replace(bare, what="The report.")).then(
        ARRIVED, replace(ARRIVED, request_id=REPORT, what="The report.")
    )
    given(DECIDER, *INVESTIGATING, REQUESTED).when(replace(ARRIVES, request_id=REPORT)).refused(NotOnThisCase)
