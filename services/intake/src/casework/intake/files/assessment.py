"""What a case weighs, what is done at once, and since when it is contained; the proof of that is restricted."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.assessment import (
    ComplaintContained,
    CoolingEnded,
    CoolingStarted,
    ImmediateActionDone,
    ImmediateActionStarted,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintAssessed
from casework.shared.files.parts import Document, FilePart


def _assessment(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case ComplaintAssessed():
            document["weights"] = event
        case CoolingStarted():
            document["cooling"] = {
                "reason": event.reason,
                "cap": event.cap,
                "until": event.until,
                "contact_by": event.contact_by,
            }
        case CoolingEnded(channel=channel):
            document["cooling"] |= {"ended_at": envelope.time, "channel": channel}
        case ImmediateActionStarted():
            document.setdefault("immediate_actions", {})[str(event.action_id)] = {
                "what": event.what,
                "holder": event.holder,
                "due_at": event.due_at,
                "state": "running",
            }
        case ImmediateActionDone():
            action = document["immediate_actions"][str(event.action_id)]
            action |= {"state": "done", "done_at": envelope.time, "proof": event.proof, "late": event.late}
        case ComplaintContained(contained_at=contained_at):
            document["contained_at"] = contained_at
        case _:
            pass


def _containment(document: Document, _envelope: Envelope, event: Any) -> None:
    if isinstance(event, ComplaintContained):
        document.update(contained_at=event.contained_at, proof=event.proof)


ASSESSMENT = FilePart("assessment", _assessment)
CONTAINMENT = FilePart("containment", _containment, restricted=True)
