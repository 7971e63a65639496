"""Which replica relays which shard, and the fence that makes a mistake about it harmless.

Invariant: a shard's cursor moves only under the epoch it was claimed with. Every claim raises the epoch, so
a replica that was paused, or only believes that it still holds the shard, can move nothing. What such a
replica may still send are old records, which every consumer's order guard drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casework.shared.runtime.database import Work
from casework.shared.runtime.retention import KEEP

MEMBER_TIMEOUT_S = 6


@dataclass(frozen=True, slots=True)
class Record:
    """A record that the broker acknowledged: where, and the hash of its value."""

    offset: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A shard held by this replica: its cursor, and the records by which a lost log is recognised.

    `anchor` was acknowledged some time ago and is stored; `last` is the newest. The anchor moves to a later
    record only after a look at the old one has shown that nothing was lost in between: a check of the newest
    record alone would find it in a log that was wiped and has grown again. `rewound` until the first record is
    acknowledged after the cursor was set back on purpose: what is on the topic does not move such a cursor on.
    """

    shard: int
    epoch: int
    position: int
    anchor: Record | None
    last: Record | None = None
    rewound: bool = False


async def prepare(work: Work, topic: str, shards: int) -> None:
    """Make the cursor rows of a topic, once."""
    await work.execute(
        "INSERT INTO relay_cursor (topic, shard) SELECT $1, generate_series(0, $2::int - 1) ON CONFLICT DO NOTHING",
        topic,
        shards,
    )


async def live_members(work: Work, topic: str, replica: str) -> list[str]:
    """Say that `replica` relays to `topic`, and return all that do, sorted. The database's clock judges."""
    await work.execute(
        "INSERT INTO relay_member (topic, replica, seen_at) VALUES ($1, $2, clock_timestamp())"
        " ON CONFLICT (topic, replica) DO UPDATE SET seen_at = excluded.seen_at",
        topic,
        replica,
    )
    rows = await work.fetch(
        "SELECT replica FROM relay_member WHERE topic = $1"
        " AND seen_at > clock_timestamp() - make_interval(secs => $2) ORDER BY replica",
        topic,
        MEMBER_TIMEOUT_S,
    )
    return [row["replica"] for row in rows]


async def leave(work: Work, topic: str, replica: str) -> None:
    """Say that `replica` stops, so that the others need not wait for its time to run out."""
    await work.execute("DELETE FROM relay_member WHERE topic = $1 AND replica = $2", topic, replica)


async def purge(work: Work, most: int) -> int:
    """Forget members that were not seen for `KEEP`, up to `most`: in containers every start may bring a new name."""
    return await work.execute(
        "DELETE FROM relay_member WHERE (topic, replica) IN (SELECT topic, replica FROM relay_member"
        " WHERE seen_at < clock_timestamp() - $1::interval ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        KEEP,
        most,
    )


def share(members: list[str], replica: str, shards: int) -> set[int]:
    """The shards that fall to `replica`: dealt round by rank, so every member works out the same."""
    rank = members.index(replica)
    return {shard for shard in range(shards) if shard % len(members) == rank}


async def claim(work: Work, topic: str, replica: str, shards: Iterable[int]) -> list[Claim]:
    """Take shards over, raising their epochs."""
    rows = await work.fetch(
        "UPDATE relay_cursor SET epoch = epoch + 1, holder = $2 WHERE topic = $1 AND shard = ANY($3)"
        " RETURNING shard, epoch, position, record_offset, record_hash",
        topic,
        replica,
        sorted(shards),
    )
    return [
        Claim(
            row["shard"],
            row["epoch"],
            row["position"],
            None if row["record_offset"] is None else Record(row["record_offset"], row["record_hash"]),
            rewound=row["record_offset"] is None and row["record_hash"] is not None,
        )
        for row in rows
    ]


async def rewind(work: Work, to: int, topic: str | None = None) -> int:
    """Let the relays of this store send everything from position `to` on again, on one topic or on all of theirs.
    Returns how many cursors were set back. Consumers drop what they have already.

    A running relay notices by the epoch, within a second. The mark (a hash without an offset) stands until the
    first acknowledgement, so that a crash in between does not undo what was asked for.
    """
    return await work.execute(
        "UPDATE relay_cursor SET position = $1::bigint - 1, epoch = epoch + 1, record_offset = NULL, record_hash = ''"
        " WHERE position >= $1 AND ($2::text IS NULL OR topic = $2)",
        to,
        topic,
    )


async def lost(work: Work, topic: str, claims: Mapping[int, Claim]) -> set[int]:
    """The shards among `claims` that another replica has claimed since."""
    rows = await work.fetch("SELECT shard, epoch FROM relay_cursor WHERE topic = $1", topic)
    epochs = {row["shard"]: row["epoch"] for row in rows}
    return {shard for shard, held in claims.items() if epochs.get(shard) != held.epoch}


async def advance(work: Work, topic: str, moved: Iterable[Claim]) -> set[int]:
    """Move the cursors of `moved` to what they now say; returns the shards whose epoch had changed (not moved)."""
    held = list(moved)
    rows = await work.fetch(
        "UPDATE relay_cursor c SET position = n.position, record_offset = n.record_offset, record_hash = n.record_hash"
        " FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])"
        " AS n(shard, epoch, position, record_offset, record_hash)"
        " WHERE c.topic = $1 AND c.shard = n.shard AND c.epoch = n.epoch RETURNING c.shard",
        topic,
        [c.shard for c in held],
        [c.epoch for c in held],
        [c.position for c in held],
        [None if c.anchor is None else c.anchor.offset for c in held],
        [None if c.anchor is None else c.anchor.hash for c in held],
    )
    return {c.shard for c in held} - {row["shard"] for row in rows}
