"""Refilling stores that were set back: equal bytes, equal read tables, and refusals where they cannot be had."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from tests.audit.offices import Store, office_on, settings_of

from casework.shared.audit.exported import lines_of
from casework.shared.audit.refill import StillRuns, _Shard
from casework.shared.audit.restore import refill_stores
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.spool import CannotRefill
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName
from casework.shared.testing.backups import Backup, restore
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import KafkaServer, PostgresServer, fresh_prefix
from casework.shared.testing.relays import all_sent, relays


@dataclass(frozen=True)
class LostDay:
    """An installation with a backup of an earlier moment, and records of all of it kept elsewhere."""

    database: str
    folder: Path
    shards: int
    backup: Backup
    records: Path


@pytest_asyncio.fixture(scope="session")
async def lost_day(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LostDay]:
    """The story that all tests begin with, in one shard, so that each run proves the same of each case."""
    async with lost_day_of(postgres_server, tmp_path_factory.mktemp("refill"), shards=1) as day:
        yield day


@pytest_asyncio.fixture(scope="session")
async def scattered_day(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LostDay]:
    """The same, with the cases wherever chance puts them."""
    async with lost_day_of(postgres_server, tmp_path_factory.mktemp("refill"), shards=DEFAULT_SHARDS) as day:
        yield day


@asynccontextmanager
async def lost_day_of(postgres_server: PostgresServer, folder: Path, *, shards: int) -> AsyncIterator[LostDay]:
    """Tell the story. Nobody is connected to its database afterwards."""
    database = f"refill_{secrets.token_hex(4)}"
    url = await postgres_server.create_database(database)
    async with office_on(url, folder, shards=shards) as office:
        await office.known(6)
        begun = await office.desk.receive()
        await office.desk.walk(begun, until="investigation-offer")
        backup = await office.backed_up()
        await office.known(10)
        await office.desk.walk(await office.desk.receive(source_reference="C-7"), until="closure")
        late = complaint(source_reference="C-7", facts=[{"name": "fee_reference", "value": "ANNUAL-2026"}])
        assert (await office.desk.post("/v1/complaints", late)).status_code == 200
        await office.desk.walk(await office.desk.receive(), until="resolution/acceptance")
        await office.desk.do(begun, "investigation/acceptance")
        await office.desk.do(begun, "intake/ground", {"ground": "fee-taken-twice"})
        await office.stack.settle()
        records = await office.exported()
    yield LostDay(database, folder, shards, backup, records)
    await postgres_server.drop_database(database)


@pytest_asyncio.fixture
async def store(postgres_server: PostgresServer, lost_day: LostDay) -> AsyncIterator[Store]:
    """A copy of it, as of the end of the day."""
    async with copy_of(postgres_server, lost_day) as store:
        yield store


@asynccontextmanager
async def copy_of(postgres_server: PostgresServer, day: LostDay) -> AsyncIterator[Store]:
    """A database of its own."""
    name = f"{day.database}_{secrets.token_hex(3)}"
    url = await postgres_server.create_database(name, template=day.database)
    yield Store(url, settings_of(url, day.folder), day.folder)
    await postgres_server.drop_database(name)


@pytest.mark.parametrize("services", [*([service] for service in SERVICES), ["intake", "followup"], SERVICES])
async def test_stores_get_back_what_they_had(store: Store, lost_day: LostDay, services: list[ServiceName]) -> None:
    before, settled = await store.contents(settled=False), await store.contents(settled=True)
    await restore(store.url, lost_day.backup, services)
    assert await store.contents(settled=False) != before
    cursors_before = await cursors(store.url)
    results = await refill_stores(store.settings, lost_day.records)
    assert [(result.service, result.in_doubt, result.notes) for result in results] == [(s, [], {}) for s in services]
    # What intake takes in leads to nothing in this story, so nothing of its own shows how far it had come.
    assert (await cursors(store.url) > cursors_before) == (services != ["intake"])
    assert await store.contents(settled=False) == before
    report = await verify_stores(store.url, all_states=True)
    assert (report.shown, report.faults) == ([], 0)
    # What is taken in again has no effect: nothing is recorded that was not there, and all cursors end where they were.
    await store.catch_up()
    assert await store.contents(settled=True) == settled
    assert await refill_stores(store.settings, lost_day.records) == []


async def cursors(url: str) -> int:
    """How far the services have come in each other's logs, all in all; each cursor has the hash of its event."""
    connection = await asyncpg.connect(url)
    total = 0
    for service, source in permutations(SERVICES, 2):
        rows = await connection.fetch(
            f"SELECT g.position, g.hash, e.hash AS true_hash FROM {service}.guard g LEFT JOIN {source}.event e"
            " ON e.shard = g.shard AND e.position = g.position WHERE g.source = $1",
            source,
        )
        assert len(rows) == 1
        for row in rows:
            # Where the source was set back too and is not refilled yet, it has no event there.
            assert row["hash"] == row["true_hash"] or row["true_hash"] is None
            total += row["position"] + 1
    await connection.close()
    return total


