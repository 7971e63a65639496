"""`casework migrate` makes what the code says it works with, once, however often and by how many it is run."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.store.log import SHARDS, migrated

from casework.shared.contracts.ids import SERVICES
from casework.shared.http.idempotency import idempotency_table
from casework.shared.keys import tables as vault
from casework.shared.migrations.run import migrate
from casework.shared.migrations.schema import Schema
from casework.shared.platform import tables as platform
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.testing.parts import PostgresServer

# What a schema is made of, as PostgreSQL itself writes it down.
CATALOGUE = {
    "columns": "SELECT table_schema, table_name, column_name, data_type, udt_name, is_nullable, column_default,"
    " is_identity FROM information_schema.columns WHERE table_schema = ANY($1)",
    "constraints": "SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k"
    " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1)",
    "indexes": "SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = ANY($1)",
    "triggers": "SELECT n.nspname, c.relname, t.tgname, lower(pg_get_triggerdef(t.oid)) FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = ANY($1) AND NOT t.tgisinternal",
    "functions": "SELECT n.nspname, p.proname, regexp_replace(lower(p.prosrc), '\\s+', ' ', 'g') FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($1)",
    "rights": "SELECT table_schema, table_name, grantee, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema = ANY($1) AND grantee LIKE 'casework%'",
}
SCHEMAS = ("platform", "vault", *SERVICES)


@pytest_asyncio.fixture
async def empty(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The URL of an empty database."""
    async with postgres_server.database("migrate") as url:
        yield url


@pytest_asyncio.fixture
async def admin(empty: str) -> AsyncIterator[AsyncEngine]:
    """Every right on it."""
    engine = admin_engine(empty)
    yield engine
    await engine.dispose()


async def described(engine: AsyncEngine, schemas: tuple[str, ...] = SCHEMAS) -> dict[str, set[tuple[object, ...]]]:
    async with begin(engine) as work:
        return {
            what: {tuple(row.values()) for row in await work.fetch(query, list(schemas))}
            for what, query in CATALOGUE.items()
        }


async def test_what_is_declared_in_the_code_is_what_the_migrations_make(
    postgres_server: PostgresServer, migrated_database: str, admin: AsyncEngine
) -> None:
    """Tables that the code also declares, for its tests and its readers, are those of the migrations."""
    answers = MetaData()
    tables = [idempotency_table(answers, service).fullname for service in SERVICES]
    for metadata in (platform.metadata, vault.metadata, answers):
        tables += [table.fullname for table in metadata.tables.values() if table.fullname not in tables]
    async with admin.begin() as connection:
        for schema in SCHEMAS:
            await connection.execute(text(f"CREATE SCHEMA {schema}"))
        for metadata in (platform.metadata, vault.metadata, answers):
            await connection.run_sync(metadata.create_all)
        for statement in vault.FENCE:
            await connection.execute(text(statement))
    real = admin_engine(postgres_server.url_of(migrated_database))
    made, declared = await described(real), await described(admin)
    await real.dispose()
    for what in ("columns", "constraints", "indexes", "triggers"):
        made_of_these = {row for row in made[what] if f"{row[0]}.{row[1]}" in tables}
        assert declared[what] == made_of_these, what
    assert declared["functions"] == {row for row in made["functions"] if row[0] == "vault"}
    assert len(tables) == 8


async def test_doing_it_again_changes_nothing(empty: str, admin: AsyncEngine) -> None:
    first = await migrated(empty)
    before = await described(admin)
    assert await migrated(empty) == first
    assert await described(admin) == before
    assert all(before.values())


async def test_two_at_once_make_one_installation(empty: str, admin: AsyncEngine) -> None:
    one, other = await asyncio.gather(migrated(empty), migrated(empty))
    assert one == other
    async with begin(admin) as work:
        for service in SERVICES:
            assert await work.fetch_value(f"SELECT count(*) FROM {service}.log_head") == SHARDS
            assert await work.fetch_value(f"SELECT count(*) FROM {service}.schema_version") == 1


async def test_what_fails_leaves_nothing_behind(admin: AsyncEngine, tmp_path: Path) -> None:
    (tmp_path / "0001_broken.py").write_text(
        "from alembic import op\n"
        "revision, down_revision = 'broken_0001', None\n"
        "def upgrade() -> None:\n"
        "    op.execute('CREATE TABLE broken.half (id int)')\n"
        "    op.execute('SELECT 1 / 0')\n"
    )
    schemas = [*(service.schema for service in installed()), Schema("broken", tmp_path)]
    with pytest.raises(Exception, match="division by zero"):
        await migrate(admin, schemas, shards=SHARDS)
    async with begin(admin) as work:
        left = await work.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'"
        )
    assert [row["nspname"] for row in left] == ["public"]


async def test_every_table_of_every_service_has_rights_for_its_own_role_only(admin: AsyncEngine, empty: str) -> None:
    await migrated(empty)
    rights = (await described(admin))["rights"]
    for schema, _, grantee, _ in rights:
        if schema in SERVICES:
            assert grantee == f"casework_{schema}"
    assert {grantee for schema, _, grantee, _ in rights if schema == "vault"} == {"casework_intake"}
    shared: dict[object, set[object]] = defaultdict(set)
    for schema, table, _, right in rights:
        if schema == "platform":
            shared[table].add(right)
    assert shared.pop("access_record") == {"SELECT", "INSERT"}
    assert shared.pop("rate_use") == {"SELECT", "INSERT", "UPDATE"}
    assert set().union(*shared.values()) == {"SELECT"}
    events = {(schema, right) for schema, table, _, right in rights if table == "event"}
    assert events == {(service, right) for service in SERVICES for right in ("SELECT", "INSERT")}


async def test_no_foreign_key_takes_rows_away_with_another(admin: AsyncEngine, empty: str) -> None:
    await migrated(empty)
    async with begin(admin) as work:
        rows = await work.fetch(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'f' AND (confdeltype <> 'a' OR confupdtype <> 'a')"
        )
    assert [tuple(row.values()) for row in rows] == []
