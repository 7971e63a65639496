"""What travels beside an event's bytes: headers on the topic, fields in a feed page.

Headers are hints. Nothing is decided or skipped because of one until the bytes' hash, their type and
subject and the shard of that subject agree with it (`verify`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import CausePoint, cause_of, parse_document, source_of
from casework.shared.contracts.ids import SERVICES, ServiceName, installation_of, shard_of, uuid_of
from casework.shared.errors import InvalidMessage

MAX_SHARD, MAX_POSITION = 2**15 - 1, 2**63 - 1
"""What a store's columns can hold: nothing beyond it was ever recorded, and nothing beyond it can be looked up."""


class Placed(NamedTuple):
    """An event's bytes and the place its source gives them: not yet checked against each other."""

    installation: UUID
    source: ServiceName
    shard: int
    position: int
    shardprev: bytes | None
    hash: bytes
    document: bytes
    type: str | None = None
    """As a record's header has it; a feed says it nowhere but in the bytes."""


class Delivery(NamedTuple):
    """A placed event whose bytes were checked: hash, type, subject and shard agree."""

    source: ServiceName
    shard: int
    position: int
    shardprev: bytes | None
    hash: bytes
    document: bytes
    raw: Mapping[str, Any]
    type: str
    case_id: UUID
    cause: CausePoint | None


class Forged(InvalidMessage):
    """The bytes and what stands beside them contradict each other. The position is read from the feed instead."""

    code = "forged"


Headers = list[tuple[str, bytes]]


def headers_of(placed: Placed, type_: str, traceparent: str | None) -> Headers:
    """The headers of a record on the case log. Hashes are hex, so that people can read them in a console."""
    headers: Headers = [
        ("content-type", b"application/cloudevents+json"),
        ("installation", str(placed.installation).encode()),
        ("source", placed.source.encode()),
        ("shard", b"%d" % placed.shard),
        ("position", b"%d" % placed.position),
        ("type", type_.encode()),
        ("hash", placed.hash.hex().encode()),
    ]
    if placed.shardprev is not None:
        headers.append(("shardprev", placed.shardprev.hex().encode()))
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return headers


def placed_of(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Placed | None:
    """The placed event of a record, or None when the record is none of ours: a tombstone, a foreign or
    malformed set of headers. Such a record moves nothing."""
    if value is None:
        return None
    named = {name: text for name, text in headers if text is not None}
    try:
        source = named["source"].decode()
        if source not in SERVICES:
            return None
        shardprev = named.get("shardprev")
        shard, position = int(named["shard"]), int(named["position"])
        if not (0 <= shard <= MAX_SHARD and 0 <= position <= MAX_POSITION):
            return None
        return Placed(
            installation=installation_of(named["installation"]),
            source=source,
            shard=shard,
            position=position,
            shardprev=None if shardprev is None else bytes.fromhex(shardprev.decode()),
            hash=bytes.fromhex(named["hash"].decode()),
            document=value,
            type=named["type"].decode(),
        )
    except (KeyError, ValueError):
        return None


def verify(placed: Placed, shards: int) -> Delivery:
    """Check the bytes against what stands beside them. Raises `Forged`, or `InvalidMessage` for no event at all."""
    if leaf_hash(placed.document) != placed.hash:
        raise Forged(f"{placed.source} shard {placed.shard} position {placed.position}: the bytes have another hash")
    raw = parse_document(placed.document)
    try:
        case_id = uuid_of(raw["subject"])
        type_ = raw["type"]
        cause = cause_of(raw)
        agrees = (
            isinstance(type_, str)
            and placed.type in (None, type_)
            and source_of(raw) == placed.source
            and shard_of(case_id, shards) == placed.shard
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        agrees = False
    if not agrees:
        raise Forged(f"{placed.source} shard {placed.shard} position {placed.position}: the bytes say otherwise")
    return Delivery(
        placed.source,
        placed.shard,
        placed.position,
        placed.shardprev,
        placed.hash,
        placed.document,
        raw,
        type_,
        case_id,
        cause if isinstance(cause, CausePoint) else None,
    )
