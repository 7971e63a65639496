"""Followup's rules: resolution's offer, closing and reopening, and what comes before or after the closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.followup.tests.closing_cases import CLOSING_COMMANDS, CLOSING_EVENTS, TERMS
from services.followup.tests.conduct_cases import CONDUCT_COMMANDS, CONDUCT_EVENTS

from casework.followup.domain import closing, errors
from casework.followup.domain.agreements import AgreementOpen, NoteAgreement
from casework.followup.domain.alerts import AlertDuty, NoteSeverity
from casework.followup.domain.case_clocks import CaseClockEvent, TakeEscalation, TellMoment
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock, ScheduleClock
from casework.followup.domain.commands import (
    AcceptHandOff,
    CloseCase,
    Command,
    DeclineHandOff,
    FollowHandOff,
    NoteContestation,
    NoteCover,
    NoteFacts,
    NoteFailedRemedy,
    NoteRemedy,
    NoteWithdrawalAnswer,
    OpenFollowUp,
    ReopenCase,
)
from casework.followup.domain.events import (
    ActingOwnerNamed,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CoverEnded,
    FactsReceivedAfterClosure,
    FileOpened,
    FileRefused,
    FollowUpEvent,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffFollowed,
    HandOffLapsed,
    HandOffOverdue,
    HandOffReturned,
    RemedyOwed,
    RemedySettled,
    WorkCovered,
)
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.follow_up import DECIDER, FollowUp
from casework.followup.domain.motives import Given, RecordMotiveAnswer
from casework.followup.domain.open_remedies import RemedyNotReceived
from casework.shared.contracts.followup import MotiveCompared, SeverityNoted
from casework.shared.contracts.talks import AgreementPending, AgreementSettled
from casework.shared.contracts.types import Sealed
from casework.shared.errors import Refusal
from casework.shared.files.opening import OpenFilePart, Reader
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.testing.given import given, holds_together

FIRST, SECOND, CONTESTATION, FACTS = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
RECEIVED_AT = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)

OPEN = OpenFollowUp(owner="Mei Chen", source="crm", category="Credit card", received_at=RECEIVED_AT)
ACCEPT = AcceptHandOff(offer_id=FIRST, offered=FIRST, holder="Tomasz Nowak")
ACCEPT_SECOND = AcceptHandOff(offer_id=SECOND, offered=SECOND, holder="Tomasz Nowak")
DECLINE = DeclineHandOff(offer_id=FIRST, offered=FIRST, reason="No approval.")
CLOSE = CloseCase(reason="The refund arrived.")
OWED = NoteRemedy(remedy=1, owed=True)
REOPEN = ReopenCase(reason="The refund was called back.")
CONTEST = NoteContestation(contestation=CONTESTATION, reason="The interest is missing.")
HONOURED = NoteWithdrawalAnswer(honoured=True, reason="Settled at the branch.")
TOO_LATE = NoteWithdrawalAnswer(honoured=False, reason="Settled at the branch.")
NOTE_FACTS = NoteFacts(facts_event=FACTS)

FOLLOW = FollowHandOff(
    offer_id=FIRST,
    giver="resolution",
    receiver="followup",
    most_moves=1,
    acting_owner=None,
    at=RECEIVED_AT,
    rulebook=rulebook(),
)
FAILED = NoteFailedRemedy(remedy=1, about=FIRST, at=RECEIVED_AT, rulebook=FOLLOW.rulebook)
AWAY = NoteCover(holder="Tomasz Nowak", cover="Mei Chen")

FOLLOWED = HandOffFollowed(offer_id=FIRST, giver="resolution", receiver="followup", move=1)
COVERED = WorkCovered(holder="Tomasz Nowak", cover="Mei Chen", reason="absent")
OPENED = FollowUpOpened(owner="Mei Chen", source="crm", category="Credit card", received_at=RECEIVED_AT)
ACCEPTED = HandOffAccepted(offer_id=FIRST, holder="Tomasz Nowak")
DECLINED = HandOffDeclined(offer_id=FIRST, reason="No approval.")
CLOSED = CaseClosed(outcome="decided", reason="The refund arrived.")
WITHDRAWN = CaseClosed(outcome="withdrawn", reason="Settled at the branch.")
REOPENED = CaseReopened(reason="The refund was called back.", category="Credit card", owner="Mei Chen")
CONTESTED = CaseReopened(
    reason="The interest is missing.", category="Credit card", owner="Mei Chen", contestation=CONTESTATION
)
RETURNED = HandOffReturned(reason="The interest is missing.")
FACTS_LATE = FactsReceivedAfterClosure(facts_event=FACTS)
STAGES: dict[str, tuple[FollowUpEvent, ...]] = {
    "unopened": (),
    "open": (OPENED,),
    "declined": (OPENED, DECLINED),
    "held": (OPENED, ACCEPTED),
    "returned": (OPENED, ACCEPTED, RETURNED),
    "closed": (OPENED, ACCEPTED, CLOSED),
    "withdrawn": (OPENED, WITHDRAWN),
    "reopened": (OPENED, ACCEPTED, CLOSED, REOPENED),
}


def test_a_case_goes_from_receipt_to_closure() -> None:
    given(DECIDER).when(OPEN, ACCEPT, CLOSE).then(OPENED, ACCEPTED, CLOSED)


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "unopened"])
def test_opening_twice_has_no_effect(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(OPEN).then()


@pytest.mark.parametrize(
    ("stage", "command", "refusal", "saying"),
    [
        ("unopened", ACCEPT, errors.CaseNotOpened, "received the complaint"),
        ("unopened", DECLINE, errors.CaseNotOpened, "received the complaint"),
        ("unopened", CLOSE, errors.CaseNotOpened, "received the complaint"),
        ("unopened", REOPEN, errors.CaseNotOpened, "received the complaint"),
        ("open", replace(ACCEPT, offered=None), errors.NothingOffered, "offer the decided case"),
        ("open", replace(DECLINE, offered=None), errors.NothingOffered, "offer the decided case"),
        ("open", replace(ACCEPT, offered=SECOND), errors.AnotherOffer, str(SECOND)),
        ("open", replace(DECLINE, offered=SECOND), errors.AnotherOffer, str(SECOND)),
        ("declined", ACCEPT, errors.HandOffAlreadyAnswered, "offer the case again"),
        ("declined", DECLINE, errors.HandOffAlreadyAnswered, "offer the case again"),
        ("returned", ACCEPT, errors.HandOffAlreadyAnswered, "offer the case again"),
        ("reopened", ACCEPT, errors.HandOffAlreadyAnswered, "offer the case again"),
        ("held", ACCEPT, errors.HandOffAlreadyAccepted, "Tomasz Nowak"),
        ("held", DECLINE, errors.HandOffAlreadyAccepted, "Tomasz Nowak"),
        ("closed", ACCEPT, errors.CaseIsClosed, "decided"),
        ("withdrawn", DECLINE, errors.CaseIsClosed, "withdrawn"),
        ("open", CLOSE, errors.HandOffNotAccepted, "accept resolution's hand-off"),
        ("declined", CLOSE, errors.HandOffNotAccepted, "accept resolution's hand-off"),
        ("returned", CLOSE, errors.HandOffNotAccepted, "accept resolution's hand-off"),
        ("reopened", CLOSE, errors.HandOffNotAccepted, "accept resolution's hand-off"),
        ("closed", CLOSE, errors.CaseIsClosed, "reopen it first"),
        ("withdrawn", CLOSE, errors.CaseIsClosed, "reopen it first"),
        ("open", REOPEN, errors.CaseNotClosed, "not closed"),
        ("held", REOPEN, errors.CaseNotClosed, "not closed"),
        ("reopened", REOPEN, errors.CaseNotClosed, "not closed"),
    ],
)
def test_a_step_out_of_order_is_refused(stage: str, command: Command, refusal: type[Refusal], saying: str) -> None:
    given(DECIDER, *STAGES[stage]).when(command).refused(refusal, saying=saying)


def test_an_offer_can_be_declined_and_the_next_accepted() -> None:
    given(DECIDER, OPENED).when(DECLINE, ACCEPT_SECOND).then(DECLINED, replace(ACCEPTED, offer_id=SECOND))


@pytest.mark.parametrize("stage", ["closed", "withdrawn"])
def test_staff_reopen_a_closed_case_and_it_can_be_closed_again(stage: str) -> None:
    reopened = given(DECIDER, *STAGES[stage]).when(REOPEN).then(REOPENED)
    reopened.when(ACCEPT_SECOND, CLOSE).then(replace(ACCEPTED, offer_id=SECOND), CLOSED)


def test_the_last_day_to_reopen_is_said_as_the_institution_counts_it() -> None:
    midnight_in_sydney = datetime(2026, 5, 1, 14, tzinfo=UTC)
    terms = replace(TERMS, reopen_until=midnight_in_sydney)
    late = replace(REOPEN, at=midnight_in_sydney, zone="Australia/Sydney")
    closed = given(DECIDER, OPENED, ACCEPTED, replace(CLOSED, terms=terms))
    closed.when(late).refused(closing.ReopeningWindowOver, saying="until the end of 2026-05-01.")
    closed.when(replace(late, at=midnight_in_sydney - timedelta(seconds=1))).then(REOPENED)


@pytest.mark.parametrize("stage", STAGES)
def test_the_case_owner_stays_the_same_whoever_holds_the_work(stage: str) -> None:
    assert DECIDER.fold(STAGES[stage]).owner == ("" if stage == "unopened" else "Mei Chen")


def test_race_closure_then_contestation() -> None:
    given(DECIDER, *STAGES["held"]).when(CLOSE, CONTEST).then(CLOSED, CONTESTED)


def test_race_contestation_then_closure() -> None:
    returned = given(DECIDER, *STAGES["held"]).when(CONTEST).then(RETURNED)
    returned.when(CLOSE).refused(errors.HandOffNotAccepted)


def test_race_acceptance_then_contestation() -> None:
    given(DECIDER, OPENED).when(ACCEPT, CONTEST).then(ACCEPTED, RETURNED)


def test_race_contestation_then_acceptance() -> None:
    noted = given(DECIDER, OPENED).when(CONTEST).then()
    noted.when(replace(ACCEPT, offered=None)).refused(errors.NothingOffered)
    noted.when(ACCEPT_SECOND).then(replace(ACCEPTED, offer_id=SECOND))


def test_race_reopening_by_staff_then_contestation() -> None:
    given(DECIDER, *STAGES["closed"]).when(REOPEN, CONTEST).then(REOPENED)


def test_race_contestation_then_reopening_by_staff() -> None:
    contested = given(DECIDER, *STAGES["closed"]).when(CONTEST).then(CONTESTED)
    contested.when(REOPEN).refused(errors.CaseNotClosed)


@pytest.mark.parametrize("stage", ["open", "declined", "held", "returned", "reopened"])
def test_an_honoured_withdrawal_closes_the_case(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(HONOURED, HONOURED).then(WITHDRAWN)


@pytest.mark.parametrize("stage", STAGES)
def test_a_withdrawal_after_the_decision_changes_nothing(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(TOO_LATE).then()


def test_race_closure_then_withdrawal() -> None:
    given(DECIDER, *STAGES["held"]).when(CLOSE, TOO_LATE).then(CLOSED)
    given(DECIDER, *STAGES["closed"]).when(HONOURED).then()


def test_race_withdrawal_then_closure() -> None:
    withdrawn = given(DECIDER, *STAGES["open"]).when(HONOURED).then(WITHDRAWN)
    withdrawn.when(CLOSE).refused(errors.CaseIsClosed, saying="withdrawn")


def test_race_closure_then_facts() -> None:
    given(DECIDER, *STAGES["held"]).when(CLOSE, NOTE_FACTS).then(CLOSED, FACTS_LATE)
    given(DECIDER, *STAGES["withdrawn"]).when(NOTE_FACTS).then(FACTS_LATE)


@pytest.mark.parametrize("stage", ["unopened", "open", "held", "returned", "reopened"])
def test_race_facts_then_closure(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(NOTE_FACTS).then()


OPEN_PART = OpenFilePart(
    part="words", purpose="Prepare the call back.", reader=Reader(actor="Mei Chen", role="handler", rank=1)
)
PART_OPENED = FileOpened(part="words", purpose="Prepare the call back.")
PART_REFUSED = FileRefused(part="words", purpose="Prepare the call back.")

WORDS = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
NOTE_SEVERITY, GRAVE = NoteSeverity(severity="high"), SeverityNoted(severity="high")
MOTIVE_ANSWER = RecordMotiveAnswer(answered=True, words=WORDS, given=Given(motive="respect", remedies=("refund",)))
COMPARED = MotiveCompared(motive="respect", given=("refund",), words=WORDS, result="matched")
ALERT = AlertDuty(about=FIRST, reason="threat", to_top=False, at=FOLLOW.at, rulebook=FOLLOW.rulebook)
NOTE_AGREEMENT = NoteAgreement(agreement_id=SECOND)
PENDING, SETTLED = AgreementPending(agreement_id=SECOND), AgreementSettled(agreement_id=SECOND, bound=True)


def test_a_case_is_not_closed_over_an_agreement_that_waits() -> None:
    held = given(DECIDER, OPENED, ACCEPTED, PENDING)
    held.when(replace(CLOSE, gated=True)).refused(AgreementOpen, saying=str(SECOND))
    held.when(CLOSE).then(CLOSED)
    for bound in (True, False):
        settled = replace(SETTLED, bound=bound)
        held.when(replace(NOTE_AGREEMENT, bound=bound), replace(CLOSE, gated=True)).then(settled, CLOSED)


def test_an_agreement_is_noted_once() -> None:
    given(DECIDER, OPENED, PENDING).when(NOTE_AGREEMENT).then()
    given(DECIDER, OPENED, PENDING, SETTLED).when(replace(NOTE_AGREEMENT, bound=False)).then()


def test_race_remedy_then_closure() -> None:
    owed = given(DECIDER, OPENED, ACCEPTED).when(OWED, OWED).then(RemedyOwed(remedy=1))
    owed.when(replace(CLOSE, gated=True)).refused(RemedyNotReceived, saying="remedy 1")
    # A history tells what was closed then.
    owed.when(CLOSE).then(CLOSED)
    settled = owed.when(replace(OWED, owed=False), replace(OWED, owed=False)).then(RemedySettled(remedy=1))
    settled.when(CLOSE).then(CLOSED)


def test_race_closure_then_remedy() -> None:
    late = given(DECIDER, OPENED, ACCEPTED).when(CLOSE, OWED).then(CLOSED, RemedyOwed(remedy=1))
    late.when(REOPEN, ACCEPT_SECOND, replace(CLOSE, gated=True)).refused(RemedyNotReceived)


def test_each_failure_asks_one_rung_more_up_to_the_last() -> None:
    state, asked = DECIDER.fold((OPENED, ACCEPTED)), []
    for number in range(1, 5):
        happened = DECIDER.decide(replace(FAILED, about=UUID(int=70 + number)), state)
        asked += [(each.rung, each.role) for each in happened if isinstance(each, CaseEscalated)]
        state = DECIDER.fold(happened, state)
    assert asked == [(1, "supervisor"), (2, "manager"), (3, "duty-owner"), (3, "duty-owner")]
    assert state.remedies == (1,)


def test_a_failure_told_twice_asks_once_and_nobody_is_asked_about_an_imported_case() -> None:
    owed = given(DECIDER, replace(OPENED, imported=True)).when(FAILED).then(RemedyOwed(remedy=1))
    owed.when(replace(FAILED, about=SECOND)).then()
    _, state = DECIDER.run((FAILED,), DECIDER.fold((OPENED,)))
    assert DECIDER.decide(FAILED, state) == ()


COMMANDS: tuple[Command, ...] = (
    OPEN,
    ACCEPT,
    ACCEPT_SECOND,
    replace(ACCEPT, offered=None),
    DECLINE,
    CLOSE,
    REOPEN,
    CONTEST,
    HONOURED,
    TOO_LATE,
    NOTE_FACTS,
    NOTE_AGREEMENT,
    replace(NOTE_AGREEMENT, bound=True),
    replace(CLOSE, gated=True),
    FOLLOW,
    replace(FOLLOW, offer_id=SECOND),
    AWAY,
    replace(AWAY, cover=None),
    OPEN_PART,
    NOTE_SEVERITY,
    MOTIVE_ANSWER,
    replace(MOTIVE_ANSWER, given=None),
    replace(CLOSE, given=MOTIVE_ANSWER.given),
    ALERT,
    replace(ALERT, about=SECOND, to_top=True),
    OWED,
    replace(OWED, owed=False),
    FAILED,
    replace(FAILED, about=SECOND),
    replace(CLOSE, gated=True),
    *CLOSING_COMMANDS,
    *CONDUCT_COMMANDS,
)
EVENTS: tuple[FollowUpEvent, ...] = (
    OPENED,
    ACCEPTED,
    DECLINED,
    CLOSED,
    WITHDRAWN,
    REOPENED,
    CONTESTED,
    RETURNED,
    FACTS_LATE,
    PENDING,
    SETTLED,
    FOLLOWED,
    HandOffLapsed(offer_id=FIRST),
    HandOffOverdue(offer_id=FIRST, giver="intake", receiver="investigation"),
    ActingOwnerNamed(offer_id=FIRST, acting_owner="campus-head"),
    COVERED,
    CoverEnded(holder="Tomasz Nowak", cover="Mei Chen"),
    PART_OPENED,
    PART_REFUSED,
    GRAVE,
    COMPARED,
    RemedyOwed(remedy=1),
    RemedySettled(remedy=1),
    *CLOSING_EVENTS,
    *CONDUCT_EVENTS,
)


CLOCK_COMMANDS = {TellMoment, FireClocks, TakeEscalation, ScheduleClock, PauseClock, ResumeClock, ExtendClock}


def test_every_command_and_event_takes_part_in_the_properties() -> None:
    """Those of the clocks take part in the properties of `test_case_clocks.py`."""
    assert {type(command) for command in COMMANDS} == set(get_args(Command)) - CLOCK_COMMANDS
    assert {type(event) for event in EVENTS} == set(get_args(FollowUpEvent)) - set(get_args(CaseClockEvent))


@any_of(st.lists(st.sampled_from(COMMANDS), max_size=25))
def test_any_commands_leave_a_history_that_holds_together(commands: list[Command]) -> None:
    upstream = (
        *(OpenFollowUp, NoteContestation, NoteWithdrawalAnswer, NoteFacts, FollowHandOff, NoteCover),
        *(NoteSeverity, AlertDuty),
        OpenFollowUp,
        NoteContestation,
        NoteWithdrawalAnswer,
        NoteFacts,
        FollowHandOff,
        NoteCover,
        NoteAgreement,
        NoteRemedy,
        NoteFailedRemedy,
    )
    state = holds_together(DECIDER, FollowUp, commands, never_refused=upstream)
    assert len(state.answered) == len(set(state.answered))
    assert (state.status == "closed") == (state.outcome is not None)


@any_of(st.lists(st.sampled_from(EVENTS), max_size=15))
def test_evolve_never_fails(events: list[FollowUpEvent]) -> None:
    DECIDER.fold(events)


def test_an_offer_that_is_followed_again_has_no_effect() -> None:
    given(DECIDER, OPENED).when(FOLLOW, FOLLOW).then(FOLLOWED)


def test_one_offer_too_many_climbs() -> None:
    again, _ = DECIDER.run((replace(FOLLOW, offer_id=SECOND),), DECIDER.fold((OPENED, FOLLOWED)))
    kinds = [type(event).__name__ for event in again]
    assert kinds == ["HandOffFollowed", "CaseEscalated", "ClockArmed"]
    given(DECIDER, OPENED, FOLLOWED).when(replace(FOLLOW, offer_id=SECOND, most_moves=2)).then(
        replace(FOLLOWED, offer_id=SECOND, move=2)
    )


def test_cover_is_recorded_once_and_given_back() -> None:
    ended = CoverEnded(holder="Tomasz Nowak", cover="Mei Chen")
    given(DECIDER, *STAGES["held"]).when(AWAY, AWAY, replace(AWAY, cover=None)).then(COVERED, ended)
    given(DECIDER, *STAGES["closed"]).when(AWAY).then()
    other = replace(AWAY, cover="Ravi Patel")
    given(DECIDER, *STAGES["held"], COVERED).when(other).then(ended, replace(COVERED, cover="Ravi Patel"))
