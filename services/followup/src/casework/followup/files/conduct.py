"""Flags on conduct, for who may read them and says what for.

Invariant: `conduct` shows those that hold, which is what another person has confirmed, until their last day is over.
Whatever was raised, confirmed or not, is listed in `conduct-history` with how it stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from casework.followup.domain.conduct import end_of
from casework.shared.contracts.conduct import ConductFlagged, ConductFlagReviewed
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _conduct(document: Document, envelope: Envelope, event: Any) -> None:
    flags = document.setdefault("flags", [])
    match event:
        case ConductFlagged():
            flag: Document = {
                "number": event.number,
                "conduct": event.conduct,
                "done": event.done,
                "evidence": event.evidence,
                "care": event.care,
                "until": event.until,
                "zone": event.zone,
                "raised_at": envelope.time,
                "raised_by": event.by,
                "reviews": [],
            }
            flags.append({name: value for name, value in flag.items() if value is not None})
        case ConductFlagReviewed():
            review = {"at": envelope.time, "by": event.by, "confirmed": event.confirmed, "reason": event.reason}
            flags[event.number - 1]["reviews"].append(review)
        case _:
            pass


def _standing(flag: Document, now: datetime) -> Literal["over", "waits-for-review", "holds", "not-confirmed"]:
    if now >= end_of(flag["until"], flag["zone"]):
        return "over"
    if not flag["reviews"]:
        return "waits-for-review"
    return "holds" if flag["reviews"][-1]["confirmed"] else "not-confirmed"


def _all(document: Document, now: datetime) -> Document:
    return {"flags": [flag | {"standing": _standing(flag, now)} for flag in document.get("flags", ())]}


def _holding(document: Document, now: datetime) -> Document:
    return {"flags": [flag for flag in _all(document, now)["flags"] if flag["standing"] == "holds"]}


CONDUCT = FilePart("conduct", _conduct, restricted=True, show=_holding)
CONDUCT_HISTORY = FilePart("conduct-history", _conduct, restricted=True, show=_all)
