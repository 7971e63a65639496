"""Child processes: started, recognised later, ended.

Invariant: a process is signalled only while it is provably the one meant. A pid alone proves nothing, since
the system gives it to another program later; a direct child that was not yet reaped, or pid, start time and
arguments together, do. Every child runs in a session of its own, so that Ctrl-C reaches only its parent.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")
SERVICE_GRACE_SECONDS = 35.0
_SAME_START_SECONDS = 3.0  # the system tells start times by a clock of its own
PARENT_FD_VARIABLE = "CASEWORK_PARENT_FD"


class StartFailed(Exception):
    """A process did not come up. The message holds the end of its log and where the whole log is."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process as another one can recognise it later. `started` is in seconds since the epoch."""

    name: str
    pid: int
    started: float
    argv: tuple[str, ...]
    stop_with: str = "SIGTERM"

    @classmethod
    def of_self(cls, name: str) -> ProcessRecord:
        """The record of the process that asks."""
        me = psutil.Process()
        return cls(name, me.pid, me.create_time(), tuple(me.cmdline()))

    def find(self) -> psutil.Process | None:
        """The process itself, if it still runs and is the same program with the same arguments."""
        try:
            process = psutil.Process(self.pid)
            if not runs(process) or abs(process.create_time() - self.started) > _SAME_START_SECONDS:
                return None
            # The interpreter's own path may be rewritten by the platform; what follows it may not.
            return process if tuple(process.cmdline()[1:]) == self.argv[1:] else None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    async def end(self, grace: float) -> bool:
        """Ask it to stop, kill it after `grace` seconds. Returns whether it ran."""
        process = self.find()
        if process is None:
            return False
        await end([process], signal.Signals[self.stop_with], grace)
        return True


class ManagedProcess:
    """One direct child of this process."""

    def __init__(self, popen: subprocess.Popen[bytes], record: ProcessRecord) -> None:
        self._popen = popen
        self.record = record
        self._exit: Future[int] = Future()
        # Running futures cannot be cancelled: a waiter that gives up must not end the wait of the others.
        self._exit.set_running_or_notify_cancel()
        threading.Thread(target=self._reap, name=f"wait-{record.name}", daemon=True).start()

    def _reap(self) -> None:
        self._exit.set_result(self._popen.wait())

    @classmethod
    def spawn(
        cls,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        pass_fds: Sequence[int] = (),
        stop_with: signal.Signals = signal.SIGTERM,
        stop_with_parent: bool = False,
    ) -> ManagedProcess:
        """Start `argv` with its output appended to `log`.

        `user` is a system user to become (only root may ask). `stop_with` asks it to stop. With
        `stop_with_parent` the kernel asks it when the thread that called this dies, on systems that offer that:
        call from the main thread. A preexec function could arrange the same, but may deadlock in a process with
        threads.
        """
        setpriv = shutil.which("setpriv") if stop_with_parent else None
        death = stop_with.name.removeprefix("SIG")
        command = [setpriv, "--pdeathsig", death, "--", *argv] if setpriv else list(argv)
        group = _group_of(user)
        with log.open("ab") as output:
            popen = subprocess.Popen(  # noqa: S603 - arguments are ours, no shell reads them
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                user=user,
                group=group,
                extra_groups=None if group is None else [],
                pass_fds=pass_fds,
                start_new_session=True,
            )
        return cls(popen, ProcessRecord(name, popen.pid, time.time(), tuple(argv), stop_with.name))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """What `wait` will return, or None while it runs. Negative is the signal that killed it."""
        return self._exit.result() if self._exit.done() else None

    async def wait(self) -> int:
        """Until it ends; the exit code, negative for the signal that killed it."""
        return await asyncio.wrap_future(self._exit)

    async def stop(self, grace: float = SERVICE_GRACE_SECONDS) -> int:
        """Ask it to stop; after `grace` seconds kill it and what it started. Returns the exit code."""
        self._popen.send_signal(signal.Signals[self.record.stop_with])
        try:
            async with asyncio.timeout(grace):
                return await self.wait()
        except TimeoutError:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            return await self.wait()


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


async def end(processes: Sequence[psutil.Process], first: signal.Signals, grace: float) -> None:
    """End processes that are not our children: `first`, then SIGKILL to those left after `grace` seconds."""
    for what, seconds in ((first, grace), (signal.SIGKILL, 10.0)):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(what)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            processes = [process for process in processes if runs(process)]
            if not processes:
                return
            await asyncio.sleep(0.02)


def runs(process: psutil.Process) -> bool:
    """Whether it still executes. One that waits to be reaped by its parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def exit_with_parent(fd: int | None = None, grace: float = SERVICE_GRACE_SECONDS) -> None:
    """End this process when the one that started it is gone, even by SIGKILL.

    `fd` is the reading end of a pipe whose writing end only the parent holds, so it reads as ended exactly
    when the parent has. Without `fd` it is taken from the environment, and nothing happens where that names
    none (a container). The process gets SIGTERM, and `grace` seconds later is ended without asking.
    """
    if fd is None:
        given = os.environ.get(PARENT_FD_VARIABLE)
        if given is None:
            return
        fd = int(given)

    def watch(pipe: int) -> None:
        os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, args=(fd,), name="exit-with-parent", daemon=True).start()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message; empty when there is none."""
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


async def until_ready(process: ManagedProcess, log: Path, ready: Coroutine[None, None, T], seconds: float) -> T:
    """What `ready` returns. Raises `StartFailed` when `process` ends before, or after `seconds`."""
    readiness = asyncio.ensure_future(ready)
    ending = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({readiness, ending}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if readiness.done():
            return readiness.result()
        how = f"ended with code {ending.result()}" if ending.done() else f"took more than {seconds:.0f} s"
        raise StartFailed(f"{process.record.name} {how} before it was ready. Its log {log} ends:\n{tail(log)}")
    finally:
        readiness.cancel()
        ending.cancel()
        await asyncio.wait({readiness, ending})
