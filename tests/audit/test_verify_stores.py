"""Verifying stores: what somebody with every right over the database did to it is found."""

from __future__ import annotations

from typing import TypeAlias

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.audit import walk
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.verify import Report
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.canonical import leaf_hash

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def faults(url: str) -> Report:
    return await verify_stores(url, all_states=True)


async def place(tampering: Connection, service: str) -> tuple[int, int]:
    """Shard and position of an event in the middle of its shard and its case, with the service itself as its actor:
    tests change that name."""
    row = await tampering.fetchrow(
        f"SELECT e.shard, e.position FROM {service}.event e JOIN {service}.log_head h ON h.shard = e.shard"
        f" WHERE e.version = 2 AND e.position < h.next - 2"
        f" AND convert_from(e.envelope, 'UTF8') LIKE '%casework-{service}%' ORDER BY 1, 2 LIMIT 1"
    )
    assert row is not None
    return row["shard"], row["position"]


async def test_what_was_written_is_without_fault(copy: str) -> None:
    connection = await asyncpg.connect(copy)
    events = 0
    for service in ("intake", "investigation", "resolution", "followup"):
        events += await connection.fetchval(f"SELECT count(*) FROM {service}.event")
    cases = await connection.fetchval("SELECT count(DISTINCT case_id) FROM intake.event")
    await connection.close()
    told: list[tuple[int, int]] = []
    report = await verify_stores(copy, all_states=True, progress=lambda done, total: told.append((done, total)))
    assert report.shown == []
    assert (report.events, report.cases, report.faults) == (events, cases, 0)
    assert told[-1] == (events, events)


async def test_a_changed_byte(copy: str, tampering: Connection) -> None:
    shard, position = await place(tampering, "resolution")
    where = "WHERE shard = $1 AND position = $2"
    await tampering.execute(
        f"UPDATE resolution.event SET envelope = set_byte(envelope, 20, get_byte(envelope, 20) # 1) {where}",
        shard,
        position,
    )
    report = await faults(copy)
    assert ("hash", "resolution", shard, position) in {(f.kind, f.source, f.shard, f.position) for f in report.shown}


async def test_a_changed_event_with_a_new_hash(copy: str, tampering: Connection) -> None:
    shard, position = await place(tampering, "followup")
    await tampering.execute(
        "UPDATE followup.event SET envelope = n.envelope, hash = sha256('\\x00'::bytea || n.envelope) FROM (SELECT"
        " convert_to(replace(convert_from(envelope, 'UTF8'), 'casework-followup', 'casework-Followup'), 'UTF8')"
        " AS envelope FROM followup.event WHERE shard = $1 AND position = $2) n WHERE shard = $1 AND position = $2",
        shard,
        position,
    )
    report = await faults(copy)
    assert ("shard-link", position + 1) in {(fault.kind, fault.position) for fault in report.shown}
    assert "hash" not in report.kinds


async def test_a_rehashed_case(copy: str, tampering: Connection) -> None:
    """A case whose later events were all given new hashes in its own stream: the shard gives it away."""
    shard, position = await place(tampering, "intake")
    case_id = await tampering.fetchval(
        "SELECT case_id FROM intake.event WHERE shard = $1 AND position = $2", shard, position
    )
    rehashed: dict[str, bytes] = {}
    new = b""
    for row in await tampering.fetch(
        "SELECT shard, position, envelope, hash FROM intake.event WHERE case_id = $1 ORDER BY version", case_id
    ):
        text = row["envelope"].decode().replace("casework-intake", "casework-Intake")
        for old, replaced in rehashed.items():
            text = text.replace(old, replaced.hex())
        new = rehashed[row["hash"].hex()] = leaf_hash(text.encode())
        await tampering.execute(
            "UPDATE intake.event SET envelope = $3, hash = $4 WHERE shard = $1 AND position = $2",
            row["shard"],
            row["position"],
            text.encode(),
            new,
        )
    await tampering.execute("UPDATE intake.case_state SET hash = $2 WHERE case_id = $1", case_id, new)
    report = await faults(copy)
    assert set(report.kinds) - {"head"} == {"shard-link"}


async def test_two_events_that_changed_places(copy: str, tampering: Connection) -> None:
    shard, position = await place(tampering, "investigation")
    for old, new in ((position, -2), (position + 1, position), (-2, position + 1)):
        await tampering.execute(
            "UPDATE investigation.event SET position = $3 WHERE shard = $1 AND position = $2", shard, old, new
        )
    report = await faults(copy)
    assert ("shard-link", position) in {(fault.kind, fault.position) for fault in report.shown}


