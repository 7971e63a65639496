"""What was checked, reckoned, proposed, offered, answered, sent and received; and ready answers."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.remedies import (
    NothingOffered,
    ReadyAnswerLeft,
    ReadyAnswerOffered,
    ReadyAnswerTaken,
    RefundAssessed,
    RemediesChecked,
    RemedyCameBack,
    RemedyFailed,
    RemedyOfferAnswered,
    RemedyOffered,
    RemedyOfferUnanswered,
    RemedyReceived,
    RemedySent,
    RemedyWaived,
    SecondTryChecked,
)
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.files.parts import Document, FilePart


def _remedies(document: Document, envelope: Envelope, event: Any) -> None:
    ledger = document.setdefault("ledger", [])
    match event:
        case RemediesChecked():
            document["checked"] = event
        case RefundAssessed():
            document["refund"] = event
        case NothingOffered(reason=reason):
            document["nothing_offered"] = {"at": envelope.time, "reason": reason}
        case RemedyProposed():
            line: Document = {
                "number": len(ledger) + 1,
                "kind": event.kind,
                "description": event.description,
                "amount": event.amount,
                "remedy": event.remedy,
                "remedy_class": event.remedy_class or "claim",
                "proof": event.proof,
                "approval": event.approval,
                "status": "proposed",
                "history": [],
            }
            ledger.append({name: value for name, value in line.items() if value is not None})
        case RemedyOffered():
            _now(ledger, event.remedy, envelope, "offered", until=event.until, channel=event.channel)
        case RemedyOfferAnswered():
            _now(ledger, event.remedy, envelope, event.answer, channel=event.channel)
        case RemedyOfferUnanswered():
            _now(ledger, event.remedy, envelope, event.answer)
        case RemedySent():
            _now(ledger, event.remedy, envelope, "sent", proof=event.proof)
        case RemedyReceived():
            _now(ledger, event.remedy, envelope, "received", proof=event.proof, proof_kind=event.kind)
        case RemedyCameBack():
            _now(ledger, event.remedy, envelope, "came-back", reason=event.reason)
        case RemedyWaived():
            _now(ledger, event.remedy, envelope, "waived", proof=event.proof)
        case RemedyFailed():
            _now(ledger, event.remedy, envelope, "failed", reason=event.reason)
            ledger[event.remedy - 1]["failures"] = event.failure
        case SecondTryChecked():
            checked = {"at": envelope.occurred_at or envelope.time, "by": event.by, "checked": event.checked}
            ledger[event.remedy - 1].setdefault("checks", []).append(checked)
        case _:
            pass


def _now(ledger: list[Document], remedy: int, envelope: Envelope, status: str, **more: Any) -> None:
    line = ledger[remedy - 1]
    line["status"] = status
    line["history"].append({"at": envelope.occurred_at or envelope.time, "status": status} | more)


def _ready_answers(document: Document, envelope: Envelope, event: Any) -> None:
    answers = document.setdefault("answers", [])
    match event:
        case ReadyAnswerOffered(answer=answer, steps=steps):
            answers.append({"name": answer.name, "version": answer.version, "steps": steps, "status": "offered"})
        case ReadyAnswerTaken():
            answers[-1] |= {"status": "taken", "by": envelope.actor.id}
        case ReadyAnswerLeft(reason=reason):
            answers[-1] |= {"status": "left", "by": envelope.actor.id, "reason": reason}
        case _:
            pass


REMEDIES = FilePart("remedies", _remedies)
READY_ANSWERS = FilePart("ready-answers", _ready_answers)
