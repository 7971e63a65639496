"""PostgreSQL over TLS, by a server that takes nothing else.

The embedded server is built without TLS, so this needs one of the distribution's (`/usr/lib/postgresql`), as CI has.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.migrations.run import migrate
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.database import StoreUnavailable, admin_engine, begin, service_engine
from casework.shared.runtime.discovery import installed
from casework.shared.testing.authority import Authority

PASSWORD = "of-the-tests"
HBA = """local all all trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostnossl all all all reject
"""
SETTINGS = (
    "fsync=off",
    "listen_addresses=127.0.0.1",
    "ssl=on",
    "unix_socket_directories=",
    "max_connections=20",
    "logging_collector=off",
)


@dataclass(frozen=True)
class Secured:
    """A running server, and who signed its certificate, which is for 127.0.0.1 and nothing else."""

    port: int
    authority: Authority
    folder: Path

    def url(self, *words: str, host: str = "127.0.0.1") -> str:
        return f"postgresql://postgres:{PASSWORD}@{host}:{self.port}/postgres" + (
            "?" + "&".join(words) if words else ""
        )

    def checked(self, host: str = "127.0.0.1", authority: Authority | None = None) -> str:
        root = (authority or self.authority).file
        return self.url("sslmode=verify-full", f"sslrootcert={root}", host=host)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("the embedded PostgreSQL is built without TLS, and there is no other in /usr/lib/postgresql")
    return found[-1].parent


@pytest_asyncio.fixture(scope="module")
async def secured() -> AsyncIterator[Secured]:
    binaries = _binaries()
    user = next((each.pw_name for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody")), "")
    as_user = user if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="casework-postgres-tls-"))
    authority = Authority(folder)
    server = authority.sign("server", ["127.0.0.1"])
    (folder / "password").write_text(PASSWORD)
    if as_user:
        for each in (folder, *folder.iterdir()):
            shutil.chown(each, user)
    data = folder / "data"
    arguments = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
    await asyncio.to_thread(
        subprocess.run, [*arguments, "--locale=C", f"--pwfile={folder / 'password'}"],
        check=True, capture_output=True, cwd=folder, user=as_user,
    )  # fmt: skip
    (data / "pg_hba.conf").write_text(HBA)
    port = free_port()
    named = [
        f"ssl_cert_file={server.certificate}",
        f"ssl_key_file={server.key}",
        f"port={port}",
        "listen_addresses=127.0.0.1",
    ]
    options = [word for setting in (*SETTINGS, *named) for word in ("-c", setting)]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [str(binaries / "postgres"), "-D", str(data), *options], stdout=log, stderr=log, cwd=folder, user=as_user
    )
    try:
        found = Secured(port, authority, folder)
        for _ in range(300):
            try:
                connection = await asyncpg.connect(found.checked(), timeout=2)
                break
            except (OSError, asyncpg.CannotConnectNowError):
                assert process.poll() is None, (folder / "log").read_text()
                await asyncio.sleep(0.1)
        else:
            pytest.fail((folder / "log").read_text())
        await connection.close()
        yield found
    finally:
        process.terminate()
        process.wait(20)
        log.close()
        shutil.rmtree(folder)


async def _asked(engine: AsyncEngine, question: str) -> object:
    try:
        async with begin(engine) as work:
            return await work.fetch_value(question)
    finally:
        await engine.dispose()


ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


async def test_the_whole_installation_works_over_tls(secured: Secured) -> None:
    url = secured.checked()
    admin = admin_engine(url)
    await migrate(admin, [service.schema for service in installed()], shards=2)
    assert await _asked(admin, ENCRYPTED) is True
    pinned = await _asked(service_engine(url, "intake", pool_size=2), "SHOW search_path")
    assert pinned == "intake,platform" or pinned == "intake, platform"
    assert await _asked(service_engine(url, "intake", pool_size=2), "SELECT current_user") == "casework_intake"


async def test_another_name_or_another_authority_is_refused(secured: Secured, tmp_path: Path) -> None:
    """The server is the right one: its certificate is for the address, and not for `localhost`."""
    for url in (secured.checked(host="localhost"), secured.checked(authority=Authority(tmp_path, "other"))):
        with pytest.raises(StoreUnavailable) as refused:
            await _asked(admin_engine(url), "SELECT 1")
        assert "SSLCertVerificationError" in str(refused.value)


async def test_without_an_authority_of_ours_the_systems_are_asked(secured: Secured) -> None:
    with pytest.raises(StoreUnavailable, match="SSLCertVerificationError"):
        await _asked(admin_engine(secured.url("sslmode=verify-full")), "SELECT 1")


async def test_the_server_takes_nothing_in_plain_text(secured: Secured) -> None:
    with pytest.raises(StoreUnavailable, match="InvalidAuthorization"):
        await _asked(admin_engine(secured.url("sslmode=disable")), "SELECT 1")


async def test_the_environment_says_it_too(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(secured.authority.file))
    assert await _asked(admin_engine(secured.url()), ENCRYPTED) is True
