"""What is said in public of the case: the post by its numbers over time, and what we replied there."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.publicity import (
    ComplainantIdentified,
    MediaSignalLookedAt,
    MediaSignalNoted,
    PublicReplyGiven,
)
from casework.shared.files.parts import Document, FilePart


def _publicity(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case MediaSignalNoted():
            document["severity"] = event.severity
            numbers = (event.shares, event.readers_concerned, event.shares_per_hour)
            named = dict(zip(("shares", "readers_concerned", "shares_per_hour"), numbers, strict=True))
            document.setdefault("signals", []).append({"at": envelope.time, "severity": event.severity} | named)
        case MediaSignalLookedAt():
            looked = {"at": envelope.time, "by": envelope.actor.id, "remark": event.remark}
            document.setdefault("looks", []).append(looked)
        case ComplainantIdentified():
            document["complainant"] = event.complainant
        case PublicReplyGiven():
            said = {"at": envelope.time, "author": event.author, "statement": event.statement, "text": event.text}
            document.setdefault("replies", []).append(said | {"channel": event.channel, "language": event.language})
        case _:
            pass


PUBLICITY = FilePart("publicity", _publicity)
PUBLICITY_DETAILS = FilePart("publicity-details", _publicity, restricted=True)
