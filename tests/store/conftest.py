"""A migrated database, copied for each test that wants one."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from tests.store.log import Log, log_on, migrated

from casework.shared.testing.parts import PostgresServer


@pytest_asyncio.fixture(scope="session")
async def migrated_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a database in this release's shape, with nothing in it and nobody connected."""
    name = f"store_{secrets.token_hex(4)}"
    await migrated(await postgres_server.create_database(name))
    yield name
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture(scope="session")
async def common_log(postgres_server: PostgresServer, migrated_database: str) -> AsyncIterator[Log]:
    """Intake's log for tests that look only at cases of their own, or at what changes."""
    async with _copied(postgres_server, migrated_database) as log:
        yield log


@pytest_asyncio.fixture
async def log(postgres_server: PostgresServer, migrated_database: str) -> AsyncIterator[Log]:
    """Intake's log, empty."""
    async with _copied(postgres_server, migrated_database) as log:
        yield log


@asynccontextmanager
async def _copied(postgres_server: PostgresServer, template: str) -> AsyncIterator[Log]:
    async with postgres_server.database(template, template=template) as url, log_on(url) as log:
        yield log
