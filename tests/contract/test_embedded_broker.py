"""What the embedded broker does otherwise than Apache Kafka, and the code takes into account.

Should one of these fail after an upgrade, the broker has become better: the code that goes round it can go.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, ProducerClosed
from tests.contract.sessions import settings_of

from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.messaging import discard_producer, make_producer
from casework.shared.runtime.stopping import stop_consumers
from casework.shared.runtime.topic_admin import admin, ensure_topics
from casework.shared.runtime.topics import Topic, Topics
from casework.shared.testing.parts import fresh_prefix

UNDER_WAY_S = 10.0


@pytest_asyncio.fixture(scope="module")
async def broker() -> AsyncIterator[EmbeddedKafka]:
    """One of its own, whichever broker other tests use: it is killed."""
    part = EmbeddedKafka()
    try:
        await part.start()
        yield part
    finally:
        await part.stop()


async def topics_of(broker: EmbeddedKafka) -> dict[str, int]:
    async with admin(broker.servers) as client:
        return {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}


async def filled(broker: EmbeddedKafka, *batches: int) -> Topic:
    """A topic of one partition, with batches of so many records."""
    topic = replace(Topics.of(fresh_prefix(), 1).events, partitions=1)
    await ensure_topics(broker.servers, [topic])
    async with AIOKafkaProducer(bootstrap_servers=broker.servers, acks="all") as producer:
        for size in batches:
            batch = producer.create_batch()
            for number in range(size):
                batch.append(key=None, value=b"%d" % number, timestamp=None)
            await (await producer.send_batch(batch, topic.name, partition=0))
    return topic


async def test_it_makes_four_partitions_for_whoever_asks_for_a_topic(broker: EmbeddedKafka) -> None:
    name = f"{fresh_prefix()}asked.for"
    async with admin(broker.servers) as client:
        await client.describe_topics([name])
    assert (await topics_of(broker))[name] == 4


async def test_it_has_no_idempotent_producer(broker: EmbeddedKafka) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.servers, enable_idempotence=True, request_timeout_ms=2_000)
    try:
        with pytest.raises(KafkaError):
            await producer.start()
    finally:
        await discard_producer(producer)


async def test_its_end_is_the_offset_after_the_first_record_of_the_last_batch(broker: EmbeddedKafka) -> None:
    topic = await filled(broker, 5, 7)
    async with AIOKafkaConsumer(bootstrap_servers=broker.servers) as consumer:
        place = TopicPartition(topic.name, 0)
        assert await consumer.end_offsets([place]) == {place: 6}
        consumer.assign([place])
        consumer.seek(place, 0)
        offsets: list[int] = []
        while len(offsets) < 12:
            offsets += [record.offset for record in (await consumer.getmany(timeout_ms=1_000)).get(place, ())]
        assert offsets == list(range(12))


async def test_it_never_says_that_an_offset_is_out_of_range(broker: EmbeddedKafka) -> None:
    topic = await filled(broker, 2)
    place = TopicPartition(topic.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=broker.servers, auto_offset_reset="earliest") as consumer:
        consumer.assign([place])
        consumer.seek(place, 100)
        assert await consumer.getmany(timeout_ms=1_500) == {}
        assert await consumer.position(place) == 100


async def test_it_lets_the_first_of_a_group_wait_half_a_session_timeout(broker: EmbeddedKafka) -> None:
    topic = await filled(broker, 1)
    started = time.monotonic()
    consumer = AIOKafkaConsumer(
        topic.name,
        bootstrap_servers=broker.servers,
        group_id=topic.name,
        session_timeout_ms=4_000,
        heartbeat_interval_ms=500,
    )
    await consumer.start()
    try:
        assert time.monotonic() - started >= 2.0
    finally:
        await consumer.stop()


async def test_a_producer_is_let_go_while_its_broker_dies_with_a_batch_under_way() -> None:
    """aiokafka would send that batch again, and stumbles, since nobody waits for it any more."""
    broker = EmbeddedKafka()
    await broker.start()
    try:
        topic = await filled(broker, 1)
        producer = make_producer(settings_of(broker.servers, idempotent=False))
        await producer.start()
        await producer.send_and_wait(topic.name, b"taken", partition=0)
        os.kill(broker.pid, signal.SIGSTOP)
        unanswered = await producer.send(topic.name, b"under way", partition=0)
        async with asyncio.timeout(UNDER_WAY_S):
            while not producer._message_accumulator._pending_batches:
                await asyncio.sleep(0.01)
        discarding = asyncio.create_task(discard_producer(producer))
        await asyncio.wait([unanswered])
        os.kill(broker.pid, signal.SIGKILL)
        await discarding
        assert isinstance(unanswered.exception(), ProducerClosed)
    finally:
        await broker.stop()


async def test_a_consumer_ends_although_its_fetch_pauses_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """aiokafka's own `stop` raises CancelledError then, and keeps its connections."""
    broker = EmbeddedKafka()
    await broker.start()
    try:
        place = TopicPartition((await filled(broker, 1)).name, 0)
        plain, ours = [
            AIOKafkaConsumer(bootstrap_servers=broker.servers, auto_offset_reset="earliest", retry_backoff_ms=20_000)
            for _ in range(2)
        ]
        for consumer in (plain, ours):
            await consumer.start()
            consumer.assign([place])
            assert (await consumer.getone()).offset == 0
        waiting = [asyncio.ensure_future(consumer.getone()) for consumer in (plain, ours)]
        os.kill(broker.pid, signal.SIGKILL)
        async with asyncio.timeout(UNDER_WAY_S):
            while sum("Failed fetch messages" in record.getMessage() for record in caplog.records) < 2:
                await asyncio.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.ensure_future(plain.stop())
        assert plain._client._sync_task is not None
        await plain._client.close()
        await stop_consumers(ours.stop, [ours])
        assert ours._client._sync_task is None
        await asyncio.wait(waiting)
        assert all(isinstance(each.exception(), ConsumerStoppedError) for each in waiting)
    finally:
        await broker.stop()


async def test_it_forgets_everything(broker: EmbeddedKafka) -> None:
    topic = await filled(broker, 3)
    assert topic.name in await topics_of(broker)
    os.kill(broker.pid, signal.SIGKILL)
    await broker.wait()
    await broker.start()
    assert await topics_of(broker) == {}
