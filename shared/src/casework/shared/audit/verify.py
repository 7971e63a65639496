"""Verifying the log of an installation, wherever its events were read from.

Invariant: what is found rests on the bytes and on arithmetic. What stands beside the bytes (columns, headers,
fields of an export) is compared with them and never believed, and nothing is trusted because of where it lies.

What cannot be found from the log alone, because nothing in it is wrong: a tail that was cut off, and a history
that somebody with every right rewrote from one event to the end of its shard, with new hashes throughout. That
takes knowledge kept elsewhere: checkpoints that were signed before (`signed`), a store's head rows, the topic, or the
end that an export writes down of itself.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from casework.shared.contracts.canonical import NotCanonical, canonical_trusted, leaf_hash
from casework.shared.contracts.ids import SERVICES, ServiceName, shard_of

if TYPE_CHECKING:
    from casework.shared.audit.signed import SignedTrees

MOST_FAULTS_SHOWN = 200

_REQUIRED = frozenset(
    {
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"),
        *("streamversion", "correlationid", "causationid", "actor", "actorkind"),
    }
)
_KNOWN = _REQUIRED | {"prevhash", "causesource", "causeposition", "occurredat", "traceparent"}
_is_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_is_time = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
_SCALARS: frozenset[type] = frozenset({str, int, bool, type(None)})
_SHAPES: dict[tuple[str, ...], bool] = {}
_MOST_SHAPES = 1_000
_SOURCES: Mapping[str, ServiceName] = {f"/casework/{service}": service for service in SERVICES}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: `position` is None where it cannot be told."""

    kind: str
    source: str
    shard: int | None
    position: int | None
    detail: str

    def document(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "source": self.source,
            "shard": self.shard,
            "position": self.position,
            "detail": self.detail,
        }


@dataclass(slots=True)
class Report:
    """What was verified and what is wrong. `faults` counts all; `shown` holds the first of them."""

    source: str
    events: int = 0
    cases: int = 0
    faults: int = 0
    duplicates: int = 0
    """Records of the topic that came more than once. Harmless: every consumer drops them."""
    records: int = 0
    """Records of the topic that were read; 0 for other sources."""
    ignored: int = 0
    """Those among them that are no events of an installation: tombstones, somebody's tests."""
    checkpoints: int | None = None
    """Signed checkpoints that the log was held against; None when none were given."""
    unsigned: int = 0
    """Events after the newest of them: in order, as far as they say themselves, and vouched for by nobody yet."""
    shown: list[Fault] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def fault(self, kind: str, source: str, shard: int | None, position: int | None, detail: str) -> None:
        self.faults += 1
        self.kinds[kind] += 1
        if len(self.shown) < MOST_FAULTS_SHOWN:
            self.shown.append(Fault(kind, source, shard, position, detail))

    def document(self) -> dict[str, object]:
        """For machines: `faults` is their number, `fault_list` the first of them."""
        return {
            "source": self.source,
            "events": self.events,
            "cases": self.cases,
            "duplicates": self.duplicates,
            "records": self.records,
            "ignored": self.ignored,
            "checkpoints": self.checkpoints,
            "unsigned": self.unsigned,
            "faults": self.faults,
            "fault_kinds": dict(self.kinds),
            "fault_list": [fault.document() for fault in self.shown],
        }


class Beside(NamedTuple):
    """What a store has in columns beside an event's bytes, as text."""

    event_id: str
    case_id: str
    version: int
    type: str
    time: str


class _Cause(NamedTuple):
    position: int
    source: ServiceName
    at: int
    id: str
    case_id: str


class _Stream:
    """One case's stream in one service, as far as it was read."""

    __slots__ = ("hash", "time", "version")

    def __init__(self) -> None:
        self.version = 0
        self.hash: str | None = None
        self.time = ""


