"""How the complainant is reached, what is planned, and what was sent to acknowledge the complaint.

`outgoing` says when, how and by which hash; `outgoing-details` is the same with names and texts.
"""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.contacts import ContactPlanned, ContactPreferencesSet, PlannedContactEnded
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintAcknowledged
from casework.shared.files.parts import Document, FilePart


def _outgoing(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case ContactPreferencesSet():
            document["preferences"] = {
                "name": event.name,
                "language": event.language,
                "channel": event.channel,
                "hours": event.hours,
                "avoid": event.avoid,
                "since": envelope.time,
            }
        case ContactPlanned(contact_id=contact_id):
            planned = {
                "purpose": event.purpose,
                "channel": event.channel,
                "begins": event.begins,
                "ends": event.ends,
                "due_at": event.due_at,
                "as_wished": event.as_wished,
            }
            document.setdefault("planned", {})[contact_id] = planned
        case PlannedContactEnded(contact_id=contact_id):
            document.get("planned", {}).pop(contact_id, None)
        case ComplaintAcknowledged(sent=sent) if sent is not None:
            document["acknowledgement"] = {
                "text": sent.text,
                "sha256": sent.sha256,
                "channel": event.channel,
                "language": sent.language,
                "owner": sent.owner,
                "next_step_by": sent.next_step_by,
                "sent_at": envelope.time,
                "sent_by": envelope.actor.id,
            }
        case _:
            pass


OUTGOING = FilePart("outgoing", _outgoing)
OUTGOING_DETAILS = FilePart("outgoing-details", _outgoing, restricted=True)
