"""Intake's rules: receipt, acknowledgement, assessment, withdrawal, and the offer to investigation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.intake.tests.around_cases import AROUND_COMMANDS, AROUND_EVENTS
from services.intake.tests.assessment_cases import CARE_COMMANDS, CARE_EVENTS
from services.intake.tests.card_cases import CARD_COMMANDS, CARD_EVENTS
from services.intake.tests.contact_cases import CONTACT_COMMANDS, CONTACT_EVENTS
from services.intake.tests.privacy_cases import PRIVACY_COMMANDS, PRIVACY_EVENTS

from casework.intake.domain import errors
from casework.intake.domain.commands import (
    AcknowledgeComplaint,
    AddFacts,
    AssessComplaint,
    Command,
    OfferHandOff,
    ReceiveComplaint,
    ResumeComplaint,
    TakeBackHandOff,
    WithdrawComplaint,
)
from casework.intake.domain.complaint import DECIDER, Complaint
from casework.intake.domain.demands import ChangeDemand, RecordNoDemand, StateDemand
from casework.intake.domain.events import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintReceived,
    ComplaintResumed,
    ComplaintWithdrawn,
    DemandChanged,
    DemandNotStated,
    DemandStated,
    FactsAdded,
    FileOpened,
    FileRefused,
    HandOffOffered,
    HandOffTakenBack,
)
from casework.intake.domain.preferences import NoteContactDue, NoteContactMade
from casework.intake.domain.watches import ShowWatch
from casework.shared.clocks.deadlines import StatementMissing
from casework.shared.contracts.demands import DemandBefore
from casework.shared.contracts.handoff import ChecklistItem
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Fact, Sealed
from casework.shared.errors import Refusal
from casework.shared.files.opening import OpenFilePart, Reader
from casework.shared.handoffs import giving
from casework.shared.policies.shipped_deadlines import deadlines_of_package
from casework.shared.testing.given import given, holds_together

RECEIVED_AT = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
WORDS = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
YES, NO = Fact(name="timely", value="Yes"), Fact(name="timely", value="No")
STATE = Fact(name="state", value="TX")
OFFER, EARLIER = UUID(int=1), UUID(int=2)

RECEIVE = ReceiveComplaint(
    source="crm",
    source_reference="4117",
    channel="web",
    received_at=RECEIVED_AT,
    language="en",
    organisation="Harbour Savings Bank",
    category="Credit card",
    issue="Fee taken twice",
    words=WORDS,
    complainant=WORDS,
    wish=WORDS,
    facts=(YES, STATE),
    owner="Mei Chen",
)
ACKNOWLEDGE = AcknowledgeComplaint(channel="email", next_step="We call back by Friday.")
ASSESS = AssessComplaint(
    severity="low", complexity="simple", safety=False, immediate_action=True, reason="One fee, documented."
)
WITHDRAW = WithdrawComplaint(reason="Settled at the branch.", channel="phone")
REF = StandingRef(name="charge-refunded", version=1)
OFFER_IT = OfferHandOff(reason="Assessed.", ready=("assessment",), open=("entries",), standing=REF)
TERMS = giving.Terms(
    at=datetime(2026, 3, 6, 10, 0, tzinfo=UTC),
    checklist=(ChecklistItem(name="contact", value="staff:Ms Wu"),),
    moment=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
    acting_owner="head of fees",
)
TAKE_BACK = TakeBackHandOff(offer_id=OFFER, outstanding=OFFER, reason="The card number is missing.")

RECEIVED = ComplaintReceived(
    source="crm",
    source_reference="4117",
    channel="web",
    received_at=RECEIVED_AT,
    language="en",
    organisation="Harbour Savings Bank",
    category="Credit card",
    issue="Fee taken twice",
    words=WORDS,
    complainant=WORDS,
    wish=WORDS,
    facts=(STATE, YES),
    owner="Mei Chen",
)
ACKNOWLEDGED = ComplaintAcknowledged(channel="email", next_step="We call back by Friday.")
ASSESSED = ComplaintAssessed(
    severity="low", complexity="simple", safety=False, immediate_action=True, reason="One fee, documented."
)
WITHDRAWN = ComplaintWithdrawn(reason="Settled at the branch.", channel="phone", by="complainant")
RESUME, RESUMED = ResumeComplaint(withdrawal=1), ComplaintResumed(withdrawal=1)
WITHDRAWN_AGAIN = replace(WITHDRAWN, number=2)
OFFERED = HandOffOffered(
    to="investigation",
    reason="Assessed.",
    ready=("assessment",),
    open=("entries",),
    category="Credit card",
    owner="Mei Chen",
    standing=REF,
)
TAKEN_BACK = HandOffTakenBack(offer_id=OFFER, reason="The card number is missing.")
STAGES: dict[str, tuple[ComplaintEvent, ...]] = {
    "unknown": (),
    "received": (RECEIVED,),
    "acknowledged": (RECEIVED, ACKNOWLEDGED),
    "assessed": (RECEIVED, ACKNOWLEDGED, ASSESSED),
    "offered": (RECEIVED, ACKNOWLEDGED, ASSESSED, OFFERED),
    "withdrawn": (RECEIVED, WITHDRAWN),
}


@pytest.mark.parametrize("stage", ["received", "acknowledged", "assessed", "offered"])
def test_race_withdrawal_then_reopening(stage: str) -> None:
    """It goes on from where it was; only that resolution has it now."""
    resumed = given(DECIDER, *STAGES[stage]).when(WITHDRAW, RESUME, RESUME).then(WITHDRAWN, RESUMED)
    assert DECIDER.fold(resumed.events).status == stage
    resumed.when(OFFER_IT).refused(errors.ResolutionHasTheCase, saying="have it decided there")


def test_race_reopening_then_withdrawal() -> None:
    """The reopening fell an earlier withdrawal, and leaves the new one alone."""
    again = given(DECIDER, RECEIVED, WITHDRAWN, RESUMED).when(WITHDRAW, RESUME).then(WITHDRAWN_AGAIN)
    again.when(ResumeComplaint(withdrawal=2)).then(ComplaintResumed(withdrawal=2))


def test_a_reopening_without_a_withdrawal_resumes_nothing() -> None:
    given(DECIDER, RECEIVED).when(RESUME).then()


def test_race_reopening_then_decline_of_the_offer_before_the_withdrawal() -> None:
    """The offer comes back late, and is not made again: resolution has the case."""
    resumed = given(DECIDER, *STAGES["offered"], WITHDRAWN, RESUMED).when(TAKE_BACK).then(TAKEN_BACK)
    resumed.when(OFFER_IT).refused(errors.ResolutionHasTheCase)


def test_an_acknowledgement_without_what_a_rule_wants_said_is_refused_and_with_it_recorded() -> None:
    rules = tuple(policy for policy in deadlines_of_package() if policy.id == "uk.disp.ack")
    received = given(DECIDER, RECEIVED)
    received.when(replace(ACKNOWLEDGE, rules=rules)).refused(StatementMissing, saying="1.6.1R")
    said = ("received", "being-dealt-with")
    received.when(replace(ACKNOWLEDGE, rules=rules, statements=said)).then(replace(ACKNOWLEDGED, statements=said))


def test_a_complaint_goes_from_receipt_to_the_offer() -> None:
    given(DECIDER).when(RECEIVE, ACKNOWLEDGE, ASSESS, OFFER_IT).then(RECEIVED, ACKNOWLEDGED, ASSESSED, OFFERED)


@pytest.mark.parametrize(
    ("stage", "command", "refusal", "saying"),
    [
        ("received", RECEIVE, errors.ComplaintAlreadyReceived, "add facts"),
        ("withdrawn", RECEIVE, errors.ComplaintAlreadyReceived, "add facts"),
        ("acknowledged", ACKNOWLEDGE, errors.ComplaintAlreadyAcknowledged, "now acknowledged"),
        ("assessed", ACKNOWLEDGE, errors.ComplaintAlreadyAcknowledged, "now assessed"),
        ("received", ASSESS, errors.ComplaintNotAcknowledged, "acknowledge it before"),
        ("assessed", ASSESS, errors.ComplaintAlreadyAssessed, "now assessed"),
        ("offered", ASSESS, errors.ComplaintAlreadyAssessed, "now offered"),
        ("received", OFFER_IT, errors.ComplaintNotAssessed, "is received"),
        ("acknowledged", OFFER_IT, errors.ComplaintNotAssessed, "is acknowledged"),
        ("offered", OFFER_IT, giving.HandOffAlreadyOffered, "offered to investigation already"),
    ],
)
def test_a_step_out_of_order_is_refused(stage: str, command: Command, refusal: type[Refusal], saying: str) -> None:
    given(DECIDER, *STAGES[stage]).when(command).refused(refusal, saying=saying)


STEPS: tuple[Command, ...] = (ACKNOWLEDGE, ASSESS, AddFacts(facts=(NO,)), WITHDRAW, OFFER_IT)


@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_nothing_can_be_done_before_receipt(command: Command) -> None:
    given(DECIDER).when(command).refused(errors.ComplaintNotReceived, saying="receive it first")


@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_a_withdrawn_complaint_refuses_further_steps(command: Command) -> None:
    given(DECIDER, RECEIVED, WITHDRAWN).when(command).refused(errors.ComplaintIsWithdrawn, saying="was withdrawn")


@pytest.mark.parametrize("stage", ["received", "acknowledged", "assessed", "offered"])
def test_a_complaint_can_be_withdrawn_at_any_stage(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(WITHDRAW).then(WITHDRAWN)


@pytest.mark.parametrize("stage", ["received", "acknowledged", "assessed", "offered"])
def test_facts_can_be_added_at_any_stage(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(AddFacts(facts=(NO,))).then(FactsAdded(facts=(NO,)))


def test_only_what_is_new_is_added() -> None:
    new = Fact(name="amount", value="12.50")
    given(DECIDER, RECEIVED).when(AddFacts(facts=(YES, new, STATE))).then(FactsAdded(facts=(new,)))


def test_adding_the_same_facts_again_has_no_effect() -> None:
    given(DECIDER, RECEIVED).when(AddFacts(facts=(STATE, YES))).then()
    given(DECIDER, RECEIVED).when(AddFacts()).then()
    given(DECIDER, RECEIVED).when(AddFacts(facts=(NO,)), AddFacts(facts=(NO,))).then(FactsAdded(facts=(NO,)))


def test_a_fact_that_changes_back_is_new_again() -> None:
    given(DECIDER, RECEIVED, FactsAdded(facts=(NO,))).when(AddFacts(facts=(YES,))).then(FactsAdded(facts=(YES,)))


def test_of_one_name_given_twice_the_last_counts() -> None:
    given(DECIDER).when(replace(RECEIVE, facts=(NO, STATE, YES))).then(RECEIVED)
    given(DECIDER, RECEIVED).when(AddFacts(facts=(YES, NO))).then(FactsAdded(facts=(NO,)))


def test_further_words_are_recorded_without_new_facts() -> None:
    given(DECIDER, RECEIVED).when(AddFacts(facts=(YES,), words=WORDS)).then(FactsAdded(words=WORDS))


def test_a_declined_offer_comes_back_and_can_be_made_again() -> None:
    taken_back = given(DECIDER, *STAGES["offered"]).when(TAKE_BACK).then(TAKEN_BACK)
    taken_back.when(OFFER_IT).then(OFFERED)


def test_the_answer_to_an_earlier_offer_has_no_effect_on_the_present_one() -> None:
    late = replace(TAKE_BACK, offer_id=EARLIER)
    given(DECIDER, *STAGES["offered"], TAKEN_BACK, OFFERED).when(late).then()


@pytest.mark.parametrize("stage", ["received", "assessed", "withdrawn"])
def test_a_decline_without_an_outstanding_offer_has_no_effect(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(TAKE_BACK).then()


def test_race_lapse_then_a_newer_offer_at_the_giver() -> None:
    """The giver takes the offer back and makes another; the same lapse again says nothing about that one."""
    again = given(DECIDER, *STAGES["offered"]).when(TAKE_BACK, OFFER_IT).then(TAKEN_BACK, OFFERED)
    again.when(replace(TAKE_BACK, outstanding=UUID(int=9))).then()


def test_race_a_newer_offer_at_the_giver_then_the_lapse_of_the_first() -> None:
    late = replace(TAKE_BACK, outstanding=UUID(int=9), reason=giving.LAPSED)
    given(DECIDER, *STAGES["offered"], TAKEN_BACK, OFFERED).when(late).then()


def test_race_decline_then_withdrawal() -> None:
    given(DECIDER, *STAGES["offered"]).when(TAKE_BACK, WITHDRAW).then(TAKEN_BACK, WITHDRAWN)


def test_race_withdrawal_then_decline() -> None:
    given(DECIDER, *STAGES["offered"]).when(WITHDRAW, TAKE_BACK).then(WITHDRAWN)


def test_an_offer_carries_what_travels() -> None:
    carried = replace(OFFERED, checklist=TERMS.checklist, moment=TERMS.moment, acting_owner=TERMS.acting_owner)
    before = [event for event in STAGES["offered"] if event is not OFFERED]
    given(DECIDER, *before).when(replace(OFFER_IT, terms=TERMS)).then(carried)


STATE_DEMAND = StateDemand(kind="refund", how="explicit", asked_directly=False, words=WORDS)
OPEN_PART = OpenFilePart(
    part="words", purpose="Prepare the call back.", reader=Reader(actor="Mei Chen", role="handler", rank=1)
)
PART_OPENED = FileOpened(part="words", purpose="Prepare the call back.")
PART_REFUSED = FileRefused(part="words", purpose="Prepare the call back.")

COMMANDS: tuple[Command, ...] = (
    *CARE_COMMANDS,
    RECEIVE,
    replace(RECEIVE, facts=(NO,), words=None, wish=None, organisation=None),
    ACKNOWLEDGE,
    ASSESS,
    AddFacts(facts=(NO,)),
    AddFacts(facts=(YES,), words=WORDS),
    WITHDRAW,
    RESUME,
    OFFER_IT,
    replace(OFFER_IT, terms=TERMS),
    replace(OFFER_IT, standing=None),
    TAKE_BACK,
    replace(TAKE_BACK, offer_id=EARLIER),
    STATE_DEMAND,
    ChangeDemand(number=1, kind="repair", how="explicit", asked_directly=True),
    RecordNoDemand(asked_by="Mei Chen"),
    OPEN_PART,
    *AROUND_COMMANDS,
    *CARD_COMMANDS,
    *CONTACT_COMMANDS,
    *PRIVACY_COMMANDS,
)
EVENTS: tuple[ComplaintEvent, ...] = (
    *CARE_EVENTS,
    RECEIVED,
    ACKNOWLEDGED,
    ASSESSED,
    FactsAdded(facts=(NO,)),
    WITHDRAWN,
    RESUMED,
    OFFERED,
    TAKEN_BACK,
    DemandStated(number=1, kind="refund", how="explicit", asked_directly=False, words=WORDS),
    DemandChanged(
        number=1,
        version=2,
        before=DemandBefore(version=1, kind="refund"),
        kind="repair",
        how="explicit",
        asked_directly=True,
    ),
    DemandNotStated(asked_by="Mei Chen"),
    PART_OPENED,
    PART_REFUSED,
    *AROUND_EVENTS,
    *CARD_EVENTS,
    *CONTACT_EVENTS,
    *PRIVACY_EVENTS,
)


def test_every_command_and_event_takes_part_in_the_properties() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))
    assert {type(event) for event in EVENTS} == set(get_args(ComplaintEvent))


@any_of(st.lists(st.sampled_from(COMMANDS), max_size=25))
def test_any_commands_leave_a_history_that_holds_together(commands: list[Command]) -> None:
    holds_together(
        DECIDER,
        Complaint,
        commands,
        never_refused=(ResumeComplaint, TakeBackHandOff, ShowWatch, NoteContactDue, NoteContactMade),
    )


@any_of(st.lists(st.sampled_from(EVENTS), max_size=15))
def test_evolve_never_fails(events: list[ComplaintEvent]) -> None:
    DECIDER.fold(events)
