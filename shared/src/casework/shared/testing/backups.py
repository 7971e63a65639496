"""Setting stores back to an earlier moment, as the restore of a backup does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from io import BytesIO
from typing import TypeAlias

import asyncpg

from casework.shared.privacy.register import NOT_BACKED_UP

Backup: TypeAlias = Mapping[tuple[str, str], bytes]
"""(schema, table) -> its rows, as COPY writes them."""

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY($1) AND c.relname <> 'schema_version' ORDER BY 1, 2
"""


async def back_up(url: str, schemas: Collection[str]) -> Backup:
    """What the documented dumps take of the schemas, as of one moment: of some tables no row."""
    connection = await asyncpg.connect(url)
    try:
        found: dict[tuple[str, str], bytes] = {}
        async with connection.transaction(isolation="repeatable_read"):
            for schema, table in await connection.fetch(_TABLES, list(schemas)):
                rows, which = BytesIO(), "LIMIT 0" if f"{schema}.{table}" in NOT_BACKED_UP else ""
                await connection.copy_from_query(
                    f"SELECT * FROM {schema}.{table} {which}", output=rows, format="binary"
                )
                found[schema, table] = rows.getvalue()
        return found
    finally:
        await connection.close()


async def restore(url: str, backup: Backup, schemas: Collection[str]) -> None:
    """Put what the backup has in place of what is there now."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for schema, table in backup:
                if schema in schemas:
                    await connection.execute(f"TRUNCATE {schema}.{table} CASCADE")
            for (schema, table), rows in backup.items():
                if schema in schemas:
                    await connection.copy_to_table(table, schema_name=schema, source=BytesIO(rows), format="binary")
    finally:
        await connection.close()


async def contents(url: str, schemas: Collection[str], *, without: Collection[str] = ()) -> dict[str, list[str]]:
    """The rows of each table as text, sorted; `without` names tables (`intake.guard`) or columns (`state`)."""
    connection = await asyncpg.connect(url)
    try:
        found: dict[str, list[str]] = {}
        for schema, table in await connection.fetch(_TABLES, list(schemas)):
            if f"{schema}.{table}" in without or table in without:
                continue
            columns = await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
                " ORDER BY ordinal_position",
                schema,
                table,
            )
            named = ", ".join(f'"{row[0]}"' for row in columns if row[0] not in without)
            rows = await connection.fetch(f"SELECT ROW({named})::text FROM {schema}.{table} ORDER BY 1")
            found[f"{schema}.{table}"] = [row[0] for row in rows]
        return found
    finally:
        await connection.close()