async def test_only_the_named_services_are_refilled(store: Store, lost_day: LostDay) -> None:
    before = await store.contents(settled=False)
    await restore(store.url, lost_day.backup, ["intake", "resolution"])
    (result,) = await refill_stores(store.settings, lost_day.records, services=["resolution"])
    assert result.service == "resolution"
    (result,) = await refill_stores(store.settings, lost_day.records)
    assert result.service == "intake"
    assert await store.contents(settled=False) == before


@pytest.mark.wire
async def test_refilled_from_the_topic(store: Store, lost_day: LostDay, kafka_server: KafkaServer) -> None:
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix, shards=1)
    async with open_stores(store.url) as stores, relays(stores, kafka_server, topics):
        await all_sent(stores, topics)
    before = await store.contents(settled=False)
    await restore(store.url, lost_day.backup, ["investigation", "followup"])
    settings = store.settings.model_copy(update={"kafka_servers": kafka_server.servers, "topic_prefix": prefix})
    results = await refill_stores(settings, None)
    assert [result.service for result in results] == ["investigation", "followup"]
    assert await store.contents(settled=False) == before


class PowerCut(Exception):
    """The end of the process, at any moment."""


async def test_an_interrupted_refill_goes_on(
    postgres_server: PostgresServer, scattered_day: LostDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as one that was not interrupted, wherever the cases lie."""
    async with copy_of(postgres_server, scattered_day) as store:
        await restore(store.url, scattered_day.backup, ["resolution"])
        (uninterrupted,) = await refill_stores(store.settings, scattered_day.records)
        expected = await store.contents(settled=True)
    whole = _Shard.refill

    async def interrupted(shard: _Shard) -> None:
        if shard._result.events:  # of the shards before this one, which are committed
            raise PowerCut
        await whole(shard)

    async with copy_of(postgres_server, scattered_day) as store:
        before = await store.contents(settled=False)
        await restore(store.url, scattered_day.backup, ["resolution"])
        with monkeypatch.context() as patch:
            patch.setattr(_Shard, "refill", interrupted)
            with pytest.raises(PowerCut):
                await refill_stores(store.settings, scattered_day.records)
        assert (await verify_stores(store.url, all_states=True)).kinds.keys() <= {"cause"}
        (rest,) = await refill_stores(store.settings, scattered_day.records)
        assert rest.events < uninterrupted.events
        assert await store.contents(settled=True) == expected
        if not uninterrupted.in_doubt:
            assert await store.contents(settled=False) == before
        assert (await verify_stores(store.url, all_states=True)).faults == 0


async def test_references_are_known_again(store: Store, lost_day: LostDay) -> None:
    connection = await asyncpg.connect(store.url)
    before = await connection.fetch("SELECT source, source_reference, case_id, person FROM intake.reference ORDER BY 3")
    await restore(store.url, lost_day.backup, ["intake"])
    # Posts on the inbox have ids of their own, which the events name.
    (lost,) = {row["case_id"] for row in before[-1:]}
    assert await connection.fetchval("SELECT count(*) FROM intake.reference WHERE case_id = $1", lost) == 0
    await refill_stores(store.settings, lost_day.records)
    after = await connection.fetch("SELECT source, source_reference, case_id, person FROM intake.reference ORDER BY 3")
    assert after == before
    post_id = await connection.fetchval("SELECT post_id FROM intake.reference WHERE case_id = $1", lost)
    cause = await connection.fetchval(
        "SELECT convert_from(envelope, 'UTF8')::jsonb ->> 'causationid' FROM intake.event"
        " WHERE case_id = $1 AND version = 1",
        lost,
    )
    assert UUID(post_id) == UUID(cause)
    await connection.close()


async def test_grounds_are_known_again(store: Store, lost_day: LostDay) -> None:
    connection = await asyncpg.connect(store.url)
    before = await connection.fetch("SELECT case_id, ground, organisation, received_at FROM intake.ground")
    await connection.close()
    assert [row["ground"] for row in before] == ["fee-taken-twice"]
    await restore(store.url, lost_day.backup, ["intake"])
    connection = await asyncpg.connect(store.url)
    assert await connection.fetchval("SELECT count(*) FROM intake.ground") == 0
    await refill_stores(store.settings, lost_day.records)
    assert await connection.fetch("SELECT case_id, ground, organisation, received_at FROM intake.ground") == before
    await connection.close()


async def test_people_whose_keys_are_gone_are_told_of(store: Store, lost_day: LostDay) -> None:
    """The key store was set back with the events: what people wrote that day cannot be read any more."""
    connection = await asyncpg.connect(store.url)
    cases = await connection.fetchval("SELECT count(*) FROM intake.reference")
    keys = await connection.fetchval("SELECT count(*) FROM vault.person_key")
    await restore(store.url, lost_day.backup, ["intake", "vault"])
    gone = keys - await connection.fetchval("SELECT count(*) FROM vault.person_key")
    (result,) = await refill_stores(store.settings, lost_day.records)
    assert gone > 0
    assert list(result.notes.values()) == [gone]
    assert "newest backup" in next(iter(result.notes))
    # A later post of theirs is sealed for somebody new: a new key for the same person would look like the old one.
    assert await connection.fetchval("SELECT count(*) FROM intake.reference WHERE person IS NULL") == gone
    assert await connection.fetchval("SELECT count(*) FROM intake.reference") == cases
    await connection.close()


async def test_a_service_that_runs_is_refused(store: Store, lost_day: LostDay) -> None:
    await restore(store.url, lost_day.backup, ["intake"])
    connection = await asyncpg.connect(store.url)
    await connection.execute("INSERT INTO intake.relay_member VALUES ('a topic', 'intake@here', clock_timestamp())")
    with pytest.raises(StillRuns, match="Stop every replica"):
        await refill_stores(store.settings, lost_day.records)
    await connection.execute("UPDATE intake.relay_member SET seen_at = seen_at - interval '7 seconds'")
    await connection.close()
    assert len(await refill_stores(store.settings, lost_day.records)) == 1


@pytest.mark.parametrize("service", ["intake", "resolution"])
async def test_a_hole_in_the_records_is_refused_and_nothing_is_written(
    store: Store, lost_day: LostDay, tmp_path: Path, service: ServiceName
) -> None:
    await restore(store.url, lost_day.backup, [service])
    set_back = await store.contents(settled=True)
    lines = events_in(lost_day.records)
    last = last_that_led_to_something(lines, service)
    for dropped in (last, last - 1):
        kept = [line for line in lines if (line["source"], line["position"]) != (service, dropped)]
        path = write_export(tmp_path / f"{dropped}.jsonl", kept, await installation_of(store.url))
        with pytest.raises(CannotRefill, match=f"Position {dropped} of {service}, shard 0, is not in the records"):
            await refill_stores(store.settings, path)
        assert await store.contents(settled=True) == set_back


async def test_forged_records_are_not_taken(store: Store, lost_day: LostDay, tmp_path: Path) -> None:
    await restore(store.url, lost_day.backup, ["resolution"])
    lines = events_in(lost_day.records)
    installation = await installation_of(store.url)
    place = ("resolution", last_that_led_to_something(lines, "resolution"))
    forged = [
        line | {"envelope": line["envelope"].replace('"actor":"', '"actor":"somebody-else-')}
        if (line["source"], line["position"]) == place
        else line
        for line in lines
    ]
    assert forged != lines
    with pytest.raises(CannotRefill, match="is not in the records"):
        await refill_stores(store.settings, write_export(tmp_path / "forged.jsonl", forged, installation))
    other = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(CannotRefill, match="of installation"):
        await refill_stores(store.settings, write_export(tmp_path / "other.jsonl", lines, other))


async def test_a_store_that_was_written_to_since_is_refused(store: Store, lost_day: LostDay) -> None:
    await restore(store.url, lost_day.backup, ["investigation", "resolution", "followup"])
    # Its own effects come back with the same ids but at other moments: another history.
    await store.catch_up()
    with pytest.raises(CannotRefill, match=r"written to after|were written after|two different events"):
        await refill_stores(store.settings, lost_day.records)


async def installation_of(url: str) -> str:
    async with open_stores(url) as stores:
        return str(stores.installation.id)


def events_in(records: Path) -> list[dict[str, Any]]:
    """The lines of an export that are events."""
    return [line for line in lines_of(records) if line is not None and "source" in line]


def last_that_led_to_something(lines: list[dict[str, Any]], service: ServiceName) -> int:
    """The position of the service's last event that another service's event names as its cause: that it is missing
    can be seen from what is left."""
    envelopes = [json.loads(line["envelope"]) for line in lines if line["source"] != service]
    return max(int(raw["causeposition"]) for raw in envelopes if raw.get("causesource") == f"/casework/{service}")


def write_export(path: Path, lines: list[dict[str, Any]], installation: str) -> Path:
    """An export of an installation with one shard."""
    meta = {"format": "casework-export", "version": 1, "shards": 1, "installation": installation}
    path.write_text("\n".join(json.dumps(line) for line in [meta, *lines]))
    return path
