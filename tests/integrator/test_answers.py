"""Following the answers: from where, and through a broker that comes back with something else."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer

from casework.shared.integrator import answers
from casework.shared.integrator.answers import AnswerReader, Record
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def look_back_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_LOOK_BACK_EVERY_S", 0.05)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def following(reader: AnswerReader) -> AsyncIterator[None]:
    reads = asyncio.create_task(reader.run())
    try:
        async with asyncio.timeout(20):
            await reader.ready.wait()
        yield
    finally:
        reads.cancel()
        with suppress(asyncio.CancelledError):
            await reads


async def write(servers: str, topic: str, values: Sequence[bytes], partition: int = 0) -> None:
    """In one batch, as far as the producer makes one."""
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=20) as producer:
        await asyncio.gather(*[await producer.send(topic, value, partition=partition) for value in values])


class Taken:
    """What a reader handed over."""

    def __init__(self, servers: str, topics: Topics) -> None:
        self.values: list[bytes] = []
        self.reader = AnswerReader(servers, [topics.receipts.name, topics.rejections.name], self._take, {})

    def at_least(self, count: int) -> bool:
        return len(self.values) >= count

    def _take(self, records: Sequence[Record]) -> None:
        self.values += [record.value for record in records]


def numbered(name: str, count: int) -> list[bytes]:
    return [f"{name} {number}".encode() for number in range(count)]


async def test_it_ends_when_cancelled_even_where_the_client_below_keeps_that_to_itself(
    kafka_server: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = await kafka_server.create_topics(fresh_prefix(), 1)
    reader = Taken(kafka_server.servers, topics).reader
    asked = asyncio.Event()

    async def keeps_it_to_itself() -> None:
        # As aiokafka's client does while it closes.
        asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        raise answers.TopicsMissing("no topic")

    monkeypatch.setattr(reader, "_partitions", keeps_it_to_itself)
    reads = asyncio.create_task(reader.run())
    await asked.wait()
    asked.clear()
    reads.cancel()
    again = asyncio.create_task(asked.wait())
    ended, _ = await asyncio.wait({reads, again}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    for task in (reads, again):
        task.cancel()
    assert ended == {reads}


async def test_nothing_from_before_and_everything_after_once_while_all_is_well(
    kafka_server: KafkaServer,
) -> None:
    topics = await kafka_server.create_topics(fresh_prefix(), 2)
    await write(kafka_server.servers, topics.receipts.name, numbered("old", 50))
    taken = Taken(kafka_server.servers, topics)
    async with following(taken.reader):
        for batch in range(1, 6):
            await write(kafka_server.servers, topics.receipts.name, numbered(f"new {batch}", 40))
            await until(partial(taken.at_least, 40 * batch))
        await write(kafka_server.servers, topics.rejections.name, [b"refused"], partition=1)
        await until(lambda: b"refused" in taken.values)
    assert taken.values == [value for batch in range(1, 6) for value in numbered(f"new {batch}", 40)] + [b"refused"]


@pytest.mark.parametrize("count", [1, 3, 10], ids=["fewer", "as-many", "more"])
async def test_a_broker_that_came_back_with_other_records_is_read_from_the_beginning(count: int) -> None:
    topics = Topics.of("", 2)
    broker = EmbeddedKafka(topics=topics.all())
    await broker.start()
    try:
        taken = Taken(broker.servers, topics)
        async with following(taken.reader):
            await write(broker.servers, topics.receipts.name, numbered("first", 3))
            await until(lambda: len(taken.values) == 3)
        os.kill(broker.pid, signal.SIGKILL)
        await broker.wait()
        await broker.start()
        await write(broker.servers, topics.receipts.name, numbered("second", count))
        async with following(taken.reader):
            await until(lambda: len(taken.values) >= 3 + count)
            await write(broker.servers, topics.receipts.name, [b"last"])
            await until(lambda: b"last" in taken.values)
    finally:
        await broker.stop()
    assert taken.values == [*numbered("first", 3), *numbered("second", count), b"last"]


async def test_a_broker_that_loses_everything_while_we_follow() -> None:
    topics = Topics.of("", 2)
    broker = EmbeddedKafka(topics=topics.all())
    await broker.start()
    try:
        taken = Taken(broker.servers, topics)
        async with following(taken.reader):
            await write(broker.servers, topics.receipts.name, numbered("first", 30))
            await until(lambda: len(taken.values) == 30)
            os.kill(broker.pid, signal.SIGKILL)
            await broker.wait()
            await broker.start()
            await write(broker.servers, topics.receipts.name, numbered("second", 2))
            await until(lambda: set(numbered("second", 2)) <= set(taken.values))
    finally:
        await broker.stop()


async def test_topics_made_anew_with_more_partitions_are_taken_up(kafka_server: KafkaServer) -> None:
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix, 2)
    taken = Taken(kafka_server.servers, topics)
    async with following(taken.reader):
        await write(kafka_server.servers, topics.receipts.name, [b"before"])
        await until(lambda: taken.values == [b"before"])
        await ensure_topics(kafka_server.servers, Topics.of(prefix, 5).all(), remake=True)
        await write(kafka_server.servers, topics.receipts.name, [b"in the fifth"], partition=4)
        await write(kafka_server.servers, topics.receipts.name, [b"in the first"], partition=0)
        await until(lambda: {b"in the fifth", b"in the first"} <= set(taken.values))
