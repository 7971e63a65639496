"""One stack for these tests: real database, no broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

HAND_OFFS = Path(__file__).with_name("hand-offs.toml")


@pytest_asyncio.fixture(scope="session")
async def stack(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The four services. Cases of different tests do not meet."""
    async with (
        postgres_server.database("api") as url,
        stack_on(url, tmp_path_factory.mktemp("api"), hand_offs=HAND_OFFS) as stack,
    ):
        yield stack


@pytest_asyncio.fixture(scope="session")
async def desk(stack: Stack) -> AsyncIterator[Desk]:
    """Somebody who may do everything."""
    async with stack.client(await stack.key()) as http:
        yield Desk(http, stack.settle)
