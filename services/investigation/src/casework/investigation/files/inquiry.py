"""The inquiry as it stands: who does it and who may not, what was found, the tasks, the cause, who bears the damage."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts import bearing, conflicts, inquiry, investigation
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _inquiry(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case investigation.HandOffAccepted(holder=holder) | conflicts.InvestigatorAssigned(holder=holder):
            document.setdefault("investigators", []).append({"holder": holder, "since": envelope.time})
        case conflicts.BarredFromInvestigating(persons=persons) | conflicts.StakeDeclared(persons=persons):
            document.setdefault("barred", []).extend(persons)
        case investigation.FindingRecorded():
            document.setdefault("findings", []).append(event)
        case inquiry.CauseRecorded(cause=cause, not_found_after=steps):
            document["cause"] = {"cause": cause, "not_found_after": steps}
        case investigation.InvestigationConcluded(outcome=outcome, summary=summary):
            document |= {"outcome": outcome, "summary": summary}
            if event.cause is not None or event.not_found_after:
                document["cause"] = {"cause": event.cause, "not_found_after": event.not_found_after or ()}
        case bearing.SharesRuled(damage=damage, shares=shares):
            document |= {"damage": damage, "shares": shares, "recourse": []}
        case bearing.RecourseOpened():
            document["recourse"].append(event)
        case _:
            _tasks(document, event)


def _tasks(document: Document, event: Any) -> None:
    match event:
        case inquiry.TaskGiven():
            document.setdefault("tasks", []).append(
                {
                    "number": event.number,
                    "task_id": event.task_id,
                    "kind": event.kind,
                    "what": event.what,
                    "holder": event.holder,
                    "due_at": event.due_at,
                    "state": "open",
                }
            )
        case inquiry.TaskDone(number=number, by=by, result=result, late=late):
            document["tasks"][number - 1] |= {"state": "done", "by": by, "result": result, "late": late}
        case inquiry.TaskTakenBack(number=number, reason=reason):
            document["tasks"][number - 1] |= {"state": "taken-back", "reason": reason}
        case _:
            pass


INQUIRY = FilePart("inquiry", _inquiry)
