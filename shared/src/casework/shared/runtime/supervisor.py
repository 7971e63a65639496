"""Keeps named children running, and leaves none behind.

Invariant: whatever ends a child, it is started again, after a pause that doubles from 0.2 to 10 seconds and is
forgotten after 30 seconds of health; the others carry on. When the supervisor leaves, by request, signal or error,
it has stopped everything it started, the last started first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from casework.shared.runtime.processes import (
    PARENT_FD_VARIABLE,
    SERVICE_GRACE_SECONDS,
    ManagedProcess,
    ProcessRecord,
    StartFailed,
    until_ready,
)

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
HEALTHY_AFTER_SECONDS = 30.0


class Child(Protocol):
    """Something that runs: the embedded parts and `ServiceProcess` are. Each may be started again once it ended."""

    @property
    def name(self) -> str: ...

    @property
    def process(self) -> ManagedProcess:
        """The process of the last start."""

    async def start(self) -> None:
        """Return when it is ready for work; raise when it will not be."""

    async def wait(self) -> int:
        """Until it ends; the exit code."""

    async def stop(self) -> None:
        """Return when nothing of it runs any more, also when it had not come up or had ended."""


class ServiceProcess:
    """A process of ours that ends with its supervisor: it calls `exit_with_parent`, which reads the pipe given here."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        *,
        ready: Callable[[], Coroutine[None, None, None]] | None = None,
        ready_seconds: float = 60.0,
        grace: float = SERVICE_GRACE_SECONDS,
    ) -> None:
        """`env` is the whole environment. `ready` returns once the service answers; without it, it is at once."""
        self._name = name
        self._argv = tuple(argv)
        self._env = dict(env)
        self._log = log
        self._ready = ready
        self._ready_seconds = ready_seconds
        self._grace = grace
        self._process: ManagedProcess | None = None
        self._pipe: int | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def process(self) -> ManagedProcess:
        """Raises `StartFailed` before the first start."""
        if self._process is None:
            raise StartFailed(f"{self._name} has not been started.")
        return self._process

    async def start(self) -> None:
        """Raises `StartFailed` when it ends before it is ready."""
        self._close_pipe()
        reading, self._pipe = os.pipe()
        try:
            self._process = ManagedProcess.spawn(
                self._name,
                self._argv,
                log=self._log,
                env=self._env | {PARENT_FD_VARIABLE: str(reading)},
                pass_fds=(reading,),
            )
        finally:
            os.close(reading)
        if self._ready is not None:
            await until_ready(self._process, self._log, self._ready(), self._ready_seconds)

    async def wait(self) -> int:
        return await self.process.wait()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop(self._grace)
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


class Happening(StrEnum):
    """What can be told of a child."""

    STARTED = "started"
    ENDED = "ended"
    START_FAILED = "start-failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ChildNews:
    """Told to `on_news`. `detail` is for people; `pause` is the seconds until the next start, where one follows."""

    child: str
    happening: Happening
    detail: str = ""
    pause: float | None = None


class Interrupted(Exception):
    """SIGINT, SIGTERM or `request_stop` came while something else was under way."""


class Supervisor:
    """An asynchronous context manager. Inside, call `start` for each tier of children, and then `run`.

    While it is entered SIGINT, SIGTERM and SIGHUP (the terminal was closed) ask it to stop instead of doing what
    they usually do, so it must be entered in the main thread.
    """

    def __init__(self, on_news: Callable[[ChildNews], None]) -> None:
        self._on_news = on_news
        self._tiers: list[tuple[Child, ...]] = []
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._stop_requested = asyncio.Event()
        self._signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup, which is meant
            self._signals.append(signal.SIGHUP)

    async def __aenter__(self) -> Supervisor:
        loop = asyncio.get_running_loop()
        for number in self._signals:
            loop.add_signal_handler(number, self.request_stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._stop_all()
        finally:
            loop = asyncio.get_running_loop()
            for number in self._signals:
                loop.remove_signal_handler(number)

    @property
    def records(self) -> tuple[ProcessRecord, ...]:
        """How to recognise what is kept running, as of now: a child that is started again has another one."""
        return tuple(child.process.record for tier in self._tiers for child in tier if child.name in self._keepers)

    def request_stop(self) -> None:
        """As SIGTERM does: `run` returns, and a `start` or `meanwhile` under way raises `Interrupted`."""
        self._stop_requested.set()

    async def start(self, *tier: Child) -> None:
        """Start these together, return when all are ready, and keep them running from then on.

        The first start is not tried twice: what prevents it (a taken port, a wrong setting) is raised, for a
        person to read.
        """
        self._tiers.append(tier)
        await self.meanwhile(_all([child.start() for child in tier]))
        for child in tier:
            self._on_news(ChildNews(child.name, Happening.STARTED, f"pid {child.process.pid}"))
            self._keepers[child.name] = asyncio.create_task(self._keep(child), name=f"keep-{child.name}")

    async def meanwhile(self, work: Coroutine[None, None, T]) -> T:
        """What `work` returns. Cancels it and raises `Interrupted` when a stop is asked for before it is done."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stop_requested.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise Interrupted("Stopped before it was done.")
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.wait({doing, stopping})

    async def run(self) -> None:
        """Keep the children running until a stop is asked for."""
        with suppress(Interrupted):
            await self.meanwhile(self._first_lost())

    async def _first_lost(self) -> None:
        # A keeper ends only by a fault of its own, which must not go unseen.
        lost, _ = await asyncio.wait(self._keepers.values(), return_when=asyncio.FIRST_COMPLETED)
        for keeper in lost:
            keeper.result()

    async def _keep(self, child: Child) -> None:
        pause = FIRST_PAUSE_SECONDS
        started = time.monotonic()
        news = ChildNews(child.name, Happening.ENDED, _how(await child.wait()))
        while True:
            if time.monotonic() - started > HEALTHY_AFTER_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._on_news(ChildNews(news.child, news.happening, news.detail, pause))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            started = time.monotonic()
            news = await self._start_again(child)

    async def _start_again(self, child: Child) -> ChildNews:
        """Start it and wait for its end, of whatever kind; returns how it ended."""
        try:
            await child.start()
        except Exception as error:  # noqa: BLE001 - whatever prevented this start may not prevent the next
            with suppress(StartFailed):
                await child.stop()
            return ChildNews(child.name, Happening.START_FAILED, str(error) or type(error).__name__)
        self._on_news(ChildNews(child.name, Happening.STARTED, f"pid {child.process.pid}"))
        return ChildNews(child.name, Happening.ENDED, _how(await child.wait()))

    async def _stop_all(self) -> None:
        keepers = list(self._keepers.values())
        for keeper in keepers:
            keeper.cancel()
        if keepers:
            await asyncio.wait(keepers)
        try:
            while self._tiers:
                await _all([self._stop(child) for child in self._tiers.pop()])
        finally:
            if self._tiers:  # a child that could not be stopped does not save the others
                await self._stop_all()

    async def _stop(self, child: Child) -> None:
        await child.stop()
        self._on_news(ChildNews(child.name, Happening.STOPPED))


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Let all of it finish, then raise what the first that failed raised."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if result is not None:
            raise result


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"
