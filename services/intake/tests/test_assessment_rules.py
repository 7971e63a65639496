"""The rules of the assessment: cooling, what is done at once, containment; and of care: flags, pressure, incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from services.intake.tests import assessment_cases as cases
from services.intake.tests.assessment_cases import ANSWER, FINISH, INCIDENT, LIFT, NOW, OVER, PREPARE, RAISE, SET, START

from casework.intake.domain import assessment, assessment_errors, flags, incident, pressure
from casework.intake.domain.assessment import EndCooling
from casework.intake.domain.commands import OfferHandOff
from casework.intake.domain.complaint import DECIDER
from casework.intake.domain.events import ComplaintAcknowledged, ComplaintReceived, ComplaintWithdrawn
from casework.shared.contracts.assessment import ImmediateAction
from casework.shared.errors import Refusal
from casework.shared.testing.given import given
from casework.shared.which import NothingOpen, NotOnThisCase, SayWhich

RECEIVED = ComplaintReceived(
    source="crm",
    source_reference="4117",
    channel="phone",
    received_at=datetime(2026, 3, 2, 1, 10, tzinfo=UTC),
    language="zh",
    category="Attitude of staff",
    owner="Mei Chen",
)
ACKNOWLEDGED = ComplaintAcknowledged(channel="phone", next_step="We call back by Friday.")
READY = (RECEIVED, ACKNOWLEDGED)


def planned(**fields: Any) -> assessment.AssessComplaint:
    """The plan of the story with other fields."""
    return replace(PREPARE, cooling=replace(cases.PLAN, **fields))


def test_the_plan_of_the_story_is_kept() -> None:
    given(DECIDER, *READY).when(PREPARE).then(replace(cases.WEIGHED, track="prepare"), cases.COOLS)


@pytest.mark.parametrize(
    ("command", "refusal", "saying"),
    [
        (planned(until=date(2026, 3, 18)), assessment_errors.CoolingCrossesDeadline, "2026-03-17"),
        (planned(until=date(2026, 3, 18), cap=99), assessment_errors.CoolingCrossesDeadline, "2026-03-17"),
        (planned(until=date(9999, 12, 31), leading=None), assessment_errors.NextContactAfterCap, "2026-03-09"),
        (planned(until=date(2026, 3, 10)), assessment_errors.NextContactAfterCap, "2026-03-09"),
        (planned(until=date(2026, 3, 1)), assessment_errors.NextContactInThePast, "today or a later"),
        (planned(cap=0), assessment_errors.CapTooLong, "at most 10 working days"),
        (planned(cap=11), assessment_errors.CapTooLong, "at most 10 working days"),
        (replace(PREPARE, cooling=None), assessment_errors.CoolingNotPlanned, "reason, a cap"),
        (replace(PREPARE, track="now"), assessment_errors.CoolingNotPlanned, "leave both out"),
        (replace(PREPARE, safety=True), assessment_errors.MustBeNow, "safety"),
        (replace(PREPARE, immediate_action=True), assessment_errors.MustBeNow, "immediate-action"),
        (replace(PREPARE, impact="high"), assessment_errors.MustBeNow, "many"),
    ],
)
def test_a_plan_to_cool_that_delays_is_refused(
    command: assessment.AssessComplaint, refusal: type[Refusal], saying: str
) -> None:
    given(DECIDER, *READY).when(command).refused(refusal, saying=saying)


def test_the_last_day_of_the_deadline_is_still_in_time() -> None:
    on_it = planned(until=date(2026, 3, 16), cap=10, leading=replace(cases.LEADING, day=date(2026, 3, 16)))
    happened, _ = DECIDER.run([on_it], DECIDER.fold(READY))
    assert len(happened) == 2


def test_what_was_assessed_without_a_matrix_is_recorded_as_it_stands() -> None:
    bare = assessment.AssessComplaint(
        severity="low", complexity="simple", safety=True, immediate_action=True, reason="As it was.", track="prepare"
    )
    (happened,), state = DECIDER.run([bare], DECIDER.fold(READY))
    assert (happened.severity, happened.track, happened.policy) == ("low", "prepare", None)  # type: ignore[union-attr]
    assert not state.assessment.wants_action


def test_cooling_ends_by_a_contact_and_once() -> None:
    cools = given(DECIDER, *READY, cases.WEIGHED, cases.COOLS)
    cools.when(EndCooling(channel="phone")).then(cases.COOLED)
    cools.when(EndCooling(channel="phone"), EndCooling(channel="phone")).refused(assessment_errors.NothingCools)


OFFER = OfferHandOff(reason="Assessed.", ready=("assessment",))


def test_nothing_is_offered_before_what_is_urgent_has_begun() -> None:
    urgent = given(DECIDER, *READY, cases.URGENT)
    urgent.when(OFFER).refused(assessment_errors.ImmediateActionMissing, saying="Start the immediate action")
    (offered,), _ = DECIDER.run([OFFER], DECIDER.fold((*READY, cases.URGENT, cases.STARTED)))
    running = ImmediateAction(
        action_id=cases.ID, what="Send a tow truck.", due_at=NOW + timedelta(minutes=30), state="running"
    )
    assert offered.immediate_actions == (running,)  # type: ignore[union-attr]
    done = (*READY, cases.URGENT, cases.STARTED, cases.DONE)
    (offered,), _ = DECIDER.run([OFFER], DECIDER.fold(done))
    assert offered.immediate_actions == (replace(running, state="done"),)  # type: ignore[union-attr]


def test_an_imported_assessment_asks_for_no_immediate_action() -> None:
    happened, _ = DECIDER.run([OFFER], DECIDER.fold((*READY, replace(cases.URGENT, policy=None))))
    assert len(happened) == 1


def test_an_immediate_action_is_due_when_the_matrix_says_or_before() -> None:
    received = given(DECIDER, RECEIVED)
    received.when(START).then(cases.STARTED)
    sooner = NOW + timedelta(minutes=10)
    received.when(replace(START, due_at=sooner)).then(replace(cases.STARTED, due_at=sooner))
    for due_at in (NOW, NOW + timedelta(minutes=30, microseconds=1)):
        received.when(replace(START, due_at=due_at)).refused(
            assessment_errors.ImmediateActionTooLate, saying="06:30:00"
        )


def test_what_is_done_is_late_from_its_time_on() -> None:
    started = given(DECIDER, RECEIVED, cases.STARTED)
    started.when(FINISH).then(cases.DONE)
    started.when(replace(FINISH, now=NOW + timedelta(minutes=30))).then(replace(cases.DONE, late=True))
    started.when(FINISH, replace(FINISH, action_id=cases.ID)).then(cases.DONE)
    given(DECIDER, RECEIVED).when(FINISH).refused(NothingOpen, saying="no immediate action")
    started.when(replace(FINISH, action_id=cases.OTHER)).refused(NotOnThisCase)
    started.when(replace(START, action_id=cases.OTHER), FINISH).refused(SayWhich)


def test_contained_is_recorded_once_and_not_beforehand() -> None:
    received = given(DECIDER, RECEIVED)
    received.when(cases.CONTAIN).then(cases.CONTAINED)
    received.when(cases.CONTAIN, cases.CONTAIN).refused(assessment_errors.AlreadyContained, saying="already")
    ahead = replace(cases.CONTAIN, contained_at=NOW + timedelta(seconds=1))
    received.when(ahead).refused(assessment_errors.ContainedInTheFuture, saying="lies ahead")


def test_a_flag_ends_with_its_day() -> None:
    up = given(DECIDER, RECEIVED).when(RAISE).then(cases.RAISED)
    up.when(LIFT).then(cases.LIFTED)
    last = datetime(2026, 9, 2, 15, 59, tzinfo=UTC)
    up.when(replace(LIFT, now=last)).then(cases.LIFTED)
    over = last + timedelta(minutes=1)
    up.when(replace(LIFT, now=over)).refused(NothingOpen)
    up.when(replace(LIFT, now=over, flag_id=cases.ID)).refused(flags.FlagIsOver, saying="history")
    up.when(LIFT, replace(LIFT, flag_id=cases.ID)).refused(flags.FlagIsOver)
    received = given(DECIDER, RECEIVED)
    received.when(replace(RAISE, until=date(2026, 3, 1))).refused(flags.FlagWouldBeOver)
    received.when(replace(RAISE, until=date(2032, 1, 1))).refused(flags.FlagTooLong, saying="5 years")
    received.when(replace(RAISE, until=date(9999, 12, 31))).refused(flags.FlagTooLong)


def test_a_time_of_theirs_is_recorded_as_it_was_said() -> None:
    received = given(DECIDER, RECEIVED)
    received.when(SET).then(cases.THEIRS).when(ANSWER).then(cases.ANSWERED)
    received.when(replace(SET, said_at=NOW + timedelta(seconds=1))).refused(pressure.SaidInTheFuture)
    received.when(replace(SET, due_at=NOW)).refused(pressure.DueBeforeSaid)
    received.when(SET, ANSWER, replace(ANSWER, deadline_id=cases.ID)).then(cases.THEIRS, cases.ANSWERED)
    received.when(ANSWER).refused(NothingOpen)


def test_incident_mode_is_one_switch() -> None:
    received = given(DECIDER, RECEIVED)
    on = received.when(INCIDENT).then(cases.INCIDENT_SET)
    on.when(INCIDENT).refused(incident.AlreadyInIncidentMode)
    on.when(OVER).then(cases.INCIDENT_OVER).when(OVER).refused(incident.NotInIncidentMode)


@pytest.mark.parametrize("command", cases.CARE_COMMANDS, ids=lambda command: type(command).__name__)
def test_nothing_of_it_is_done_before_receipt_or_after_withdrawal(command: cases.CareCommand) -> None:
    for events in ((), (RECEIVED, ComplaintWithdrawn(reason="Settled.", channel="phone"))):
        with pytest.raises(Refusal, match=r"receive it first|was withdrawn"):
            DECIDER.decide(command, DECIDER.fold(events))