class _Case:
    """What the streams of one case have in common, and where it was met first."""

    __slots__ = ("correlation", "first", "id", "met")

    def __init__(self, case_id: str, correlation: str, met: tuple[ServiceName, int]) -> None:
        self.id = case_id
        self.correlation = correlation
        self.first: str | None = None
        self.met = met


class _Log:
    """One source's part of the shard."""

    __slots__ = ("causes", "events", "hash", "leaves", "next", "streams", "types", "uri")

    def __init__(self, source: ServiceName) -> None:
        self.uri, self.types = f"/casework/{source}", f"casework.{source}."
        self.next = 0
        self.hash: bytes | None = None
        self.events: dict[int, tuple[str, str]] = {}
        """Position -> (event id, case id)."""
        self.leaves: list[bytes] = []
        """The hashes of the bytes themselves, in the order they were read."""
        self.streams: dict[str, _Stream] = {}
        self.causes: list[_Cause] = []


_each_id = struct.Struct("16s").iter_unpack


class EventIds:
    """Event ids of the whole installation, 16 bytes each: to find one that is used twice in different shards."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]

    def add(self, event_ids: Collection[str]) -> None:
        """The ids of one shard, each once."""
        raw, buckets = bytes.fromhex("".join(event_ids).replace("-", "")), self._buckets
        for (one,) in _each_id(raw):
            buckets[one[15]] += one

    def repeated(self) -> Iterator[str]:
        """Each id that was added more than once."""
        for bucket in self._buckets:
            if len(set(_each_id(bucket))) * 16 < len(bucket):
                yield from (str(UUID(bytes=one)) for (one,), times in Counter(_each_id(bucket)).items() if times > 1)


class ShardCheck:
    """Verifies one shard: `take` every event of the four services in it, each service's in order, then `close`.

    Effects and causes of a case are in the same shard, so its tables hold one shard's cases and no more.
    """

    def __init__(
        self,
        shard: int,
        shards: int,
        report: Report,
        ids: EventIds,
        *,
        signed: SignedTrees | None = None,
        cut: bool = False,
    ) -> None:
        """`signed` are checkpoints to hold it against. `cut` says that the log ends where one of them does, so that
        causes behind its end are not missing: the four logs do not end at one moment."""
        self.shard = shard
        self._signed = signed
        self._cut = cut
        self._shards = shards
        self._report = report
        self._ids = ids
        self._logs: dict[ServiceName, _Log] = {service: _Log(service) for service in SERVICES}
        self._cases: dict[str, _Case] = {}
        self._seen: set[str] = set()

    @property
    def cases(self) -> Collection[str]:
        """The cases that were met in it."""
        return self._cases.keys()

    def end_of(self, source: ServiceName) -> tuple[int, bytes | None]:
        """The position after the last event that was taken, and that event's hash."""
        log = self._logs[source]
        return log.next, log.hash

    def take(
        self,
        source: ServiceName,
        position: int,
        shardprev: bytes | None,
        hash_: bytes,
        document: bytes,
        beside: Beside | None = None,
    ) -> None:
        """Verify one event, at the place that is claimed for it."""
        log = self._logs[source]
        self._report.events += 1
        if position != log.next:
            if position < log.next:
                self._fault("position-repeated", source, position, f"comes after position {log.next - 1}")
                return
            self._fault("position-missing", source, log.next, f"positions {log.next} to {position - 1} are missing")
        elif shardprev != log.hash:
            self._fault("shard-link", source, position, "shardprev is not the hash of the event before it")
        log.next = position + 1
        log.hash = hash_
        leaf = leaf_hash(document)
        if leaf != hash_:
            self._fault("hash", source, position, "the bytes have another hash")
        log.leaves.append(leaf)
        raw = self._parsed(source, position, document)
        if raw is not None:
            self._attributes(log, source, position, hash_, raw, beside)

    def close(self) -> None:
        """When every event of the shard was taken: correlations, and causes before effects."""
        self._report.cases += len(self._cases)
        for case_id, case in self._cases.items():
            if case.first is None:
                self._fault("no-receipt", *case.met, f"case {case_id} has no first event in intake")
            elif case.first != case.correlation:
                self._fault("correlation", *case.met, f"case {case_id} is not correlated with its first event")
        self._causes()
        self._ids.add(self._seen)
        if self._signed is not None:
            leaves = {source: log.leaves for source, log in self._logs.items()}
            self._signed.end_shard(self._report, self.shard, leaves)

    def _parsed(self, source: ServiceName, position: int, document: bytes) -> dict[str, Any] | None:
        try:
            raw = orjson.loads(document)
        except orjson.JSONDecodeError:
            raw = None
        if not isinstance(raw, dict):
            self._fault("not-an-event", source, position, "the bytes are not a JSON object")
            return None
        try:
            if canonical_trusted(raw) != document or not _has_canonical_form(raw.get("data"), document.isascii()):
                self._fault("not-canonical", source, position, "the bytes are not in canonical form")
        except NotCanonical as error:
            self._fault("not-canonical", source, position, str(error))
        return raw

    def _attributes(
        self, log: _Log, source: ServiceName, position: int, hash_: bytes, raw: dict[str, Any], beside: Beside | None
    ) -> None:
        try:
            event_id, case_id, type_ = raw["id"], raw["subject"], raw["type"]
            version, time, correlation = raw["streamversion"], raw["time"], raw["correlationid"]
            well_formed = (
                _is_event_shape(tuple(raw))
                and raw["specversion"] == "1.0"
                and _is_uuid(event_id)
                and (case_id in self._cases or _is_uuid(case_id))
                and (raw["causationid"] in self._seen or _is_uuid(raw["causationid"]))
                and _is_time(time)
                and type(version) is int
                and type(correlation) is str
                and type(type_) is str
                and type(raw["data"]) is dict
                and type(raw["actor"]) is type(raw["actorkind"]) is str
                and type(raw["dataschema"]) is type(raw["datacontenttype"]) is str
                and type(raw.get("prevhash", "")) is type(raw.get("causesource", "")) is str
                and type(raw.get("occurredat", "")) is type(raw.get("traceparent", "")) is str
            )
        except (KeyError, TypeError):
            well_formed = False
        if not well_formed:
            self._fault("not-an-event", source, position, "an attribute is missing, unknown or malformed")
            return
        if raw["source"] != log.uri or not type_.startswith(log.types):
            self._fault("source", source, position, "the event says that another service recorded it")
        if beside is not None and beside != (event_id, case_id, version, type_, time):
            self._fault("columns", source, position, _differing(beside, (event_id, case_id, version, type_, time)))
        if event_id in self._seen:
            self._fault("id-repeated", source, position, f"event id {event_id} was used before")
        else:
            self._seen.add(event_id)
        case = self._cases.get(case_id)
        if case is None:
            case = self._cases[case_id] = _Case(case_id, correlation, (source, position))
            if shard_of(UUID(case_id), self._shards) != self.shard:
                self._fault("shard", source, position, f"case {case_id} does not belong to this shard")
        elif case.correlation != correlation:
            self._fault("correlation", source, position, "the correlation differs from the case's other events")
        log.events[position] = (event_id, case.id)
        stream = log.streams.get(case_id)
        if stream is None:
            stream = log.streams[case_id] = _Stream()
            if source == "intake" and version == 1:
                case.first = event_id
        if version != stream.version + 1 or raw.get("prevhash") != stream.hash or time < stream.time:
            self._breaks(stream, source, position, raw)
        stream.version, stream.hash, stream.time = version, hash_.hex(), time
        if "causesource" in raw:
            self._note_cause(log, source, position, raw)

    def _breaks(self, stream: _Stream, source: ServiceName, position: int, raw: dict[str, Any]) -> None:
        version = raw["streamversion"]
        if version != stream.version + 1:
            self._fault("version", source, position, f"version {version} comes after version {stream.version}")
        elif raw.get("prevhash") != stream.hash:
            self._fault("stream-link", source, position, "prevhash is not the hash of the case's event before it")
        if raw["time"] < stream.time:
            self._fault("time", source, position, "the time is before that of the case's event before it")

    def _note_cause(self, log: _Log, source: ServiceName, position: int, raw: dict[str, Any]) -> None:
        by, at = _SOURCES.get(raw["causesource"]), raw["causeposition"]
        if by is None or type(at) is not int or at < 0:
            self._fault("cause", source, position, "causesource or causeposition is malformed")
            return
        log.causes.append(_Cause(position, by, at, raw["causationid"], raw["subject"]))

    def _causes(self) -> None:
        """Each cause is there, is the event that is named, and can have come before its effect: the four logs can
        be merged, each in its own order, so that no effect stands before its cause."""
        waiting = {service: iter(log.causes) for service, log in self._logs.items()}
        blocked = {service: next(waiting[service], None) for service in SERVICES}
        while any(blocked.values()):
            progress = False
            for source, cause in blocked.items():
                while cause is not None and self._is_met(source, cause, blocked):
                    cause, progress = next(waiting[source], None), True
                blocked[source] = cause
            if not progress:
                source, cause = next((s, c) for s, c in blocked.items() if c is not None)
                self._fault("cause-later", source, cause.position, "no order of the logs puts its cause before it")
                blocked[source] = next(waiting[source], None)

    def _is_met(self, source: ServiceName, cause: _Cause, blocked: Mapping[ServiceName, _Cause | None]) -> bool:
        found = self._logs[cause.source].events.get(cause.at)
        if found is None:
            if self._cut and cause.at >= self._logs[cause.source].next:
                return True
            where = f"position {cause.at} of {cause.source}"
            self._fault("cause", source, cause.position, f"there is no event at {where}, which is said to be its cause")
            return True
        before = cause.at < cause.position if cause.source == source else _reached(blocked[cause.source], cause.at)
        if before and found != (cause.id, cause.case_id):
            self._fault("cause", source, cause.position, f"position {cause.at} of {cause.source} is another event")
        return before

    def _fault(self, kind: str, source: ServiceName, position: int, detail: str) -> None:
        self._report.fault(kind, source, self.shard, position, detail)


