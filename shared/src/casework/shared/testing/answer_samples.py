"""One sample of every event about the answers to a complainant."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from casework.shared.contracts import answers, messages, rulings, talks
from casework.shared.contracts.types import Money, Sealed

_NEGOTIATION = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c06")

_CALL = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c07")
_AGREEMENT = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c08")

ANSWER_SAMPLES: tuple[object, ...] = (
    answers.ReceiptNoted(
        received_at=datetime(2026, 3, 2, 9, 10, 0, 250_000, UTC), deadlines=("internal.answer", "uk.disp.8w")
    ),
    answers.AcknowledgementNoted(at=datetime(2026, 3, 2, 9, 25, tzinfo=UTC)),
    answers.FindingNoted(side="organisation"),
    answers.ConclusionNoted(outcome="upheld", cause="found"),
    answers.CauseNoted(cause="not-found"),
    answers.ApologyGiven(
        kind="regret",
        scope="trouble",
        words="We are sorry for the trouble you had; we will check the entries and call you by Friday.",
        by="clerk-0417",
        channel="phone",
        wording=1,
    ),
    answers.EvidenceNoted(number=4),
    rulings.NegotiationInvited(
        negotiation_id=_NEGOTIATION, answer_by=datetime(2026, 3, 3, 18, tzinfo=UTC), by="clerk-0417"
    ),
    rulings.NegotiationEnded(
        negotiation_id=_NEGOTIATION,
        result="declined",
        at=datetime(2026, 3, 2, 10, 20, tzinfo=UTC),
        party="respondent",
    ),
    rulings.PartiesRuled(
        outcome="not-upheld",
        reasons="The photographs show another article; the shipping papers are in order.",
        after="declined",
        negotiation_id=_NEGOTIATION,
        items=(
            rulings.RuledItem(number=1, ruling="invalid", reason="Another article.", given_by="complainant"),
            rulings.RuledItem(number=2, ruling="valid", reason="Stamped and dated.", given_by="respondent"),
        ),
        held=Money(amount="3300.00", currency="CNY"),
        money=(rulings.Movement(to="respondent", amount=Money(amount="3300.00", currency="CNY")),),
        notices=(
            rulings.Notice(to="complainant", channel="web"),
            rulings.Notice(to="respondent", channel="web"),
        ),
        route=None,
        by="judge-7",
        wording=1,
    ),
    talks.CallOffered(call_id=_CALL, by="clerk-0417", at=datetime(2026, 3, 2, 3, tzinfo=UTC)),
    talks.CallRecorded(
        call_id=_CALL,
        held_at=datetime(2026, 3, 2, 3, tzinfo=UTC),
        result=Sealed(
            person=UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01"),
            nonce="Tz5MkR8wHc3VbN0y",
            box="dHdvX2JvYXJkc19hbmRfZWlnaHR5X3l1YW4",
        ),
        sent_by="chat",
        by="clerk-0417",
        wording=1,
    ),
    talks.AgreementRestated(
        agreement_id=_AGREEMENT,
        items=(
            talks.AgreedItem(what="Desk boards, replaced. 更换桌板。", quantity=2),
            talks.AgreedItem(what="Compensation for the fitting.", amount=Money(amount="80.00", currency="CNY")),
        ),
        due_at=datetime(2026, 3, 2, 16, tzinfo=UTC),
        by="clerk-0417",
        call_id=_CALL,
    ),
    talks.AgreementAccepted(agreement_id=_AGREEMENT, side="complainant", channel="chat", proof="Chat of 11:20."),
    talks.AgreementBound(agreement_id=_AGREEMENT),
    talks.AgreementGivenUp(agreement_id=_AGREEMENT, reason="The boards are no longer made."),
    talks.AgreementPending(agreement_id=_AGREEMENT),
    talks.AgreementSettled(agreement_id=_AGREEMENT, bound=True),
    messages.StatementDrafted(
        statement="S-3",
        version=2,
        topics=("parts-delivery",),
        text="The parts leave the plant on Friday, 2026-03-06. 零件将于2026年3月6日（周五）发出。",
        by="clerk-0417",
    ),
    messages.StatementApproved(statement="S-3", version=2, by="Mei Chen"),
    messages.MessageSent(
        message_id=UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c05"),
        channel="email",
        text=Sealed(
            person=UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01"),
            nonce="Jd8WnQ3sTz6LpB1x",
            box="dGhlX21lc3NhZ2VfYWJvdXRfdGhlX3BhcnRz",
        ),
        by="clerk-0417",
        wording=1,
    ),
    messages.FactsStated(
        sent_as="message",
        about=("parts-delivery",),
        cites=(messages.Cited(statement="S-3", version=2),),
        says=(messages.SaidFact(topic="parts-leave", value="Friday"),),
    ),
)
