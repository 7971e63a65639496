"""The register knows every place: no column of text or bytes, no topic, is in none of its entries."""

from __future__ import annotations

from dataclasses import fields

from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.migrations.run import migrate
from casework.shared.privacy.register import COLUMNS, PURGES, TOPICS
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import PostgresServer

_COLUMNS = """
SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') AND t.table_type = 'BASE TABLE'
  AND c.table_name <> 'schema_version'
  AND c.data_type NOT IN ('uuid', 'smallint', 'integer', 'bigint', 'numeric', 'boolean', 'date',
                          'timestamp with time zone')
"""


async def test_every_column_that_can_hold_a_text_is_in_the_register(postgres_server: PostgresServer) -> None:
    async with postgres_server.database("register") as url:
        admin = admin_engine(url)
        try:
            await migrate(admin, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
            async with begin(admin) as work:
                found = {row[0] for row in await work.fetch(_COLUMNS)}
                await work.execute("CREATE TABLE intake.unthought_of (case_id uuid, remark text)")
                more = {row[0] for row in await work.fetch(_COLUMNS)}
        finally:
            await admin.dispose()
    assert sorted(found - COLUMNS.keys()) == [], "say in the register what stands there, and how it goes"
    assert sorted(COLUMNS.keys() - found) == [], "these are gone, or were misspelt"
    assert more - COLUMNS.keys() == {"intake.unthought_of.remark"}


def test_every_topic_is_in_the_register() -> None:
    assert {each.name for each in fields(Topics)} == TOPICS.keys()


def test_whatever_is_keyed_has_a_purge() -> None:
    purged = " ".join(statement for places in PURGES.values() for statement in places.values())
    for column, entry in COLUMNS.items():
        if entry.holds == "keyed":
            assert column.split(".")[1] in purged, column
