"""What the relay and the consumers rest on in aiokafka and in the brokers, on the wire."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from tests.contract.sessions import settings_of

from casework.shared.runtime.messaging import discard_producer, make_producer
from casework.shared.runtime.topic_admin import admin, ensure_topics
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import MAX_RECORD_BYTES, Topic, Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire


async def made(kafka: KafkaServer, partitions: int = 3) -> Topic:
    topic = replace(Topics.of(fresh_prefix(), partitions).events, partitions=partitions)
    await ensure_topics(kafka.servers, [topic])
    return topic


async def partitions_of(kafka: KafkaServer, name: str) -> int:
    async with admin(kafka.servers) as client:
        return next((len(t["partitions"]) for t in await client.describe_topics() if t["topic"] == name), 0)


async def test_batches_to_a_partition_keep_their_order_and_tell_where_they_begin(kafka_server: KafkaServer) -> None:
    """The relay counts offsets on from the one it is told: within a batch, and from one batch to the next."""
    topic = await made(kafka_server)
    producer = make_producer(settings_of(kafka_server.servers, kafka_server.idempotent))
    await producer.start()
    try:
        sent: dict[int, list[tuple[int, asyncio.Future[object]]]] = {0: [], 1: [], 2: []}
        for number in range(8):
            for partition, told in sent.items():
                batch = producer.create_batch()
                for n in range(number + 1):
                    batch.append(key=b"k", value=f"{number} {n}".encode(), timestamp=None, headers=[("n", b"%d" % n)])
                told.append((number + 1, await producer.send_batch(batch, topic.name, partition=partition)))
        for told in sent.values():
            offset = 0
            for size, acknowledged in told:
                metadata = await acknowledged
                assert metadata.offset == offset  # type: ignore[attr-defined]  # the library has no types
                offset += size
    finally:
        await discard_producer(producer)
    async with topic_reader(kafka_server.servers) as reader:
        for partition, (first, after) in (await reader.ends(topic.name, range(3))).items():
            values = [record.value async for record in reader.read(topic.name, partition, first, after)]
            assert values == [f"{number} {n}".encode() for number in range(8) for n in range(number + 1)]


async def test_what_a_discarded_producer_had_not_sent_is_nobodys_fault(kafka_server: KafkaServer) -> None:
    """A service that ends lets its relay's sends go; a process that ends well reports nothing."""
    topic = await made(kafka_server)
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    producer = make_producer(settings_of(kafka_server.servers, kafka_server.idempotent))
    await producer.start()
    await producer.partitions_for(topic.name)
    for partition in range(3):
        batch = producer.create_batch()
        batch.append(key=b"k", value=b"v", timestamp=None)
        (await producer.send_batch(batch, topic.name, partition=partition)).cancel()
    assert len(producer._message_accumulator._batches) == 3, "the sender was faster than this trial"
    await discard_producer(producer)
    del producer, batch
    gc.collect()
    assert not [context["message"] for context in reported]


async def test_nobody_makes_a_topic_by_asking_for_it(kafka_server: KafkaServer) -> None:
    """On Apache Kafka, set up as an installation has it. The embedded broker does: see below."""
    if kafka_server.part is not None:
        pytest.skip("the embedded broker makes any topic that is asked for")
    name = f"{fresh_prefix()}nobody.made.this"
    producer = AIOKafkaProducer(bootstrap_servers=kafka_server.servers, acks="all", request_timeout_ms=1_500)
    await producer.start()
    with pytest.raises(KafkaError):
        await producer.send_and_wait(name, b"x")
    await discard_producer(producer)
    assert await partitions_of(kafka_server, name) == 0


async def test_a_consumer_beyond_the_end_is_told(kafka_server: KafkaServer) -> None:
    """Apache Kafka says that the offset is out of range; then `earliest` is taken."""
    if kafka_server.part is not None:
        pytest.skip("the embedded broker never says so: see below")
    topic = await made(kafka_server, 1)
    place = TopicPartition(topic.name, 0)
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers, acks="all") as producer:
        await producer.send_and_wait(topic.name, b"x", partition=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_server.servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, 1_000)
        async with asyncio.timeout(30):
            assert (await consumer.getone()).offset == 0
    finally:
        await consumer.stop()


async def test_a_producer_of_ours_waits_for_every_replica_and_takes_the_largest_record(
    kafka_server: KafkaServer,
) -> None:
    for idempotent in (True, False):
        producer = make_producer(settings_of(kafka_server.servers, idempotent))
        assert producer._sender._acks == -1
        assert (producer._txn_manager is not None) == idempotent
        assert producer._max_request_size == MAX_RECORD_BYTES
