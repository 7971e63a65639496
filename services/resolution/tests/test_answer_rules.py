"""The rules of answers: the gate, apologies, statements, facts, rulings and agreements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from services.resolution.tests.answer_cases import (
    ACCEPT_IT,
    AGREEMENT,
    ALL,
    APOLOGISE,
    APPROVE,
    BEFORE,
    CALL_OFFER,
    CALL_RESULT,
    CAUSE,
    CONCLUSION,
    DECIDE,
    DECLINED,
    DRAFT,
    FINDING,
    FIRST_SAID,
    FRIDAY,
    GIVE_UP,
    HELD,
    INVITE,
    ITEM,
    ITEMS,
    LATER,
    MEI,
    NEVER,
    NOW,
    RECEIPT,
    RESTATE,
    ROUTE,
    RULE,
    SEND,
    TALK,
)

from casework.resolution.domain import answer_gate, apologies, outgoing, refused_demands, rulings, statements, talks
from casework.resolution.domain.commands import Command
from casework.resolution.domain.demand_answers import AnswerDemand, NoteDemand
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.resolution import DECIDER, Resolution
from casework.resolution.domain.speakers import RoleNotInDirectory
from casework.shared.contracts.answers import ApologyGiven, ReceiptNoted
from casework.shared.contracts.demand_answers import DemandAnswered
from casework.shared.contracts.evidence import EvidenceStanding
from casework.shared.contracts.messages import Cited, FactsStated, MessageSent
from casework.shared.contracts.resolution import (
    DecisionCommunicated,
    HandOffAccepted,
    RemedyProposed,
    ResolutionOpened,
    ResolutionReopened,
    WithdrawalHonoured,
)
from casework.shared.contracts.rulings import Movement, PartiesRuled
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.talks import AgreementAccepted, AgreementBound
from casework.shared.contracts.types import Money
from casework.shared.contracts.vocabulary import Outcome
from casework.shared.testing.given import Given, given

OPENED = ResolutionOpened(offer_id=TALK, category="Cards", owner="Mei")
DECIDING: tuple[ResolutionEvent, ...] = (
    OPENED,
    HandOffAccepted(offer_id=TALK, holder="Mei"),
    RemedyProposed(kind="refund", description="Give it back."),
)
DECIDED = DecisionCommunicated(
    outcome="upheld", answer="You were right.", channel="phone", reasons="Two fees.", route=ROUTE, wording=3
)


def went(*commands: Command, before: tuple[ResolutionEvent, ...] = ()) -> Given[Command, Resolution, ResolutionEvent]:
    """What the commands leave behind."""
    happened, _ = DECIDER.run(commands, DECIDER.fold(before))
    return given(DECIDER, *before, *happened)


def test_a_decision_waits_for_the_cause_and_has_reasons_and_a_way_outside() -> None:
    given(DECIDER, *DECIDING).when(DECIDE).refused(answer_gate.CauseMissing, saying="the steps")
    for known in (CONCLUSION, CAUSE):
        bare = went(known, before=DECIDING)
        bare.when(DECIDE).then(DECIDED)
        bare.when(replace(DECIDE, reasons=None)).refused(answer_gate.DecisionWithoutReasons)
        nowhere = replace(DECIDE, gate=answer_gate.Gate(route=None))
        bare.when(nowhere).refused(answer_gate.OutsideRouteMissing)
        rude = replace(DECIDE, reasons="Shut up.")
        bare.when(rude).refused(outgoing.WordingBlocked, saying="rude")


def test_what_nobody_asks_now_passes_the_gate_by() -> None:
    plain = replace(DECIDE, gate=None, sending=outgoing.UNCHECKED, reasons=None, now=None)
    told = replace(DECIDED, reasons=None, route=None, wording=None)
    given(DECIDER, *DECIDING).when(plain).then(told)


@pytest.mark.parametrize(
    "before",
    [
        (replace(OPENED, standing=StandingRef(name="known", version=1)), *DECIDING[1:]),
        (*DECIDING, ReceiptNoted(received_at=NOW, imported=True)),
        (
            OPENED,
            WithdrawalHonoured(reason="Paid."),
            ResolutionReopened(reason="Not paid.", category="Cards", owner="Mei"),
            DECIDING[2],
        ),
    ],
    ids=["standing", "imported", "withdrawn"],
)
def test_no_cause_is_asked_for_where_nobody_could_record_one(before: tuple[ResolutionEvent, ...]) -> None:
    given(DECIDER, *before).when(DECIDE).then(DECIDED)


def test_every_demand_is_answered_before_the_final_answer_and_refused_on_evidence() -> None:
    demands = (NoteDemand(number=1, version=1, kind="refund"), NoteDemand(number=2, version=1, kind="apology"))
    state = went(CONCLUSION, ITEM, *demands, before=DECIDING)
    met = AnswerDemand(number=1, answer="met")
    state.when(met).then(DemandAnswered(number=1, version=1, answer="met"))
    state.when(met, DECIDE).refused(refused_demands.DemandUnanswered, saying="number 2 has")
    bare = AnswerDemand(number=2, answer="refused", reason="No ground.")
    state.when(bare).refused(refused_demands.RefusalWithoutEvidence, saying="number 2")
    state.when(replace(bare, evidence=(4, 5))).refused(refused_demands.UnknownEvidence, saying="numbers 5;")
    refused = DemandAnswered(number=2, version=1, answer="refused", reason="No ground.", evidence=(4,))
    state.when(replace(bare, evidence=(4,))).then(refused)
    state.when(replace(bare, is_history=True)).then(replace(refused, evidence=None))
    state.when(met, replace(bare, evidence=(4,)), DECIDE).then(
        DemandAnswered(number=1, version=1, answer="met"), refused, DECIDED
    )


FAULT = replace(APOLOGISE, kind="fault", scope="defect")
GIVEN = ApologyGiven(
    kind="regret", scope="trouble", words="Sorry; we will check.", by="Mei", channel="phone", wording=3
)


def test_before_findings_only_the_trouble_is_regretted() -> None:
    start = given(DECIDER)
    start.when(APOLOGISE).then(GIVEN)
    for wider in (FAULT, replace(APOLOGISE, kind="fault"), replace(APOLOGISE, scope="delay")):
        start.when(wider).refused(apologies.ApologyBeforeFinding)
    named = replace(APOLOGISE, words="Sorry because it broke; we will check.")
    start.when(named).refused(apologies.ApologyNamesCause, saying="because")


@pytest.mark.parametrize(
    ("outcome", "owned"), [(None, True), ("upheld", True), ("partly-upheld", True), ("not-upheld", False)]
)
def test_a_fault_is_owned_up_to_where_one_was_found(outcome: Outcome | None, owned: bool) -> None:
    conclusions = () if outcome is None else (replace(CONCLUSION, outcome=outcome),)
    found = went(FINDING, *conclusions)
    if owned:
        found.when(FAULT).then(replace(GIVEN, kind="fault", scope="defect"))
    else:
        found.when(FAULT).refused(apologies.ApologyWiderThanFacts)
        found.when(APOLOGISE).then(GIVEN)


def test_a_finding_about_the_complainant_is_no_fault_of_ours() -> None:
    found = went(replace(FINDING, side="complainant"))
    found.when(FAULT).refused(apologies.ApologyWiderThanFacts)


def test_what_was_noted_is_noted_once() -> None:
    for note in (RECEIPT, FINDING, CONCLUSION, CAUSE, ITEM):
        went(note).when(note).then()


SENT = MessageSent(message_id=SEND.message_id, channel="email", text=SEND.text, by="Mei", wording=3, role="agent")


def test_nobody_speaks_in_a_role_that_the_directory_does_not_give_them() -> None:
    swapped = replace(MEI, role="manager")
    for command in (SEND, CALL_OFFER):
        given(DECIDER).when(replace(command, speaker=swapped)).refused(RoleNotInDirectory, saying="agent")
    given(DECIDER).when(CALL_OFFER, replace(CALL_RESULT, speaker=swapped)).refused(RoleNotInDirectory)
    # Long ago nobody looked it up.
    given(DECIDER).when(replace(SEND, speaker=replace(swapped, has=()))).then(replace(SENT, role="manager"))


def test_only_the_newest_approved_version_is_cited() -> None:
    cites = {n: replace(SEND, sending=replace(HELD, cites=(Cited(statement="S-3", version=n),))) for n in (1, 2)}
    drafted = went(DRAFT)
    drafted.when(cites[1]).refused(statements.StatementNotApproved)
    drafted.when(cites[2]).refused(statements.UnknownStatement)
    drafted.when(replace(APPROVE, by="Mei")).refused(statements.ApproverIsAuthor)
    approved = went(DRAFT, APPROVE)
    approved.when(APPROVE).refused(statements.StatementAlreadyApproved)
    approved.when(cites[1]).then(SENT, FactsStated(sent_as="message", cites=cites[1].sending.cites))
    second = went(DRAFT, APPROVE, DRAFT, replace(APPROVE, version=2))
    second.when(cites[1]).refused(statements.StatementSuperseded, saying="S-3 v2")
    approved.when(DRAFT, DRAFT, replace(APPROVE, version=2)).refused(statements.StatementSuperseded)
    second.when(replace(SEND, sending=replace(HELD, about=("parts",)))).refused(statements.StatementNotCited)


@pytest.mark.parametrize("value", ["friday", " Ｆriday "])
def test_the_same_fact_in_other_letters_is_no_contradiction(value: str) -> None:
    said = replace(HELD, says=(replace(FRIDAY, value=value),), before=BEFORE)
    given(DECIDER).when(replace(SEND, sending=said)).then(SENT, FactsStated(sent_as="message", says=said.says))


def test_a_contradiction_names_the_first_event_unless_it_is_put_right_openly() -> None:
    twice = (*BEFORE, outgoing.SaidBefore(FRIDAY, TALK))
    other = replace(HELD, says=(NEVER,), before=twice)
    given(DECIDER).when(replace(SEND, sending=other)).refused(outgoing.ContradictsWhatWasSaid, saying=str(FIRST_SAID))
    openly = replace(other, corrects=FIRST_SAID)
    stated = FactsStated(sent_as="message", says=(NEVER,), corrects=FIRST_SAID)
    given(DECIDER).when(replace(SEND, sending=openly)).then(SENT, stated)
    wrong = replace(other, corrects=TALK)
    given(DECIDER).when(replace(SEND, sending=wrong)).refused(outgoing.ContradictsWhatWasSaid)


RULED = given(DECIDER, *DECIDING)


def test_nothing_is_ruled_before_the_parties_were_asked_to_talk() -> None:
    RULED.when(RULE).refused(rulings.NegotiationMissing)
    invited = went(INVITE, before=DECIDING)
    invited.when(INVITE).refused(rulings.NegotiationAlreadyOpen)
    invited.when(replace(RULE, now=LATER - timedelta(seconds=1))).refused(rulings.NegotiationOpen)
    invited.when(replace(DECIDE, now=NOW)).refused(rulings.NegotiationOpen)
    invited.when(replace(DECLINED, party=None)).refused(rulings.DeclinedByNobody)
    for how, after in (((), "expired"), ((DECLINED,), "declined"), ((replace(DECLINED, result="tried"),), "tried")):
        (ruled, _) = DECIDER.run([RULE], DECIDER.run([INVITE, *how], DECIDER.fold(DECIDING))[1])[0]
        assert isinstance(ruled, PartiesRuled)
        assert ruled.after == after
    RULED.when(replace(INVITE, answer_by=NOW)).refused(rulings.AnswerDueInThePast)
    RULED.when(DECLINED).refused(rulings.NegotiationMissing)


@pytest.mark.parametrize(
    ("held", "moved"),
    [
        (ALL, ("3300.01", "CNY")),
        (ALL, ("3299.99", "CNY")),
        (ALL, ("3300.00", "USD")),
        (ALL, ("-3300.00", "CNY")),
        (ALL, ("0.00", "CNY")),
        (None, ("3300.00", "CNY")),
    ],
)
def test_all_of_the_money_is_moved_and_no_more(held: Money | None, moved: tuple[str, str]) -> None:
    money = (Movement(to="respondent", amount=Money(amount=moved[0], currency=moved[1])),)
    RULED.when(INVITE, replace(RULE, held=held, money=money)).refused(rulings.MoneyNotMoved)


def test_a_ruling_rests_on_items_that_were_ruled_on() -> None:
    bare = EvidenceStanding(number=2, what="The papers.", given_by="respondent")
    opened = (replace(OPENED, evidence=(bare,)), *DECIDING[1:])
    given(DECIDER, *opened).when(INVITE, RULE).refused(rulings.EvidenceNotRuled, saying="items 2")
    gone = replace(bare, rule="records")
    (ruled, _) = DECIDER.run([INVITE, RULE], DECIDER.fold((replace(OPENED, evidence=(gone,)), *DECIDING[1:])))[0][1:]
    assert isinstance(ruled, PartiesRuled)
    assert ruled.items == ()


def test_an_agreement_binds_when_both_have_accepted_and_not_before() -> None:
    restated = went(CALL_OFFER, CALL_RESULT, RESTATE)
    ours = replace(ACCEPT_IT, side="organisation")
    accepted = AgreementAccepted(agreement_id=AGREEMENT, side="complainant", channel="chat", proof="Chat.")
    restated.when(ACCEPT_IT).then(accepted)
    one = given(DECIDER, *restated.events, accepted)
    one.when(ACCEPT_IT).refused(talks.AlreadyAcceptedBySide)
    both = one.when(ours).then(replace(accepted, side="organisation"), AgreementBound(agreement_id=AGREEMENT))
    for again in (ACCEPT_IT, GIVE_UP):
        both.when(replace(again, agreement_id=AGREEMENT)).refused(talks.AgreementIsSettled, saying="binds both")
    one.when(GIVE_UP, replace(ours, agreement_id=AGREEMENT)).refused(talks.AgreementIsSettled, saying="given up")


def test_what_is_agreed_on_is_more_than_nothing_and_a_call_is_held_before_it_is_told() -> None:
    free = replace(ITEMS[1], amount=Money(amount="-80.00", currency="CNY"))
    given(DECIDER).when(replace(RESTATE, items=(free,))).refused(talks.AmountNotPositive, saying="-80.00")
    given(DECIDER).when(CALL_OFFER, replace(CALL_RESULT, held_at=LATER)).refused(talks.CallInTheFuture)
