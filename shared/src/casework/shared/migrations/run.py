"""`casework migrate`: roles, schemas, revisions and the installation, in one transaction; then the topics.

Invariant: running it again changes nothing, and a failure leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.migrations.schema import Schema
from casework.shared.platform import installation
from casework.shared.platform.installation import Installation
from casework.shared.runtime.database import begin, role_of

PLATFORM = Schema("platform", Path(str(files("casework.shared.platform"))) / "migrations")


async def migrate(engine: AsyncEngine, schemas: Sequence[Schema], *, shards: int) -> Installation:
    """Bring the database up to date with the login's own rights, and mint the installation on first use.

    Raises `ShardsAreFixed` when the installation has another number of shards.
    """
    async with begin(engine) as work:
        # Two jobs at once would both find nothing and both create it.
        await work.execute("SELECT pg_advisory_xact_lock(hashtext('casework migrate'))")
        for service in SERVICES:
            await _ensure_role(work.core, service)
        for schema in (PLATFORM, *schemas):
            await work.core.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema.name}"))
            await work.core.run_sync(_upgrade, schema, shards)
        return await installation.mint(work, shards)


async def _ensure_role(core: AsyncConnection, service: ServiceName) -> None:
    role = role_of(service)
    exists = (await core.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})).first()
    if exists is None:
        await core.execute(text(f"CREATE ROLE {role} NOLOGIN"))
    # The login must be able to work as the role; a superuser is, without being a member.
    await core.execute(text(f"GRANT {role} TO CURRENT_USER"))


def _upgrade(connection: Connection, schema: Schema, shards: int) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("casework.shared.migrations")))
    config.set_main_option("version_locations", str(schema.revisions))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema.name
    config.attributes["shards"] = shards
    command.upgrade(config, "head")
