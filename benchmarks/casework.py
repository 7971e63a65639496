"""Casework itself as a pipeline: `casework demo --split` on its own parts, a process for each service."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from benchmarks.crew import BenchmarkFailed, time_limit
from benchmarks.installation import START_SECONDS, casework
from benchmarks.results import PipelineResult
from benchmarks.stack import temporary_folder
from casework.shared.runtime.claims import free_port

SLOWEST_PER_SECOND = 50


async def run_casework(cases: int) -> PipelineResult:
    """Takes `cases` generated complaints from the inbox topic to closure, in a fresh data directory.

    Seconds are the demo's own: first post to last closure. Raises `BenchmarkFailed` when an accepted complaint was
    not closed or the audit found a fault, and `TimeoutError`.
    """
    with temporary_folder() as folder:
        arguments = ["demo", "--split", "--exit", "--json", "--port", str(free_port())]
        async with asyncio.timeout(START_SECONDS + time_limit(cases, SLOWEST_PER_SECOND)):
            summary = await last_line_of([*arguments, "--cases", str(cases), "--data-dir", str(folder / "data")])
    closed = summary["closed"]
    if summary["submitted"] != cases or closed != summary["accepted"] or summary["open"] or summary["faults"]:
        raise BenchmarkFailed(f"not every accepted case of {cases} was closed without a fault: {summary}")
    return PipelineResult("casework", closed, summary["events"], summary["seconds"])


async def last_line_of(arguments: list[str]) -> dict[str, Any]:
    """Runs `casework` and reads the last line of its standard output as JSON."""
    async with casework(*arguments) as process:
        output, _ = await process.communicate()
    lines = output.decode().splitlines()
    if process.returncode != 0 or not lines:
        raise BenchmarkFailed(f"casework {' '.join(arguments)}: exit code {process.returncode}; its errors say why")
    summary: dict[str, Any] = json.loads(lines[-1])
    return summary
