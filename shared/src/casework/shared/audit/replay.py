"""Replaying one case: everything that happened in the four services up to a moment, and the states it left.

Invariant: only the events are read, never a snapshot or a projection. What is sealed stays sealed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.shared.audit.walk import Stores
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.types import rfc3339
from casework.shared.eventstore import reading
from casework.shared.runtime.database import begin
from casework.shared.runtime.discovery import installed

SEALED = "[sealed]"
_SEALED_KEYS = {"person", "nonce", "box"}


class NoSuchCase(Exception):
    """No service has an event of the case, up to that moment."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the case, with its place."""

    position: int
    hash: bytes
    envelope: Envelope

    @property
    def words(self) -> str:
        """What happened, in English, as in "complaint received"."""
        return self.envelope.type.split(".")[2].replace("-", " ")

    def document(self) -> dict[str, Any]:
        envelope = self.envelope
        return {
            "time": rfc3339(envelope.time),
            "service": envelope.source,
            "type": envelope.type,
            "words": self.words,
            "version": envelope.version,
            "position": self.position,
            "hash": self.hash.hex(),
            "id": str(envelope.id),
            "cause": str(envelope.cause.id),
            "actor": envelope.actor.id,
            "actor_kind": envelope.actor.kind,
            "data": unsealed(envelope.data),
        }


@dataclass(frozen=True, slots=True)
class Replay:
    """A case up to a moment: its events in the order of time, and what each service then knew of it."""

    case_id: UUID
    at: datetime | None
    timeline: list[Happened]
    states: Mapping[ServiceName, Mapping[str, Any] | None]
    """None where the service had nothing of the case yet, or an event that this release cannot read."""

    def document(self) -> dict[str, Any]:
        return {
            "case_id": str(self.case_id),
            "at": None if self.at is None else rfc3339(self.at),
            "timeline": [event.document() for event in self.timeline],
            "states": self.states,
        }


async def replay(stores: Stores, case_id: UUID, at: datetime | None = None) -> Replay:
    """The case up to and with the moment `at`, or to now. Raises `NoSuchCase`."""
    timeline: list[Happened] = []
    states: dict[ServiceName, Mapping[str, Any] | None] = {}
    for service in installed():
        async with begin(stores.engines[service.name]) as work:
            stored = await reading.of_case(work, case_id)
        events = [Happened(each.position, each.hash, open_envelope(each.document)) for each in stored]
        events = [event for event in events if at is None or event.envelope.time <= at]
        timeline += events
        known = bool(events) and all(event.envelope.type in EVENT_TYPES for event in events)
        folded = service.decider.fold(from_data(e.envelope.type, e.envelope.data) for e in events) if known else None
        states[service.name] = None if folded is None else unsealed(dataclasses.asdict(folded))
    if not timeline:
        raise NoSuchCase(f"Nothing is recorded of case {case_id}{'' if at is None else f' up to {rfc3339(at)}'}.")
    timeline.sort(key=lambda e: (e.envelope.time, SERVICES.index(e.envelope.source), e.envelope.version))
    return Replay(case_id, at, timeline, states)


def unsealed(value: Any) -> Any:
    """The value as JSON types, with `[sealed]` in place of whatever is sealed."""
    if isinstance(value, Mapping):
        if value.keys() == _SEALED_KEYS:
            return SEALED
        return {key: unsealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unsealed(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
