"""What a webhook's receiver reads: thin, and nothing that is sealed.

Invariant: no sealed value and no envelope's actor leaves here, and no body is larger than `MOST_BYTES`. The body of a
delivery is made once and is the same at every try, as is its id. An event's own data may name staff (`holder`, `by`,
`approver`) and holds what staff wrote unsealed: that goes out, and receivers are chosen accordingly.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson

from casework.shared.contracts.envelope import CausePoint, Envelope
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import rfc3339

MOST_BYTES = 20_000
PING = "casework.webhook.ping"
_SEALED = {"person", "nonce", "box"}
_GONE: Final = object()


def message_id(delivery: UUID) -> str:
    """The `webhook-id` of a delivery: what its receiver tells repetitions by."""
    return f"msg_{delivery.hex}"


def delivery_id(webhook: UUID, event: UUID) -> UUID:
    """The id of the one delivery of an event to a webhook, worked out the same each time."""
    return derived_id(event, f"webhook:{webhook}", 0)


def body_of(envelope: Envelope, position: int) -> bytes:
    """The body for an event at a position of its service's log."""
    data: dict[str, Any] = {
        "event_id": str(envelope.id),
        "case_id": str(envelope.case_id),
        "service": envelope.source,
        "version": envelope.version,
        "position": position,
        "actor_kind": envelope.actor.kind,
    }
    if envelope.occurred_at is not None:
        data["occurred_at"] = rfc3339(envelope.occurred_at)
    if isinstance(envelope.cause, CausePoint):
        data["caused_by"] = str(envelope.cause.id)
    data["event"] = without_sealed(envelope.data)
    body = _written(envelope.type, rfc3339(envelope.time), data)
    if len(body) <= MOST_BYTES:
        return body
    # Its reader gets the rest over HTTP: the ids are there.
    del data["event"]
    data["event_left_out"] = True
    return _written(envelope.type, rfc3339(envelope.time), data)


def ping_of(webhook: UUID, at: str) -> bytes:
    """The body of a test delivery."""
    return _written(PING, at, {"webhook_id": str(webhook)})


def without_sealed(data: Any) -> Any:
    """The same data without what is sealed for somebody, at any depth. What is left empty by it stays, empty."""
    found = _open_part(data)
    return {} if found is _GONE else found


def _open_part(data: Any) -> Any:
    if isinstance(data, dict):
        if data.keys() >= _SEALED:
            return _GONE
        parts = {name: _open_part(value) for name, value in data.items()}
        return {name: value for name, value in parts.items() if value is not _GONE}
    if isinstance(data, list):
        return [part for part in map(_open_part, data) if part is not _GONE]
    return data


def _written(type_name: str, at: str, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": type_name, "timestamp": at, "data": data})
