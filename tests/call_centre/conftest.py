"""A split stack with a front: what call centres talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.front.conftest import Split, split_on

from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer


@pytest_asyncio.fixture(scope="session")
async def split(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Split]:
    """Four servers and the front before them, without a broker: events travel when the test says so."""
    async with (
        postgres_server.database("calls") as url,
        split_on(url, tmp_path_factory.mktemp("calls")) as running,
    ):
        yield running


@pytest_asyncio.fixture(scope="session")
async def desk(split: Split) -> AsyncIterator[Desk]:
    """Somebody who may do everything, through the front."""
    async with split.client() as http:
        yield Desk(http, split.settle)
