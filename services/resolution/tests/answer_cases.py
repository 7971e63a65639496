"""Commands and events of the answers to a complainant, for the tests of resolution's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from casework.resolution.domain.answer_gate import Gate
from casework.resolution.domain.apologies import Apologise
from casework.resolution.domain.commands import Command, CommunicateDecision
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.known import (
    NoteAcknowledgement,
    NoteCause,
    NoteConclusion,
    NoteEvidence,
    NoteFinding,
    NoteReceipt,
)
from casework.resolution.domain.outgoing import SaidBefore, Sending, SendMessage
from casework.resolution.domain.rulings import EndNegotiation, InviteToNegotiate, RuleForParties
from casework.resolution.domain.speakers import Speaker
from casework.resolution.domain.statements import ApproveStatement, DraftStatement
from casework.resolution.domain.talks import AcceptAgreement, GiveUpAgreement, OfferCall, RecordCall, RestateAgreement
from casework.shared.answers.wording import InBoth, Taboo, Wording
from casework.shared.contracts.answers import (
    AcknowledgementNoted,
    ApologyGiven,
    CauseNoted,
    ConclusionNoted,
    EvidenceNoted,
    FindingNoted,
    OutsideRoute,
    ReceiptNoted,
)
from casework.shared.contracts.messages import (
    Cited,
    FactsStated,
    MessageSent,
    SaidFact,
    StatementApproved,
    StatementDrafted,
)
from casework.shared.contracts.rulings import Movement, NegotiationEnded, NegotiationInvited, Notice, PartiesRuled
from casework.shared.contracts.talks import (
    AgreedItem,
    AgreementAccepted,
    AgreementBound,
    AgreementGivenUp,
    AgreementRestated,
    CallOffered,
    CallRecorded,
)
from casework.shared.contracts.types import Money, Sealed

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MESSAGE, TALK, CALL, AGREEMENT, FIRST_SAID = (UUID(int=number) for number in (51, 52, 53, 54, 55))
SEALED = Sealed(person=UUID(int=9), nonce="q3T1v0ZkP8mWcY2d", box="V1n0b3hvZnRoZXdvcmRzc3Bva2Vu")
BOTH = InBoth(en="Write kindly.", zh="请礼貌。")
WORDING = Wording(
    id="test.wording",
    version=3,
    taboo=(Taboo(id="rude", title=BOTH, instead=BOTH, patterns=("shut up", "闭嘴")),),
    causes=("because",),
)
ROUTE = OutsideRoute(
    id="uk.fos",
    version=1,
    name_en="Ombudsman",
    name_zh="申诉专员",
    address_en="London",
    address_zh="伦敦",
    limit_en="Six months.",
    limit_zh="六个月。",
    last_day=date(2026, 8, 31),
)
GATE = Gate(route=ROUTE)
HELD = Sending(wording=WORDING)
FRIDAY, NEVER = SaidFact(topic="parts-leave", value="Friday"), SaidFact(topic="parts-leave", value="none")
BEFORE = (SaidBefore(FRIDAY, FIRST_SAID),)

RECEIPT = NoteReceipt(received_at=NOW, deadlines=("uk.disp.8w",))
FINDING = NoteFinding(side="organisation")
CONCLUSION = NoteConclusion(outcome="upheld", cause="found")
CAUSE = NoteCause(cause="not-found")
ITEM = NoteEvidence(number=4)
APOLOGISE = Apologise(
    kind="regret", scope="trouble", words="Sorry; we will check.", by="Mei", channel="phone", sending=HELD
)
MEI = Speaker(id="Mei", role="agent", has=("agent",))
SEND = SendMessage(message_id=MESSAGE, channel="email", plain="On Friday.", text=SEALED, speaker=MEI, sending=HELD)
DRAFT = DraftStatement(statement="S-3", topics=("parts",), text="On Friday.", by="Mei")
APPROVE = ApproveStatement(statement="S-3", version=1, by="Wei")
INVITE = InviteToNegotiate(negotiation_id=TALK, answer_by=LATER, by="Mei", now=NOW)
DECLINED = EndNegotiation(result="declined", party="respondent", now=NOW)
ALL = Money(amount="3300.00", currency="CNY")
RULE = RuleForParties(
    outcome="not-upheld",
    answer="It goes to the seller.",
    reasons="The papers are good.",
    held=ALL,
    money=(Movement(to="respondent", amount=ALL),),
    complainant_by="web",
    respondent_by="web",
    by="Wei",
    now=LATER,
)
DECIDE = CommunicateDecision(
    outcome="upheld", answer="You were right.", channel="phone", reasons="Two fees.", gate=GATE, sending=HELD, now=NOW
)
CALL_OFFER = OfferCall(call_id=CALL, speaker=MEI)
CALL_RESULT = RecordCall(
    call_id=None, held_at=NOW, plain="Two boards.", result=SEALED, sent_by="chat", speaker=MEI, now=NOW, sending=HELD
)
ITEMS = (
    AgreedItem(what="Boards.", quantity=2),
    AgreedItem(what="Money.", amount=Money(amount="80.00", currency="CNY")),
)
RESTATE = RestateAgreement(agreement_id=AGREEMENT, items=ITEMS, due_at=LATER, by="Mei")
ACCEPT_IT = AcceptAgreement(agreement_id=None, side="complainant", channel="chat", proof="Chat.")
GIVE_UP = GiveUpAgreement(agreement_id=None, reason="No boards.")

ANSWER_COMMANDS: tuple[Command, ...] = (
    RECEIPT,
    NoteAcknowledgement(at=NOW),
    FINDING,
    replace(FINDING, side="complainant"),
    CONCLUSION,
    replace(CONCLUSION, outcome="not-upheld", cause=None),
    CAUSE,
    ITEM,
    APOLOGISE,
    replace(APOLOGISE, kind="fault", scope="defect"),
    SEND,
    replace(SEND, sending=replace(HELD, cites=(Cited(statement="S-3", version=1),), says=(FRIDAY,))),
    DRAFT,
    APPROVE,
    INVITE,
    DECLINED,
    RULE,
    DECIDE,
    CALL_OFFER,
    CALL_RESULT,
    RESTATE,
    ACCEPT_IT,
    replace(ACCEPT_IT, side="organisation"),
    GIVE_UP,
)
ANSWER_EVENTS: tuple[ResolutionEvent, ...] = (
    ReceiptNoted(received_at=NOW, deadlines=("uk.disp.8w",)),
    AcknowledgementNoted(at=NOW),
    FindingNoted(side="organisation"),
    ConclusionNoted(outcome="upheld", cause="found"),
    CauseNoted(cause="not-found"),
    EvidenceNoted(number=4),
    ApologyGiven(kind="regret", scope="trouble", words="Sorry; we will check.", by="Mei", channel="phone", wording=3),
    MessageSent(message_id=MESSAGE, channel="email", text=SEALED, by="Mei", wording=3),
    FactsStated(sent_as="message", says=(FRIDAY,)),
    StatementDrafted(statement="S-3", version=1, topics=("parts",), text="On Friday.", by="Mei"),
    StatementApproved(statement="S-3", version=1, by="Wei"),
    NegotiationInvited(negotiation_id=TALK, answer_by=LATER, by="Mei"),
    NegotiationEnded(negotiation_id=TALK, result="declined", at=NOW, party="respondent"),
    PartiesRuled(
        outcome="not-upheld",
        reasons="The papers are good.",
        after="declined",
        negotiation_id=TALK,
        items=(),
        held=ALL,
        money=(Movement(to="respondent", amount=ALL),),
        notices=(Notice(to="complainant", channel="web"), Notice(to="respondent", channel="web")),
        route=None,
        by="Wei",
    ),
    CallOffered(call_id=CALL, by="Mei"),
    CallRecorded(call_id=CALL, held_at=NOW, result=SEALED, sent_by="chat", by="Mei", wording=3),
    AgreementRestated(agreement_id=AGREEMENT, items=ITEMS, due_at=LATER, by="Mei"),
    AgreementAccepted(agreement_id=AGREEMENT, side="complainant", channel="chat", proof="Chat."),
    AgreementBound(agreement_id=AGREEMENT),
    AgreementGivenUp(agreement_id=AGREEMENT, reason="No boards."),
)
