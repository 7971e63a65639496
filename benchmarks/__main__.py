"""`python -m benchmarks`, which `casework bench` and `make bench` run: every measurement, one after the other.

A table for people goes to standard error, with `--json` one JSON object to standard output, and with `--markdown`
the table to a place in a document. The exit code is 0 when all that is wanted was reached, else 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import append, flat, latency, proofs, timer, verify
from benchmarks.compare import PIPELINES, WANTED, compare, document, ratios
from benchmarks.crew import BenchmarkFailed, run
from benchmarks.machine import conditions
from benchmarks.report import around, markdown, write_between
from benchmarks.results import Figure, Measured


async def pipelines(*, quick: bool) -> Measured:
    """Floor, by hand and Casework, as cases a second and as ratios."""
    results = await compare(3_000 if quick else 20_000, list(PIPELINES))
    figures = [Figure(f"{result.name}: inbox to closure", result.cases_per_second, "cases/s") for result in results]
    figures += [Figure(f"{result.name}: written", result.events_per_second, "events/s") for result in results]
    figures += [
        Figure(f"Casework / {name}", ratio, "x", at_least=WANTED[name]) for name, ratio in ratios(results).items()
    ]
    return Measured(figures, document(results))


async def order(*, quick: bool) -> Measured:
    """Commits a second into dense shard positions and into a serial column."""
    result = await append.measure(writers=16, shards=12, rounds=4 if quick else 16, seconds=0.5)
    return Measured(
        [
            Figure("append: dense positions", result.dense, "commits/s"),
            Figure("append: serial column", result.serial, "commits/s"),
            Figure("append: dense / serial", result.ratio, "x", at_least=0.9),
        ],
        asdict(result),
    )


async def growth(*, quick: bool) -> Measured:
    """The processor time of an event at growing sizes of the store."""
    result = await flat.measure(flat.SIZES[:2] if quick else flat.SIZES, flat.CASES)
    figures = [
        Figure(f"flat: an event at {cost.size:,} cases", cost.microseconds, "µs of processor") for cost in result.costs
    ]
    return Measured([*figures, Figure("flat: dearest / cheapest", result.ratio, "x", at_most=1.15)], asdict(result))


async def delay(*, quick: bool) -> Measured:
    """Milliseconds from the answer of a command to its status, at 100 commands a second."""
    result = await latency.measure(latency.PER_SECOND, 10 if quick else latency.SECONDS)
    return Measured(
        [
            Figure("latency: request to answer, p50", result.answer.p50, "ms"),
            Figure("latency: commit to status, p50", result.status.p50, "ms", at_most=50),
            Figure("latency: commit to status, p99", result.status.p99, "ms", at_most=300),
        ],
        asdict(result),
    )


async def audit(*, quick: bool) -> Measured:
    """Events a second that one core verifies."""
    result = await verify.measure(2_000 if quick else 8_000)
    if result.faults:
        raise BenchmarkFailed(f"{result.faults} faults were found in a log that has none")
    return Measured([Figure("verify: a core", result.events_per_second, "events/s", at_least=100_000)], asdict(result))


async def proof(*, quick: bool) -> Measured:
    """Milliseconds to prove every event of a case in a large log, and to check the proofs."""
    result = proofs.measure(100_000 if quick else 1_000_000)
    return Measured(
        [
            Figure(f"proof: a case among {result.events:,} events, p50", result.median_ms, "ms"),
            Figure(f"proof: a case among {result.events:,} events, worst", result.worst_ms, "ms", at_most=50),
            Figure("proof: leaves taken in", result.leaves_per_second, "leaves/s"),
        ],
        asdict(result),
    )


async def clocks(*, quick: bool) -> Measured:
    """Finding what is due, and how soon and how fast it fires."""
    result = await timer.measure(
        armed=timer.ARMED,
        per_second=timer.PER_SECOND,
        seconds=15 if quick else timer.SECONDS,
        storm=5_000 if quick else timer.STORM,
    )
    return Measured(
        [
            Figure(f"timer: a page of 500 among {result.scan.armed:,}, p50", result.scan.page.p50, "ms", at_most=10),
            Figure(f"timer: due to appended at {result.per_second}/s, p50", result.steady.p50, "ms"),
            Figure(f"timer: due to appended at {result.per_second}/s, p99", result.steady.p99, "ms", at_most=1_000),
            Figure(f"timer: {result.storm:,} due at once", result.storm_rate, "cases/s"),
        ],
        asdict(result),
    )


MEASUREMENTS: Mapping[str, Callable[..., Coroutine[Any, Any, Measured]]] = {
    "compare": pipelines,
    "append": order,
    "flat": growth,
    "latency": delay,
    "timer": clocks,
    "verify": audit,
    "proof": proof,
}


def table(measured: Mapping[str, Measured]) -> Table:
    drawn = Table("measured", "result", "wanted", "reached")
    for measurement in measured.values():
        for figure in measurement.figures:
            drawn.add_row(*figure.cells())
        drawn.add_section()
    return drawn


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Every measurement, one after another.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: minutes instead of half an hour")
    parser.add_argument("--json", action="store_true", help="everything that was found, as one JSON object")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS), metavar="MEASUREMENT")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the table between this file's two markers")
    chosen = parser.parse_args()
    if chosen.markdown is not None and set(chosen.only) != set(MEASUREMENTS):
        parser.error("--markdown writes the whole table: leave --only away")
    console = Console(stderr=True)
    if chosen.markdown is not None:
        around(chosen.markdown)
    under, measured, failed = conditions(quick=chosen.quick), dict[str, Measured](), False
    for name in chosen.only:
        console.print(f"[bold]{name}[/bold]")
        try:
            measured[name] = run(MEASUREMENTS[name](quick=chosen.quick))
        except (BenchmarkFailed, TimeoutError) as error:
            failed = True
            console.print(f"{name} measured nothing: {error or 'it took far too long'}", style="red", markup=False)
    console.print(table(measured))
    if chosen.json:
        print(json.dumps({"conditions": under} | {name: each.whole() for name, each in measured.items()}))
    if chosen.markdown is not None and not failed:
        write_between(chosen.markdown, markdown(under, measured))
    return int(failed or any(figure.reached is False for each in measured.values() for figure in each.figures))


if __name__ == "__main__":
    sys.exit(main())
