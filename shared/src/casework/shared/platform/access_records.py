"""Who took something out of the record, and what for: exports, replays of periods, keys handed to people.

Invariant: the record is committed before the first byte goes out, so what was taken may be less than what is recorded
and never more. Records are linked by their hashes like events, and cannot be changed or removed; they hold nothing
personal. The reading of one case's restricted parts is an event of that case, and does not stand here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

import orjson

from casework.shared.contracts.actors import ActorKind
from casework.shared.contracts.canonical import canonical, leaf_hash
from casework.shared.contracts.types import rfc3339
from casework.shared.runtime.database import Work

What: TypeAlias = Literal["export", "period-replay", "person-keys"]
LONGEST_PURPOSE = 500


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody is about to take. `details` are words and numbers that say which part of the record."""

    what: What
    by: str
    by_kind: ActorKind
    purpose: str
    details: Mapping[str, Any]


async def record_access(work: Work, access: Access) -> int:
    """Append the record of an access. Returns its position; the caller commits before it hands anything out.

    Raises ValueError without a purpose, or for one that is too long.
    """
    if not access.purpose.strip() or len(access.purpose) > LONGEST_PURPOSE:
        raise ValueError(f"say in 1 to {LONGEST_PURPOSE} characters what it is taken for")
    # One after the other: positions are dense and each names the hash of the one before.
    await work.execute("SELECT pg_advisory_xact_lock(hashtext('casework access record'))")
    last = await work.fetch("SELECT position, hash FROM platform.access_record ORDER BY position DESC LIMIT 1")
    position = last[0]["position"] + 1 if last else 0
    document: dict[str, Any] = {
        "time": rfc3339(work.now),
        "what": access.what,
        "by": access.by,
        "by_kind": access.by_kind,
        "purpose": access.purpose,
        "details": dict(access.details),
    }
    if last:
        document["prevhash"] = last[0]["hash"].hex()
    record = canonical(document)
    await work.execute(
        "INSERT INTO platform.access_record (position, record, hash) VALUES ($1, $2, $3)",
        position,
        record,
        leaf_hash(record),
    )
    return position


async def access_records(work: Work, *, after: int, limit: int) -> list[dict[str, Any]]:
    """The records after a position, in order, each with its `position` and `hash`."""
    rows = await work.fetch(
        "SELECT position, record, hash FROM platform.access_record WHERE position > $1 ORDER BY position LIMIT $2",
        after,
        limit,
    )
    return [{"position": row[0], "hash": row[2].hex(), **orjson.loads(row[1])} for row in rows]


async def broken_links(work: Work) -> Sequence[int]:
    """The positions at which the chain of records is broken, by the bytes alone."""
    rows = await work.fetch("SELECT position, record, hash FROM platform.access_record ORDER BY position")
    broken, before, expected = [], None, 0
    for position, record, hash_ in rows:
        linked = orjson.loads(record).get("prevhash")
        if position != expected or leaf_hash(record) != hash_ or linked != (None if before is None else before.hex()):
            broken.append(position)
        before, expected = hash_, position + 1
    return broken


def persons_asked(persons: Sequence[UUID]) -> Mapping[str, Any]:
    """The details of keys that were handed out: whose. The ids say nothing about a person to whom it is not known."""
    return {"persons": [str(person) for person in persons]}
