"""One process of the floor: a stage of the journey, or the tracker that watches them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from benchmarks.crew import Parts, assignment, done, run, started
from benchmarks.floor.journey import EVENTS_PER_CASE, STAGES, TOPIC, Stage, received, worked
from benchmarks.floor.store import Connection, append, create, cursors_of, heads_of, move_cursors, relay

ROLES = (*STAGES, "tracker")
INTAKE_BATCH = 500
FETCH_RECORDS = 2_000
FETCH_WAIT_MS = 100
ASSIGNMENT_POLL_SECONDS = 0.02


class Handed(NamedTuple):
    """A case that the stage before handed over, at that stage's version."""

    case_id: UUID
    version: int
    reference: str


def handed_by(giver: Stage, records: Sequence[ConsumerRecord]) -> list[Handed]:
    """The hand-offs among the records. The rest is left undecoded, as any filter by header would."""
    wanted = giver.handed_to().encode()
    by_headers = [(record, dict(record.headers)) for record in records]
    return [
        Handed(UUID(bytes=record.key), int(headers["version"]), orjson.loads(record.value)["ref"])
        for record, headers in by_headers
        if headers["type"] == wanted
    ]


async def intake(parts: Parts, cases: int) -> None:
    """Appends every case in batches while its relay publishes them."""
    stage = STAGES["intake"]
    async with connected(parts) as connection:
        await create(connection, stage.name)
        await started()

        async def feed() -> None:
            for first in range(0, cases, INTAKE_BATCH):
                batch = [(uuid4(), received(f"r{n}")) for n in range(first, min(first + INTAKE_BATCH, cases))]
                async with connection.transaction():
                    await append(connection, stage.name, batch, {})

        await asyncio.gather(feed(), relay(parts, stage.name, cases * stage.events))
    done()


async def later_stage(stage: Stage, parts: Parts, cases: int) -> None:
    """Takes each case it is handed once, appends its own events and publishes them."""
    giver = next(other for other in STAGES.values() if other.next_stage == stage.name)
    async with connected(parts) as connection, subscribed(parts, stage.name) as consumer:
        await create(connection, stage.name)
        await started()

        async def work() -> None:
            taken = 0
            while taken < cases:
                records = await fetched(consumer)
                if handed := handed_by(giver, records):
                    taken += await take(connection, stage, giver.name, handed)
                if records:
                    await consumer.commit()

        await asyncio.gather(work(), relay(parts, stage.name, cases * stage.events))
    done()


async def take(connection: Connection, stage: Stage, source: str, handed: Sequence[Handed]) -> int:
    """One transaction: cursors checked, events appended, cursors moved. Returns how many cases were new."""
    async with connection.transaction():
        seen = await cursors_of(connection, stage.name, source, [case.case_id for case in handed])
        fresh = {case.case_id: case for case in handed if case.version > seen.get(case.case_id, 0)}
        if not fresh:
            return 0
        heads = await heads_of(connection, stage.name, list(fresh))
        batch = [(case_id, worked(stage, case.reference)) for case_id, case in fresh.items()]
        await append(connection, stage.name, batch, heads)
        await move_cursors(
            connection, stage.name, source, {case_id: record.version for case_id, record in fresh.items()}
        )
    return len(fresh)


async def tracker(parts: Parts, cases: int) -> None:
    """Writes every event of every stage to a ledger, and the latest of each case to its status."""
    async with connected(parts) as connection, subscribed(parts, "tracker") as consumer:
        await connection.execute("""
            drop schema if exists tracker cascade;
            create schema tracker;
            create table tracker.ledger (
                position bigint generated always as identity primary key, source text, case_id uuid, version int,
                type text, data bytea, hash bytea, unique (source, case_id, version));
            create table tracker.status (case_id uuid primary key, document bytea);
        """)
        await started()
        written = 0
        while written < cases * EVENTS_PER_CASE:
            records = await fetched(consumer)
            if records:
                await track(connection, records)
                await consumer.commit()
            written += len(records)
    done()


async def track(connection: Connection, records: Sequence[ConsumerRecord]) -> None:
    ledger: list[tuple[str, UUID, int, str, bytes, bytes]] = []
    status: dict[UUID, bytes] = {}
    for record in records:
        headers, case_id = dict(record.headers), UUID(bytes=record.key)
        kind, data = headers["type"].decode(), orjson.loads(record.value)
        version = int(headers["version"])
        ledger.append((headers["source"].decode(), case_id, version, kind, record.value, headers["hash"]))
        status[case_id] = orjson.dumps({"stage": kind, "at": record.timestamp, "ref": data.get("ref")})
    async with connection.transaction():
        await connection.copy_records_to_table(
            "ledger",
            schema_name="tracker",
            columns=["source", "case_id", "version", "type", "data", "hash"],
            records=ledger,
        )
        await connection.execute(
            """insert into tracker.status select * from unnest($1::uuid[], $2::bytea[])
               on conflict (case_id) do update set document = excluded.document""",
            list(status),
            list(status.values()),
        )


async def fetched(consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
    """The next records of all partitions together; empty when none came in time."""
    by_partition = await consumer.getmany(timeout_ms=FETCH_WAIT_MS, max_records=FETCH_RECORDS)
    return [record for records in by_partition.values() for record in records]


@asynccontextmanager
async def connected(parts: Parts) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(parts.database)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def subscribed(parts: Parts, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that owns the topic's partitions already."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=parts.kafka,
        group_id=f"benchmark.floor.{group}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    try:
        await consumer.start()
        while not consumer.assignment():
            await asyncio.sleep(ASSIGNMENT_POLL_SECONDS)
        yield consumer
    finally:
        await consumer.stop()


async def main() -> None:
    role, cases, parts = assignment(ROLES)
    if role == "tracker":
        await tracker(parts, cases)
    elif role == "intake":
        await intake(parts, cases)
    else:
        await later_stage(STAGES[role], parts, cases)


if __name__ == "__main__":
    run(main())
