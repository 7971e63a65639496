"""The complaint card as it is read: what state it is in; restricted, its answers; and what the complainant gets of it.

The complainant's copy holds what they said, and nothing of what a handler thinks of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.intake.card_staff import QUESTIONS
from casework.shared.contracts.card import (
    CardConfirmed,
    CardReadBack,
    CardWritten,
    ComplaintCoded,
    FactAsserted,
    FactStandingChanged,
    OpinionRecorded,
)
from casework.shared.contracts.demands import DemandNotStated, DemandStated
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.files.parts import Document, FilePart, Under

ASKED = ("what_happened", "when", "goods", "clerk", "real_cause", "wish")
HEARD = ("feeling", "expectation")


def _state(document: Document, envelope: Envelope, event: Any) -> None:
    """What is on the card, without what it says."""
    match event:
        case ComplaintReceived():
            problem = event.words is not None or event.issue is not None
            document.update(version=0, problem=problem, wish=event.wish is not None, codes={})
        case FactsAdded(words=words):
            document["problem"] |= words is not None
        case CardWritten():
            document["version"] = event.version
            document["problem"] |= event.what_happened is not None
            document["wish"] |= event.wish is not None
        case DemandStated() | DemandNotStated():
            document["wish"] = True
        case CardReadBack():
            document["read_back"] = {"version": event.version, "demands": event.demands, "at": _at(envelope)}
        case CardConfirmed():
            document["confirmed"] = {"version": event.version, "demands": event.demands, "at": _at(envelope)}
        case ComplaintCoded():
            given = {"cause": event.cause, "type": event.type}
            document["codes"] |= {name: coded for name, coded in given.items() if coded is not None}
        case _:
            pass


def _show_state(document: Document, _now: datetime) -> Document:
    lacking = {"problem": document["problem"], "demand": document["wish"]}
    missing = [name for name, there in lacking.items() if not there]
    state: Document = {"state": "incomplete" if missing else "complete", "missing": missing}
    return state | {name: value for name, value in document.items() if name not in ("problem", "wish")}


def _answers(document: Document, envelope: Envelope, event: Any) -> None:
    """The complainant's answers, and every version of them."""
    match event:
        case ComplaintReceived():
            document.update(answers={}, versions=[], facts=[])
            said = {"what_happened": Under(event.words, "words") if event.words else None}
            said["wish"] = Under(event.wish, "wish") if event.wish else None
            _answered(document, envelope, 0, said)
        case CardWritten(version=version):
            _answered(document, envelope, version, {name: getattr(event, name) for name in (*ASKED, *HEARD)})
        case FactAsserted():
            fact = {"number": event.number, "fact": event.words, "asserted_by": event.asserted_by, "standing": "open"}
            document["facts"].append({**fact, **_by(envelope)})
        case FactStandingChanged():
            changed = {"standing": event.standing, "reason": event.reason, **_by(envelope)}
            fact = document["facts"][event.number - 1]
            fact["standing"] = event.standing
            fact.setdefault("standings", []).append(changed)
        case _:
            pass


def _show_copy(document: Document, _now: datetime) -> Document:
    answers = document["answers"]
    return {**{name: answers[name] for name in (*ASKED, *HEARD) if name in answers}, "facts": document["facts"]}


def _card(document: Document, envelope: Envelope, event: Any) -> None:
    """All eight questions: the complainant's answers and the handlers' opinions."""
    _answers(document, envelope, event)
    if isinstance(event, OpinionRecorded):
        document.setdefault("opinions", {})[QUESTIONS[event.question]] = {"answer": event.opinion, **_by(envelope)}


def _show_card(document: Document, now: datetime) -> Document:
    return {**_show_copy(document, now), **document.get("opinions", {}), "versions": document["versions"]}


def _answered(document: Document, envelope: Envelope, version: int, said: dict[str, Any]) -> None:
    given = {name: {"answer": answer, **_by(envelope)} for name, answer in said.items() if answer is not None}
    document["answers"] = {**document["answers"], **given}
    document["versions"].append({"version": version, **_by(envelope), "answers": document["answers"]})


def _by(envelope: Envelope) -> Document:
    return {"author": envelope.actor.id, "at": _at(envelope)}


def _at(envelope: Envelope) -> datetime:
    return envelope.occurred_at or envelope.time


CARD_STATE = FilePart("card-state", _state, show=_show_state)
CARD = FilePart("card", _card, restricted=True, show=_show_card)
COMPLAINANTS_COPY = FilePart("complainants-copy", _answers, restricted=True, show=_show_copy)
CARD_PARTS = (CARD_STATE, CARD, COMPLAINANTS_COPY)
