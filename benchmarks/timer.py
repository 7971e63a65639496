"""`python -m benchmarks.timer`: what the timer takes to find what is due, how soon it fires, and how fast.

*Scan*: the timer's own statement, over so many armed clocks of which one page is due. The rows are generated, since
they are all that is looked at.

*Steady*: clocks fall due one after the other at a fixed rate, on a whole installation (`casework up --split`). Each is
timed from its due instant to the first look, every 20 ms, that sees its expiry committed.

*Storm*: so many clocks fall due at one instant, on the same installation; the rate is theirs up to the last expiry.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clocks.bulk import MINUTES, OWN, institution, receive_many, recorder

from benchmarks.crew import BenchmarkFailed, run
from benchmarks.installation import installation
from benchmarks.latency import Spread
from benchmarks.stack import database, temporary_folder
from casework.followup.timer import DUE, PAGE
from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.migrations.run import migrate
from casework.shared.runtime.database import admin_engine, begin, service_engine
from casework.shared.runtime.discovery import installed

ARMED = 1_000_000
STORM = 100_000
PER_SECOND = 50
SECONDS = 60
SCANS = 200
LOOK_S = 0.02
HEAD_START_S = 5.0
SEEDED_PER_SECOND = 150
"""At least so many cases are recorded in a second; what falls due at once is due when all of them are."""
STRAGGLERS_S = 30.0
LENGTH = timedelta(minutes=MINUTES)

_FILL = """
INSERT INTO followup.clock (clock, case_id, policy, policy_version, calendar, calendar_version, kind, purpose, party,
    phase, imported, provisional, started_at, due_at, fires_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'internal.answer', 1, 'UK-ENG', '2026', 'internal', 'answer',
    'organisation', 'running', false, false, now() - interval '1 hour', f.at, f.at
FROM (SELECT now() + (n - $2::int) * interval '2 seconds' AS at FROM generate_series(1, $1::int) n) f
"""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Milliseconds of a page of 500 over `armed` clocks; `plan` is the first step that reads the table."""

    armed: int
    plan: str
    page: Spread


@dataclass(frozen=True, slots=True)
class TimerResult:
    """`steady` is from due to committed at `per_second`; `storm` clocks due at once were fired at `storm_rate` a
    second, from the instant they were due to the commit of the last."""

    scan: ScanResult
    per_second: int
    steady: Spread
    storm: int
    storm_rate: float


async def scan(armed: int) -> ScanResult:
    """Raises `BenchmarkFailed` where the index is not used."""
    with temporary_folder() as folder:
        async with database(folder) as url:
            admin = admin_engine(url)
            await migrate(admin, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
            await admin.dispose()
            connection = await asyncpg.connect(url)
            await connection.execute(_FILL.replace("$1::int", str(armed)).replace("$2::int", str(PAGE + 1)))
            await connection.execute("VACUUM ANALYZE followup.clock")
            await connection.close()
            engine = service_engine(url, "followup", pool_size=2)
            try:
                return await _scan(engine, armed)
            finally:
                await engine.dispose()


async def _scan(engine: AsyncEngine, armed: int) -> ScanResult:
    first = (datetime.fromisoformat("0001-01-01T00:00:00+00:00"), UUID(int=0))
    seconds: list[float] = []
    async with begin(engine) as work:
        explained = await work.fetch(f"EXPLAIN (FORMAT JSON) {DUE}", work.now, *first, PAGE)
        plan = explained[0][0][0]["Plan"]["Plans"][0]
        if plan.get("Index Name") != "clock_fires":
            raise BenchmarkFailed(f"the page is not read from the index: {plan}")
        for _ in range(SCANS):
            began = time.perf_counter()
            found = await work.fetch(DUE, work.now, *first, PAGE)
            seconds.append(time.perf_counter() - began)
            if len(found) != PAGE:
                raise BenchmarkFailed(f"{len(found)} of {PAGE} were found")
    return ScanResult(armed, f"{plan['Node Type']} {plan['Index Name']}", Spread.of(seconds))


async def fire(per_second: int, seconds: int, storm: int) -> tuple[Spread, float]:
    """Spread of the steady clocks, and rate of the storm. Raises `BenchmarkFailed` where one does not fire."""
    with temporary_folder() as folder:
        file = institution(folder)
        async with (
            installation(folder, straight_through=False, institution=file) as stack,
            recorder(stack.database_url, file) as followup,
        ):
            connection = await asyncpg.connect(stack.database_url)
            try:
                many = per_second * seconds
                first = await _now(connection) + timedelta(seconds=HEAD_START_S + many / SEEDED_PER_SECOND)
                due = [first + timedelta(seconds=n / per_second) for n in range(many)]
                await receive_many(followup, [at - LENGTH for at in due])
                steady = await _seen(connection, due)
                at_once = await _now(connection) + timedelta(seconds=HEAD_START_S + storm / SEEDED_PER_SECOND)
                await receive_many(followup, [at_once - LENGTH] * storm)
                rate = storm / await _until_all_fired(connection, at_once, storm)
            finally:
                await connection.close()
    return steady, rate


async def _seen(connection: asyncpg.Connection[asyncpg.Record], due: Sequence[datetime]) -> Spread:
    """From the due instant of each to the first look that sees its expiry."""
    if await _now(connection) >= due[0]:
        raise BenchmarkFailed("the clocks were not armed before the first was due: this machine is busy")
    delays: dict[UUID, float] = {}
    give_up = time.monotonic() + (due[-1] - await _now(connection)).total_seconds() + STRAGGLERS_S
    while len(delays) < len(due):
        if time.monotonic() > give_up:
            raise BenchmarkFailed(f"{len(due) - len(delays)} clocks did not fire")
        rows = await connection.fetch(
            "SELECT clock, clock_timestamp() - due_at AS late FROM followup.clock WHERE policy = $1"
            " AND phase = 'expired' AND clock <> ALL($2::uuid[])",
            OWN,
            list(delays),
        )
        delays |= {row["clock"]: row["late"].total_seconds() for row in rows}
        await asyncio.sleep(LOOK_S)
    return Spread.of(list(delays.values()))


async def _until_all_fired(connection: asyncpg.Connection[asyncpg.Record], due: datetime, many: int) -> float:
    """Seconds from `due` until all are fired; then no clock is left that is due, and none was fired twice."""
    if await _now(connection) >= due:
        raise BenchmarkFailed("the clocks were not armed before they were due: this machine is busy")
    await asyncio.sleep((due - await _now(connection)).total_seconds())
    while await connection.fetchval("SELECT EXISTS (SELECT FROM followup.clock WHERE fires_at <= $1)", due):
        await asyncio.sleep(0.1)
    took = (await _now(connection) - due).total_seconds()
    fired, clocks = await connection.fetchrow(
        "SELECT count(*), count(DISTINCT convert_from(envelope, 'UTF8')::jsonb #>> '{data,clock}') FROM followup.event"
        " WHERE type = 'casework.followup.clock-expired.v1' AND recorded_at >= $1",
        due,
    )
    if (fired, clocks) != (many, many):
        raise BenchmarkFailed(f"{fired} expiries of {clocks} clocks instead of {many}")
    return took


async def _now(connection: asyncpg.Connection[asyncpg.Record]) -> datetime:
    at: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return at


async def measure(*, armed: int, per_second: int, seconds: int, storm: int) -> TimerResult:
    """All three."""
    scanned = await scan(armed)
    steady, rate = await fire(per_second, seconds, storm)
    return TimerResult(scanned, per_second, steady, storm, round(rate, 1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timer", description="How soon and how fast it fires.")
    parser.add_argument("--armed", type=int, default=ARMED, help="clocks that the scan looks among")
    parser.add_argument("--per-second", type=int, default=PER_SECOND, help="clocks that fall due each second")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for how long")
    parser.add_argument("--storm", type=int, default=STORM, help="clocks that fall due at once")
    print(json.dumps(asdict(run(measure(**vars(parser.parse_args()))))))


if __name__ == "__main__":
    main()
