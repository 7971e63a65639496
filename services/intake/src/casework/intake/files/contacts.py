"""Every attempt to reach the complainant, what was left with others, each talk, and whom calls are put through for.

`contacts` says what happened and hides whom it was about; `contact-details` is the same with numbers and words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.shared.contracts.contacts import (
    ComplainantReached,
    ContactAttempted,
    MessageLeft,
    WatchEnded,
    WatchSet,
    WatchShown,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _contacts(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case ContactAttempted():
            made = {"number": event.number, "at": event.at, "result": event.result, "by": envelope.actor.id}
            document.setdefault("attempts", []).append(made)
        case MessageLeft():
            left = {"number": event.number, "at": event.at, "message": event.message, "by": envelope.actor.id}
            document.setdefault("left_messages", []).append(left)
        case ComplainantReached():
            talk = {"channel": event.channel, "at": event.at, "said": event.said, "by": envelope.actor.id}
            document.setdefault("talks", []).append(talk)
        case WatchSet():
            document.setdefault("watches", []).append(
                {
                    "watch_id": event.watch_id,
                    "of": event.of,
                    "whom": event.whom,
                    "note": event.note,
                    "until": event.until,
                    "set_by": envelope.actor.id,
                    "shown": [],
                }
            )
        case WatchShown(watch_id=watch_id, route_to=route_to):
            for each in document["watches"]:
                if each["watch_id"] == watch_id:
                    each["shown"].append({"at": envelope.time, "to": envelope.actor.id, "route_to": route_to})
        case WatchEnded(watch_id=watch_id):
            for each in document["watches"]:
                if each["watch_id"] == watch_id:
                    each["ended_at"] = envelope.time
        case _:
            pass


def _with_standing(document: Document, now: datetime) -> Document:
    """Which of the watches stand at that time."""
    watches = [
        each | {"stands": now < each["until"] and "ended_at" not in each} for each in document.get("watches", [])
    ]
    return document | ({"watches": watches} if watches else {})


CONTACTS = FilePart("contacts", _contacts, show=_with_standing)
CONTACT_DETAILS = FilePart("contact-details", _contacts, restricted=True, show=_with_standing)
