"""The key that the services show each other: made elsewhere, let in by `casework migrate` and `casework up`."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from casework.shared.cli.stack import _install
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.platform.api_keys import (
    SCOPES,
    SERVICE_SCOPES,
    ApiKeys,
    Principal,
    Unauthenticated,
    key_row,
    mint_key,
    register_key,
    revoke_key,
)
from casework.shared.runtime.data_dir import DataDir
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.testing.parts import PostgresServer

KEY = "cw_abcdefgh_" + "k" * 43


@pytest_asyncio.fixture
async def database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """An empty database."""
    async with postgres_server.database("key") as url:
        yield url


async def principal_of(database: str, plain: str) -> Principal:
    engine = admin_engine(database)
    try:
        return await ApiKeys(engine).principal_of(plain)
    finally:
        await engine.dispose()


async def revoke(database: str, prefix: str) -> None:
    engine = admin_engine(database)
    async with begin(engine) as work:
        assert await revoke_key(work, prefix)
    await engine.dispose()


async def migrate(database: str, key_file: Path) -> tuple[int, str]:
    """Run the command; its exit code and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "casework.shared.cli", "migrate", "--database", database,
        env=environment | {"CASEWORK_SERVICE_KEY_FILE": str(key_file)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_migrate_lets_the_services_in(database: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    for _ in range(2):
        code, said = await migrate(database, tmp_path / "key")
        assert (code, "the services' key is known" in said) == (0, True)
    who = await principal_of(database, KEY)
    assert (who.actor, who.scopes) == (Actor("services", "service"), frozenset(SERVICE_SCOPES))
    await revoke(database, "abcdefgh")
    code, said = await migrate(database, tmp_path / "key")
    assert (code, "was revoked" in said) == (2, True)


@pytest.mark.parametrize("content", [None, "cw_abcdefgh_open-sesame"])
async def test_migrate_refuses_what_is_no_key_and_does_not_repeat_it(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    code, said = await migrate("postgresql://nobody@127.0.0.1:1/none", tmp_path / "key")
    assert (code, str(tmp_path / "key") in said) == (2, True)
    assert not content or content not in said


def test_a_row_of_a_given_key_is_that_of_the_minted_one() -> None:
    plain, row = mint_key("a", "person", "r", 1, ["cases:read"])
    assert key_row(plain, "a", "person", "r", 1, ["cases:read"]) == row


@pytest.mark.parametrize("other", ["hash", "expired"])
async def test_a_key_that_cannot_be_used_is_not_in_force(database: str, other: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    assert (await migrate(database, tmp_path / "key"))[0] == 0
    row = key_row(KEY[:-1] + "x" if other == "hash" else KEY, "a", "person", "r", 1, ["cases:read"])
    engine = admin_engine(database)
    async with begin(engine) as work:
        if other == "expired":
            await work.execute("update platform.api_key set expires_at = now() - interval '1 second'")
        assert not await register_key(work, row)
    await engine.dispose()


async def test_keys_of_a_data_directory_outlive_its_database(
    database: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with postgres_server.database("key") as second:
        data = DataDir(tmp_path / "data")
        with data.hold():
            owner = await _install(data, database, DEFAULT_SHARDS)
            assert await _install(data, database, DEFAULT_SHARDS) == owner
            # The same folder, and a database that has never heard of its keys.
            assert await _install(data, second, DEFAULT_SHARDS) == owner
            for url in (database, second):
                assert (await principal_of(url, owner)).scopes == SCOPES
                services = (data.path / "keys" / "services").read_text()
                assert (await principal_of(url, services)).scopes == frozenset(SERVICE_SCOPES)
            await revoke(second, owner.split("_")[1])
            renewed = await _install(data, second, DEFAULT_SHARDS)
            assert renewed != owner
            assert (await principal_of(second, renewed)).scopes == SCOPES
            with pytest.raises(Unauthenticated):
                await principal_of(second, owner)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data" / "keys").iterdir()}
    assert modes == {0o600}
