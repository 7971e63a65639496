"""Casework itself as a pipeline: `casework demo --split` on its own parts, a process for each service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.crew import BenchmarkFailed, time_limit
from benchmarks.results import PipelineResult
from benchmarks.stack import temporary_folder
from casework.shared.runtime.claims import free_port

SLOWEST_PER_SECOND = 50
START_SECONDS = 120.0
"""Making a database, migrating it, and starting and stopping the stack, beside the run itself."""
STOP_SECONDS = 60.0


async def run_casework(cases: int) -> PipelineResult:
    """Takes `cases` generated complaints from the inbox topic to closure, in a fresh data directory.

    Seconds are the demo's own: first post to last closure. Raises `BenchmarkFailed` when an accepted complaint was
    not closed or the audit found a fault, and `TimeoutError`.
    """
    with temporary_folder() as folder:
        command = [*casework_command(), "demo", "--split", "--exit", "--json", "--port", str(free_port())]
        async with asyncio.timeout(START_SECONDS + time_limit(cases, SLOWEST_PER_SECOND)):
            summary = await last_line_of([*command, "--cases", str(cases), "--data-dir", str(folder / "data")])
    closed = summary["closed"]
    if summary["submitted"] != cases or closed != summary["accepted"] or summary["open"] or summary["faults"]:
        raise BenchmarkFailed(f"not every accepted case of {cases} was closed without a fault: {summary}")
    return PipelineResult("casework", closed, summary["events"], summary["seconds"])


def casework_command() -> list[str]:
    """The `casework` of the environment that runs this."""
    return [str(Path(sys.executable).with_name("casework"))]


async def last_line_of(command: list[str]) -> dict[str, Any]:
    """Runs the command and reads the last line of its standard output as JSON. However this ends, the command
    has ended too: asked with SIGTERM, on which it stops its stack, and killed when that takes too long."""
    # A stack of its own, whatever this shell is set up to reach.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
    lines = output.decode().splitlines()
    if process.returncode != 0 or not lines:
        raise BenchmarkFailed(f"`{' '.join(command)}` ended with code {process.returncode}; its error output says why")
    summary: dict[str, Any] = json.loads(lines[-1])
    return summary
