"""`python -m benchmarks.flat`: what an event costs while the store grows.

One installation with the demo's standing solutions is filled to each size in turn; then some more complaints go from
the inbox to closure, and the processor time that all its processes took for them is divided by the events they made.
Processor time and not the clock, because it is what grows when a statement scans what it should look up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg

from benchmarks.crew import BenchmarkFailed, run, time_limit
from benchmarks.installation import cpu_seconds, installation
from benchmarks.stack import temporary_folder
from casework.shared.cli.posting import post_all
from casework.shared.contracts.ids import SERVICES
from casework.shared.integrator.sample import generate
from casework.shared.runtime.data_dir import Stack

SIZES = (1_000, 10_000, 100_000)
CASES = 3_000
SLOWEST_PER_SECOND = 50
POLL_SECONDS = 0.1
CLOSED = "casework.followup.case-closed.v1"


@dataclass(frozen=True, slots=True)
class Cost:
    """What `events` of new cases took when the store held `size` cases already.

    `parts` are the microseconds an event took of each part of the stack, `microseconds` their sum.
    """

    size: int
    events: int
    seconds: float
    cases_per_second: float
    microseconds: float
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class FlatResult:
    """`ratio` is the dearest size's processor time per event over the cheapest one's."""

    cases: int
    costs: Sequence[Cost]
    ratio: float


class Filling:
    """One installation that is being filled. Counts what it holds where counting costs the same at every size."""

    def __init__(self, folder: Path, stack: Stack, database: asyncpg.Connection[asyncpg.Record]) -> None:
        self.size = 0
        self._folder = folder
        self._stack = stack
        self._database = database
        self._seen: dict[int, int] = {}
        """Position in each shard of followup's log up to which closures were counted."""

    async def add(self, cases: int) -> float:
        """Takes `cases` more from the inbox to closure. Returns the seconds from the first post to the last closure.

        Raises `BenchmarkFailed` when not every one was accepted, and `TimeoutError`.
        """
        async with asyncio.timeout(time_limit(cases, SLOWEST_PER_SECOND)):
            report = await post_all(
                generate(cases, seed=self.size),
                servers=self._stack.kafka_servers,
                idempotent=False,
                topic_prefix="",
                data_dir=self._folder,
                name=f"from-{self.size}",
                total=cases,
                quiet=True,
            )
            if report.accepted != cases or report.first_post_at is None:
                raise BenchmarkFailed(f"{report.accepted} of {cases} complaints were accepted: {report.problems}")
            closed = await self._newly_closed()
            while closed < cases:
                await asyncio.sleep(POLL_SECONDS)
                closed += await self._newly_closed()
        self.size += cases
        return time.time() - report.first_post_at.timestamp()

    async def cost(self, cases: int) -> Cost:
        """What adding `cases` more takes."""
        size, before, events = self.size, cpu_seconds(self._stack), await self.events()
        seconds = await self.add(cases)
        after, made = cpu_seconds(self._stack), await self.events() - events
        parts = {name: round(1e6 * (after[name] - before[name]) / made, 1) for name in before}
        return Cost(size, made, round(seconds, 3), round(cases / seconds, 1), round(sum(parts.values()), 1), parts)

    async def events(self) -> int:
        """The events of all four stores."""
        heads = " UNION ALL ".join(f"SELECT next FROM {service}.log_head" for service in SERVICES)
        return int(await self._database.fetchval(f"SELECT sum(next) FROM ({heads}) AS heads"))

    async def _newly_closed(self) -> int:
        """Cases closed since this was last asked."""
        rows = await self._database.fetch(
            "SELECT h.shard, n.position, n.closed FROM followup.log_head h"
            " LEFT JOIN unnest($1::smallint[], $2::bigint[]) AS s(shard, seen) USING (shard)"
            " CROSS JOIN LATERAL (SELECT max(e.position) AS position, count(*) FILTER (WHERE e.type = $3) AS closed"
            " FROM followup.event e WHERE e.shard = h.shard AND e.position > coalesce(s.seen, -1)) AS n"
            " WHERE n.position IS NOT NULL",
            list(self._seen),
            list(self._seen.values()),
            CLOSED,
        )
        self._seen.update((row["shard"], row["position"]) for row in rows)
        return sum(row["closed"] for row in rows)


async def measure(sizes: Iterable[int], cases: int) -> FlatResult:
    """The cost of `cases` more at each of the `sizes`, which must grow by more than that."""
    costs: list[Cost] = []
    with temporary_folder() as folder:
        async with installation(folder, straight_through=True) as stack:
            database = await asyncpg.connect(stack.database_url)
            # Counting is by index, whatever the planner makes of a table that is being filled: a scan would be
            # measured as if it were Casework's.
            await database.execute("SET enable_seqscan = off")
            try:
                filling = Filling(folder, stack, database)
                for size in sizes:
                    print(f"  filling to {size:,} cases ...", file=sys.stderr, flush=True)
                    await filling.add(size - filling.size)
                    costs.append(await filling.cost(cases))
            finally:
                await database.close()
    dear, cheap = (extreme(cost.microseconds for cost in costs) for extreme in (max, min))
    return FlatResult(cases, costs, round(dear / cheap, 3))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flat", description="The cost of an event by size.")
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="cases in the store before each measurement")
    parser.add_argument("--cases", type=int, default=CASES, help="how many more are measured at each size")
    chosen = parser.parse_args()
    print(json.dumps(asdict(run(measure(chosen.sizes, chosen.cases)))))


if __name__ == "__main__":
    main()
