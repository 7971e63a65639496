"""A stage's tables and its relay, as bare as they can be and still be ordered and hash-chained.

The serial column loses no event here only because the relay reads below the oldest running transaction: that is
the floor's way to read in order, and it stands still while any transaction of the server is open.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer

from benchmarks.crew import Parts
from benchmarks.floor.journey import TOPIC

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Happened: TypeAlias = tuple[UUID, Sequence[tuple[str, dict[str, Any]]]]
"""A case and the (type, data) of what happened to it."""
Head: TypeAlias = tuple[int, bytes]
"""A case's last version in this stage and the hash of that event."""

NOTHING: Head = (0, bytes(32))
RELAY_BATCH = 2_000
RELAY_POLL_SECONDS = 0.02
EVENT_COLUMNS = ["case_id", "version", "event_id", "type", "data", "recorded_at", "previous", "hash"]


async def create(connection: Connection, stage: str) -> None:
    """Makes the stage's schema anew."""
    await connection.execute(f"""
        drop schema if exists {stage} cascade;
        create schema {stage};
        create table {stage}.event (
            position bigint generated always as identity primary key,
            case_id uuid not null, version int not null, event_id uuid not null, type text not null,
            data bytea not null, recorded_at timestamptz not null, tx xid8 not null default pg_current_xact_id(),
            previous bytea not null, hash bytea not null, unique (case_id, version));
        create table {stage}.head (
            case_id uuid primary key, version int not null, hash bytea not null, state bytea not null);
        create table {stage}.cursor (source text, case_id uuid, version int not null, primary key (source, case_id));
        create table {stage}.relay (position bigint not null);
        insert into {stage}.relay values (0);
    """)


async def append(connection: Connection, stage: str, batch: Sequence[Happened], heads: Mapping[UUID, Head]) -> None:
    """Appends each case's events after its head, and moves the heads. Runs in the caller's transaction."""
    now = datetime.now(UTC)
    events: list[tuple[UUID, int, UUID, str, bytes, datetime, bytes, bytes]] = []
    moved: list[tuple[UUID, int, bytes, bytes]] = []
    for case_id, happened in batch:
        version, previous = heads.get(case_id, NOTHING)
        for kind, data in happened:
            version += 1
            encoded = orjson.dumps(data)
            digest = hashlib.sha256(b"%b%b%d%b%b" % (previous, case_id.bytes, version, kind.encode(), encoded)).digest()
            events.append((case_id, version, uuid4(), kind, encoded, now, previous, digest))
            previous = digest
        moved.append((case_id, version, previous, orjson.dumps({"state": kind})))
    await connection.copy_records_to_table("event", schema_name=stage, columns=EVENT_COLUMNS, records=events)
    await connection.execute(
        f"""insert into {stage}.head select * from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[])
            on conflict (case_id) do update
            set version = excluded.version, hash = excluded.hash, state = excluded.state""",
        *zip(*moved, strict=True),
    )


async def heads_of(connection: Connection, stage: str, cases: Sequence[UUID]) -> dict[UUID, Head]:
    """The heads of those cases that have one, locked."""
    rows = await connection.fetch(
        f"select case_id, version, hash from {stage}.head where case_id = any($1) for update", cases
    )
    return {row["case_id"]: (row["version"], row["hash"]) for row in rows}


async def cursors_of(connection: Connection, stage: str, source: str, cases: Sequence[UUID]) -> dict[UUID, int]:
    """The version of `source` up to which this stage has taken each case."""
    rows = await connection.fetch(
        f"select case_id, version from {stage}.cursor where source = $1 and case_id = any($2)", source, cases
    )
    return {row["case_id"]: row["version"] for row in rows}


async def move_cursors(connection: Connection, stage: str, source: str, taken: Mapping[UUID, int]) -> None:
    await connection.execute(
        f"""insert into {stage}.cursor select $1, * from unnest($2::uuid[], $3::int[])
            on conflict (source, case_id) do update set version = excluded.version""",
        source,
        list(taken),
        list(taken.values()),
    )


async def relay(parts: Parts, stage: str, events: int) -> None:
    """Publishes the stage's events in position order, each batch acknowledged before the cursor moves.

    Returns once `events` are published.
    """
    connection = await asyncpg.connect(parts.database)
    source = ("source", stage.encode())
    producer = AIOKafkaProducer(bootstrap_servers=parts.kafka, acks="all", linger_ms=5, max_batch_size=256 * 1024)
    try:
        await producer.start()
        position, published = 0, 0
        while published < events:
            rows = await connection.fetch(
                f"""select position, case_id, data, version, event_id, type, hash from {stage}.event
                    where position > $1 and tx < pg_snapshot_xmin(pg_current_snapshot())
                    order by position limit {RELAY_BATCH}""",
                position,
            )
            if not rows:
                await asyncio.sleep(RELAY_POLL_SECONDS)
                continue
            sent = [
                await producer.send(TOPIC, key=case_id.bytes, value=data, headers=[source, *headers(*rest)])
                for _, case_id, data, *rest in rows
            ]
            await asyncio.gather(*sent)
            position, published = rows[-1]["position"], published + len(rows)
            await connection.execute(f"update {stage}.relay set position = $1", position)
    finally:
        await producer.stop()
        await connection.close()


def headers(version: int, event_id: UUID, kind: str, digest: bytes) -> list[tuple[str, bytes]]:
    return [("type", kind.encode()), ("version", b"%d" % version), ("hash", digest), ("id", event_id.bytes)]
