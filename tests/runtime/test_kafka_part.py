"""The embedded broker. These tests need it and no other: they end it."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from casework.shared.runtime.claims import PortTaken
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.topic_admin import admin, check_partitions
from casework.shared.runtime.topics import Topics

ROUNDS = 6
TOPICS = Topics.of("hammered.", 12)


Reached = Callable[[], None]
RETRIED = (KafkaError, OSError, asyncio.TimeoutError)


async def asks_by_name(servers: str, reached: Reached) -> None:
    """Knows the topics and asks for them, over a new connection, as soon as anybody listens."""
    while True:
        with suppress(*RETRIED):
            async with admin(servers, request_timeout_ms=2000) as client:
                while True:
                    await client.describe_topics([topic.name for topic in TOPICS.all()])
                    reached()
        await asyncio.sleep(0.001)


async def produces(servers: str, reached: Reached) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, request_timeout_ms=2000, retry_backoff_ms=5) as producer:
        while True:
            with suppress(*RETRIED):
                await producer.send_and_wait(TOPICS.events.name, b"value", key=b"key")
                reached()


async def consumes(servers: str, reached: Reached) -> None:
    names = [topic.name for topic in TOPICS.all()]
    options = {"bootstrap_servers": servers, "request_timeout_ms": 2000, "retry_backoff_ms": 5}
    async with AIOKafkaConsumer(*names, auto_offset_reset="earliest", **options) as consumer:
        while True:
            with suppress(*RETRIED):
                await consumer.getmany(timeout_ms=20)
                reached()


async def test_topics_are_right_after_every_restart_though_clients_ask_all_the_while() -> None:
    kafka = EmbeddedKafka(topics=TOPICS.all())
    await kafka.start()
    servers = kafka.servers
    reached = [asyncio.Event() for _ in range(6)]
    work = zip((asks_by_name, produces, consumes) * 2, reached, strict=True)
    hammers = [asyncio.create_task(hammer(servers, event.set)) for hammer, event in work]
    try:
        for _ in range(ROUNDS):
            async with asyncio.timeout(30):
                await asyncio.gather(*(event.wait() for event in reached))
            for event in reached:
                event.clear()
            os.kill(kafka.pid, signal.SIGKILL)
            assert await kafka.wait() == -signal.SIGKILL
            await kafka.start()
            assert kafka.servers == servers
            assert await check_partitions(servers, TOPICS.all()) == {}
        assert not [hammer.exception() for hammer in hammers if hammer.done()]
    finally:
        for hammer in hammers:
            hammer.cancel()
        await asyncio.gather(*hammers, return_exceptions=True)
        await kafka.stop()


async def test_records_go_through_the_last_partition() -> None:
    kafka = EmbeddedKafka(topics=TOPICS.all())
    async with AsyncExitStack() as stack:
        await kafka.start()
        stack.push_async_callback(kafka.stop)
        producer = await stack.enter_async_context(AIOKafkaProducer(bootstrap_servers=kafka.servers, acks="all"))
        await producer.send_and_wait(TOPICS.events.name, b"value", partition=11)


async def test_stop_leaves_no_process_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kafka = EmbeddedKafka()
    await kafka.start()
    assert list(tmp_path.iterdir()) != []
    await kafka.stop()
    assert list(tmp_path.iterdir()) == []
    assert not psutil.pid_exists(kafka.pid)


async def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} .*another port"):
            await EmbeddedKafka(port).start()
