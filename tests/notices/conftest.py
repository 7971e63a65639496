"""A migrated database and an open post office for each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest_asyncio
from tests.notices.office import Office
from tests.notices.post_office import PostOffice
from tests.store.log import migrated

from casework.shared.runtime.database import service_engine
from casework.shared.testing.parts import PostgresServer


@pytest_asyncio.fixture(scope="session")
async def notices_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a database in this release's shape, with nothing in it and nobody connected."""
    name = f"notices_{secrets.token_hex(4)}"
    await migrated(await postgres_server.create_database(name))
    yield name
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def office(postgres_server: PostgresServer, notices_database: str) -> AsyncIterator[Office]:
    async with postgres_server.database("notices", template=notices_database) as url:
        engine = service_engine(url, "followup", pool_size=6)
        post_office = PostOffice()
        await post_office.open()
        try:
            yield Office(engine, post_office)
        finally:
            await post_office.shut()
            await engine.dispose()
