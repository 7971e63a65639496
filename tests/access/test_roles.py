"""What the database lets each service do, right by right: its own tables, and of the others nothing."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
import pytest

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.database import begin, role_of
from casework.shared.testing.stack import Stack

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
NEVER = {"TRUNCATE", "REFERENCES", "TRIGGER"}
SHARED: Mapping[str, set[str]] = {
    "platform.installation": {"SELECT"},
    "platform.api_key": {"SELECT"},
    "platform.access_record": {"SELECT", "INSERT"},
    "platform.rate_use": {"SELECT", "INSERT", "UPDATE"},
}
"""What every service may do outside of its own schema."""
VAULT: Mapping[ServiceName, set[str]] = {"intake": {"SELECT", "INSERT", "UPDATE"}}
"""In the schema of the keys of persons. A key is overwritten when it is destroyed; the row stays as the fence."""
KEPT = ("event", "purge")
ONLY_ADDED_TO: Mapping[ServiceName, tuple[str, ...]] = {
    "intake": (*KEPT, "erasure", "erased_person", "procedure_reading", "rejection_reading", "road", "search_access"),
    "investigation": KEPT,
    "resolution": (*KEPT, "ready_answer"),
    "followup": (*KEPT, "remedy_step"),
}
"""What is a record of something that happened: a service adds a row and changes none."""


async def _rows(stack: Stack, statement: str, *values: object) -> list[tuple[object, ...]]:
    async with begin(stack.admin) as work:
        return [tuple(row) for row in await work.fetch(statement, *values)]


_HELD = """
SELECT n.nspname || '.' || c.relname, n.nspname, r.held
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest($2::text[]) AS r(held)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND has_table_privilege($1, c.oid, r.held)
"""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_has_its_own_tables_and_nothing_else(stack: Stack, service: ServiceName) -> None:
    held: dict[str, set[str]] = {}
    schemas: dict[str, str] = {}
    for table, schema, right in await _rows(stack, _HELD, role_of(service), list(RIGHTS)):
        held.setdefault(str(table), set()).add(str(right))
        schemas[str(table)] = str(schema)
    for table, rights in held.items():
        if schemas[table] == service:
            assert not rights & NEVER, table
        elif schemas[table] == "vault":
            assert rights == VAULT.get(service), table
        else:
            assert rights == SHARED.get(table), table
    added_to = {table for table, rights in held.items() if schemas[table] == service and rights == {"SELECT", "INSERT"}}
    assert added_to == {f"{service}.{table}" for table in ONLY_ADDED_TO[service]}
    for table in ("log_head", *(["status_head"] if service == "followup" else [])):
        assert held[f"{service}.{table}"] == {"SELECT", "UPDATE"}
    assert {table for table in held if schemas[table] == "platform"} == SHARED.keys()


async def test_one_column_is_granted_by_itself(stack: Stack) -> None:
    """An erasure blanks what was posted and refused; nothing else of a rejection changes."""
    statement = (
        "SELECT attrelid::regclass::text, attname::text, attacl::text FROM pg_attribute"
        " WHERE attacl IS NOT NULL AND attrelid >= 16384"
    )
    ((table, column, rights),) = await _rows(stack, statement)
    assert (table, column) == ("intake.rejection", "original")
    assert str(rights).startswith("{casework_intake=w/")


async def test_no_table_is_open_to_everybody(stack: Stack) -> None:
    """Nothing is granted to PUBLIC, and no table is left to a role that the installation does not know."""
    statement = (
        "SELECT DISTINCT a.grantee::regrole::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
        " aclexplode(c.relacl) a WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        " AND a.grantee <> c.relowner"
    )
    assert {name for (name,) in await _rows(stack, statement)} == {role_of(service) for service in SERVICES}


_SCHEMAS = """
SELECT n.nspname, r.held FROM pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) AS r(held)
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND has_schema_privilege($1, n.oid, r.held)
"""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_makes_nothing_owns_nothing_and_is_nobody_else(stack: Stack, service: ServiceName) -> None:
    role = role_of(service)
    schemas = {(schema, right) for schema, right in await _rows(stack, _SCHEMAS, role)}
    expected = {(service, "USAGE"), ("platform", "USAGE"), ("public", "USAGE")}
    assert schemas - {("vault", "USAGE")} == expected
    assert (("vault", "USAGE") in schemas) == (service in VAULT)
    assert await _rows(stack, "SELECT has_database_privilege($1, current_database(), 'CREATE')", role) == [(False,)]
    attributes = "rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, rolcanlogin"
    assert await _rows(stack, f"SELECT {attributes} FROM pg_roles WHERE rolname = $1", role) == [(False,) * 6]
    member = "SELECT count(*) FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = $1)"
    assert await _rows(stack, member, role) == [(0,)]
    owner = "refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1) AND deptype = 'o'"
    owns = f"SELECT count(*) FROM pg_shdepend WHERE {owner}"
    assert await _rows(stack, owns, role) == [(0,)]


async def test_no_function_lends_its_owners_rights(stack: Stack) -> None:
    lent = (
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%'"
    )
    assert await _rows(stack, lent) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_what_a_role_may_not_do_is_refused(stack: Stack, service: ServiceName) -> None:
    """By trying: as the service itself, through the engine that it works with."""
    other: ServiceName = "followup" if service != "followup" else "intake"
    engine = stack.runtimes[service].engine
    for statement in (
        "UPDATE event SET type = type",
        "DELETE FROM event",
        "TRUNCATE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DROP TABLE event",
        "CREATE TABLE mine (a int)",
        "CREATE SCHEMA mine",
        f"SELECT * FROM {other}.event",
        f"INSERT INTO {other}.case_state SELECT * FROM {other}.case_state",
        "UPDATE platform.api_key SET scopes = scopes",
        "INSERT INTO platform.installation SELECT gen_random_uuid(), 2, now()",
        "DELETE FROM purge",
        "DELETE FROM vault.person_key",
        *(() if service == "intake" else ("SELECT * FROM vault.person_key",)),
        *(() if service == "followup" else ("SELECT * FROM followup.webhook_secret",)),
        "COPY event TO PROGRAM 'true'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with begin(engine) as work:
                pytest.fail(f"{statement}: {await work.execute(statement)}")
