"""Casework as a user starts it: the command `casework` of this environment, and a whole stack of it.

Invariant: an installation is this run's own. It hears nothing of what the shell is set up to reach, lives in the
run's folder, and has ended with the block, asked with SIGTERM on which it stops its stack, and killed when that
takes too long.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import IO

import psutil

from benchmarks.crew import BenchmarkFailed
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.data_dir import DataDir, NoStack, Stack

START_SECONDS = 120.0
"""Making a database, migrating it, and starting the stack."""
STOP_SECONDS = 60.0
POLICY = "straight-through-demo.toml"


@asynccontextmanager
async def casework(
    *arguments: str, output: IO[bytes] | int = PIPE, institution: Path | None = None
) -> AsyncIterator[Process]:
    """Runs the command `casework` with its standard output going to `output`; it has ended with the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    if institution is not None:
        environment["CASEWORK_INSTITUTION"] = str(institution)
    program = str(Path(sys.executable).with_name("casework"))
    errors = None if output == PIPE else output
    process = await asyncio.create_subprocess_exec(program, *arguments, stdout=output, stderr=errors, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def installation(
    folder: Path, *, straight_through: bool, institution: Path | None = None
) -> AsyncIterator[Stack]:
    """A `casework up --split` in `folder`, with the demo's standing solutions or with none, of that institution.

    Raises `BenchmarkFailed` when it ends before it answers, and `TimeoutError`.
    """
    data = DataDir(folder / "data")
    with as_file(files("casework.shared") / "policies" / POLICY) as policy, (folder / "up.log").open("wb") as log:
        arguments = ["up", "--split", "--port", str(free_port()), "--data-dir", str(data.path)]
        if straight_through:
            arguments += ["--straight-through", str(policy)]
        async with casework(*arguments, output=log, institution=institution) as process:
            async with asyncio.timeout(START_SECONDS):
                while (stack := _recorded(data)) is None:
                    if process.returncode is not None:
                        raise BenchmarkFailed(f"the stack did not start:\n{(folder / 'up.log').read_text()}")
                    await asyncio.sleep(0.1)
            yield stack


def _recorded(data: DataDir) -> Stack | None:
    try:
        return data.read_stack()
    except NoStack:
        return None


def cpu_seconds(stack: Stack) -> Mapping[str, float]:
    """User and system time so far of each part of the stack, its children's and ended children's with it.

    Raises `BenchmarkFailed` when a part is not the one that was started: its time is lost.
    """
    try:
        parts = {record.name: psutil.Process(record.pid) for record in stack.children}
        return {name: _spent([part, *part.children(recursive=True)]) for name, part in parts.items()}
    except psutil.NoSuchProcess as error:
        raise BenchmarkFailed(f"a part of the stack ended during the run (pid {error.pid})") from error


def _spent(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in times))
