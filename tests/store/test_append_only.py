"""Nobody changes the log: the service has no right to, and whoever has every right meets a trigger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.store.log import SHARDS, Log, assert_one_history, case_in, receive
from uuid_utils.compat import uuid7

from casework.intake.domain.commands import ReceiveComplaint
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import MAX_ENVELOPE_BYTES
from casework.shared.contracts.ids import shard_of
from casework.shared.contracts.types import Sealed
from casework.shared.eventstore.reading import StoredEvent
from casework.shared.eventstore.store import EnvelopeTooLarge, EventRow, append_events
from casework.shared.runtime.database import Duplicate, begin, service_engine

PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
CHANGES = {
    "update": "UPDATE intake.event SET type = type",
    "delete": "DELETE FROM intake.event",
    "truncate": "TRUNCATE intake.event",
}
NOT_ALLOWED = CHANGES | {
    "drop": "DROP TABLE intake.event",
    "alter": "ALTER TABLE intake.event ADD COLUMN note text",
    "drop its trigger": "DROP TRIGGER event_is_append_only ON intake.event",
    "disable its triggers": "ALTER TABLE intake.event DISABLE TRIGGER ALL",
    "skip all triggers": "SET session_replication_role = replica",
    "replace the trigger's function": "CREATE OR REPLACE FUNCTION intake.event_is_append_only() RETURNS trigger"
    " LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "create": "CREATE TABLE intake.mine (id int)",
    "create a schema": "CREATE SCHEMA mine",
    "remove a head": "DELETE FROM intake.log_head",
    "add a head": "INSERT INTO intake.log_head (shard) VALUES (99)",
    "remove a snapshot": "DELETE FROM intake.case_state",
    "another service's log": "SELECT * FROM resolution.event",
    "another service's cursors": "UPDATE followup.guard SET position = 0",
    "make an installation": "INSERT INTO platform.installation (id, shards) VALUES (gen_random_uuid(), 3)",
    "make an API key": "UPDATE platform.api_key SET scopes = '{}'",
    "change what a migration did": "UPDATE intake.schema_version SET version_num = 'other'",
}


@pytest.mark.parametrize("what", NOT_ALLOWED)
async def test_the_service_may_not(common_log: Log, what: str) -> None:
    await common_log.record(uuid7(), receive())
    before = await common_log.events()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with begin(common_log.engine) as work:
            await work.execute(NOT_ALLOWED[what])
    assert await common_log.events() == before


@pytest.mark.parametrize("what", CHANGES)
async def test_not_even_with_every_right(common_log: Log, what: str) -> None:
    await common_log.record(uuid7(), receive())
    before = await common_log.events()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or removed"):
        async with begin(common_log.admin) as work:
            await work.execute(CHANGES[what])
    assert await common_log.events() == before


async def test_other_services_do_not_see_the_log_or_the_person_keys(common_log: Log) -> None:
    engine = service_engine(common_log.url, "resolution", pool_size=2)
    for statement in ("SELECT * FROM intake.event", "SELECT * FROM vault.person_key"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with begin(engine) as work:
                await work.fetch(statement)
    await engine.dispose()


def row(case_id: UUID, version: int, document: bytes = b"{}", **other: object) -> EventRow:
    fitting = EventRow(
        shard_of(case_id, SHARDS), case_id, version, uuid4(), "any", document, leaf_hash(document), datetime.now(UTC)
    )
    return fitting._replace(**other)  # type: ignore[arg-type]  # the columns a test chooses to spoil


@pytest.mark.parametrize("version", [2, 3])
async def test_a_version_needs_the_one_before_it(common_log: Log, version: int) -> None:
    case_id = uuid7()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="the version before it"):
        async with begin(common_log.engine) as work:
            await append_events(work, [row(case_id, version)])
    async with begin(common_log.engine) as work:
        await append_events(work, [row(case_id, 1), row(case_id, 2), row(case_id, 3)])
    assert_one_history(await common_log.events())


async def test_versions_in_one_statement_may_not_skip_either(common_log: Log) -> None:
    case_id, before = uuid7(), await common_log.events()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="the version before it"):
        async with begin(common_log.engine) as work:
            await append_events(work, [row(case_id, 1), row(case_id, 3)])
    assert await common_log.events() == before


INSERT = (
    "INSERT INTO intake.event (shard, position, case_id, version, event_id, type, envelope, hash, shardprev,"
    " recorded_at) VALUES ($1, $2, $3, $4, $5, 'any', $6, $7, $8, now())"
)
Spoiled = Callable[[StoredEvent], tuple[int, bytes | None, bytes, int]]
# What is said of the event after `last`: position, shardprev, hash, version; and who refuses it.
DOES_NOT_CONTINUE: dict[str, tuple[str, Spoiled]] = {
    "a hole": ("continue its shard", lambda last: (last.position + 2, last.hash, leaf_hash(b"2"), 2)),
    "another before it": ("continue its shard", lambda last: (last.position + 1, leaf_hash(b"-"), leaf_hash(b"2"), 2)),
    "none before it": ("first_has_no_previous", lambda last: (last.position + 1, None, leaf_hash(b"2"), 2)),
    "before the first": ("continue its shard", lambda last: (-1, last.hash, leaf_hash(b"2"), 2)),
    "a first with a previous": ("first_has_no_previous", lambda last: (0, last.hash, leaf_hash(b"2"), 2)),
    "the position again": ("event_position", lambda last: (last.position, last.shardprev, leaf_hash(b"2"), 2)),
    "the version again": ("event_stream", lambda last: (last.position + 1, last.hash, leaf_hash(b"2"), 1)),
    "version 0": ("version_counts_from_one", lambda last: (last.position + 1, last.hash, leaf_hash(b"2"), 0)),
    "another hash": ("hash_is_of_envelope", lambda last: (last.position + 1, last.hash, leaf_hash(b"3"), 2)),
}


@pytest.mark.parametrize("what", DOES_NOT_CONTINUE)
async def test_the_table_takes_only_what_continues(common_log: Log, what: str) -> None:
    refusal, spoiled = DOES_NOT_CONTINUE[what]
    case_id = case_in(1)
    await common_log.record(case_id, receive())
    before = await common_log.events([1])
    last = before[-1]
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, Duplicate), match=refusal):
        await insert(common_log, last, spoiled)
    assert await common_log.events([1]) == before
    # The very same way, with nothing spoiled, is open: it was the table that refused.
    await insert(common_log, last, lambda last: (last.position + 1, last.hash, leaf_hash(b"2"), 2))


async def insert(log: Log, last: StoredEvent, said: Spoiled) -> None:
    position, shardprev, hash_, version = said(last)
    async with begin(log.engine) as work:
        await work.execute(INSERT, last.shard, position, last.case_id, version, uuid4(), b"2", hash_, shardprev)
        # What comes by another way must leave the head right, or nothing could be appended any more.
        await work.execute("UPDATE log_head SET next = $2, hash = $3 WHERE shard = $1", last.shard, position + 1, hash_)


async def test_an_event_id_is_taken_once(common_log: Log) -> None:
    first, second = row(case_in(2), 1), row(case_in(3), 1)
    async with begin(common_log.engine) as work:
        await append_events(work, [first])
    with pytest.raises(Duplicate) as refused:
        async with begin(common_log.engine) as work:
            await append_events(work, [second._replace(event_id=first.event_id)])
    assert refused.value.constraint == "event_id"


def boxed(length: int) -> ReceiveComplaint:
    """A complaint whose sealed words have `length` characters."""
    return replace(receive(), words=Sealed(person=PERSON, nonce="A" * 16, box="A" * length))


async def test_the_largest_envelope_is_taken_and_one_byte_more_is_not(common_log: Log) -> None:
    case_id = uuid7()
    async with begin(common_log.engine) as work:
        tried = await common_log.decide(work, case_id, boxed(100_000))
    fits = 100_000 + MAX_ENVELOPE_BYTES - len(tried.recorded[0].document)
    with pytest.raises(EnvelopeTooLarge, match="262145 bytes; at most 262144"):
        await common_log.record(case_id, boxed(fits + 1))
    [largest] = await common_log.record(case_id, boxed(fits))
    assert len(largest.document) == MAX_ENVELOPE_BYTES
    [stored] = [event for event in await common_log.events() if event.case_id == case_id]
    assert stored.document == largest.document
    # The table has the same limit, for whoever comes past the edge.
    over = row(case_id, 2, largest.document + b" ")
    with pytest.raises(asyncpg.CheckViolationError, match="event_envelope_size"):
        async with begin(common_log.engine) as work:
            await append_events(work, [over])
