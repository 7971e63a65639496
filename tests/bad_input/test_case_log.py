"""Bad records on the case log: ignored, refused with an alarm, healed from the feed, or parked. Nothing stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from casework.shared.audit.sources import verify_stores
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import open_envelope, seal_envelope
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, shard_of
from casework.shared.contracts.wire import Headers, Placed, headers_of
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import EventRow, append_events
from casework.shared.runtime.database import begin, service_engine
from casework.shared.runtime.topics import MAX_RECORD_BYTES
from casework.shared.testing.bad_posts import complaint
from casework.shared.testing.parts import KafkaServer
from casework.shared.testing.running import Running

pytestmark = pytest.mark.wire

ENOUGH_S = 60.0
OTHERS = len(SERVICES) - 1
"""Who takes in an event: everybody but its source."""
COUNTERS = (
    "casework_records_ignored_total",
    "casework_guard_duplicates_total",
    "casework_guard_gaps_total",
    "casework_guard_healed_total",
    "casework_guard_alarms_total",
    "casework_cases_parked_total",
)
IGNORED, DUPLICATES, GAPS, HEALED, ALARMS, PARKED = COUNTERS

Record = tuple[Sequence[tuple[str, bytes | None]], bytes | None]


@dataclass(frozen=True)
class Log:
    """The topic, somebody who may write it, and one genuine event of intake that all have taken in."""

    running: Running
    producer: AIOKafkaProducer
    genuine: Placed
    type: str
    case_id: str

    @property
    def headers(self) -> Headers:
        return headers_of(self.genuine, self.type, None)

    async def counted(self) -> dict[str, float]:
        return await self.running.metrics(*COUNTERS, by="kind")

    async def write(self, headers: Any, value: bytes | None, partition: int) -> None:
        await self.producer.send(
            self.running.topics.events.name, value, self.case_id.encode(), partition=partition, headers=list(headers)
        )

    async def pass_by(
        self, partitions: Sequence[int], before: Mapping[str, float], expected: float
    ) -> dict[str, float]:
        """A record that everybody ignores, in each partition, and another one when all have seen it: a record is
        counted as ignored before its batch is worked on, and the next batch only comes after that."""
        for n in (1, 2):
            for partition in partitions:
                await self.write([], b"pass", partition)
            await self.producer.flush()
            wanted = before.get(IGNORED, 0.0) + expected + n * len(SERVICES) * len(partitions)
            async with asyncio.timeout(ENOUGH_S):
                while (now := await self.counted()).get(IGNORED, 0.0) < wanted:
                    await asyncio.sleep(0.02)
        changed = {name: value - before.get(name, 0.0) for name, value in now.items()}
        changed[IGNORED] -= 2 * len(SERVICES) * len(partitions)
        return {name: value for name, value in changed.items() if value}


@pytest_asyncio.fixture(scope="package")
async def case_log(running: Running, http: httpx2.AsyncClient, kafka_server: KafkaServer) -> AsyncIterator[Log]:
    """With a case that waits at intake: nothing else is recorded while these tests run."""
    case_id = await _received(http, category="Borrowed umbrellas")
    placed, type_ = await _first_event(running, case_id)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_server.servers, max_request_size=MAX_RECORD_BYTES, linger_ms=2
    ) as producer:
        log = Log(running, producer, placed, type_, case_id)
        await log.pass_by(range(running.topics.events.partitions), await log.counted(), 0)
        yield log


async def _received(http: httpx2.AsyncClient, **changes: object) -> str:
    """A new complaint that followup knows of."""
    posted = complaint(source_reference=str(uuid4()), **changes)
    answer = await http.post("/v1/complaints", json=posted, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    case_id = str(answer.json()["case_id"])
    async with asyncio.timeout(ENOUGH_S):
        while (await http.get(f"/v1/cases/{case_id}")).json()["versions"]["followup"] == 0:
            await asyncio.sleep(0.02)
    return case_id


async def _first_event(running: Running, case_id: str) -> tuple[Placed, str]:
    async with begin(running.admin) as work:
        (row,) = await work.fetch(
            "SELECT shard, position, shardprev, hash, envelope, type FROM intake.event WHERE case_id = $1", case_id
        )
    shard, position, shardprev, hash_, envelope, type_ = row
    return Placed(running.installation, "intake", shard, position, shardprev, hash_, envelope), type_


def _named(**values: bytes | None) -> Callable[[Log], Record]:
    """The genuine record with other values in its headers."""

    def record(log: Log) -> Record:
        return [*{**dict(log.headers), **values}.items()], log.genuine.document

    return record


def _without(*names: str) -> Callable[[Log], Record]:
    return lambda log: ([(name, value) for name, value in log.headers if name not in names], log.genuine.document)


def _says(value: bytes) -> Callable[[Log], Record]:
    """Other bytes with their own right hash, at the place of the genuine event."""
    return lambda log: (headers_of(log.genuine._replace(hash=leaf_hash(value)), log.type, None), value)


def _altered(**attributes: object) -> Callable[[Log], Record]:
    def record(log: Log) -> Record:
        document = orjson.dumps(orjson.loads(log.genuine.document) | attributes)
        return _says(document)(log)

    return record


def _names_another_case(log: Log) -> Record:
    """One of another shard, since within the shard only the hash could tell."""
    other = next(case for case in iter(uuid4, None) if shard_of(case, DEFAULT_SHARDS) != log.genuine.shard)
    return _altered(subject=str(other))(log)


def _follows_what_nobody_recorded(log: Log) -> Record:
    """What would come next, if resolution had recorded what it rests on."""
    raw = orjson.loads(log.genuine.document) | {"causesource": "/casework/resolution", "causeposition": 10**6}
    document = orjson.dumps(raw)
    place = log.genuine._replace(
        position=log.genuine.position + 1, shardprev=log.genuine.hash, hash=leaf_hash(document)
    )
    return headers_of(place, log.type, None), document


def _placed(**place: Any) -> Callable[[Log], Record]:
    """The genuine bytes at another place."""
    return lambda log: (headers_of(log.genuine._replace(**place), log.type, None), log.genuine.document)


def _forks(log: Log) -> Record:
    """What would come next, if it came after another event than ours."""
    return _placed(position=log.genuine.position + 1, shardprev=b"\x07" * 32)(log)


def _ignored() -> dict[str, float]:
    return {IGNORED: len(SERVICES)}


def _alarm(kind: str) -> dict[str, float]:
    return {kind: OTHERS}


HOSTILE: dict[str, tuple[Callable[[Log], Record], dict[str, float]]] = {
    "a tombstone": (lambda log: (log.headers, None), _ignored()),
    "no headers": (lambda log: ([], log.genuine.document), _ignored()),
    "no installation": (_without("installation"), _ignored()),
    "an installation that is none": (_named(installation=b"ours"), _ignored()),
    "no source": (_without("source"), _ignored()),
    "a source of nobody": (_named(source=b"billing"), _ignored()),
    "a source that is no text": (_named(source=b"\xff\xfe"), _ignored()),
    "a header without a value": (_named(position=None), _ignored()),
    "no position": (_without("position"), _ignored()),
    "a word for a position": (_named(position=b"next"), _ignored()),
    "a position of 5,000 digits": (_named(position=b"9" * 5_000), _ignored()),
    "a shard in letters": (_named(shard=b"two"), _ignored()),
    "a hash that is none": (_named(hash=b"sha256"), _ignored()),
    "no type": (_without("type"), _ignored()),
    "another installation": (_named(installation=str(uuid4()).encode()), _alarm("foreign-installation")),
    "a forged hash": (_named(hash=b"00" * 32), _alarm("forged")),
    "a hash of nothing": (_named(hash=b""), _alarm("forged")),
    "bytes that were changed": (
        lambda log: (log.headers, log.genuine.document.replace(b"umbrellas", b"Umbrellas")), _alarm("forged")),
    "a forged shard": (lambda log: _named(shard=b"%d" % ((log.genuine.shard + 1) % 12))(log), _alarm("forged")),
    "a shard below zero": (_named(shard=b"-1"), _ignored()),
    "a shard beyond all": (_named(shard=b"1" * 30), _ignored()),
    "another service's name": (_named(source=b"followup"), _alarm("forged")),
    "another type than the bytes'": (_named(type=b"casework.intake.complaint-withdrawn.v1"), _alarm("forged")),
    "another case in the bytes": (_names_another_case, _alarm("forged")),
    "no case in the bytes": (_altered(subject=None), _alarm("forged")),
    "a cause nowhere": (_altered(causesource="/casework/followup", causeposition=-1), _alarm("forged")),
    "a type that is no text": (_altered(type=["x"]), _alarm("forged")),
    "CloudEvents 0.3": (_altered(specversion="0.3"), _alarm("not-an-event")),
    "no JSON": (_says(b"<event/>"), _alarm("not-an-event")),
    "an empty value": (_says(b""), _alarm("not-an-event")),
    "a list": (_says(b"[]"), _alarm("not-an-event")),
    "NaN": (_says(b'{"specversion": NaN}'), _alarm("not-an-event")),
    "UTF-16": (lambda log: _says(log.genuine.document.decode().encode("utf-16"))(log), _alarm("not-an-event")),
    "half a surrogate": (_says(b'{"specversion": "\\ud800"}'), _alarm("not-an-event")),
    "100,000 levels deep": (_says(b"[" * 100_000), _alarm("not-an-event")),
    "a megabyte": (_says(b'"' + b"x" * 1_000_000 + b'"'), _alarm("not-an-event")),
    "the same again": (_placed(), {DUPLICATES: OTHERS}),
    "a position below zero": (_placed(position=-5), _ignored()),
    "a gap": (lambda log: _placed(position=log.genuine.position + 7)(log), {GAPS: OTHERS}),
    "a position beyond all": (_placed(position=10**30), _ignored()),
    "a fork": (_forks, _alarm("diverged")),
    "an effect of what was never recorded": (_follows_what_nobody_recorded, {"ahead": 1, GAPS: OTHERS - 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_bad_record_is_counted_and_changes_nothing(name: str, case_log: Log) -> None:
    make, expected = HOSTILE[name]
    before, events = await case_log.counted(), await _events(case_log.running)
    headers, value = make(case_log)
    shard = case_log.genuine.shard
    await case_log.write(headers, value, shard)
    assert await case_log.pass_by([shard], before, expected.get(IGNORED, 0.0)) == expected
    assert await _events(case_log.running) == events


async def _events(running: Running) -> int:
    """How many events are recorded, in all stores."""
    async with begin(running.admin) as work:
        every = " + ".join(f"(SELECT count(*) FROM {service}.event)" for service in SERVICES)
        many: int = await work.fetch_value(f"SELECT {every}")
    return many


async def test_the_whole_log_again_in_any_order_is_all_duplicates(case_log: Log) -> None:
    running, records = case_log.running, []
    for service in SERVICES:
        async with begin(running.admin) as work:
            rows = await work.fetch(
                f"SELECT shard, position, shardprev, hash, envelope, type FROM {service}.event ORDER BY shard, position"
            )
        records += [(Placed(running.installation, service, *tuple(row)[:5]), str(row["type"])) for row in rows]
    Random(5).shuffle(records)
    before, events = await case_log.counted(), await _events(running)
    for placed, type_ in records:
        await case_log.write(headers_of(placed, type_, None), placed.document, placed.shard)
    changed = await case_log.pass_by(range(running.topics.events.partitions), before, 0)
    assert changed == {DUPLICATES: OTHERS * len(records)}
    assert await _events(running) == events == len(records)


async def test_afterwards_every_shard_is_well(running: Running, http: httpx2.AsyncClient, case_log: Log) -> None:
    """After all of the above: cases of every shard run from receipt to closure, and the record verifies."""
    assert case_log
    cases: list[str] = []
    while len({shard_of(UUID(case_id), DEFAULT_SHARDS) for case_id in cases}) < DEFAULT_SHARDS:
        cases.append(await _posted(http, len(cases)))
    await _closed(http, cases)
    report = await verify_stores(running.database_url)
    assert report.faults == 0
    assert running.process.exit_code is None
    assert (await http.get("/health/ready")).status_code == 200
    handlers = [line for line in running.lines() if str(line.get("logger", "")).startswith("faststream")]
    assert [line for line in handlers if line["level"] == "error"] == []


async def _posted(http: httpx2.AsyncClient, number: int) -> str:
    answer = await http.post(
        "/v1/complaints",
        json=complaint(source_reference=f"well-{number}-{uuid4()}"),
        headers={"idempotency-key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


async def _closed(http: httpx2.AsyncClient, case_ids: Sequence[str]) -> None:
    async with asyncio.timeout(ENOUGH_S):
        for case_id in case_ids:
            while (await http.get(f"/v1/cases/{case_id}")).json()["stage"] != "closed":
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("type_", "parked"),
    [
        ("casework.intake.complaint-translated.v1", OTHERS),
        ("casework.intake.complaint-received.v2", OTHERS),
        ("casework.intake.hand-off-offered.v1", 2),
    ],
    ids=["an unknown type", "an unknown version", "a known type without its data"],
)
async def test_what_was_recorded_and_cannot_be_read_parks_its_case_alone(
    type_: str, parked: int, running: Running, http: httpx2.AsyncClient
) -> None:
    """As a newer release, or a broken one, would have recorded it: it is in the store, so nobody may skip it."""
    case_id = await _received(http, category="Borrowed umbrellas")
    before = await _parked(running)
    await _append(running, case_id, type_)
    async with asyncio.timeout(ENOUGH_S):
        while await _parked(running) < before + parked:
            await asyncio.sleep(0.05)
    refused = await http.post(
        f"/v1/cases/{case_id}/investigation/acceptance", json={}, headers={"idempotency-key": str(uuid4())}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/case-parked")
    await _closed(http, [await _posted(http, number) for number in range(12)])
    assert await _parked(running) == before + parked
    said = [line for line in running.lines() if line["event"] == "consumer.case-parked" and line["case_id"] == case_id]
    assert len(said) == parked


async def _parked(running: Running) -> float:
    return (await running.metrics(PARKED, by="kind")).get(PARKED, 0.0)


async def _append(running: Running, case_id: str, type_: str) -> None:
    engine = service_engine(running.database_url, "intake", pool_size=2)
    async with begin(engine) as work:
        last = (await reading.of_case(work, UUID(case_id)))[-1]
        envelope = open_envelope(last.document)._replace(
            id=uuid4(), type=type_, version=last.version + 1, prevhash=last.hash, data={}
        )
        document = seal_envelope(envelope, "/schemas/unknown")
        await append_events(
            work,
            [
                EventRow(
                    last.shard,
                    UUID(case_id),
                    envelope.version,
                    envelope.id,
                    type_,
                    document,
                    leaf_hash(document),
                    last.recorded_at,
                )
            ],
        )
    await engine.dispose()
