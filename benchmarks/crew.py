"""Runs a pipeline's processes: all are ready before the first case, and none outlives the run.

A worker says `ready` once it is subscribed, waits for the line `go` on its standard input, and says `done` after
its last commit. Whatever ends the run, even SIGKILL, the workers' standard input ends with it, and they end
themselves; those that do not within `GRACE_SECONDS` are killed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from casework.shared.runtime.processes import exit_with_parent

T = TypeVar("T")

GRACE_SECONDS = 5.0
DATABASE_VARIABLE = "BENCHMARK_DATABASE"
KAFKA_VARIABLE = "BENCHMARK_KAFKA"
REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts listen: a `postgresql://` URL with its password, and `host:port`."""

    database: str
    kafka: str


class BenchmarkFailed(Exception):
    """The run measured nothing: a process ended early, or the work it did is not all there."""


class Worker:
    """One started process and the lines it exchanges with the run."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._process = process

    async def expect(self, word: str) -> float:
        """Waits for the line `word`. Returns the monotonic time it came, in seconds."""
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        if line != word:
            raise BenchmarkFailed(f"{self.name} said {line!r} instead of {word!r}; its error output says why")
        return time.monotonic()

    async def finish(self) -> float:
        """Waits for `done` and the process's own end. Returns the monotonic time of `done`, in seconds."""
        done_at = await self.expect("done")
        if code := await self._process.wait():
            raise BenchmarkFailed(f"{self.name} was done, then ended with code {code}")
        return done_at

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())

    async def end(self) -> None:
        """The end of its standard input tells a worker to end, whether this asks or the run was killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def crew(module: str, roles: Sequence[str], cases: int, parts: Parts) -> AsyncIterator[Mapping[str, Worker]]:
    """Starts `python -m module ROLE CASES` for each role, yields the workers, and ends them all with the block."""
    workers: dict[str, Worker] = {}
    try:
        for role in roles:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, role, str(cases)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=REPOSITORY,
                env=os.environ | {DATABASE_VARIABLE: parts.database, KAFKA_VARIABLE: parts.kafka},
            )
            workers[role] = Worker(role, process)
        yield workers
    finally:
        await asyncio.gather(*(worker.end() for worker in workers.values()))


async def timed(workers: Mapping[str, Worker], last: str) -> float:
    """Seconds from telling all to go, once all are ready, until `last` is done. All have ended when it returns."""
    await asyncio.gather(*(worker.expect("ready") for worker in workers.values()))
    began = time.monotonic()
    for worker in workers.values():
        worker.tell("go")
    async with asyncio.TaskGroup() as group:
        done = {name: group.create_task(worker.finish()) for name, worker in workers.items()}
    return done[last].result() - began


def time_limit(cases: int, slowest_per_second: int) -> float:
    """Seconds after which a run of `cases` is given up: a minute to start, then the slowest rate believable."""
    return 60 + cases / slowest_per_second


def assignment(roles: Sequence[str]) -> tuple[str, int, Parts]:
    """What a worker was started with: its role, the cases of the run, and the parts. The URL holds a password,
    so it comes in the environment; arguments are for everybody to read."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=roles)
    parser.add_argument("cases", type=int)
    given = parser.parse_args()
    return given.role, given.cases, Parts(os.environ[DATABASE_VARIABLE], os.environ[KAFKA_VARIABLE])


async def started() -> None:
    """A worker is ready; returns when the run starts. From here on the worker ends when its run does."""
    print("ready", flush=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    if line.strip() != "go":
        raise SystemExit("the run ended before it started this worker")
    exit_with_parent(sys.stdin.fileno(), GRACE_SECONDS)


def done() -> None:
    """A worker made its last commit."""
    print("done", flush=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, in which SIGTERM does what Ctrl-C does: ends everything that was started, then the program."""

    async def supervised() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(supervised())
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit("stopped before the end; what was started has been ended") from None
