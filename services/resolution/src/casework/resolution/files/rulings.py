"""The talk between the parties, and the ruling after it with the notices to both."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.rulings import NegotiationEnded, NegotiationInvited, PartiesRuled
from casework.shared.files.parts import Document, FilePart


def _ruling(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case NegotiationInvited():
            invited = {"id": event.negotiation_id, "answer_by": event.answer_by, "by": event.by}
            document.setdefault("talks", []).append(invited)
        case NegotiationEnded():
            for each in document["talks"]:
                if each["id"] == event.negotiation_id:
                    each |= {"result": event.result, "party": event.party, "ended_at": event.at}
        case PartiesRuled():
            document["ruling"] = {"at": envelope.occurred_at or envelope.time, "ruled": event}
        case _:
            pass


RULING = FilePart("ruling", _ruling)