def report_repeated(report: Report, ids: EventIds) -> None:
    """At the very end: ids that stand in more than one shard."""
    for event_id in ids.repeated():
        report.fault("id-repeated", "installation", None, None, f"event id {event_id} stands in more than one shard")


def _has_canonical_form(value: Any, ascii_keys: bool) -> bool:
    """Whether the encoder may be believed: it also writes floats, and sorts by code point what is not ASCII; where all
    bytes are, keys are too. Asked of the data only: the attributes around it are compared with those that exist, and
    their types."""
    if type(value) is dict:
        if not (ascii_keys or all(map(str.isascii, value))):
            return False
        value = value.values()
    elif type(value) is not list:
        return type(value) in _SCALARS
    if _SCALARS.issuperset(map(type, value)):
        return True
    for item in value:  # noqa: SIM110  (a generator costs more than most of these values)
        if type(item) not in _SCALARS and not _has_canonical_form(item, ascii_keys):
            return False
    return True


def _is_event_shape(names: tuple[str, ...]) -> bool:
    """Whether these are the attributes of an event. Remembered: there are few such sets, and they come sorted."""
    known = _SHAPES.get(names)
    if known is None:
        keys = set(names)
        known = keys >= _REQUIRED and keys <= _KNOWN and ("causesource" in keys) == ("causeposition" in keys)
        if len(_SHAPES) < _MOST_SHAPES:
            _SHAPES[names] = known
    return known


def _reached(blocked: _Cause | None, position: int) -> bool:
    return blocked is None or position < blocked.position


def _differing(beside: Beside, said: tuple[object, ...]) -> str:
    names = [name for name, left, right in zip(Beside._fields, beside, said, strict=True) if left != right]
    return f"what stands beside the bytes differs from them: {', '.join(names)}"
