"""The rules of remedies and authority, each at its edges; what HTTP shows of them is in tests/whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.resolution.tests.remedy_cases import (
    AGENT,
    ANSWER,
    APPROVE,
    ASSESS,
    CATALOGUE,
    CHECK,
    END,
    LEAD,
    LIMITS,
    MANAGER,
    NOW,
    OFFER_REMEDY,
    PACK,
    RECEIVED,
    REFUND,
    REFUSE,
    SEND_REMEDY,
    TOO_MUCH,
    UNANSWERED,
    WAIVED,
    cny,
    terms,
)

from casework.resolution.domain import ledger
from casework.resolution.domain.appeals import DecideDecisionAppeal, JudgeWasInvolved, LodgeDecisionAppeal
from casework.resolution.domain.approvals import DecideApproval, OwnApproval, PackMissing
from casework.resolution.domain.authority import BeyondEveryLimit, ask
from casework.resolution.domain.commands import CommunicateDecision, ProposeRemedy
from casework.resolution.domain.errors import DecisionAlreadyCommunicated, RemedyAlreadyProposed
from casework.resolution.domain.events import HandOffAccepted, RemedyProposed, ResolutionEvent, ResolutionOpened
from casework.resolution.domain.resolution import DECIDER
from casework.shared.contracts.appeals import AppealTerms, DecisionAppealDecided
from casework.shared.contracts.authority import ApprovalAsked, ApprovalGiven
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.contracts.remedies import RemedyOfferAnswered, RemedyOfferUnanswered
from casework.shared.policies.shipped_remedies import authority, catalogue
from casework.shared.remedies.amounts import money_of, number_of
from casework.shared.remedies.catalogue import parse_catalogue
from casework.shared.remedies.limits import Acting, parse_authority
from casework.shared.testing.given import given

OFFER = OFFER_REMEDY.offer_id
DECIDING: tuple[ResolutionEvent, ...] = (
    ResolutionOpened(offer_id=OFFER, category="Tyres", owner="Mei Chen"),
    HandOffAccepted(offer_id=OFFER, holder="Aoife Byrne"),
)
LODGE = LodgeDecisionAppeal(appeal_id=OFFER, grounds="It is too little.", now=NOW, route="Ask the ombudsman.")
GOODWILL = replace(REFUND, kind="correction", remedy_class="goodwill", amount=cny("800.00"))


@pytest.mark.parametrize(
    ("acting", "amount", "asks"),
    [
        (AGENT, "0.01", None),
        (AGENT, "200.00", None),
        (AGENT, "200.01", "lead"),
        (AGENT, "2000.00", "lead"),
        (AGENT, "2000.01", "manager"),
        (LEAD, "2000.00", None),
        (LEAD, "2000.01", "manager"),
        (MANAGER, "10000.00", None),
        # The role counts without the rank, and the rank without the role.
        (Acting(id="x", role="manager", rank=0), "10000.00", None),
        (Acting(id="x", role="handler", rank=2), "2000.00", None),
        (Acting(id="x", role="handler", rank=0), "0.01", "agent"),
    ],
)
def test_who_is_asked_for_an_amount(acting: Acting, amount: str, asks: str | None) -> None:
    asked = ask(terms(acting), "refund", "claim", cny(amount))
    assert (None if asked is None else LIMITS.rung[asked.place].role) == asks


@pytest.mark.parametrize(("given_before", "asks"), [("49200.00", None), ("49200.01", "manager")])
def test_the_purse_is_emptied_to_its_last_coin(given_before: str, asks: str | None) -> None:
    asked = ask(terms(LEAD, given_before), "correction", "goodwill", cny("800.00"))
    assert (None if asked is None else LIMITS.rung[asked.place].role) == asks


def test_above_the_highest_nobody_is_asked() -> None:
    with pytest.raises(BeyondEveryLimit, match="manager"):
        ask(terms(MANAGER), "refund", "claim", cny("10000.01"))
    with pytest.raises(BeyondEveryLimit):
        ask(terms(MANAGER, "49999.99"), "correction", "goodwill", cny("800.00"))
    with pytest.raises(BeyondEveryLimit):
        ask(terms(MANAGER), "refund", "claim", cny("200.00"), eligible=Decimal("199.99"))


@any_of(st.integers(1, 9_999_999), st.integers(1, 400), st.data())
def test_a_refund_is_at_most_what_was_paid_and_falls_by_the_day(cents: int, days: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(0, days))
    rule = CATALOGUE.refund_by("pro-rata")
    assert rule is not None
    paid = money_of(Decimal(cents) / 100, "CNY")
    back = number_of(rule.eligible(paid, days, used))
    assert abs(back - number_of(paid) * (days - used) / days) <= Decimal("0.005")
    assert 0 <= back <= number_of(paid)
    if used < days:
        assert number_of(rule.eligible(paid, days, used + 1)) <= back


@pytest.mark.parametrize(("days", "withheld"), [(0, False), (30, False), (31, True), (40, True)])
def test_the_last_day_is_in_time(days: int, withheld: bool) -> None:
    entry = CATALOGUE.named("replace")
    assert entry is not None
    today = date(2026, 3, 2)
    assert (entry.withheld(today - timedelta(days=days), today) is not None) == withheld


def test_what_is_held_back_is_proposed_once_it_is_approved() -> None:
    held = given(DECIDER, *DECIDING).when(TOO_MUCH)
    asked = ApprovalAsked(
        approval_id=terms().approval_id,
        number=1,
        kind="refund",
        description="We refund it.",
        amount=cny("3300.00"),
        asked_by="agent-7",
        ground="over-limit",
        roles=("manager",),
        rank=3,
        authority=LIMITS.ref,
        needs_pack=True,
    )
    waiting = held.then(asked)
    waiting.when(APPROVE).refused(PackMissing)
    waiting.when(PACK, replace(APPROVE, acting=replace(MANAGER, id="agent-7"))).refused(OwnApproval)
    happened, state = DECIDER.run([PACK, APPROVE], DECIDER.fold((*DECIDING, asked)))
    assert happened[1:] == [
        ApprovalGiven(approval_id=asked.approval_id, number=1, by="manager-7"),
        RemedyProposed(
            number=1,
            kind="refund",
            description="We refund it.",
            amount=cny("3300.00"),
            approval=1,
            authority=LIMITS.ref,
        ),
    ]
    assert state.remedies == ("refund",)


def test_an_approval_comes_too_late_for_a_decision_and_for_a_remedy_that_is_there() -> None:
    apology = ProposeRemedy(kind="apology", description="We are sorry.")
    decide = CommunicateDecision(outcome="upheld", answer="You were right.", channel="phone")
    given(DECIDER, *DECIDING).when(TOO_MUCH, PACK, apology, decide, APPROVE).refused(DecisionAlreadyCommunicated)
    given(DECIDER, *DECIDING).when(TOO_MUCH, PACK, REFUND, APPROVE).refused(RemedyAlreadyProposed)


def test_a_remedy_without_terms_asks_nobody() -> None:
    told = replace(TOO_MUCH, terms=None, catalogue=None)
    happened, _ = DECIDER.run([told], DECIDER.fold(DECIDING))
    assert happened == [RemedyProposed(kind="refund", description="We refund it.", amount=cny("3300.00"))]


def test_what_the_catalogue_says_it_costs_counts_where_no_amount_is_given() -> None:
    repair = replace(REFUND, kind="repair", remedy="repair-at-home", amount=None)
    poor = replace(repair, terms=terms(Acting(id="new-1", role="handler", rank=0)))
    happened, _ = DECIDER.run([CHECK, poor], DECIDER.fold(DECIDING))
    asked = happened[1]
    assert isinstance(asked, ApprovalAsked)
    assert (asked.amount, asked.at_cost, asked.roles[0]) == (cny("120.00"), True, "agent")
    approve = replace(APPROVE, acting=AGENT)
    happened, _ = DECIDER.run([CHECK, poor, approve], DECIDER.fold(DECIDING))
    assert isinstance(happened[-1], RemedyProposed)
    # What it costs us is not what the complainant gets.
    assert happened[-1].amount is None


def test_a_refund_over_the_rule_asks_the_next_rung_only_for_a_claim() -> None:
    over = replace(REFUND, amount=cny("199.34"))
    happened, _ = DECIDER.run([ASSESS, over], DECIDER.fold(DECIDING))
    assert isinstance(happened[1], ApprovalAsked)
    kind = replace(over, remedy_class="goodwill")
    happened, _ = DECIDER.run([ASSESS, kind], DECIDER.fold(DECIDING))
    assert isinstance(happened[1], RemedyProposed)


def test_an_answer_before_the_end_counts_and_a_clock_after_it_changes_nothing() -> None:
    start = DECIDER.fold(DECIDING)
    happened, state = DECIDER.run([REFUND, OFFER_REMEDY, replace(ANSWER, now=END - timedelta(microseconds=1))], start)
    assert isinstance(happened[-1], RemedyOfferAnswered)
    assert DECIDER.decide(UNANSWERED, state) == ()
    _, state = DECIDER.run([REFUND, OFFER_REMEDY], start)
    with pytest.raises(ledger.OfferIsOver):
        DECIDER.decide(replace(ANSWER, now=END), state)
    assert DECIDER.decide(UNANSWERED, state) == (RemedyOfferUnanswered(offer_id=OFFER, remedy=1),)


def test_silence_leads_to_nothing_that_is_sent() -> None:
    send = replace(SEND_REMEDY, remedy=1)
    given(DECIDER, *DECIDING).when(REFUND, OFFER_REMEDY, UNANSWERED, send).refused(ledger.NotAgreed, saying="no-reply")
    given(DECIDER, *DECIDING).when(REFUND, SEND_REMEDY, RECEIVED, replace(WAIVED, remedy=1)).refused(
        ledger.NothingToWaive, saying="received"
    )


def test_what_ships_is_read_and_says_its_version() -> None:
    assert (authority().ref.id, catalogue().ref.id) == ("internal.authority", "internal.remedies")


RUNG = """
[[rung]]
role = "{role}"
rank = {rank}
title = {{ en = "A", zh = "甲" }}
limits = [{{ most = {{ amount = "{amount}", currency = "CNY" }} }}]
"""
HEAD = 'id = "own.authority"\nversion = 1\noutside_actions = "a"\n'


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        (HEAD + RUNG.format(role="a", rank=1, amount="x"), "limits.1.most.amount"),
        (HEAD + RUNG.format(role="b", rank=1, amount="5.00"), "outside_actions"),
        (HEAD + RUNG.format(role="a", rank=1, amount="-5.00"), "below 0"),
        (HEAD + RUNG.format(role="a", rank=1, amount="5.00") * 2, "rank"),
        (
            HEAD + RUNG.format(role="a", rank=1, amount="5.00") + RUNG.format(role="b", rank=2, amount="4.00"),
            "may give less",
        ),
        (HEAD, "rung"),
    ],
)
def test_limits_that_contradict_themselves_are_refused_with_the_file(text: str, saying: str) -> None:
    with pytest.raises(InvalidPolicy, match=r"own\.toml") as found:
        parse_authority(text, "own.toml")
    assert saying in str(found.value)


def test_a_catalogue_names_each_remedy_once() -> None:
    entry = '[[remedy]]\nname = "x"\nkind = "refund"\ntitle = { en = "A", zh = "甲" }\nproof = "letter-copy"\n'
    with pytest.raises(InvalidPolicy, match="x stands twice"):
        parse_catalogue(f'id = "own.remedies"\nversion = 1\n{entry}{entry}', "own.toml")
    with pytest.raises(InvalidPolicy, match="proof"):
        parse_catalogue(f'id = "own.remedies"\nversion = 1\n{entry}'.replace("letter-copy", "word"), "own.toml")


@pytest.mark.parametrize("answer", [APPROVE, REFUSE])
def test_whoever_answered_for_a_remedy_of_the_decision_does_not_judge_the_appeal(answer: DecideApproval) -> None:
    terms_ = AppealTerms(policy="internal.decision", version=1, until=END)
    decide = CommunicateDecision(outcome="partly-upheld", answer="So much.", channel="phone", by="Mei", appeal=terms_)
    judge = DecideDecisionAppeal(succeeded=True, reason="It was overlooked.", judge=MANAGER.id)
    sorry = ProposeRemedy(kind="apology", description="We apologise.")
    first = (replace(REFUND, amount=cny("800.00")), answer, sorry, decide, LODGE)
    case = given(DECIDER, *DECIDING)
    case.when(*first, judge).refused(JudgeWasInvolved)
    again = (*first, replace(judge, judge="Wei"), sorry, decide, LODGE)
    happened, _ = DECIDER.run((*again, judge), DECIDER.fold(DECIDING))
    assert isinstance(happened[-1], DecisionAppealDecided), "who answered in the round before had no part in this one"
