"""Who was received on site, what of the checklist is done, and the day that was agreed."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.visits import VisitClosed, VisitItemsDone, VisitOpened, VisitPromiseKept
from casework.shared.files.parts import Document, FilePart


def _visits(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case VisitOpened(visit_id=visit_id):
            document[str(visit_id)] = {
                "place": event.place,
                "present": event.present,
                "received_by": envelope.actor.id,
                "opened_at": envelope.time,
                "done": {},
            }
        case VisitItemsDone(visit_id=visit_id, items=items):
            document[str(visit_id)]["done"] |= dict.fromkeys(items, envelope.time)
        case VisitClosed(visit_id=visit_id, agreed_on=agreed_on):
            document[str(visit_id)] |= {"closed_at": envelope.time, "agreed_on": agreed_on}
        case VisitPromiseKept(visit_id=visit_id, proof=proof):
            document[str(visit_id)] |= {"kept_at": envelope.time, "proof": proof}
        case _:
            pass


VISITS = FilePart("visits", _visits)
VISIT_DETAILS = FilePart("visit-details", _visits, restricted=True)
