"""Databases that are ready for a simulation: migrated once, then copied."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog

from casework.shared.migrations.run import migrate
from casework.shared.runtime.database import admin_engine
from casework.shared.runtime.discovery import installed
from casework.shared.simulation.office import SHARDS
from casework.shared.testing.parts import PostgresServer


@pytest_asyncio.fixture(scope="module")
async def template(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a migrated database that nobody is connected to."""
    name = f"simulated_{secrets.token_hex(4)}"
    engine = admin_engine(await postgres_server.create_database(name))
    await migrate(engine, [service.schema for service in installed()], shards=SHARDS)
    await engine.dispose()
    yield name
    await postgres_server.drop_database(name)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No line for each request: writing them takes longer than many of the requests."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)
