"""One installation's logs, and empty databases for services that shall take them in."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from tests.guard.upstream import Upstream, written
from tests.store.log import migrated

from casework.shared.testing.parts import PostgresServer

Databases = Callable[[], Awaitable[str]]


@pytest_asyncio.fixture(scope="session")
async def installation_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a migrated, empty database with nobody connected. All databases here are of its installation."""
    name = f"guard_{secrets.token_hex(4)}"
    await migrated(await postgres_server.create_database(name))
    yield name
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture(scope="session")
async def upstream(
    postgres_server: PostgresServer, installation_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Upstream]:
    """What the services have recorded. Tests leave it as it is."""
    name = f"{installation_database}_upstream"
    url = await postgres_server.create_database(name, template=installation_database)
    async with written(url, tmp_path_factory.mktemp("guard")) as upstream:
        yield upstream
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def databases(postgres_server: PostgresServer, installation_database: str) -> AsyncIterator[Databases]:
    """Makes an empty database of the installation, as often as asked; gives its URL."""
    made: list[str] = []

    async def make() -> str:
        made.append(f"{installation_database}_{secrets.token_hex(3)}")
        return await postgres_server.create_database(made[-1], template=installation_database)

    yield make
    for name in made:
        await postgres_server.drop_database(name)
