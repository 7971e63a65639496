"""Verifying that the topic and the stores agree."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from casework.shared.audit.topic import NoSuchTopic, verify_kafka
from casework.shared.audit.walk import Stores, open_stores, walk_shard
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Headers, Placed, headers_of
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix
from casework.shared.testing.relays import all_sent, relays

pytestmark = pytest.mark.wire


async def published(copy: str, kafka: KafkaServer) -> str:
    """Send everything that was written to topics of its own. Returns their prefix."""
    prefix = fresh_prefix()
    topics = await kafka.create_topics(prefix)
    async with open_stores(copy) as stores, relays(stores, kafka, topics):
        await all_sent(stores, topics)
    return prefix


async def some_event(stores: Stores, source: ServiceName) -> tuple[Placed, str, bytes]:
    """An event of a service, with its type and its key."""
    for shard in range(stores.installation.shards):
        async for page in walk_shard(stores, shard):
            if page.source == source:
                row = page.rows[0]
                placed = Placed(stores.installation.id, source, shard, row[0], row[1], row[2], row[3])
                return placed, row[7], row[5].encode()
    raise AssertionError(f"{source} recorded nothing")


async def send(kafka: KafkaServer, topic: str, partition: int, key: bytes, value: bytes | None, head: Headers) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.servers)
    await producer.start()
    try:
        await producer.send_and_wait(topic, key=key, value=value, headers=head, partition=partition)
    finally:
        await producer.stop()


async def test_what_the_relays_sent_agrees_with_the_stores(copy: str, kafka_server: KafkaServer) -> None:
    prefix = await published(copy, kafka_server)
    report = await verify_kafka(copy, kafka_server.servers, topic_prefix=prefix)
    assert (report.shown, report.faults, report.duplicates, report.ignored) == ([], 0, 0, 0)
    assert report.records == report.events > 300
    assert report.document()["source"] == "kafka"


async def test_duplicates_are_counted_apart_and_strangers_ignored(copy: str, kafka_server: KafkaServer) -> None:
    prefix = await published(copy, kafka_server)
    topic = Topics.of(prefix, 12).events.name
    async with open_stores(copy) as stores:
        placed, type_, key = await some_event(stores, "resolution")
    head = headers_of(placed, type_, None)
    await send(kafka_server, topic, placed.shard, key, placed.document, head)
    await send(kafka_server, topic, placed.shard, b"test", b"somebody's test", [])
    await send(kafka_server, topic, placed.shard, key, None, head)
    report = await verify_kafka(copy, kafka_server.servers, topic_prefix=prefix)
    assert (report.faults, report.duplicates, report.ignored) == (0, 1, 2)


Forge = Callable[[Placed, str], tuple[bytes, Headers]]


def _header(head: Headers, name: str, value: bytes) -> Headers:
    return [(each, value if each == name else old) for each, old in head]


@pytest.mark.parametrize(
    ("kind", "forge"),
    [
        ("record", lambda p, t: (p.document + b" ", headers_of(p, t, None))),
        ("record", lambda p, t: (p.document, _header(headers_of(p, t, None), "hash", b"00" * 32))),
        ("record", lambda p, t: (p.document, headers_of(p, "casework.resolution.other.v1", None))),
        ("record", lambda p, t: (p.document, _header(headers_of(p, t, None), "shard", b"%d" % (p.shard + 1)))),
        ("not-in-store", lambda p, t: (p.document, _header(headers_of(p, t, None), "position", b"987654"))),
        ("foreign", lambda p, t: (p.document, _header(headers_of(p, t, None), "installation", str(uuid4()).encode()))),
    ],
)
async def test_a_record_that_is_not_the_stores_event_is_found(
    copy: str, kafka_server: KafkaServer, kind: str, forge: Forge
) -> None:
    prefix = await published(copy, kafka_server)
    async with open_stores(copy) as stores:
        placed, type_, key = await some_event(stores, "resolution")
    document, head = forge(placed, type_)
    await send(kafka_server, Topics.of(prefix, 12).events.name, placed.shard, key, document, head)
    report = await verify_kafka(copy, kafka_server.servers, topic_prefix=prefix)
    assert report.kinds == {kind: 1}, report.shown


async def test_what_was_sent_and_is_gone_is_found(copy: str, kafka_server: KafkaServer) -> None:
    """The broker was cut and the relays have not noticed yet: their cursors say that everything was sent."""
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix)
    connection = await asyncpg.connect(copy)
    for service in ("intake", "followup"):
        await connection.execute(
            f"INSERT INTO {service}.relay_cursor (topic, shard, position)"
            f" SELECT $1, shard, next - 1 FROM {service}.log_head",
            topics.events.name,
        )
    logs = await connection.fetchval(
        "SELECT (SELECT count(*) FROM intake.log_head WHERE next > 0)"
        " + (SELECT count(*) FROM followup.log_head WHERE next > 0)"
    )
    await connection.close()
    report = await verify_kafka(copy, kafka_server.servers, topic_prefix=prefix)
    assert report.kinds == {"not-on-topic": logs}


async def test_a_cut_store_is_found_by_its_topic(
    copy: str, tampering: asyncpg.Connection[asyncpg.Record], kafka_server: KafkaServer
) -> None:
    """Everything in the database was made to agree with the cut: only what was published still tells."""
    prefix = await published(copy, kafka_server)
    cut = await tampering.fetchrow(
        # Not the only event of its case: then there would be no row of state to set back.
        "DELETE FROM followup.event WHERE (shard, position) = (SELECT shard, position FROM followup.event e"
        " JOIN followup.log_head h USING (shard) WHERE e.position = h.next - 1 AND e.position > 0 AND e.version > 1"
        " LIMIT 1) RETURNING shard, position, case_id"
    )
    assert cut is not None
    await tampering.execute(
        "UPDATE followup.log_head h SET next = $2, hash = (SELECT hash FROM followup.event"
        " WHERE shard = $1 AND position = $2::bigint - 1) WHERE shard = $1",
        cut["shard"],
        cut["position"],
    )
    await tampering.execute(
        "UPDATE followup.case_state c SET version = e.version, hash = e.hash, time = e.recorded_at, state_version = -1"
        " FROM followup.event e WHERE c.case_id = $1 AND e.case_id = $1 AND e.version = c.version - 1",
        cut["case_id"],
    )
    report = await verify_kafka(copy, kafka_server.servers, topic_prefix=prefix)
    assert report.kinds == {"not-in-store": 1, "not-on-topic": 1}
    assert report.shown[0].position == cut["position"]


async def test_a_missing_topic_is_named(copy: str, kafka_server: KafkaServer) -> None:
    # The embedded broker makes a topic of four partitions when it is asked for one by name.
    with pytest.raises(NoSuchTopic, match="--topic-prefix"):
        await verify_kafka(copy, kafka_server.servers, topic_prefix=fresh_prefix())
