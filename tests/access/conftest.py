"""One stack for these tests: real database, no broker."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on


@pytest_asyncio.fixture(scope="session")
async def stack(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The four services behind one application."""
    name = f"access_{secrets.token_hex(4)}"
    url = await postgres_server.create_database(name)
    async with stack_on(url, tmp_path_factory.mktemp("access")) as stack:
        yield stack
    await postgres_server.drop_database(name)
