"""A migrated database whose outbox is empty, and an open post office, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text
from tests.notices.office import Office
from tests.notices.post_office import PostOffice
from tests.store.log import migrated

from casework.shared.runtime.database import admin_engine, service_engine
from casework.shared.testing.parts import PostgresServer


@pytest_asyncio.fixture(scope="session")
async def notices_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The URL of a database in this release's shape."""
    async with postgres_server.database("notices") as url:
        await migrated(url)
        yield url


@pytest_asyncio.fixture
async def office(notices_database: str) -> AsyncIterator[Office]:
    admin = admin_engine(notices_database)
    async with admin.begin() as connection:
        await connection.execute(text("TRUNCATE followup.notice"))
    await admin.dispose()
    engine = service_engine(notices_database, "followup", pool_size=6)
    post_office = PostOffice()
    await post_office.open()
    try:
        yield Office(engine, post_office)
    finally:
        await post_office.shut()
        await engine.dispose()
