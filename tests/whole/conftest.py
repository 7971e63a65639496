"""Offices for these tests: real database, no broker, the real timer, and a time that the test tells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from tests.clocks.office import Office, office

from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.migrations.run import migrate
from casework.shared.runtime.database import admin_engine
from casework.shared.runtime.discovery import installed
from casework.shared.testing.parts import PostgresServer

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Office]]


@pytest_asyncio.fixture(scope="session")
async def installed_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a database with every table and no case, to be copied: installing costs more than most tests."""
    async with postgres_server.database("installed") as url:
        engine = admin_engine(url)
        try:
            await migrate(engine, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
        finally:
            await engine.dispose()
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def open_office(postgres_server: PostgresServer, installed_database: str, tmp_path: Path) -> Open:
    """Opens an office: see `office`."""
    return partial(office, postgres_server, tmp_path, template=installed_database)
