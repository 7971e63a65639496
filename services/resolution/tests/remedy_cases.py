"""Commands and events of remedies, of authority and of what goes up, for the tests of resolution's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import get_args
from uuid import UUID

from casework.resolution.domain.approvals import AmendReading, BringPack, DecideApproval
from casework.resolution.domain.authority import Terms
from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.ledger import (
    AnswerOffer,
    LeaveUnanswered,
    OfferNothing,
    OfferRemedy,
    RecordCameBack,
    RecordReceived,
    RecordWaiver,
    SendRemedy,
)
from casework.resolution.domain.limits_talks import AnswerLeaderOffer, HoldTalk
from casework.resolution.domain.options import ChooseOption, CompareOptions
from casework.resolution.domain.outside_actions import AllowOutsideAction, TakeOutsideAction, TakeReport
from casework.resolution.domain.ready_answers import LeaveReadyAnswer, OfferReadyAnswer, TakeReadyAnswer
from casework.resolution.domain.remedies import AssessRefund, CheckRemedies, ProposeRemedy
from casework.resolution.domain.second_tries import CheckSecondTry, RecordFailure
from casework.shared.contracts.authority import Option
from casework.shared.contracts.standing import StandingSolution
from casework.shared.contracts.types import Money, Sealed
from casework.shared.policies.shipped_remedies import authority, catalogue
from casework.shared.remedies.limits import Acting
from casework.shared.testing.remedy_samples import REMEDY_SAMPLES

LIMITS, CATALOGUE = authority(), catalogue()
AGENT = Acting(id="agent-7", role="agent", rank=1)
LEAD = Acting(id="lead-7", role="lead", rank=2)
MANAGER = Acting(id="manager-7", role="manager", rank=3)
APPROVAL, OFFER, TALK = (UUID(int=number) for number in (51, 52, 53))
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
END = datetime(2026, 3, 20, 16, tzinfo=UTC)
SAID = Sealed(person=UUID(int=9), nonce="q3T1v0ZkP8mWcY2d", box="d2hhdF93YXNfc2FpZF9vZl9saW1pdHM")


def cny(amount: str) -> Money:
    return Money(amount=amount, currency="CNY")


def terms(acting: Acting = AGENT, given: str = "0") -> Terms:
    return Terms(acting=acting, authority=LIMITS, approval_id=APPROVAL, goodwill_given=Decimal(given))


REFUND = ProposeRemedy(
    kind="refund", description="We refund it.", amount=cny("150.00"), terms=terms(), catalogue=CATALOGUE
)
TOO_MUCH = replace(REFUND, amount=cny("3300.00"))
REPLACE = ProposeRemedy(
    kind="replacement", description="A new one.", remedy="replace", terms=terms(), catalogue=CATALOGUE
)
CHECK = CheckRemedies(catalogue=CATALOGUE, on=date(2026, 3, 2), today=date(2026, 3, 2), delivered_on=date(2026, 1, 21))
ASSESS = AssessRefund(catalogue=CATALOGUE, rule="pro-rata", paid=cny("299.00"), days=30, used=10)
OPTIONS = tuple(
    Option(what=what, cost=cny(cost), days=3, payer="organisation", risk="It goes on.")
    for what, cost in (("All of it.", "3300.00"), ("Two thirds.", "2000.00"))
)
PACK = BringPack(
    number=None, facts=("It was paid.",), scenarios=("They go on.",), options=OPTIONS, floor=SAID, quote=SAID
)
READ = AmendReading(number=None, reading=SAID)
APPROVE = DecideApproval(number=None, granted=True, acting=MANAGER)
REFUSE = DecideApproval(number=None, granted=False, acting=MANAGER, reason="The rule gives less.")
COMPARE = CompareOptions(options=OPTIONS)
CHOOSE = ChooseOption(number=None, option=2, reason="It is there sooner.")
OFFER_REMEDY = OfferRemedy(offer_id=OFFER, remedy=None, until=END, channel="phone", now=NOW)
ANSWER = AnswerOffer(remedy=None, answer="accepted", channel="phone", now=NOW)
UNANSWERED = LeaveUnanswered(offer_id=OFFER)
NOTHING = OfferNothing(reason="The fee is in the contract.")
SEND_REMEDY = SendRemedy(remedy=None, proof="Transfer 1.")
RECEIVED = RecordReceived(remedy=None, kind="payment-confirmation", proof="Bank advice.")
CAME_BACK = RecordCameBack(remedy=None, reason="No such account.")
WAIVED = RecordWaiver(remedy=None, proof="E-mail.")
FAILED = RecordFailure(remedy=None, reason="One board is missing again.")
CHECK_AGAIN = CheckSecondTry(remedy=None, by=LEAD.id, checked="All 36 boards.")
ALLOW = AllowOutsideAction(action="police", reason=SAID, acting=LEAD, authority=LIMITS)
ACT = TakeOutsideAction(action="police", reason=SAID, by=AGENT.id)
DANGER = replace(ACT, ground="danger")
REPORT = TakeReport(number=None, report=SAID, acting=LEAD, authority=LIMITS)
HOLD = HoldTalk(
    offer_id=TALK, held_at=NOW - timedelta(minutes=10), said=SAID, agreed=False, acting=AGENT, authority=LIMITS, now=NOW
)
LEAD_ON = AnswerLeaderOffer(talk=None, take=True, acting=LEAD)
LEAVE_IT = AnswerLeaderOffer(talk=None, take=False, acting=LEAD, reason="The agent may give this.")
GUIDE = StandingSolution(
    name="fitting-guide",
    version=1,
    categories=("Does not work",),
    severity="low",
    complexity="simple",
    finding="The polarity.",
    outcome="partly-upheld",
    remedy="guidance",
    answer="Check the polarity.",
    reply="none",
    way="offered",
    steps=("Check the polarity.", "Try it again."),
)
READY = OfferReadyAnswer(solution=GUIDE)
LEAVE = LeaveReadyAnswer(reason="The part is older.")

REMEDY_COMMANDS: tuple[Command, ...] = (
    REFUND,
    TOO_MUCH,
    REPLACE,
    replace(REFUND, kind="correction", remedy_class="goodwill", terms=terms(LEAD, "49900")),
    CHECK,
    ASSESS,
    PACK,
    replace(PACK, quote=None),
    READ,
    APPROVE,
    REFUSE,
    COMPARE,
    CHOOSE,
    OFFER_REMEDY,
    ANSWER,
    replace(ANSWER, answer="declined"),
    UNANSWERED,
    NOTHING,
    SEND_REMEDY,
    RECEIVED,
    CAME_BACK,
    WAIVED,
    FAILED,
    CHECK_AGAIN,
    replace(SEND_REMEDY, by=AGENT.id),
    ALLOW,
    ACT,
    DANGER,
    REPORT,
    HOLD,
    replace(HOLD, agreed=True),
    LEAD_ON,
    LEAVE_IT,
    READY,
    TakeReadyAnswer(),
    LEAVE,
)
REMEDY_EVENTS: tuple[ResolutionEvent, ...] = tuple(
    event for event in REMEDY_SAMPLES if isinstance(event, get_args(ResolutionEvent))
)
