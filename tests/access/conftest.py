"""One stack for these tests: real database, no broker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on


@pytest_asyncio.fixture(scope="session")
async def stack(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The four services behind one application."""
    async with postgres_server.database("access") as url, stack_on(url, tmp_path_factory.mktemp("access")) as stack:
        yield stack
