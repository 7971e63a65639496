"""The register of promises: words, by when, who answers for it, what shows that it was kept, or that it was broken."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.resolution import (
    CallBackAttempted,
    PromiseBroken,
    PromiseHeldBack,
    PromiseKept,
    PromiseMade,
    PromiseTaken,
)
from casework.shared.files.parts import Document, FilePart


def _promises(document: Document, envelope: Envelope, event: Any) -> None:
    promises = document.setdefault("promises", [])
    match event:
        case PromiseMade():
            promises.append(
                {
                    "promise_id": event.promise_id,
                    "kind": event.kind,
                    "words": event.words,
                    "made_at": envelope.time,
                    # A day promised lasts to its last minute; it is broken when the next one begins.
                    "due": f"{event.due_on.isoformat()}T23:59" if event.due_on is not None else event.due_at,
                    "due_at": event.due_at,
                    "owner": event.owner,
                    "state": "open",
                    "series": event.series,
                    "occurrence": event.occurrence,
                    "held_back": [],
                    "attempts": [],
                }
            )
        case PromiseTaken(holder=holder):
            _of(promises, event)["holder"] = holder
        case PromiseHeldBack(waits_for=waits_for, reason=reason):
            _of(promises, event)["held_back"].append(
                {"at": envelope.time, "waits_for": waits_for, "reason": reason, "by": envelope.actor.id}
            )
        case CallBackAttempted(by=by, result=result):
            _of(promises, event)["attempts"].append({"at": envelope.time, "by": by, "result": result})
        case PromiseKept(by=by, proof=proof, late=late):
            _of(promises, event).update(state="kept", by=by, proof=proof, late=late)
        case PromiseBroken():
            _of(promises, event).update(state="broken", broken_at=envelope.time)
        case _:
            pass


def _of(
    promises: list[Document], event: PromiseTaken | PromiseHeldBack | CallBackAttempted | PromiseKept | PromiseBroken
) -> Document:
    return next(each for each in promises if each["promise_id"] == event.promise_id)


PROMISES = FilePart("promises", _promises, show=lambda document, _now: document["promises"])
