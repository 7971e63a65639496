"""A database with the schemas that every service uses, made from their metadata; and the server it is on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.ids import ServiceName
from casework.shared.http.idempotency import idempotency_table
from casework.shared.keys import tables as vault
from casework.shared.platform import tables as platform
from casework.shared.platform.access_record_v1 import create_access_records
from casework.shared.runtime.database import admin_engine, role_of, service_engine
from casework.shared.testing.parts import PostgresServer, postgres_server

__all__ = ["postgres_server"]

SERVICES: tuple[ServiceName, ...] = ("intake", "resolution")


@pytest_asyncio.fixture(scope="session")
async def kit_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The URL of a database with `platform`, `vault` and the services' idempotency tables, with their rights."""
    async with postgres_server.database("kit") as url:
        engine = admin_engine(url)
        async with engine.begin() as connection:
            for schema in (platform.SCHEMA, vault.SCHEMA, *SERVICES):
                await connection.execute(text(f"create schema {schema}"))
            answers = MetaData()
            for service in SERVICES:
                role = role_of(service)
                if (await connection.execute(text(f"select 1 from pg_roles where rolname = '{role}'"))).first() is None:
                    await connection.execute(text(f"create role {role} nologin"))
                idempotency_table(answers, service)
            for metadata in (platform.metadata, vault.metadata, vault.erased_person.metadata, answers):
                await connection.run_sync(metadata.create_all)
            for statement in (*vault.FENCE, *create_access_records()):
                await connection.execute(text(statement))
            for service in SERVICES:
                role = role_of(service)
                await connection.execute(text(f"grant usage on schema platform, {service} to {role}"))
                await connection.execute(text(f"grant select on all tables in schema platform to {role}"))
                await connection.execute(text(f"grant insert on platform.access_record to {role}"))
                await connection.execute(text(f"grant insert, update on platform.rate_use to {role}"))
                await connection.execute(text(f"grant select, insert, delete on {service}.idempotency to {role}"))
            await connection.execute(text("grant usage on schema vault to casework_intake"))
            await connection.execute(text("grant select, insert, update on vault.person_key to casework_intake"))
            await connection.execute(text("grant select, insert on intake.erased_person to casework_intake"))
        await engine.dispose()
        yield url


@pytest_asyncio.fixture(scope="session")
async def admin(kit_database: str) -> AsyncIterator[AsyncEngine]:
    """With the migrator's rights."""
    engine = admin_engine(kit_database)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture(scope="session")
async def intake(kit_database: str) -> AsyncIterator[AsyncEngine]:
    """As intake works."""
    engine = service_engine(kit_database, "intake", pool_size=12)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture(scope="session")
async def resolution(kit_database: str) -> AsyncIterator[AsyncEngine]:
    """As resolution works."""
    engine = service_engine(kit_database, "resolution", pool_size=4)
    yield engine
    await engine.dispose()


class Clock:
    """Monotonic seconds that move only when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock for caches."""
    return Clock()
