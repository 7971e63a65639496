"""How the case ended and what the complainant thinks of it; who answers for it."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.closing import (
    OpinionAsked,
    OpinionNotToBeHad,
    OpinionRecorded,
    OwnerChanged,
    OwnerLookedIn,
    SecondContactMade,
    SecondContactWanted,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.followup import CaseClosed, CaseReopened, FollowUpOpened
from casework.shared.files.parts import Document, FilePart


def _closing(document: Document, envelope: Envelope, event: Any) -> None:
    at = envelope.occurred_at or envelope.time
    match event:
        case FollowUpOpened(owner=owner):
            document.update(owners=[{"at": at, "owner": owner}], look_ins=[], second_contacts=[], endings=[])
        case OwnerChanged(owner=owner, reason=reason):
            document["owners"].append({"at": at, "owner": owner, "reason": reason, "by": envelope.actor.id})
        case OwnerLookedIn(note=note):
            document["look_ins"].append({"at": at, "note": note, "by": envelope.actor.id})
        case OpinionAsked(channel=channel):
            document["opinion"] = {"asked_at": at, "channel": channel}
        case OpinionNotToBeHad(cause=cause, reason=reason):
            document["opinion"] = {"excused_at": at, "cause": cause, "reason": reason}
        case SecondContactWanted(holder=holder):
            document["second_contacts"].append({"at": at, "wanted_of": holder})
        case SecondContactMade(channel=channel, reached=reached):
            document["second_contacts"].append({"at": at, "channel": channel, "reached": reached})
        case CaseClosed():
            document["endings"].append({"closed_at": at, "ending": event})
        case CaseReopened(reason=reason):
            document["endings"].append({"reopened_at": at, "reason": reason})
        case _:
            pass


def _opinions(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case OpinionRecorded(on=on, score=score, channel=channel, words=words):
            given = {"at": envelope.time, "score": score, "channel": channel, "words": words, "by": envelope.actor.id}
            document.setdefault(on, []).append(given)
        case _:
            pass


CLOSING = FilePart("closing", _closing)
OPINIONS = FilePart("opinions", _opinions, restricted=True)
