"""Agreements and where each stands at the time of reading; and, restricted, what came of calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.talks import (
    AgreementAccepted,
    AgreementBound,
    AgreementGivenUp,
    AgreementRestated,
    CallOffered,
    CallRecorded,
)
from casework.shared.files.parts import Document, FilePart


def _agreements(document: Document, envelope: Envelope, event: Any) -> None:
    found: dict[str, Document] = document.setdefault("by_id", {})
    match event:
        case AgreementRestated():
            found[str(event.agreement_id)] = {
                "id": event.agreement_id,
                "items": event.items,
                "by": event.by,
                "due_at": event.due_at,
                "call": event.call_id,
                "accepted": [],
                "binds": False,
            }
        case AgreementAccepted():
            accepted = {"side": event.side, "at": envelope.occurred_at or envelope.time, "proof": event.proof}
            found[str(event.agreement_id)]["accepted"].append(accepted)
        case AgreementBound():
            found[str(event.agreement_id)]["binds"] = True
        case AgreementGivenUp():
            found[str(event.agreement_id)]["given_up"] = event.reason
        case _:
            pass


def _at_the_time(document: Document, now: datetime) -> list[Document]:
    agreements: list[Document] = list(document.get("by_id", {}).values())
    return [each | {"overdue": _waits(each) and each["due_at"] <= now} for each in agreements]


def _waits(agreement: Document) -> bool:
    return not agreement["binds"] and "given_up" not in agreement


def _calls(document: Document, _envelope: Envelope, event: Any) -> None:
    match event:
        case CallOffered():
            document[str(event.call_id)] = {
                "offered_by": event.by,
                "offered_as": event.role,
                "offered_for": event.at,
            }
        case CallRecorded():
            document[str(event.call_id)] |= {
                "held_at": event.held_at,
                "by": event.by,
                "role": event.role,
                "result": event.result,
                "sent_by": event.sent_by,
            }
        case _:
            pass


AGREEMENTS = FilePart("agreements", _agreements, show=_at_the_time)
CALLS = FilePart("calls", _calls, restricted=True)
