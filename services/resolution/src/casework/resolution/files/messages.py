"""What the complainant was written, restricted; and the statements that everybody keeps to, with the facts stated."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.messages import FactsStated, MessageSent, StatementApproved, StatementDrafted
from casework.shared.files.parts import Document, FilePart


def _messages(document: Document, envelope: Envelope, event: Any) -> None:
    if isinstance(event, MessageSent):
        sent = {"at": envelope.time, "by": event.by, "role": event.role, "channel": event.channel, "text": event.text}
        document.setdefault("messages", []).append(sent)


def _voice(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case StatementDrafted():
            drafted = {"version": event.version, "topics": event.topics, "text": event.text, "by": event.by}
            document.setdefault("statements", {}).setdefault(event.statement, []).append(drafted)
        case StatementApproved():
            for each in document["statements"][event.statement]:
                if each["version"] == event.version:
                    each["approved_by"] = event.by
        case FactsStated(says=says):
            for fact in says:
                stated = {"event": envelope.id, "at": envelope.time, "sent_as": event.sent_as, "value": fact.value}
                document.setdefault("facts", {}).setdefault(fact.topic, []).append(stated)
        case _:
            pass


MESSAGES = FilePart("messages", _messages, restricted=True)
VOICE = FilePart("voice", _voice)
