"""`python -m benchmarks.append`: what the order of the log costs. Commits per second, dense shard positions
against an unordered serial column.

Both arms commit one event of a new case at a time, from the same number of writers, through the same engine, into
tables with the same columns, checks and keys. They differ in one thing: the event store takes a position under the
shard's head row and links it to the one before; the serial column takes the next number and promises nothing
about the order of commits. The arms take turns, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.crew import run
from benchmarks.stack import database, temporary_folder
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import DEFAULT_SHARDS, ServiceName, shard_of
from casework.shared.eventstore.machinery_v1 import create_machinery
from casework.shared.eventstore.store import EventRow, append_events
from casework.shared.runtime.database import Work, begin, role_of, service_engine

Append: TypeAlias = Callable[[Work, Sequence[EventRow]], Awaitable[None]]
"""Writes events as the last act of a transaction; the caller commits."""

SERVICE: ServiceName = "intake"
ENVELOPE_BYTES = 900
"""About what an event of the demo takes."""


@dataclass(frozen=True, slots=True)
class AppendResult:
    """Commits per second of both arms, each over `rounds` turns of `seconds`."""

    writers: int
    shards: int
    rounds: int
    seconds: float
    dense: float
    serial: float
    ratio: float


async def append_serial(work: Work, rows: Sequence[EventRow]) -> None:
    """The yardstick: the same columns, numbered by a sequence."""
    await work.execute(
        """INSERT INTO serial_event (shard, case_id, version, event_id, type, envelope, hash, recorded_at)
           SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::bytea[],
                                $7::bytea[], $8::timestamptz[])""",
        [row.shard for row in rows],
        [row.case_id for row in rows],
        [row.version for row in rows],
        [row.event_id for row in rows],
        [row.type for row in rows],
        [row.document for row in rows],
        [row.hash for row in rows],
        [row.recorded_at for row in rows],
    )


SERIAL_TABLE = f"""
    CREATE TABLE {SERVICE}.serial_event (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shard smallint NOT NULL, case_id uuid NOT NULL, version integer NOT NULL, event_id uuid NOT NULL UNIQUE,
        type text NOT NULL, envelope bytea NOT NULL, hash bytea NOT NULL, recorded_at timestamptz NOT NULL,
        UNIQUE (case_id, version), CHECK (version > 0), CHECK (octet_length(envelope) <= 262144),
        CHECK (hash = sha256('\\x00'::bytea || envelope)));
    CREATE FUNCTION {SERVICE}.serial_continues() RETURNS trigger LANGUAGE plpgsql
        SET search_path = {SERVICE} SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    AS $$
    BEGIN
        IF EXISTS (SELECT FROM added a WHERE a.version > 1 AND NOT EXISTS
            (SELECT FROM serial_event e WHERE e.case_id = a.case_id AND e.version = a.version - 1)) THEN
            RAISE EXCEPTION 'an event needs the version before it';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER serial_continues AFTER INSERT ON {SERVICE}.serial_event
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {SERVICE}.serial_continues();
    GRANT SELECT, INSERT ON {SERVICE}.serial_event TO {role_of(SERVICE)};
"""


async def create_tables(url: str, shards: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE ROLE {role_of(SERVICE)}; CREATE SCHEMA {SERVICE}")
        for statement in create_machinery(SERVICE, shards):
            await connection.execute(statement)
        await connection.execute(SERIAL_TABLE)
    finally:
        await connection.close()


async def commits_per_second(
    engine: AsyncEngine, append: Append, *, writers: int, shards: int, seconds: float
) -> float:
    """Commits per second of `writers` that each append one event of a new case at a time, for `seconds`."""
    began = time.monotonic()
    end = began + seconds

    async def write() -> int:
        commits = 0
        while time.monotonic() < end:
            case_id, document = uuid4(), os.urandom(ENVELOPE_BYTES)
            async with begin(engine) as work:
                event = EventRow(
                    shard=shard_of(case_id, shards),
                    case_id=case_id,
                    version=1,
                    event_id=uuid4(),
                    type="casework.intake.complaint-received.v1",
                    document=document,
                    hash=leaf_hash(document),
                    recorded_at=work.now,
                )
                await append(work, [event])
            commits += 1
        return commits

    counts = await asyncio.gather(*(write() for _ in range(writers)))
    return sum(counts) / (time.monotonic() - began)


async def measure(*, writers: int, shards: int, rounds: int, seconds: float) -> AppendResult:
    """Both arms in turn on a fresh PostgreSQL."""
    with temporary_folder() as folder:
        async with database(folder) as url:
            await create_tables(url, shards)
            engine = service_engine(url, SERVICE, pool_size=writers)
            try:
                arms: dict[str, Append] = {"dense": append_events, "serial": append_serial}
                rates: dict[str, list[float]] = {name: [] for name in arms}
                for turn in range(rounds + 1):
                    # Each arm goes first as often as the other.
                    for name in sorted(arms, reverse=turn % 2 == 1):
                        rates[name].append(
                            await commits_per_second(
                                engine, arms[name], writers=writers, shards=shards, seconds=seconds
                            )
                        )
            finally:
                await engine.dispose()
    # The first turn connected and prepared; it is not counted.
    dense, serial = (round(sum(rates[name][1:]) / rounds, 1) for name in ("dense", "serial"))
    return AppendResult(writers, shards, rounds, seconds, dense, serial, round(dense / serial, 3))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.append", description="What the order of the log costs.")
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--shards", type=int, default=DEFAULT_SHARDS)
    parser.add_argument("--rounds", type=int, default=16, help="turns of each arm")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one turn")
    print(json.dumps(asdict(run(measure(**vars(parser.parse_args()))))))


if __name__ == "__main__":
    main()
