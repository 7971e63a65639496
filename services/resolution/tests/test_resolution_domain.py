"""Resolution's rules: remedy, decision and reply, and its ruling on withdrawals and reopenings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.resolution.tests.answer_cases import ANSWER_COMMANDS, ANSWER_EVENTS
from services.resolution.tests.conflict_cases import CONFLICT_COMMANDS, CONFLICT_EVENTS
from services.resolution.tests.containment_cases import CONTAINMENT_COMMANDS, CONTAINMENT_EVENTS
from services.resolution.tests.demand_cases import DEMAND_COMMANDS, DEMAND_EVENTS
from services.resolution.tests.recording_cases import RECORDING_COMMANDS, RECORDING_EVENTS
from services.resolution.tests.remedy_cases import REMEDY_COMMANDS, REMEDY_EVENTS
from services.resolution.tests.sanction_cases import SANCTION_COMMANDS, SANCTION_EVENTS
from services.resolution.tests.timed_cases import TIMED_COMMANDS, TIMED_EVENTS

from casework.resolution.domain import errors
from casework.resolution.domain.commands import (
    AcceptHandOff,
    Command,
    CommunicateDecision,
    DeclineHandOff,
    LapseHandOff,
    OfferHandOff,
    OpenResolution,
    ProposeRemedy,
    RecordReply,
    ReopenResolution,
    TakeBackHandOff,
    TakeWithdrawal,
)
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.containment import NoteContainment
from casework.resolution.domain.demand_answers import NoteDemand
from casework.resolution.domain.events import (
    DecisionAccepted,
    DecisionCommunicated,
    DecisionContested,
    FileOpened,
    FileRefused,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    RemedyProposed,
    ResolutionEvent,
    ResolutionOpened,
    ResolutionReopened,
    WithdrawalCameAfterDecision,
    WithdrawalHonoured,
)
from casework.resolution.domain.known import KnownCommand
from casework.resolution.domain.ledger import LeaveUnanswered
from casework.resolution.domain.measures import SanctionSilence
from casework.resolution.domain.promises import BreakPromise
from casework.resolution.domain.ready_answers import OfferReadyAnswer
from casework.resolution.domain.recordings import NoteRecording
from casework.resolution.domain.resolution import DECIDER, HELD, WITHDRAWN, Resolution
from casework.resolution.domain.settlement import TimeQuickSettlement
from casework.shared.contracts.handoff import ChecklistItem
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal
from casework.shared.files.opening import OpenFilePart, Reader
from casework.shared.handoffs import giving, receiving
from casework.shared.testing.given import given, holds_together

FIRST, SECOND, OUR_OFFER, OUR_SECOND = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
REF = StandingRef(name="charge-refunded", version=1)
AMOUNT = Money(amount="12.50", currency="GBP")

OPEN = OpenResolution(offer_id=FIRST, category="Credit card", owner="Mei Chen", standing=REF)
OPEN_ANEW = replace(OPEN, offer_id=SECOND)
ACCEPT = AcceptHandOff(offer_id=FIRST, holder="Aoife Byrne")
DECLINE = DeclineHandOff(offer_id=FIRST, reason="Which system booked twice?")
LAPSE = LapseHandOff(offer_id=FIRST)
PROPOSE = ProposeRemedy(kind="refund", description="The second fee.", amount=AMOUNT)
COMMUNICATE = CommunicateDecision(outcome="upheld", answer="You were right.", channel="phone")
REPLY_YES = RecordReply(reply="accepted", channel="phone")
REPLY_NO = RecordReply(reply="contested", channel="letter", reason="The interest is missing.")
WITHDRAW = TakeWithdrawal(reason="Settled at the branch.")
WITHDRAW_AGAIN = replace(WITHDRAW, number=2)
REOPEN = ReopenResolution(reason="The refund did not arrive.", category="Credit card", owner="Li Wei")
ECHO = replace(REOPEN, contestation=UUID(int=8))
OFFER_IT = OfferHandOff(reason="Decided.", ready=("decision",), open=("arrival",), standing=REF)
TERMS = giving.Terms(
    at=datetime(2026, 3, 6, 10, 0, tzinfo=UTC),
    checklist=(ChecklistItem(name="contact", value="staff:Ms Wu"),),
    moment=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
    acting_owner="head of fees",
)
TAKE_BACK = TakeBackHandOff(offer_id=OUR_OFFER, outstanding=OUR_OFFER, reason="No approval.")

OPENED = ResolutionOpened(offer_id=FIRST, category="Credit card", owner="Mei Chen", standing=REF)
OPENED_ANEW = replace(OPENED, offer_id=SECOND)
ACCEPTED = HandOffAccepted(offer_id=FIRST, holder="Aoife Byrne")
DECLINED = HandOffDeclined(offer_id=FIRST, reason="Which system booked twice?")
LAPSED = HandOffLapsed(offer_id=FIRST)
PROPOSED = RemedyProposed(kind="refund", description="The second fee.", amount=AMOUNT)
COMMUNICATED = DecisionCommunicated(outcome="upheld", answer="You were right.", channel="phone")
SAID_YES = DecisionAccepted(channel="phone")
CONTESTED = DecisionContested(reason="The interest is missing.", channel="letter")
HONOURED = WithdrawalHonoured(reason="Settled at the branch.")
TOO_LATE = WithdrawalCameAfterDecision(reason="Settled at the branch.")
REOPENED = ResolutionReopened(reason="The refund did not arrive.", category="Credit card", owner="Li Wei")
RESUMED = replace(REOPENED, withdrawal=1)
OFFERED = HandOffOffered(
    to="followup",
    reason="Decided.",
    ready=("decision",),
    open=("arrival",),
    category="Credit card",
    owner="Mei Chen",
    standing=REF,
)
TAKEN_BACK = HandOffTakenBack(offer_id=OUR_OFFER, reason="No approval.")
DECIDED = (OPENED, ACCEPTED, PROPOSED, COMMUNICATED)
STAGES: dict[str, tuple[ResolutionEvent, ...]] = {
    "waiting": (),
    "opened": (OPENED,),
    "declined": (OPENED, DECLINED),
    "lapsed": (OPENED, LAPSED),
    "deciding": (OPENED, ACCEPTED),
    "decided": DECIDED,
    "offered": (*DECIDED, OFFERED),
    "contested": (*DECIDED, OFFERED, CONTESTED),
    "reopened": (*DECIDED, OFFERED, REOPENED),
    "withdrawn": (OPENED, ACCEPTED, HONOURED),
}


def test_a_case_goes_from_the_offer_through_the_decision_to_the_next_offer() -> None:
    given(DECIDER).when(OPEN, ACCEPT, PROPOSE, COMMUNICATE, REPLY_YES, OFFER_IT).then(
        OPENED, ACCEPTED, PROPOSED, COMMUNICATED, SAID_YES, OFFERED
    )


def test_no_reply_is_possible() -> None:
    given(DECIDER, *DECIDED).when(OFFER_IT).then(OFFERED)


@pytest.mark.parametrize(
    ("stage", "command", "refusal", "saying"),
    [
        ("waiting", ACCEPT, receiving.NothingOffered, "offer the hand-off first"),
        ("waiting", DECLINE, receiving.NothingOffered, "offer the hand-off first"),
        ("opened", replace(ACCEPT, offer_id=SECOND), receiving.AnotherOffer, str(FIRST)),
        ("opened", replace(DECLINE, offer_id=SECOND), receiving.AnotherOffer, str(FIRST)),
        ("declined", ACCEPT, receiving.HandOffAlreadyDeclined, "investigation has the work"),
        ("declined", DECLINE, receiving.HandOffAlreadyDeclined, "offered again"),
        ("deciding", ACCEPT, errors.ResolutionHasTheWork, "deciding"),
        ("offered", DECLINE, errors.ResolutionHasTheWork, "offered"),
        ("withdrawn", ACCEPT, errors.WithdrawalWasHonoured, "withdrawn"),
        ("waiting", PROPOSE, receiving.NothingOffered, "offer the hand-off first"),
        ("opened", PROPOSE, receiving.HandOffNotAccepted, "accept it before"),
        ("declined", PROPOSE, receiving.HandOffAlreadyDeclined, "offered again"),
        ("lapsed", PROPOSE, receiving.HandOffHasLapsed, "investigation has the work again"),
        ("decided", PROPOSE, errors.DecisionAlreadyCommunicated, "is decided"),
        ("offered", PROPOSE, errors.DecisionAlreadyCommunicated, "is offered"),
        ("withdrawn", PROPOSE, errors.WithdrawalWasHonoured, "reopened"),
        ("waiting", COMMUNICATE, receiving.NothingOffered, "offer the hand-off first"),
        ("deciding", COMMUNICATE, errors.NoRemedy, "No remedy"),
        ("decided", COMMUNICATE, errors.DecisionAlreadyCommunicated, "contestation"),
        ("contested", COMMUNICATE, errors.NoRemedy, "No remedy"),
        ("reopened", COMMUNICATE, errors.NoRemedy, "No remedy"),
        ("opened", REPLY_YES, receiving.HandOffNotAccepted, "accept it before"),
        ("deciding", REPLY_YES, errors.NoDecision, "communicate a decision first"),
        ("contested", REPLY_YES, errors.NoDecision, "communicate a decision first"),
        ("contested", REPLY_NO, errors.NoDecision, "communicate a decision first"),
        ("withdrawn", REPLY_NO, errors.WithdrawalWasHonoured, "withdrawn"),
        ("decided", replace(REPLY_NO, reason=None), errors.ReasonMissing, "with its reason"),
        ("deciding", OFFER_IT, errors.NoDecision, "communicate a decision first"),
        ("contested", OFFER_IT, errors.NoDecision, "communicate a decision first"),
        ("offered", OFFER_IT, giving.HandOffAlreadyOffered, "offered to follow-up already"),
        ("withdrawn", OFFER_IT, errors.WithdrawalWasHonoured, "withdrawn"),
    ],
)
def test_a_step_out_of_order_is_refused(stage: str, command: Command, refusal: type[Refusal], saying: str) -> None:
    given(DECIDER, *STAGES[stage]).when(command).refused(refusal, saying=saying)


def test_an_offer_can_be_declined_and_a_new_one_opens_anew() -> None:
    anew = given(DECIDER, OPENED).when(DECLINE, OPEN_ANEW).then(DECLINED, OPENED_ANEW)
    anew.when(ACCEPT).refused(receiving.AnotherOffer, saying=str(SECOND))
    anew.when(replace(ACCEPT, offer_id=SECOND)).then(replace(ACCEPTED, offer_id=SECOND))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "waiting"])
def test_the_same_offer_again_has_no_effect(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(OPEN).then()


@pytest.mark.parametrize("stage", ["opened", "deciding", "decided", "offered", "contested", "reopened"])
def test_a_second_offer_of_a_case_we_have_is_declined_and_changes_nothing(stage: str) -> None:
    answer = HandOffDeclined(offer_id=SECOND, reason=HELD)
    given(DECIDER, *STAGES[stage]).when(OPEN_ANEW, OPEN_ANEW).then(answer)
    before = DECIDER.fold(STAGES[stage])
    assert replace(DECIDER.evolve(before, answer), offers=before.offers) == before


def test_several_kinds_of_remedy_may_be_proposed_but_each_once() -> None:
    apology = ProposeRemedy(kind="apology", description="We apologise.")
    both = given(DECIDER, *STAGES["deciding"]).when(PROPOSE, apology)
    proposed = both.then(PROPOSED, RemedyProposed(kind="apology", description="We apologise."))
    proposed.when(PROPOSE).refused(errors.RemedyAlreadyProposed, saying="refund")
    proposed.when(COMMUNICATE).then(COMMUNICATED)


def test_an_acceptance_is_recorded_once_and_a_contestation_may_follow() -> None:
    accepted = given(DECIDER, *DECIDED).when(REPLY_YES).then(SAID_YES)
    accepted.when(REPLY_YES).refused(errors.DecisionAlreadyAccepted, saying="still contest")
    accepted.when(REPLY_NO).then(CONTESTED)


@pytest.mark.parametrize("again", [REPLY_NO, REOPEN], ids=["contested", "reopened"])
def test_a_second_round_of_deciding_works_after_the_offer(again: Command) -> None:
    _, state = DECIDER.run([again], DECIDER.fold((*DECIDED, SAID_YES, OFFERED)))
    happened, _ = DECIDER.run([PROPOSE, COMMUNICATE, REPLY_YES, OFFER_IT], state)
    owner = "Li Wei" if again is REOPEN else "Mei Chen"
    assert happened == [PROPOSED, COMMUNICATED, SAID_YES, replace(OFFERED, owner=owner)]


@pytest.mark.parametrize("stage", ["waiting", "opened", "declined", "deciding", "contested", "reopened"])
def test_race_withdrawal_then_decision(stage: str) -> None:
    withdrawn = given(DECIDER, *STAGES[stage]).when(WITHDRAW).then(HONOURED)
    withdrawn.when(PROPOSE).refused(errors.WithdrawalWasHonoured)
    withdrawn.when(COMMUNICATE).refused(errors.WithdrawalWasHonoured)


@pytest.mark.parametrize("stage", ["decided", "offered"])
def test_race_decision_then_withdrawal(stage: str) -> None:
    late = given(DECIDER, *STAGES[stage]).when(WITHDRAW).then(TOO_LATE)
    late.when(REPLY_YES).then(SAID_YES)


@pytest.mark.parametrize("stage", ["waiting", "deciding", "decided", "offered"])
def test_a_withdrawal_is_answered_once(stage: str) -> None:
    answer = TOO_LATE if stage in ("decided", "offered") else HONOURED
    given(DECIDER, *STAGES[stage]).when(WITHDRAW, WITHDRAW).then(answer)


def test_a_withdrawal_answered_before_a_reopening_is_not_answered_again() -> None:
    given(DECIDER, OPENED, HONOURED, RESUMED).when(WITHDRAW).then()


def test_race_withdrawal_then_open() -> None:
    answered = given(DECIDER).when(WITHDRAW, OPEN).then(HONOURED, HandOffDeclined(offer_id=FIRST, reason=WITHDRAWN))
    answered.when(OPEN).then()
    answered.when(ACCEPT).refused(errors.WithdrawalWasHonoured)


def test_race_open_then_withdrawal() -> None:
    given(DECIDER).when(OPEN, WITHDRAW).then(OPENED, HONOURED)


@pytest.mark.parametrize("stage", ["decided", "offered", "withdrawn"])
def test_a_case_reopened_by_staff_is_decided_again(stage: str) -> None:
    reopened = given(DECIDER, *STAGES[stage]).when(REOPEN).then(RESUMED if stage == "withdrawn" else REOPENED)
    reopened.when(PROPOSE, COMMUNICATE).then(PROPOSED, COMMUNICATED)


@pytest.mark.parametrize("stage", ["deciding", "contested", "reopened"])
def test_a_case_that_is_being_decided_need_not_be_reopened(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(REOPEN).then()


def test_a_case_withdrawn_before_it_was_offered_is_decided_here_when_reopened() -> None:
    reopened = given(DECIDER, HONOURED).when(REOPEN).then(RESUMED)
    decided = reopened.when(PROPOSE, COMMUNICATE, OFFER_IT)
    decided.then(PROPOSED, COMMUNICATED, replace(OFFERED, owner="Li Wei"))
    reopened.when(OPEN).then(HandOffDeclined(offer_id=FIRST, reason=HELD))


def test_race_contestation_then_its_reopening_comes_back_before_the_new_decision() -> None:
    given(DECIDER, *STAGES["contested"]).when(ECHO, PROPOSE, COMMUNICATE).then(PROPOSED, COMMUNICATED)


def test_race_contestation_then_its_reopening_comes_back_after_the_new_decision() -> None:
    given(DECIDER, *STAGES["contested"]).when(PROPOSE, COMMUNICATE, ECHO).then(PROPOSED, COMMUNICATED)


def test_race_contestation_then_reopening_by_staff() -> None:
    given(DECIDER, *STAGES["offered"]).when(REPLY_NO, REOPEN).then(CONTESTED)


def test_race_reopening_by_staff_then_contestation() -> None:
    reopened = given(DECIDER, *STAGES["offered"]).when(REOPEN).then(REOPENED)
    reopened.when(REPLY_NO).refused(errors.NoDecision)


def test_race_reopening_then_withdrawal() -> None:
    given(DECIDER, *STAGES["offered"]).when(REOPEN, WITHDRAW).then(REOPENED, HONOURED)


def test_race_withdrawal_then_reopening() -> None:
    given(DECIDER, *STAGES["offered"]).when(WITHDRAW, REOPEN).then(TOO_LATE, RESUMED)


@pytest.mark.parametrize("stage", ["deciding", "decided"])
def test_a_second_withdrawal_after_a_reopening_is_honoured_and_the_first_never_again(stage: str) -> None:
    """The consumer may take every event once more: what was answered is told by its number."""
    answer = HONOURED if stage == "deciding" else TOO_LATE
    again = given(DECIDER, *STAGES[stage]).when(WITHDRAW, REOPEN, WITHDRAW, WITHDRAW_AGAIN, WITHDRAW_AGAIN)
    reopened = again.then(answer, RESUMED, HONOURED).when(REOPEN).then(replace(REOPENED, withdrawal=2))
    reopened.when(WITHDRAW, WITHDRAW_AGAIN).then()


def test_a_declined_offer_comes_back_and_can_be_made_again() -> None:
    taken_back = given(DECIDER, *STAGES["offered"]).when(TAKE_BACK).then(TAKEN_BACK)
    taken_back.when(TAKE_BACK).then()
    taken_back.when(OFFER_IT).then(OFFERED)


def test_race_decline_then_contestation() -> None:
    given(DECIDER, *STAGES["offered"]).when(TAKE_BACK, REPLY_NO).then(TAKEN_BACK, CONTESTED)


def test_race_contestation_then_decline() -> None:
    given(DECIDER, *STAGES["offered"]).when(REPLY_NO, TAKE_BACK).then(CONTESTED)


def test_race_contestation_then_decline_after_the_next_offer() -> None:
    late = replace(TAKE_BACK, outstanding=OUR_SECOND)
    second = given(DECIDER, *STAGES["contested"], PROPOSED, COMMUNICATED, OFFERED)
    second.when(late).then()


def test_race_acceptance_then_lapse() -> None:
    given(DECIDER, OPENED).when(ACCEPT, LAPSE).then(ACCEPTED)


def test_race_lapse_then_acceptance() -> None:
    lapsed = given(DECIDER, OPENED).when(LAPSE).then(LAPSED)
    lapsed.when(ACCEPT).refused(receiving.HandOffHasLapsed, saying="investigation has the work again")


def test_race_declining_then_lapse() -> None:
    given(DECIDER, OPENED).when(DECLINE, LAPSE).then(DECLINED)


def test_race_lapse_then_declining() -> None:
    lapsed = given(DECIDER, OPENED).when(LAPSE).then(LAPSED)
    lapsed.when(DECLINE).refused(receiving.HandOffHasLapsed, saying="offered anew")


def test_race_withdrawal_then_lapse() -> None:
    given(DECIDER, OPENED).when(WITHDRAW, LAPSE).then(HONOURED)


def test_race_lapse_then_withdrawal() -> None:
    ended = given(DECIDER, OPENED).when(LAPSE, WITHDRAW).then(LAPSED, HONOURED)
    ended.when(ACCEPT).refused(errors.WithdrawalWasHonoured)


@pytest.mark.parametrize(
    "stage", ["waiting", "declined", "lapsed", "deciding", "decided", "offered", "contested", "withdrawn"]
)
def test_only_an_offer_that_waits_can_lapse(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(LAPSE).then()


def test_the_lapse_of_an_earlier_offer_leaves_the_present_one_alone() -> None:
    anew = given(DECIDER, OPENED, LAPSED).when(OPEN_ANEW).then(OPENED_ANEW)
    anew.when(LAPSE, replace(ACCEPT, offer_id=SECOND)).then(replace(ACCEPTED, offer_id=SECOND))


def test_race_lapse_then_a_newer_offer_at_the_giver() -> None:
    """The giver takes the offer back and makes another; the same lapse again says nothing about that one."""
    again = given(DECIDER, *STAGES["offered"]).when(TAKE_BACK, OFFER_IT).then(TAKEN_BACK, OFFERED)
    again.when(replace(TAKE_BACK, outstanding=SECOND)).then()


def test_race_a_newer_offer_at_the_giver_then_the_lapse_of_the_first() -> None:
    late = replace(TAKE_BACK, outstanding=SECOND, reason=giving.LAPSED)
    given(DECIDER, *STAGES["offered"], TAKEN_BACK, OFFERED).when(late).then()


def test_an_offer_carries_what_travels() -> None:
    carried = replace(OFFERED, checklist=TERMS.checklist, moment=TERMS.moment, acting_owner=TERMS.acting_owner)
    before = [event for event in STAGES["offered"] if event is not OFFERED]
    given(DECIDER, *before).when(replace(OFFER_IT, terms=TERMS)).then(carried)


OPEN_PART = OpenFilePart(
    part="words", purpose="Prepare the call back.", reader=Reader(actor="Mei Chen", role="handler", rank=1)
)
PART_OPENED = FileOpened(part="words", purpose="Prepare the call back.")
PART_REFUSED = FileRefused(part="words", purpose="Prepare the call back.")

COMMANDS: tuple[Command, ...] = (
    OPEN,
    OPEN_ANEW,
    ACCEPT,
    replace(ACCEPT, offer_id=SECOND),
    DECLINE,
    replace(DECLINE, offer_id=SECOND),
    LAPSE,
    replace(LAPSE, offer_id=SECOND),
    PROPOSE,
    replace(PROPOSE, kind="apology", amount=None),
    COMMUNICATE,
    REPLY_YES,
    REPLY_NO,
    WITHDRAW,
    WITHDRAW_AGAIN,
    REOPEN,
    ECHO,
    OFFER_IT,
    replace(OFFER_IT, terms=TERMS),
    TAKE_BACK,
    replace(TAKE_BACK, outstanding=OUR_SECOND),
    *TIMED_COMMANDS,
    *ANSWER_COMMANDS,
    *REMEDY_COMMANDS,
    *CONFLICT_COMMANDS,
    *CONTAINMENT_COMMANDS,
    *DEMAND_COMMANDS,
    *RECORDING_COMMANDS,
    OPEN_PART,
    *SANCTION_COMMANDS,
)
EVENTS: tuple[ResolutionEvent, ...] = (
    OPENED,
    OPENED_ANEW,
    ACCEPTED,
    DECLINED,
    LAPSED,
    PROPOSED,
    COMMUNICATED,
    SAID_YES,
    CONTESTED,
    HONOURED,
    TOO_LATE,
    REOPENED,
    OFFERED,
    TAKEN_BACK,
    *TIMED_EVENTS,
    *ANSWER_EVENTS,
    *REMEDY_EVENTS,
    *CONFLICT_EVENTS,
    *CONTAINMENT_EVENTS,
    *DEMAND_EVENTS,
    *RECORDING_EVENTS,
    PART_OPENED,
    PART_REFUSED,
    *SANCTION_EVENTS,
)


def test_every_command_and_event_takes_part_in_the_properties() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))
    assert {type(event) for event in EVENTS} == set(get_args(ResolutionEvent))


@any_of(st.lists(st.sampled_from(COMMANDS), max_size=30))
def test_any_commands_leave_a_history_that_holds_together(commands: list[Command]) -> None:
    upstream: tuple[type[Command], ...] = (OpenResolution, TakeWithdrawal, ReopenResolution, TakeBackHandOff)
    noted = (*get_args(KnownCommand), NoteDemand, NoteRecording, NotePersons, NoteStake, NoteContainment)
    timed = (LapseHandOff, BreakPromise, SanctionSilence, TimeQuickSettlement, LeaveUnanswered, OfferReadyAnswer)
    state = holds_together(DECIDER, Resolution, commands, never_refused=(*upstream, *timed, *noted))
    assert len(state.offers.seen) == len(set(state.offers.seen))
    assert state.status in ("waiting", "withdrawn") or state.owner


@any_of(st.lists(st.sampled_from(EVENTS), max_size=15))
def test_evolve_never_fails(events: list[ResolutionEvent]) -> None:
    DECIDER.fold(events)
