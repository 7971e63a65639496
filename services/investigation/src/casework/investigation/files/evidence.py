"""The evidence of a case: its items with hash, ruling and reason, custody, papers, meetings and recordings; and,
restricted, what the parties said of it and who signed."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.evidence import (
    CallBackLogged,
    CustodyRecorded,
    EvidenceAttached,
    EvidenceCompleted,
    EvidenceItemReceived,
    EvidenceRuled,
    EvidenceStatementRecorded,
    EvidenceUnavailable,
    EvidenceWaived,
    MeetingPlanned,
    MeetingReady,
    PartyPapersChecked,
    RecordingLinked,
    RecordingOpened,
    TariffConsulted,
)
from casework.shared.files.parts import Document, FilePart

RULINGS = {
    "valid": {"en": "valid", "zh": "有效"},
    "invalid": {"en": "invalid", "zh": "无效"},
    "contested": {"en": "valid, contested", "zh": "有效，有争议"},
}


def _evidence(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case EvidenceItemReceived() | EvidenceAttached() | EvidenceUnavailable():
            document.setdefault("items", []).append({"item": event})
        case EvidenceRuled():
            ruled = {"ruling": event, "said": RULINGS[event.ruling], "by": envelope.actor.id, "at": envelope.time}
            document["items"][event.number - 1] |= ruled
        case EvidenceStatementRecorded():
            statements = document["items"][event.number - 1].setdefault("statements", [])
            statements.append({"statement": event.statement, "by": event.by, "disputes": event.disputes})
        case EvidenceWaived():
            document.setdefault("waived", []).append(event)
        case EvidenceCompleted():
            document["complete"] = event
        case CustodyRecorded():
            document.setdefault("custody", []).append(event)
        case TariffConsulted():
            document.setdefault("tariffs", []).append(event)
        case PartyPapersChecked():
            document["papers"] = event
        case MeetingPlanned() | MeetingReady():
            document.setdefault("meetings", {}).setdefault(str(event.meeting), {})[_stage(event)] = event
        case RecordingLinked():
            document.setdefault("recordings", []).append({"recording": event, "heard": []})
        case RecordingOpened():
            heard = {"by": event.by, "at": envelope.time, "purpose": event.purpose}
            document["recordings"][event.recording - 1]["heard"].append(heard)
        case CallBackLogged():
            document.setdefault("call_backs", []).append({"call_back": event, "at": envelope.time})
        case _:
            pass


def _stage(event: MeetingPlanned | MeetingReady) -> str:
    return "ready" if isinstance(event, MeetingReady) else "planned"


def _statements(document: Document, _envelope: Envelope, event: Any) -> None:
    match event:
        case EvidenceStatementRecorded():
            document.setdefault("statements", []).append(event)
        case EvidenceItemReceived(slip=slip, number=number) if slip is not None:
            document.setdefault("slips", []).append({"number": number, "slip": slip})
        case PartyPapersChecked(complaining=name):
            document["complaining"] = name
        case _:
            pass


EVIDENCE = FilePart("evidence", _evidence)
STATEMENTS = FilePart("evidence-statements", _statements, restricted=True)
