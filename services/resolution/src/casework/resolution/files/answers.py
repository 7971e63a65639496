"""What the complainant was answered: when first by a person, every apology, and the decision with the way outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.shared.contracts.answers import AcknowledgementNoted, ApologyGiven, OutsideRoute, ReceiptNoted
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.messages import MessageSent
from casework.shared.contracts.resolution import DecisionCommunicated, ProgressUpdateSent
from casework.shared.contracts.talks import CallRecorded
from casework.shared.files.parts import Document, FilePart


def _answers(document: Document, envelope: Envelope, event: Any) -> None:
    at = envelope.occurred_at or envelope.time
    match event:
        case ReceiptNoted(received_at=received_at):
            document["received_at"] = received_at
        case AcknowledgementNoted(at=acknowledged_at):
            _replied(document, acknowledged_at, "acknowledgement")
        case ProgressUpdateSent() if envelope.actor.kind == "person":
            _replied(document, at, "progress-update")
        case MessageSent() if envelope.actor.kind == "person":
            _replied(document, at, "message")
        case CallRecorded(held_at=held_at) if envelope.actor.kind == "person":
            _replied(document, held_at, "call")
        case ApologyGiven():
            _replied(document, at, "apology")
            said = {"at": at, "kind": event.kind, "scope": event.scope, "words": event.words, "by": event.by}
            document.setdefault("apologies", []).append(said | {"channel": event.channel})
        case DecisionCommunicated():
            if envelope.actor.kind == "person":
                _replied(document, at, "decision")
            _decided(document, at, event)
        case _:
            pass


def _replied(document: Document, at: datetime, by: str) -> None:
    """Keep the earliest: an acknowledgement is heard of from intake, maybe after what was sent from here."""
    first = document.get("first_human_reply")
    if first is None or at < first["at"]:
        document["first_human_reply"] = {"at": at, "by": by, "minutes": _minutes(document, at)}


def _decided(document: Document, at: datetime, event: DecisionCommunicated) -> None:
    document["decision"] = {
        "at": at,
        "minutes": _minutes(document, at),
        "outcome": event.outcome,
        "answer": event.answer,
        "reasons": event.reasons,
        "channel": event.channel,
        "appeal": event.appeal,
        "route": event.route,
        "letter": None if event.route is None else _letter(event, event.route),
    }


def _minutes(document: Document, at: datetime) -> int | None:
    """Whole minutes since the receipt, where that was noted."""
    received_at = document.get("received_at")
    return None if received_at is None else int((at - received_at).total_seconds() // 60)


def _letter(event: DecisionCommunicated, route: OutsideRoute) -> dict[str, str]:
    """The final answer as it reads, in English and in Chinese."""
    website = "" if route.website is None else f" {route.website}."
    last_en = "" if route.last_day is None else f" The last day is {route.last_day}."
    last_zh = "" if route.last_day is None else f"最后日期为{route.last_day}。"
    said = "\n\n".join(filter(None, (event.answer, event.reasons)))
    address_en = route.address_en.removesuffix(".")
    en = f"If you are not satisfied: {route.name_en}, {address_en}.{website} {route.limit_en}{last_en}"
    zh = f"如您对本答复不满意，可向{route.name_zh}提出：{route.address_zh}{website} {route.limit_zh}{last_zh}"
    return {"en": f"{said}\n\n{en}", "zh": f"{said}\n\n{zh}"}


ANSWERS = FilePart("answers", _answers)
