"""Runs the floor once."""

from __future__ import annotations

import asyncio

import asyncpg

from benchmarks.crew import BenchmarkFailed, Parts, crew, time_limit, timed
from benchmarks.floor.journey import EVENTS_PER_CASE, TOPIC
from benchmarks.floor.worker import ROLES
from benchmarks.results import PipelineResult
from benchmarks.stack import PARTITIONS
from casework.shared.runtime.topics import Topic

SLOWEST_PER_SECOND = 100
TOPICS = (Topic(TOPIC, PARTITIONS, {}),)


async def run_floor(parts: Parts, cases: int) -> PipelineResult:
    """Takes `cases` from intake's first event to the tracker's last row. Raises `BenchmarkFailed`, `TimeoutError`."""
    async with (
        asyncio.timeout(time_limit(cases, SLOWEST_PER_SECOND)),
        crew("benchmarks.floor.worker", ROLES, cases, parts) as workers,
    ):
        seconds = await timed(workers, last="tracker")
        await check(parts, cases)
    return PipelineResult("floor", cases, cases * EVENTS_PER_CASE, seconds)


async def check(parts: Parts, cases: int) -> None:
    """Everything is in the ledger once, and every case's status is closed."""
    connection = await asyncpg.connect(parts.database)
    try:
        ledger = await connection.fetchval("select count(*) from tracker.ledger")
        statuses = await connection.fetchval("select count(*) from tracker.status")
    finally:
        await connection.close()
    if (ledger, statuses) != (cases * EVENTS_PER_CASE, cases):
        raise BenchmarkFailed(f"the tracker holds {ledger} events of {statuses} cases, not all of {cases} cases")
