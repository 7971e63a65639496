"""What only one process at a time may hold: a data directory, a port.

Invariant: a claim ends with the process that made it, however that ends; nothing has to be cleaned up after it.
"""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """Another program listens on the port that was asked for. The message says which and what to do."""


class AlreadyRunning(Exception):
    """Another process holds the lock. The message names its pid and what to do."""


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, option: str) -> None:
    """Raise `PortTaken`, which tells to use `option`, when the loopback port cannot be listened on."""
    if not 0 < port < 65536:
        raise PortTaken(f"There is no port {port}: choose one from 1 to 65535 with {option}.")
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} on {LOOPBACK} cannot be used ({error.strerror}). "
                f"Stop the program that has it, or choose another port with {option}."
            ) from error


class FileLock:
    """An exclusive lock on a file, released by the system when this process ends, however it ends."""

    def __init__(self, path: Path, what: str, instead: str = "choose another --data-dir") -> None:
        """`what` is locked by it, and `instead` is what else than stopping the holder helps: both for the message."""
        self._path = path
        self._what = what
        self._instead = instead
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock; nothing happens when this object has it. Raises `AlreadyRunning`, naming the holder."""
        if self._fd is not None:
            return
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(fd, 20).decode().strip() or "unknown"
            os.close(fd)
            raise AlreadyRunning(
                f"{self._what} is in use by the process with pid {holder}. "
                f"Stop that one (Ctrl-C where it runs, or `kill {holder}`), or {self._instead}."
            ) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
