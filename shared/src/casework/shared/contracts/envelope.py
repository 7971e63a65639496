"""The event envelope: CloudEvents 1.0, structured mode, in canonical bytes.

Invariant: an envelope exists only as one byte string. `seal_envelope` builds it, `open_envelope` reads it;
nothing ever re-serialises an event that was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast, get_args
from uuid import UUID

import orjson

from casework.shared.contracts.actors import Actor, ActorKind
from casework.shared.contracts.canonical import canonical_trusted
from casework.shared.contracts.ids import SERVICES, ServiceName, uuid_of
from casework.shared.contracts.types import parse_rfc3339, rfc3339
from casework.shared.errors import InvalidMessage

MAX_ENVELOPE_BYTES = 262_144
CONTENT_TYPE = "application/cloudevents+json"
_SOURCES: Mapping[str, ServiceName] = {f"/casework/{service}": service for service in SERVICES}
_KINDS = frozenset(get_args(ActorKind))


class CausePoint(NamedTuple):
    """The recorded event that caused this one: its id, and where it stands in its source's log (same shard)."""

    id: UUID
    source: ServiceName
    position: int


class CommandCause(NamedTuple):
    """What a person or integrator asked: the id of the request."""

    id: UUID


Cause = CausePoint | CommandCause


class Envelope(NamedTuple):
    """One event, read. `data` is the payload as plain JSON; `casework.shared.contracts.registry` types it."""

    id: UUID
    source: ServiceName
    type: str
    case_id: UUID
    version: int
    time: datetime
    prevhash: bytes | None
    correlation: UUID
    cause: Cause
    actor: Actor
    occurred_at: datetime | None
    traceparent: str | None
    data: Mapping[str, Any]


def seal_envelope(envelope: Envelope, dataschema: str) -> bytes:
    """The canonical bytes of a new event. Absent attributes are left out, never null. Raises `NotCanonical`."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": f"/casework/{envelope.source}",
        "type": envelope.type,
        "subject": str(envelope.case_id),
        "time": rfc3339(envelope.time),
        "datacontenttype": "application/json",
        "dataschema": dataschema,
        "data": envelope.data,
        "streamversion": envelope.version,
        "correlationid": str(envelope.correlation),
        "causationid": str(envelope.cause.id),
        "actor": envelope.actor.id,
        "actorkind": envelope.actor.kind,
    }
    if envelope.prevhash is not None:
        document["prevhash"] = envelope.prevhash.hex()
    if isinstance(envelope.cause, CausePoint):
        document["causesource"] = f"/casework/{envelope.cause.source}"
        document["causeposition"] = envelope.cause.position
    if envelope.occurred_at is not None:
        document["occurredat"] = rfc3339(envelope.occurred_at)
    if envelope.traceparent is not None:
        document["traceparent"] = envelope.traceparent
    return canonical_trusted(document)


def parse_document(document: bytes) -> dict[str, Any]:
    """The JSON object of an envelope, checked only to be a CloudEvents 1.0 document. Raises `InvalidMessage`."""
    try:
        raw = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise InvalidMessage("not JSON", code="not-an-event") from None
    if not isinstance(raw, dict) or raw.get("specversion") != "1.0":
        raise InvalidMessage("not a CloudEvents 1.0 document", code="not-an-event")
    return raw


def open_envelope(document: bytes) -> Envelope:
    """Read an envelope. Raises `InvalidMessage` for anything that is not an event of the case log."""
    return envelope_of(parse_document(document))


def envelope_of(raw: Mapping[str, Any]) -> Envelope:
    """The envelope of a parsed document. Raises `InvalidMessage` when an attribute is missing or malformed."""
    try:
        kind = raw["actorkind"]
        if kind not in _KINDS:
            raise ValueError("actorkind is not in the closed set")
        if not isinstance(raw["data"], dict):
            raise ValueError("data must be an object")
        return Envelope(
            id=uuid_of(raw["id"]),
            source=_SOURCES[raw["source"]],
            type=_text(raw["type"]),
            case_id=uuid_of(raw["subject"]),
            version=_whole(raw["streamversion"], least=1),
            time=parse_rfc3339(raw["time"]),
            prevhash=_hash(raw["prevhash"]) if "prevhash" in raw else None,
            correlation=uuid_of(raw["correlationid"]),
            cause=cause_of(raw),
            actor=Actor(_text(raw["actor"]), cast(ActorKind, kind)),
            occurred_at=parse_rfc3339(raw["occurredat"]) if "occurredat" in raw else None,
            traceparent=_text(raw["traceparent"]) if "traceparent" in raw else None,
            data=raw["data"],
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        # The text of the error may quote what was sent, which may be personal: name its class only.
        raise InvalidMessage(f"not an event of the case log ({type(error).__name__})", code="not-an-event") from None


def source_of(raw: Mapping[str, Any]) -> ServiceName:
    """The service that recorded a parsed document. Raises KeyError for any other source."""
    return _SOURCES[raw["source"]]


def cause_of(raw: Mapping[str, Any]) -> Cause:
    """What caused a parsed document's event. Raises KeyError, ValueError or TypeError when malformed."""
    cause_id = uuid_of(raw["causationid"])
    if "causesource" not in raw:
        return CommandCause(cause_id)
    return CausePoint(cause_id, _SOURCES[raw["causesource"]], _whole(raw["causeposition"], least=0))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _hash(text: str) -> bytes:
    digest = bytes.fromhex(text)
    if len(digest) != 32:
        raise ValueError("not a SHA-256")
    return digest


def _whole(value: object, *, least: int) -> int:
    if type(value) is not int or value < least:
        raise ValueError("not a whole number in range")
    return value
