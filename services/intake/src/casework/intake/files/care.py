"""What stands on top of the file: incident mode and the complainant's own times; restricted: their words, and flags.

Invariant: a flag that is over is not in `flags`, whoever reads it; that it was there is in `flag-history`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.intake.domain.flags import end_of
from casework.shared.contracts.assessment import (
    FlagLifted,
    FlagRaised,
    IncidentModeEnded,
    IncidentModeSet,
    TheirDeadlineAnswered,
    TheirDeadlineSet,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _alerts(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case TheirDeadlineSet():
            document.setdefault("their_deadlines", {})[str(event.deadline_id)] = {
                "said_at": event.said_at,
                "due_at": event.due_at,
                "threat": event.threat,
                "binding": False,
                "words": event.words,
            }
            if event.demand is not None:
                document["their_deadlines"][str(event.deadline_id)]["demand"] = event.demand
        case TheirDeadlineAnswered(deadline_id=id_, channel=channel):
            document["their_deadlines"][str(id_)] |= {"answered_at": envelope.time, "channel": channel}
        case IncidentModeSet():
            document["incident"] = {
                "set_at": envelope.time,
                "people": event.people,
                "first": "negotiate",
                "safety_lead": event.safety_lead,
                "spokesperson": event.spokesperson,
                "legal_route": event.legal_route,
                "evidence_held": True,
                "what": event.what,
            }
        case IncidentModeEnded(reason=reason):
            document["incident"] |= {"ended_at": envelope.time, "reason": reason, "evidence_held": False}
        case _:
            pass


def _flags(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case FlagRaised():
            document[str(event.flag_id)] = {
                "flag": event.flag,
                "purpose": event.purpose,
                "source": event.source,
                "until": event.until,
                "zone": event.zone,
                "raised_at": envelope.time,
            }
        case FlagLifted(flag_id=flag_id, reason=reason):
            document[str(flag_id)] |= {"lifted_at": envelope.time, "reason": reason}
        case _:
            pass


def _up(document: Document, now: datetime) -> Document:
    return {
        flag_id: flag
        for flag_id, flag in document.items()
        if "lifted_at" not in flag and now < end_of(flag["until"], flag["zone"])
    }


ALERTS = FilePart("alerts", _alerts)
"""Who may read the case file sees that there is a threat, by when, and that it binds nobody; the words are sealed."""
ALERT_WORDS = FilePart("alert-words", _alerts, restricted=True)
"""The same with the words, as they were said."""
FLAGS = FilePart("flags", _flags, restricted=True, show=_up)
FLAG_HISTORY = FilePart("flag-history", _flags, restricted=True)
