"""How the complaint came in, and, restricted, what was said and by whom."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.files.parts import Document, FilePart, Under


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
                facts={fact.name: fact.value for fact in event.facts},
            )
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
        case FactsAdded(words=words) if words is not None:
            document.setdefault("further", []).append({"at": envelope.time, "words": Under(words, "words")})
        case _:
            pass


RECEIPT = FilePart("receipt", _receipt)
WORDS = FilePart("words", _words, restricted=True)
