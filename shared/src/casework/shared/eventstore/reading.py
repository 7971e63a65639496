"""Reading a service's log by shard position: what the relay, the feed, audits and exports all stand on.

Invariant: "after" is exclusive, an empty cursor is -1, and a page never has a hole, because positions are
dense and in commit order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.errors import Conflict
from casework.shared.runtime.database import Work, begin


class HistoryDiffers(Conflict):
    """The reader's last position holds another event here, or none: one of the two logs was changed or set back."""

    code = "history-differs"


class StoredEvent(NamedTuple):
    """One event as it lies in a store: the bytes, and where they stand."""

    shard: int
    position: int
    case_id: UUID
    version: int
    event_id: UUID
    type: str
    document: bytes
    hash: bytes
    shardprev: bytes | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one shard: the position and hash of its last event; -1 and None when it is empty."""

    shard: int
    position: int
    hash: bytes | None


COLUMNS = "shard, position, case_id, version, event_id, type, envelope, hash, shardprev, recorded_at"


def stored(row: asyncpg.Record) -> StoredEvent:
    """A row of `COLUMNS`."""
    return StoredEvent(*row.values())


async def heads(work: Work) -> list[Head]:
    """The end of every shard, by shard."""
    rows = await work.fetch("SELECT shard, next - 1, hash FROM log_head ORDER BY shard")
    return [Head(*row.values()) for row in rows]


async def page(work: Work, shard: int, *, after: int, limit: int, hash_after: bytes | None = None) -> list[StoredEvent]:
    """Up to `limit` events of a shard after a position, in order.

    With `hash_after`, the hash the reader holds for position `after`, raises `HistoryDiffers` when this
    store has another event there, or none.
    """
    await _require_same(work, shard, after, hash_after)
    rows = await work.fetch(
        f"SELECT {COLUMNS} FROM event WHERE shard = $1 AND position > $2 ORDER BY position LIMIT $3",
        shard,
        after,
        limit,
    )
    return [stored(row) for row in rows]


async def leaves(work: Work, shard: int, *, after: int, limit: int, hash_after: bytes | None = None) -> list[bytes]:
    """The hashes of up to `limit` events of a shard after a position, in order. Raises as `page` does."""
    await _require_same(work, shard, after, hash_after)
    rows = await work.fetch(
        "SELECT hash FROM event WHERE shard = $1 AND position > $2 ORDER BY position LIMIT $3", shard, after, limit
    )
    return [row[0] for row in rows]


async def _require_same(work: Work, shard: int, after: int, hash_after: bytes | None) -> None:
    if hash_after is None or after < 0:
        return
    here = await work.fetch_value("SELECT hash FROM event WHERE shard = $1 AND position = $2", shard, after)
    if here != hash_after:
        raise HistoryDiffers(
            f"Position {after} of shard {shard} holds "
            f"{'no event' if here is None else 'another event'} here than the reader has seen."
        )


async def of_case(work: Work, case_id: UUID) -> list[StoredEvent]:
    """The events of one case in this service, by version."""
    rows = await work.fetch(f"SELECT {COLUMNS} FROM event WHERE case_id = $1 ORDER BY version", case_id)
    return [stored(row) for row in rows]


async def walk(engine: AsyncEngine, shards: Sequence[int], *, page_size: int = 2_000) -> AsyncIterator[StoredEvent]:
    """Every event of the given shards, shard by shard, in position order, each page in its own transaction."""
    for shard in shards:
        after = -1
        while True:
            async with begin(engine) as work:
                events = await page(work, shard, after=after, limit=page_size)
            for event in events:
                yield event
            if len(events) < page_size:
                break
            after = events[-1].position
