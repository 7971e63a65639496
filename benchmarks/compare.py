"""`python -m benchmarks.compare CASES`: the floor, the by-hand pipeline and Casework in one run, as ratios.

They run one after the other, each on fresh parts, so that none is measured in another's leftovers. A table for
people goes to standard error, one JSON object to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.byhand.run import TOPICS as BYHAND_TOPICS
from benchmarks.byhand.run import run_byhand
from benchmarks.casework import run_casework
from benchmarks.crew import run
from benchmarks.floor.run import TOPICS as FLOOR_TOPICS
from benchmarks.floor.run import run_floor
from benchmarks.results import PipelineResult
from benchmarks.stack import parts

BYHAND_CASES = 1_000
"""By hand is an order of magnitude slower; its rate does not change with more cases."""
WANTED = {"floor": 0.3, "by-hand": 5.0}
"""Casework's cases per second over the yardstick's: what must be reached at least."""


async def floor(cases: int) -> PipelineResult:
    async with parts(FLOOR_TOPICS) as where:
        return await run_floor(where, cases)


async def byhand(cases: int) -> PipelineResult:
    async with parts(BYHAND_TOPICS) as where:
        return await run_byhand(where, min(cases, BYHAND_CASES))


PIPELINES: dict[str, Callable[[int], Awaitable[PipelineResult]]] = {
    "floor": floor,
    "by-hand": byhand,
    "casework": run_casework,
}


async def compare(cases: int, names: list[str]) -> list[PipelineResult]:
    """Runs the named pipelines one after the other."""
    results = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results.append(await PIPELINES[name](cases))
    return results


def ratios(results: list[PipelineResult]) -> dict[str, float]:
    """Casework's cases per second over each yardstick's; empty when Casework or all yardsticks were left out."""
    rates = {result.name: result.cases_per_second for result in results}
    casework = rates.pop("casework", None)
    return {} if casework is None else {name: round(casework / rate, 3) for name, rate in rates.items()}


def table(results: list[PipelineResult]) -> Table:
    against = ratios(results)
    drawn = Table("pipeline", "cases", "seconds", "cases/s", "events/s", "casework is", "wanted")
    for result in results:
        ratio, wanted = against.get(result.name), WANTED.get(result.name)
        drawn.add_row(
            result.name,
            f"{result.cases:,}",
            f"{result.seconds:.1f}",
            f"{result.cases_per_second:,.0f}",
            f"{result.events_per_second:,.0f}",
            f"{ratio:.2f} x" if ratio is not None else "",
            f">= {wanted} x" if wanted is not None else "",
        )
    return drawn


def document(results: list[PipelineResult]) -> dict[str, Any]:
    return {"pipelines": [result.document() for result in results], "ratios": ratios(results), "wanted": WANTED}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="Casework beside its yardsticks.")
    parser.add_argument("cases", type=int, nargs="?", default=20_000)
    parser.add_argument("--only", nargs="+", choices=PIPELINES, default=list(PIPELINES), metavar="PIPELINE")
    chosen = parser.parse_args()
    results = run(compare(chosen.cases, chosen.only))
    Console(stderr=True).print(table(results))
    print(json.dumps(document(results)))


if __name__ == "__main__":
    main()
