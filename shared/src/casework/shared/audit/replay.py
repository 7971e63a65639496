"""Replaying one case: everything that happened in the four services up to a moment, and how the case then stood.

Invariant: only the events are read, never a snapshot or a projection. What is sealed stays sealed, and nothing that was
recorded later has any part in what is shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from casework.shared.audit.three_ws import Group, group_of
from casework.shared.audit.walk import Stores
from casework.shared.contracts.envelope import CausePoint, Envelope, open_envelope
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


class Stored(NamedTuple):
    """One event of a stream as it lies in its service's log."""

    position: int
    hash: bytes
    document: bytes


Streams: TypeAlias = Mapping[ServiceName, Sequence[Stored]]
"""A case's events in each service, by version."""


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

    @property
    def happened_at(self) -> datetime:
        """When it happened, where that differs from when it was recorded, which is when it was known."""
        return self.envelope.occurred_at or self.envelope.time

    def document(self) -> dict[str, Any]:
        envelope = self.envelope
        found = {
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
        if envelope.occurred_at is not None:
            found["occurred_at"] = rfc3339(envelope.occurred_at)
        return found


@dataclass(frozen=True, slots=True)
class Replay:
    """A case up to a moment: its events, causes before effects, and what each service then knew of it."""

    case_id: UUID
    at: datetime | None
    timeline: Sequence[Happened]
    states: Mapping[ServiceName, Mapping[str, Any] | None]
    """None where the service had nothing of the case yet, or an event that this release cannot read."""
    stood: Mapping[str, Any]
    """What the services say of the whole case as it stood: its status with owner and holder, and its clocks."""
    policies: Sequence[Mapping[str, Any]]
    """Each version of a policy that the case was judged by, and since when."""

    def document(self) -> dict[str, Any]:
        return {
            "case_id": str(self.case_id),
            "at": None if self.at is None else rfc3339(self.at),
            **self.stood,
            "policies": list(self.policies),
            "known": self._of("known"),
            "done": self._of("done"),
            "readings": self._of("read"),
            "timeline": [event.document() for event in self.timeline],
            "states": self.states,
        }

    def _of(self, group: Group) -> list[dict[str, Any]]:
        """The answers to the three Ws: what was known and when, what was done; and beside them who read what."""
        found = []
        for event in self.timeline:
            envelope = event.envelope
            if group_of(envelope.type) != group:
                continue
            shown: dict[str, Any] = {
                "what": event.words,
                ("known_at" if group == "known" else "done_at"): rfc3339(envelope.time),
                "by": envelope.actor.id,
                "by_kind": envelope.actor.kind,
                "service": envelope.source,
                "event": str(envelope.id),
            }
            if event.happened_at != envelope.time:
                shown["happened_at"] = rfc3339(event.happened_at)
            if group != "done":
                shown["data"] = unsealed(envelope.data)
            found.append(shown)
        return found


async def replay(stores: Stores, case_id: UUID, at: datetime | None = None) -> Replay:
    """The case up to and with the moment `at`, or to now, from the stores. Raises `NoSuchCase`."""
    streams: dict[ServiceName, Sequence[Stored]] = {}
    for service in SERVICES:
        async with begin(stores.engines[service]) as work:
            events = await reading.of_case(work, case_id)
        streams[service] = [Stored(each.position, each.hash, each.document) for each in events]
    return replayed(case_id, streams, at)


def replayed(case_id: UUID, streams: Streams, at: datetime | None = None) -> Replay:
    """The case up to and with the moment `at`, or with all of these events. Raises `NoSuchCase`."""
    kept: dict[ServiceName, list[Happened]] = {}
    for source, stored in streams.items():
        events = (Happened(each.position, each.hash, open_envelope(each.document)) for each in stored)
        kept[source] = [event for event in events if at is None or event.envelope.time <= at]
    timeline = list(causes_first(event for events in kept.values() for event in events))
    if not timeline:
        raise NoSuchCase(f"Nothing is recorded of case {case_id}{'' if at is None else f' up to {rfc3339(at)}'}.")
    states: dict[ServiceName, Mapping[str, Any] | None] = {}
    stood: dict[str, Any] = {}
    until = at or max(event.envelope.time for event in timeline)
    read = [
        (event.envelope, from_data(event.envelope.type, event.envelope.data))
        for event in timeline
        if event.envelope.type in EVENT_TYPES
    ]
    for service in installed():
        mine = kept.get(service.name, [])
        known = bool(mine) and all(event.envelope.type in EVENT_TYPES for event in mine)
        folded = service.decider.fold(event for envelope, event in read if envelope.source == service.name)
        states[service.name] = unsealed(dataclasses.asdict(folded)) if known else None
        if service.as_it_stood is not None:
            stood |= unsealed(service.as_it_stood(case_id, read, until))
    return Replay(case_id, at, timeline, states, stood, list(_policies(timeline)))


def causes_first(events: Iterable[Happened]) -> Iterator[Happened]:
    """The events of one case in the order of time, but none before what caused it nor before its stream's last.

    A cause that is not among them is not waited for.
    """
    by_place = {(event.envelope.source, event.position): event for event in events}
    after: dict[int, list[Happened]] = {}
    waits: dict[int, int] = {}
    streams: dict[ServiceName, Happened] = {}
    for event in sorted(by_place.values(), key=lambda each: (each.envelope.source, each.envelope.version)):
        envelope = event.envelope
        befores = [streams.get(envelope.source)]
        if isinstance(envelope.cause, CausePoint):
            befores.append(by_place.get((envelope.cause.source, envelope.cause.position)))
        needed = {id(before): before for before in befores if before is not None}
        waits[id(event)] = len(needed)
        for before in needed:
            after.setdefault(before, []).append(event)
        streams[envelope.source] = event
    ready = [(*_order(event), event) for event in by_place.values() if not waits[id(event)]]
    heapify(ready)
    while ready:
        *_, event = heappop(ready)
        yield event
        for effect in after.get(id(event), ()):
            waits[id(effect)] -= 1
            if not waits[id(effect)]:
                heappush(ready, (*_order(effect), effect))
    # A record that was tampered with may go round in circles: it is shown all the same.
    yield from sorted((event for event in by_place.values() if waits[id(event)]), key=_order)


def _order(event: Happened) -> tuple[datetime, int, int]:
    envelope = event.envelope
    return envelope.time, SERVICES.index(envelope.source), envelope.version


def _policies(timeline: Iterable[Happened]) -> Iterator[Mapping[str, Any]]:
    seen = set()
    for event in timeline:
        for kind, name, version in _versions_in(event.envelope.data):
            if (kind, name, version) not in seen:
                seen.add((kind, name, version))
                yield {"kind": kind, "id": name, "version": version, "since": rfc3339(event.envelope.time)}


def _versions_in(data: Any, kind: str = "") -> Iterator[tuple[str, str, int | str]]:
    """What an event's data names with its version: a policy, a ladder, a standing solution, a procedure."""
    if isinstance(data, Mapping):
        name, version = data.get("id") or data.get("name"), data.get("version")
        if kind and isinstance(name, str) and isinstance(version, int | str):
            yield kind, name, version
        if isinstance(data.get("calendar"), str) and isinstance(data.get("calendar_version"), str):
            yield "calendar", data["calendar"], data["calendar_version"]
        for key, item in data.items():
            yield from _versions_in(item, key)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from _versions_in(item)


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
