import asyncio
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio

from casework.shared.runtime.claims import AlreadyRunning, PortTaken
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.processes import StartFailed, runs
from casework.shared.testing.parts import PostgresServer

OWNER = """
import asyncio, sys
from pathlib import Path
from casework.shared.runtime.postgres_part import EmbeddedPostgres

async def main():
    part = EmbeddedPostgres(Path(sys.argv[1]))
    await part.start()
    print(part.pid, flush=True)
    await part.wait()

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="casework-test-"))
    yield path
    shutil.rmtree(path)


@pytest_asyncio.fixture
async def part(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    part = EmbeddedPostgres(folder / "postgres")
    await part.start()
    yield part
    await part.stop()


async def rows(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM kept"))
    finally:
        await connection.close()


async def write(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        await connection.execute("INSERT INTO kept SELECT generate_series(1, $1::int)", count)
    finally:
        await connection.close()


async def test_data_survives_a_stop_and_a_start(part: EmbeddedPostgres) -> None:
    await write(part.url, 10)
    before, url = part.pid, part.url
    await part.stop()
    assert not psutil.pid_exists(before)
    await part.start()
    assert part.url == url
    assert await rows(url) == 10


async def test_comes_back_after_kill_9_while_sessions_are_busy(part: EmbeddedPostgres) -> None:
    await write(part.url, 10)
    busy = [await asyncpg.connect(part.url) for _ in range(8)]
    forever = [
        asyncio.ensure_future(session.execute("SELECT count(*) FROM generate_series(1, 1000000000000)"))
        for session in busy
    ]
    for _ in range(2):
        orphans = psutil.Process(part.pid).children()
        os.kill(part.pid, signal.SIGKILL)
        assert await part.wait() == -signal.SIGKILL
        await part.start()
        assert not any(runs(orphan) for orphan in orphans)
        assert await rows(part.url) == 10
    await asyncio.gather(*forever, return_exceptions=True)


async def test_stop_leaves_no_process(folder: Path) -> None:
    part = EmbeddedPostgres(folder / "postgres")
    await part.start()
    family = [psutil.Process(part.pid), *psutil.Process(part.pid).children(recursive=True)]
    session = await asyncpg.connect(part.url)
    await part.stop()
    assert not any(runs(process) for process in family)
    session.terminate()


@pytest.mark.parametrize("kernel_tells", [True, False])
async def test_a_server_whose_owner_was_killed_is_ended_by_the_next_start(folder: Path, kernel_tells: bool) -> None:
    data = folder / "postgres"
    # Without setpriv on the path the kernel is not asked to end the server with its owner.
    env = dict(os.environ) if kernel_tells else os.environ | {"PATH": str(folder)}
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(data), stdout=asyncio.subprocess.PIPE, env=env
    )
    assert owner.stdout is not None
    left = psutil.Process(int(await owner.stdout.readline()))
    owner.kill()
    await owner.wait()
    if not kernel_tells:
        assert runs(left)
    part = EmbeddedPostgres(data)
    try:
        await part.start()
        assert not runs(left)
        await write(part.url, 3)
    finally:
        await part.stop()


async def test_a_second_one_on_the_same_folder_is_refused(part: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}.*--data-dir"):
        await EmbeddedPostgres(part.data_dir).start()
    await write(part.url, 1)


async def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        part = EmbeddedPostgres(folder / "postgres", port)
        with pytest.raises(PortTaken, match=f"Port {port} .*another port"):
            await part.start()
        await part.stop()


async def test_a_start_that_fails_shows_the_log(folder: Path) -> None:
    part = EmbeddedPostgres(folder / "postgres")
    await part.start()
    await part.stop()
    (part.data_dir / "pgdata" / "PG_VERSION").write_text("12\n")
    with pytest.raises(StartFailed, match="initialized by PostgreSQL version 12"):
        await part.start()
    await part.stop()


async def test_files_half_made_by_a_killed_start_are_made_anew(folder: Path) -> None:
    data = folder / "postgres"
    (data / "pgdata.making").mkdir(parents=True)
    (data / "pgdata.making" / "PG_VERSION").write_text("18\n")
    part = EmbeddedPostgres(data)
    try:
        await part.start()
        await write(part.url, 1)
    finally:
        await part.stop()


async def test_durability_cannot_be_switched_off(part: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(part.url)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {name} = off")
    await connection.close()
    await part.stop()
    await part.start()
    connection = await asyncpg.connect(part.url)
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await connection.fetchval(f"SHOW {name}") == "on"
    await connection.close()


async def test_the_password_is_needed_and_its_file_private(part: EmbeddedPostgres) -> None:
    file = part.data_dir / "password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not (part.data_dir / "password.given").exists()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(part.url.replace(file.read_text(), "wrong"))


async def test_words_are_found_in_chinese(postgres_server: PostgresServer) -> None:
    url = await postgres_server.create_database("chinese")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION pg_trgm")
    assert await connection.fetchval("SELECT cardinality(show_trgm('退款'))") > 0
    await connection.close()
    await postgres_server.drop_database("chinese")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
async def test_root_may_keep_its_data_below_a_private_folder(folder: Path) -> None:
    private = folder / "home"
    private.mkdir(mode=0o700)
    part = EmbeddedPostgres(private / "data" / "postgres")
    try:
        await part.start()
        assert psutil.Process(part.pid).uids().effective != 0
        assert stat.S_IMODE(private.stat().st_mode) == 0o701
    finally:
        await part.stop()


async def test_a_copy_of_a_template(postgres_server: PostgresServer) -> None:
    url = await postgres_server.create_database("original")
    await write(url, 2)
    assert await rows(await postgres_server.create_database("copy", template="original")) == 2
    for name in ("copy", "original"):
        await postgres_server.drop_database(name)
    with suppress(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
        pytest.fail("the database is still there")
