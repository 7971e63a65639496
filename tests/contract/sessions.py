"""Subscribers on the wire: ours as `messaging.subscribe` makes them, and FastStream's own for comparison.

A group takes seconds to form, so everything happens in one session: each subscriber has a topic and a group of its
own, all are started at once, and the tests look at what each has seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import SecretStr

from casework.shared.runtime.messaging import Records, Subscription, make_broker, subscribe
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import Topic

DEADLINE_S = 60.0
Headers: TypeAlias = list[tuple[str, Any]]
React: TypeAlias = Callable[["Seen", Any], Awaitable[Any]]


def settings_of(servers: str, idempotent: bool) -> Settings:
    """The settings of a process that only talks to the broker."""
    return Settings(
        database_url=SecretStr("postgresql://127.0.0.1/not-used"),
        kafka_servers=servers,
        kafka_idempotence=idempotent,
        key_file=Path("not-used"),
        service_key_file=Path("not-used"),
    )


@dataclass
class Seen:
    """What a subscriber was given: each call's records, in order."""

    topic: Topic
    group: str
    broker: KafkaBroker
    calls: list[list[ConsumerRecord[Any, Any]]] = field(default_factory=list)
    committed: dict[int, int | None] = field(default_factory=dict)
    """By partition, when the session was over: the offset that its group would go on from."""

    @property
    def values(self) -> list[bytes | None]:
        """Of all calls, one after the other."""
        return [record.value for call in self.calls for record in call]


async def _nothing(_seen: Seen, _what: Any) -> None:
    return None


def ours(settings: Settings, topic: Topic, group: str, react: React = _nothing) -> Seen:
    """A subscriber as a service makes it. `react` gets the records and may fail, as a handler does."""
    seen = Seen(topic, group, make_broker(settings))

    async def handle(records: Records) -> None:
        seen.calls.append(list(records))
        await react(seen, records)

    subscribe(seen.broker, Subscription(topic, group, handle))
    return seen


def plain(servers: str, topic: Topic, group: str, react: React = _nothing, **options: Any) -> Seen:
    """A subscriber of FastStream's own making, one record a call, with `options` over its defaults. `react` gets the
    message, and what it returns is the handler's answer."""
    seen = Seen(topic, group, KafkaBroker(servers))
    subscriber = seen.broker.subscriber(topic.name, group_id=group, auto_offset_reset="earliest", **options)

    async def handle(body: Any, message: KafkaMessage) -> Any:
        del body
        seen.calls.append([message.raw_message])
        return await react(seen, message)

    subscriber(handle)
    return seen


async def session(servers: str, seen: Sequence[Seen], until: Callable[[], bool]) -> None:
    """Run all of them until the condition holds; then find out what each group has committed."""
    brokers = [each.broker for each in seen]
    try:
        await asyncio.gather(*(broker.start() for broker in brokers))
        async with asyncio.timeout(DEADLINE_S):
            while not until():
                await asyncio.sleep(0.02)
    finally:
        await asyncio.gather(*(broker.stop() for broker in brokers))
    for each in seen:
        each.committed = await committed(servers, each)


async def committed(servers: str, seen: Seen) -> dict[int, int | None]:
    """What the broker keeps for a group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=seen.group, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = range(seen.topic.partitions)
        return {number: await consumer.committed(TopicPartition(seen.topic.name, number)) for number in partitions}
    finally:
        await consumer.stop()


async def post(servers: str, topic: Topic, records: Iterable[tuple[bytes | None, Headers]], partition: int = 0) -> None:
    """Put records (value, headers) on a topic."""
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        for value, headers in records:
            await producer.send_and_wait(topic.name, value, key=b"k", partition=partition, headers=headers)
