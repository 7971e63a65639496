"""Investigation's rules: intake's offer, findings, conclusion, and the offer to resolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.investigation.tests.evidence_cases import EVIDENCE_COMMANDS, EVIDENCE_EVENTS
from services.investigation.tests.hold_cases import HOLD_COMMANDS, HOLD_EVENTS
from services.investigation.tests.inquiry_cases import INQUIRY_COMMANDS, INQUIRY_EVENTS
from services.investigation.tests.proof_cases import PHOTOGRAPH, PHOTOGRAPHED, PROOF_COMMANDS, PROOF_EVENTS, SEALED

from casework.investigation.domain import errors
from casework.investigation.domain.commands import (
    AcceptHandOff,
    Command,
    ConcludeInvestigation,
    DeclineHandOff,
    DiscontinueInvestigation,
    LapseHandOff,
    OfferHandOff,
    OpenInvestigation,
    RecordFinding,
    ResumeInvestigation,
    TakeBackHandOff,
)
from casework.investigation.domain.conflicts import NotePersons
from casework.investigation.domain.events import (
    FileOpened,
    FileRefused,
    FindingRecorded,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationEvent,
    InvestigationOpened,
    InvestigationResumed,
)
from casework.investigation.domain.evidence import LapseEvidenceRequest
from casework.investigation.domain.findings import NoteDemand
from casework.investigation.domain.investigation import DECIDER, HELD, REOPENED, WITHDRAWN, Investigation
from casework.investigation.domain.legal_hold import NoteIncident
from casework.investigation.domain.staff_file import RecordStaffMatter
from casework.shared.contracts.handoff import ChecklistItem
from casework.shared.contracts.staff_file import StaffMatterRecorded
from casework.shared.contracts.standing import StandingRef
from casework.shared.errors import Refusal
from casework.shared.files.opening import OpenFilePart, Reader
from casework.shared.handoffs import giving, receiving
from casework.shared.testing.given import given, holds_together

FIRST, SECOND, OUR_OFFER = UUID(int=1), UUID(int=2), UUID(int=3)
REF = StandingRef(name="charge-refunded", version=1)

OPEN = OpenInvestigation(offer_id=FIRST, category="Credit card", owner="Mei Chen", standing=REF)
OPEN_ANEW = replace(OPEN, offer_id=SECOND)
ACCEPT = AcceptHandOff(offer_id=FIRST, holder="Ravi Patel")
DECLINE = DeclineHandOff(offer_id=FIRST, reason="The card number is missing.")
LAPSE = LapseHandOff(offer_id=FIRST)
FIND = RecordFinding(
    finding="The fee was booked twice.",
    side="organisation",
    sides_heard=("complainant", "organisation"),
    by="Ravi Patel",
)
CONCLUDE = ConcludeInvestigation(outcome="upheld", summary="No ground for the second booking.")
DISCONTINUE = DiscontinueInvestigation(reason="The complaint was withdrawn.")
OFFER_IT = OfferHandOff(reason="Concluded.", ready=("findings",), open=("remedy",), standing=REF)
TERMS = giving.Terms(
    at=datetime(2026, 3, 6, 10, 0, tzinfo=UTC),
    checklist=(ChecklistItem(name="contact", value="staff:Ms Wu"),),
    moment=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
    acting_owner="head of fees",
)
TAKE_BACK = TakeBackHandOff(offer_id=OUR_OFFER, outstanding=OUR_OFFER, reason="Which system booked twice?")

OPENED = InvestigationOpened(offer_id=FIRST, category="Credit card", owner="Mei Chen", standing=REF)
OPENED_ANEW = replace(OPENED, offer_id=SECOND)
ACCEPTED = HandOffAccepted(offer_id=FIRST, holder="Ravi Patel")
DECLINED = HandOffDeclined(offer_id=FIRST, reason="The card number is missing.")
LAPSED = HandOffLapsed(offer_id=FIRST)
FOUND = FindingRecorded(
    finding="The fee was booked twice.", side="organisation", sides_heard=("complainant", "organisation")
)
CONCLUDED = InvestigationConcluded(outcome="upheld", summary="No ground for the second booking.")
DISCONTINUED = InvestigationDiscontinued(reason="The complaint was withdrawn.")
DISCONTINUE_AGAIN = replace(DISCONTINUE, number=2)
RESUME, RESUMED = ResumeInvestigation(withdrawal=1), InvestigationResumed(withdrawal=1)
OFFERED = HandOffOffered(
    to="resolution",
    reason="Concluded.",
    ready=("findings",),
    open=("remedy",),
    category="Credit card",
    owner="Mei Chen",
    standing=REF,
)
TAKEN_BACK = HandOffTakenBack(offer_id=OUR_OFFER, reason="Which system booked twice?")
STAGES: dict[str, tuple[InvestigationEvent, ...]] = {
    "waiting": (),
    "opened": (OPENED,),
    "declined": (OPENED, DECLINED),
    "lapsed": (OPENED, LAPSED),
    "investigating": (OPENED, ACCEPTED),
    "concluded": (OPENED, ACCEPTED, FOUND, CONCLUDED),
    "offered": (OPENED, ACCEPTED, FOUND, CONCLUDED, OFFERED),
    "discontinued": (OPENED, ACCEPTED, DISCONTINUED),
    "resumed": (OPENED, ACCEPTED, DISCONTINUED, RESUMED),
}


def test_an_investigation_goes_from_the_offer_to_the_next_offer() -> None:
    given(DECIDER).when(OPEN, ACCEPT, FIND, FIND, CONCLUDE, OFFER_IT).then(
        OPENED, ACCEPTED, FOUND, FOUND, CONCLUDED, OFFERED
    )


@pytest.mark.parametrize(
    ("stage", "command", "refusal", "saying"),
    [
        ("waiting", ACCEPT, receiving.NothingOffered, "offer the hand-off first"),
        ("waiting", DECLINE, receiving.NothingOffered, "offer the hand-off first"),
        ("opened", replace(ACCEPT, offer_id=SECOND), receiving.AnotherOffer, str(FIRST)),
        ("opened", replace(DECLINE, offer_id=SECOND), receiving.AnotherOffer, str(FIRST)),
        ("declined", ACCEPT, receiving.HandOffAlreadyDeclined, "intake has the work"),
        ("declined", DECLINE, receiving.HandOffAlreadyDeclined, "offered again"),
        ("investigating", ACCEPT, errors.HandOffAlreadyAccepted, "Ravi Patel"),
        ("concluded", DECLINE, errors.HandOffAlreadyAccepted, "Ravi Patel"),
        ("discontinued", ACCEPT, errors.InvestigationIsDiscontinued, "discontinued"),
        ("waiting", FIND, receiving.NothingOffered, "offer the hand-off first"),
        ("opened", FIND, receiving.HandOffNotAccepted, "accept it before"),
        ("declined", FIND, receiving.HandOffAlreadyDeclined, "offered again"),
        ("lapsed", FIND, receiving.HandOffHasLapsed, "intake has the work again"),
        ("concluded", FIND, errors.InvestigationAlreadyConcluded, "now concluded"),
        ("offered", FIND, errors.InvestigationAlreadyConcluded, "now offered"),
        ("discontinued", FIND, errors.InvestigationIsDiscontinued, "discontinued"),
        ("opened", CONCLUDE, receiving.HandOffNotAccepted, "accept it before"),
        ("investigating", CONCLUDE, errors.NoFinding, "at least one finding"),
        ("concluded", CONCLUDE, errors.InvestigationAlreadyConcluded, "now concluded"),
        ("discontinued", CONCLUDE, errors.InvestigationIsDiscontinued, "discontinued"),
        ("waiting", OFFER_IT, receiving.NothingOffered, "offer the hand-off first"),
        ("opened", OFFER_IT, receiving.HandOffNotAccepted, "accept it before"),
        ("investigating", OFFER_IT, errors.InvestigationNotConcluded, "conclude it before"),
        ("offered", OFFER_IT, giving.HandOffAlreadyOffered, "offered to resolution already"),
        ("discontinued", OFFER_IT, errors.InvestigationIsDiscontinued, "discontinued"),
    ],
)
def test_a_step_out_of_order_is_refused(stage: str, command: Command, refusal: type[Refusal], saying: str) -> None:
    given(DECIDER, *STAGES[stage]).when(command).refused(refusal, saying=saying)


def test_an_offer_can_be_declined() -> None:
    given(DECIDER, OPENED).when(DECLINE).then(DECLINED)


def test_a_new_offer_after_a_decline_opens_anew() -> None:
    anew = given(DECIDER, OPENED, DECLINED).when(OPEN_ANEW).then(OPENED_ANEW)
    anew.when(ACCEPT).refused(receiving.AnotherOffer, saying=str(SECOND))
    anew.when(replace(ACCEPT, offer_id=SECOND)).then(replace(ACCEPTED, offer_id=SECOND))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "waiting"])
def test_the_same_offer_again_has_no_effect(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(OPEN).then()


@pytest.mark.parametrize("stage", ["opened", "investigating", "concluded", "offered"])
def test_a_second_offer_of_a_case_we_have_is_declined_and_changes_nothing(stage: str) -> None:
    answer = HandOffDeclined(offer_id=SECOND, reason=HELD)
    after = given(DECIDER, *STAGES[stage]).when(OPEN_ANEW).then(answer)
    after.when(OPEN_ANEW).then()
    before = DECIDER.fold(STAGES[stage])
    assert replace(DECIDER.evolve(before, answer), offers=before.offers) == before


def test_race_withdrawal_then_open() -> None:
    answered = (
        given(DECIDER).when(DISCONTINUE, OPEN).then(DISCONTINUED, HandOffDeclined(offer_id=FIRST, reason=WITHDRAWN))
    )
    answered.when(OPEN).then()
    answered.when(ACCEPT).refused(errors.InvestigationIsDiscontinued)


def test_race_open_then_withdrawal() -> None:
    opened = given(DECIDER).when(OPEN, DISCONTINUE).then(OPENED, DISCONTINUED)
    opened.when(ACCEPT).refused(errors.InvestigationIsDiscontinued)


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ("discontinued", "resumed")])
def test_a_withdrawal_discontinues_at_any_stage_and_once(stage: str) -> None:
    given(DECIDER, *STAGES[stage]).when(DISCONTINUE, DISCONTINUE).then(DISCONTINUED)


def test_race_withdrawal_then_reopening() -> None:
    """Evidence is taken again, and nothing else is done: resolution has the work."""
    resumed = given(DECIDER, *STAGES["investigating"]).when(DISCONTINUE, RESUME, RESUME).then(DISCONTINUED, RESUMED)
    for command in (ACCEPT, DECLINE, FIND, CONCLUDE, OFFER_IT):
        resumed.when(command).refused(errors.ResolutionHasTheCase, saying="have the rest done there")
    resumed.when(OPEN_ANEW).then(HandOffDeclined(offer_id=SECOND, reason=REOPENED))
    given(DECIDER, DISCONTINUED, RESUMED).when(PHOTOGRAPH).then(PHOTOGRAPHED)


def test_race_reopening_then_withdrawal() -> None:
    again = given(DECIDER, *STAGES["resumed"]).when(DISCONTINUE_AGAIN, DISCONTINUE, RESUME).then(DISCONTINUED)
    again.when(ResumeInvestigation(withdrawal=2)).then(InvestigationResumed(withdrawal=2))


def test_a_reopening_without_a_withdrawal_resumes_nothing() -> None:
    given(DECIDER, *STAGES["concluded"]).when(RESUME).then()


def test_race_conclusion_then_withdrawal() -> None:
    given(DECIDER, *STAGES["investigating"]).when(FIND, CONCLUDE, DISCONTINUE).then(FOUND, CONCLUDED, DISCONTINUED)


def test_race_withdrawal_then_conclusion() -> None:
    found = given(DECIDER, OPENED, ACCEPTED, FOUND)
    found.when(DISCONTINUE, CONCLUDE).refused(errors.InvestigationIsDiscontinued)


def test_a_declined_offer_comes_back_and_can_be_made_again() -> None:
    taken_back = given(DECIDER, *STAGES["offered"]).when(TAKE_BACK).then(TAKEN_BACK)
    taken_back.when(TAKE_BACK).then()
    taken_back.when(OFFER_IT).then(OFFERED)


def test_the_answer_to_an_earlier_offer_has_no_effect_on_the_present_one() -> None:
    late = replace(TAKE_BACK, offer_id=UUID(int=9))
    given(DECIDER, *STAGES["offered"], TAKEN_BACK, OFFERED).when(late).then()


def test_race_decline_then_withdrawal() -> None:
    given(DECIDER, *STAGES["offered"]).when(TAKE_BACK, DISCONTINUE).then(TAKEN_BACK, DISCONTINUED)


def test_race_withdrawal_then_decline() -> None:
    given(DECIDER, *STAGES["offered"]).when(DISCONTINUE, TAKE_BACK).then(DISCONTINUED)


def test_race_acceptance_then_lapse() -> None:
    given(DECIDER, OPENED).when(ACCEPT, LAPSE).then(ACCEPTED)


def test_race_lapse_then_acceptance() -> None:
    lapsed = given(DECIDER, OPENED).when(LAPSE).then(LAPSED)
    lapsed.when(ACCEPT).refused(receiving.HandOffHasLapsed, saying="intake has the work again")


def test_race_declining_then_lapse() -> None:
    given(DECIDER, OPENED).when(DECLINE, LAPSE).then(DECLINED)


def test_race_lapse_then_declining() -> None:
    lapsed = given(DECIDER, OPENED).when(LAPSE).then(LAPSED)
    lapsed.when(DECLINE).refused(receiving.HandOffHasLapsed, saying="offered anew")


def test_race_withdrawal_then_lapse() -> None:
    given(DECIDER, OPENED).when(DISCONTINUE, LAPSE).then(DISCONTINUED)


def test_race_lapse_then_withdrawal() -> None:
    ended = given(DECIDER, OPENED).when(LAPSE, DISCONTINUE).then(LAPSED, DISCONTINUED)
    ended.when(ACCEPT).refused(errors.InvestigationIsDiscontinued)


@pytest.mark.parametrize(
    "stage", ["waiting", "declined", "lapsed", "investigating", "concluded", "offered", "discontinued"]
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
    FIND,
    CONCLUDE,
    DISCONTINUE,
    DISCONTINUE_AGAIN,
    RESUME,
    OFFER_IT,
    replace(OFFER_IT, terms=TERMS),
    replace(OFFER_IT, standing=None),
    TAKE_BACK,
    replace(TAKE_BACK, offer_id=FIRST),
    *EVIDENCE_COMMANDS,
    *PROOF_COMMANDS,
    *INQUIRY_COMMANDS,
    *HOLD_COMMANDS,
    OPEN_PART,
    RecordStaffMatter(what=SEALED, staff=SEALED, words=SEALED, by="Mei Chen"),
)
EVENTS: tuple[InvestigationEvent, ...] = (
    OPENED,
    OPENED_ANEW,
    ACCEPTED,
    DECLINED,
    LAPSED,
    FOUND,
    CONCLUDED,
    DISCONTINUED,
    RESUMED,
    OFFERED,
    TAKEN_BACK,
    *EVIDENCE_EVENTS,
    *PROOF_EVENTS,
    *INQUIRY_EVENTS,
    *HOLD_EVENTS,
    PART_OPENED,
    PART_REFUSED,
    StaffMatterRecorded(number=1, what=SEALED, staff=SEALED, words=SEALED, by="Mei Chen"),
)


def test_every_command_and_event_takes_part_in_the_properties() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))
    assert {type(event) for event in EVENTS} == set(get_args(InvestigationEvent))


@any_of(st.lists(st.sampled_from(COMMANDS), max_size=25))
def test_any_commands_leave_a_history_that_holds_together(commands: list[Command]) -> None:
    upstream = (
        OpenInvestigation,
        DiscontinueInvestigation,
        ResumeInvestigation,
        TakeBackHandOff,
        LapseHandOff,
        LapseEvidenceRequest,
        NotePersons,
        NoteIncident,
        NoteDemand,
    )
    state = holds_together(DECIDER, Investigation, commands, never_refused=upstream)
    assert len(state.offers.seen) == len(set(state.offers.seen))


@any_of(st.lists(st.sampled_from(EVENTS), max_size=15))
def test_evolve_never_fails(events: list[InvestigationEvent]) -> None:
    DECIDER.fold(events)
