"""Runs the by-hand pipeline once."""

from __future__ import annotations

import asyncio

import asyncpg

from benchmarks.byhand.worker import EVENTS_PER_CASE, STAGES, topic_of
from benchmarks.crew import BenchmarkFailed, Parts, crew, time_limit, timed
from benchmarks.results import PipelineResult
from benchmarks.stack import PARTITIONS
from casework.shared.runtime.topics import Topic

SLOWEST_PER_SECOND = 10
TOPICS = tuple(Topic(topic_of(stage), PARTITIONS, {}) for stage in STAGES)


async def run_byhand(parts: Parts, cases: int) -> PipelineResult:
    """Takes `cases` from intake's first event to followup's last. Raises `BenchmarkFailed`, `TimeoutError`."""
    connection = await asyncpg.connect(parts.database)
    try:
        for stage in STAGES:
            await connection.execute(f"drop schema if exists {stage} cascade; create schema {stage}")
        async with (
            asyncio.timeout(time_limit(cases, SLOWEST_PER_SECOND)),
            crew("benchmarks.byhand.worker", STAGES, cases, parts) as workers,
        ):
            seconds = await timed(workers, last="followup")
        written = sum([await connection.fetchval(f"select count(*) from {stage}.event") for stage in STAGES])
    finally:
        await connection.close()
    if written != cases * EVENTS_PER_CASE:
        raise BenchmarkFailed(f"{written} events were written for {cases} cases, not {EVENTS_PER_CASE} for each")
    return PipelineResult("by-hand", cases, written, seconds)