async def test_a_removed_event(copy: str, tampering: Connection) -> None:
    shard, position = await place(tampering, "resolution")
    await tampering.execute("DELETE FROM resolution.event WHERE shard = $1 AND position = $2", shard, position)
    report = await faults(copy)
    assert ("position-missing", "resolution", position) in {(f.kind, f.source, f.position) for f in report.shown}


async def test_a_tail_that_was_cut_off(copy: str, tampering: Connection) -> None:
    """The head row and the case's row of state remember; where they are changed too, only knowledge kept elsewhere
    (the topic, an export) can tell."""
    # Not the only event of its case: then there would be no row of state to set back.
    shard, last = await tampering.fetchrow(
        "SELECT shard, position FROM followup.event e JOIN followup.log_head h USING (shard)"
        " WHERE e.position = h.next - 1 AND e.position > 0 AND e.version > 1 LIMIT 1"
    )
    cut = await tampering.fetchrow(
        "DELETE FROM followup.event WHERE shard = $1 AND position = $2 RETURNING case_id, version", shard, last
    )
    assert cut is not None
    report = await faults(copy)
    assert set(report.kinds) == {"head", "state"}
    await tampering.execute(
        "UPDATE followup.log_head h SET next = $2, hash = e.hash FROM followup.event e"
        " WHERE h.shard = $1 AND e.shard = $1 AND e.position = $2 - 1",
        shard,
        last,
    )
    await tampering.execute(
        "UPDATE followup.case_state c SET version = e.version, hash = e.hash, time = e.recorded_at, state_version = -1"
        " FROM followup.event e WHERE c.case_id = $1 AND e.case_id = $1 AND e.version = $2 - 1",
        cut["case_id"],
        cut["version"],
    )
    assert (await faults(copy)).faults == 0


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("columns", "UPDATE intake.event SET type = 'casework.intake.facts-added.v1' WHERE version = 1"),
        ("columns", "UPDATE resolution.event SET recorded_at = recorded_at + interval '1 microsecond'"),
        ("columns", "UPDATE followup.event SET event_id = gen_random_uuid()"),
        ("head", "UPDATE investigation.log_head SET next = next + 1 WHERE shard = 3"),
        ("head", "UPDATE investigation.log_head SET hash = sha256('') WHERE next > 0"),
        ("head", "DELETE FROM intake.log_head WHERE shard = 5"),
        ("state", "UPDATE intake.case_state SET version = version + 1"),
        ("state", "UPDATE intake.case_state SET hash = sha256('')"),
        ("state", "UPDATE followup.case_state SET time = time - interval '1 second'"),
        ("state", "UPDATE followup.case_state SET correlation = gen_random_uuid()"),
        ("state", "UPDATE resolution.case_state SET state = '{}'"),
        ("state", "DELETE FROM resolution.case_state"),
        ("state", "INSERT INTO intake.case_state SELECT gen_random_uuid(), 1, '', now(), gen_random_uuid(), '', 1"),
        ("shard", "UPDATE investigation.event SET shard = shard + 99"),
    ],
)
async def test_what_stands_beside_the_log_is_compared_with_it(
    copy: str, tampering: Connection, kind: str, statement: str
) -> None:
    assert int((await tampering.execute(statement)).rpartition(" ")[2]) > 0
    report = await faults(copy)
    assert kind in report.kinds, report.kinds


async def test_a_snapshot_of_another_release_is_no_fault(copy: str, tampering: Connection) -> None:
    await tampering.execute("UPDATE resolution.case_state SET state = '', state_version = -1")
    assert (await faults(copy)).faults == 0


async def test_a_log_is_read_on_until_every_cause_was_read(
    copy: str, tampering: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The four logs are never read at one moment: what intake recorded after its end was noted, and caused an
    effect that was read, is read too."""
    shard, _ = await place(tampering, "investigation")
    async with open_stores(copy) as stores:
        full = {page.source: page.rows[-1][0] async for page in walk.walk_shard(stores, shard)}
        noted = walk._end

        async def noted_early(engine: AsyncEngine, number: int) -> int:
            return 0 if engine is stores.engines["intake"] else await noted(engine, number)

        monkeypatch.setattr(walk, "_end", noted_early)
        found: dict[str, list[int]] = {}
        async for page in walk.walk_shard(stores, shard):
            found.setdefault(page.source, []).extend(row[0] for row in page.rows)
    assert found["intake"] == list(range(found["intake"][-1] + 1))
    assert 0 < found["intake"][-1] <= full["intake"]
    causes = await tampering.fetch(
        "SELECT (convert_from(envelope, 'UTF8')::jsonb ->> 'causeposition')::int AS at FROM investigation.event"
        " WHERE shard = $1 AND convert_from(envelope, 'UTF8')::jsonb ->> 'causesource' = '/casework/intake'",
        shard,
    )
    assert max(row["at"] for row in causes) <= found["intake"][-1]
