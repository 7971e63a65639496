"""How the complaint came in, and, restricted, what was said and by whom."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintReceived, ComplaintResumed, ComplaintWithdrawn, FactsAdded
from casework.shared.contracts.receipt_proofs import ReceiptProved
from casework.shared.contracts.registry import to_data
from casework.shared.contracts.roads import RoadAdded
from casework.shared.files.parts import Document, FilePart, Under


def _road(event: ComplaintReceived | RoadAdded) -> Document:
    return {
        "origin": event.origin or "direct",
        "source": event.source,
        "source_reference": event.source_reference,
        "received_at": event.received_at,
    }


def _receipt(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case ComplaintReceived():
            document.update(
                source=event.source,
                source_reference=event.source_reference,
                channel=event.channel,
                received_at=event.received_at,
                recorded_at=envelope.time,
                language=event.language,
                category=event.category,
                owner=event.owner,
                organisation=event.organisation,
                continues=event.continues,
                roads=[_road(event)],
                facts={fact.name: fact.value for fact in event.facts},
            )
            if event.procedures is not None:
                document["procedures"] = [to_data(each) for each in event.procedures]
        case RoadAdded():
            document["roads"].append(_road(event))
        case ReceiptProved():
            document["proof"] = {
                "arrived_at": event.arrived_at,
                "postmarked_on": event.postmarked_on,
                "recording": event.recording,
                "visit_note": event.visit_note,
                "recorded_at": envelope.time,
            }
        case ComplaintWithdrawn():
            document["withdrawn"] = {
                "reason": event.reason,
                "channel": event.channel,
                "by": event.by,
                "person": event.person,
                "at": envelope.occurred_at or envelope.time,
            }
        case ComplaintResumed():
            document["withdrawn"]["resumed_at"] = envelope.occurred_at or envelope.time
        case FactsAdded(facts=facts):
            document["facts"] |= {fact.name: fact.value for fact in facts}
        case _:
            pass


def _words(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case ComplaintReceived():
            for name in ("words", "complainant", "wish"):
                if (sealed := getattr(event, name)) is not None:
                    document[name] = Under(sealed, name)
        case ReceiptProved(visit_note=note) if note is not None:
            document["visit_note"] = note
        case ComplaintWithdrawn(person=person) if person is not None:
            document["withdrawn_by"] = person
        case FactsAdded(words=words) if words is not None:
            document.setdefault("further", []).append({"at": envelope.time, "words": Under(words, "words")})
        case _:
            pass


RECEIPT = FilePart("receipt", _receipt)
WORDS = FilePart("words", _words, restricted=True)
