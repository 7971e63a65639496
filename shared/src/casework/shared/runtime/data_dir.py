"""The folder of one installation on one machine: its database, its logs, and where its running stack listens.

Invariant: at most one stack runs on a data directory, since it holds the lock in it; and `stack.json` is believed
only while the process that wrote it runs. What a killed stack left running is ended by the next one, after it was
recognised by pid, start time and arguments.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from casework.shared.runtime.claims import FileLock
from casework.shared.runtime.processes import SERVICE_GRACE_SECONDS, ProcessRecord


class NoStack(Exception):
    """No stack runs on this data directory. The message says how to start one, or to point at another."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a running stack listens and what lets a client of the same user in. `started` is RFC 3339, UTC."""

    url: str
    database_url: str
    kafka_servers: str
    key: str
    started: str
    supervisor: ProcessRecord
    children: tuple[ProcessRecord, ...]


class DataDir:
    """One data directory. Made, readable by its owner only, by `hold`; reading from one that is not there is fine."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.postgres = self.path / "postgres"
        self.logs = self.path / "logs"
        self._stack = self.path / "stack.json"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Have this data directory until the end of the block. Raises `AlreadyRunning`, naming the other's pid."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(self.path / "lock", f"The data directory {self.path}")
        lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def write_stack(self, stack: Stack) -> None:
        """Record where the stack listens, for its owner's eyes: the whole of it or, after a crash, what was before."""
        descriptor, name = tempfile.mkstemp(dir=self.path, prefix="stack.")  # mkstemp gives mode 0600
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(stack), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._stack)

    def clear_stack(self) -> None:
        """Say that no stack runs here any more."""
        self._stack.unlink(missing_ok=True)

    def read_stack(self) -> Stack:
        """Where the running stack listens. Raises `NoStack` when there is none, also after one was killed."""
        stack = self._recorded()
        if stack is None:
            raise NoStack(
                f"No stack runs on {self.path}. Start one with `casework up --data-dir {self.path}`, "
                "or name the running one's folder with --data-dir."
            )
        if stack.supervisor.find() is None:
            raise NoStack(
                f"The stack on {self.path}, started {stack.started} with pid {stack.supervisor.pid}, was killed and is "
                f"not running any more. Start it again with `casework up --data-dir {self.path}`."
            )
        return stack

    async def end_leftovers(self) -> list[ProcessRecord]:
        """End the processes a killed stack left running, while this data directory is held. Returns which."""
        stack = self._recorded()
        if stack is None:
            return []
        ended = await asyncio.gather(*(child.end(SERVICE_GRACE_SECONDS) for child in stack.children))
        self.clear_stack()
        return [child for child, ran in zip(stack.children, ended, strict=True) if ran]

    def _recorded(self) -> Stack | None:
        try:
            document = json.loads(self._stack.read_text())
            return Stack(
                **document
                | {
                    "supervisor": _record(document["supervisor"]),
                    "children": tuple(_record(child) for child in document["children"]),
                }
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            # Written by another release, or by hand. The database and the lock protect themselves.
            return None


def _record(document: dict[str, Any]) -> ProcessRecord:
    return ProcessRecord(**document | {"argv": tuple(document["argv"])})
