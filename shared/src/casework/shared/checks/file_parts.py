"""What a case file shows of checklists: the answers, and, restricted, what the complainant said to an offered level."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.checks import Answered
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _checks(document: Document, envelope: Envelope, event: Any) -> None:
    if not isinstance(event, Answered):
        return
    shown = document.setdefault(event.checklist, {"version": event.version, "answers": {}, "offered": []})
    by = {"by": envelope.actor.id, "at": envelope.time}
    for each in event.answers:
        shown["answers"][each.question] = {"answer": each.answer, **by}
    if (offered := event.offered) is not None:
        shown["offered"].append({"level": offered.level, "rung": offered.rung, "day": offered.day, **by})


def _replies(document: Document, _envelope: Envelope, event: Any) -> None:
    if isinstance(event, Answered) and event.offered is not None and event.offered.reply is not None:
        shown = {"rung": event.offered.rung, "day": event.offered.day, "reply": event.offered.reply}
        document.setdefault("replies", []).append(shown)


CHECKS = FilePart("checks", _checks)
LEVEL_REPLIES = FilePart("level-replies", _replies, restricted=True)
