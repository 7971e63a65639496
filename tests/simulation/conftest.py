"""Databases that are ready for a simulation: migrated once, then copied."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest_asyncio

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
