"""Intake's log, a topic of its own, and relays between them that a test starts, stops and breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaProducer, ConsumerRecord
from pydantic import SecretStr
from tests.store.log import SHARDS, Log, case_in, fact, origin, receive

from casework.shared.contracts.wire import Placed
from casework.shared.eventstore import reading
from casework.shared.eventstore.reading import StoredEvent
from casework.shared.relay.outlet import EventLog
from casework.shared.relay.relay import Relay
from casework.shared.runtime.database import begin
from casework.shared.runtime.messaging import make_producer
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topic

DEADLINE_S = 45.0
OnTopic: TypeAlias = dict[int, list[ConsumerRecord[Any, Any]]]
MakeProducer: TypeAlias = Callable[[], AIOKafkaProducer]


@dataclass(slots=True)
class Rig:
    """`metrics` are those of all relays made here."""

    log: Log
    servers: str
    idempotent: bool
    topic: Topic
    installation: UUID
    metrics: Metrics = field(default_factory=Metrics.create)

    @property
    def make_producer(self) -> MakeProducer:
        """As a service makes its producers."""
        return partial(make_producer, self.settings)

    @property
    def settings(self) -> Settings:
        return Settings(
            database_url=SecretStr(self.log.url),
            kafka_servers=self.servers,
            kafka_idempotence=self.idempotent,
            key_file=Path("not-used"),
            service_key_file=Path("not-used"),
        )

    def relay(self, replica: str = "one", make_producer: MakeProducer | None = None) -> Relay:
        """A relay of intake's log to the topic, not running yet."""
        return Relay(
            "intake",
            self.log.engine,
            EventLog("intake", self.installation, self.topic),
            servers=self.servers,
            make_producer=make_producer or self.make_producer,
            replica=replica,
            metrics=self.metrics,
        )

    async def append(self, cases: Sequence[UUID], facts: int = 0, value: str = "x") -> None:
        """Record a complaint for each new case, and so many facts behind it, in one transaction."""
        async with begin(self.log.engine) as work:
            unit = await self.log.store.open(work, cases)
            for case_id in cases:
                more = [fact(f"{number} {value}") for number in range(facts)]
                start = [] if unit.streams[case_id].version else [receive(str(case_id))]
                unit.run(case_id, [*start, *more], origin())
            await self.log.store.append(work, unit)

    async def fill(self, cases: int = 60) -> list[UUID]:
        """New cases, some in every shard."""
        made = [case_in(number % SHARDS) for number in range(cases)]
        await self.append(made, facts=2)
        return made

    async def cursors(self) -> dict[int, int]:
        """The relay's cursor of each shard."""
        async with begin(self.log.engine) as work:
            rows = await work.fetch("SELECT shard, position FROM relay_cursor WHERE topic = $1", self.topic.name)
        return {row["shard"]: row["position"] for row in rows}

    async def heads(self) -> dict[int, int]:
        """The last position of each shard."""
        async with begin(self.log.engine) as work:
            return {head.shard: head.position for head in await reading.heads(work)}

    async def holders(self) -> dict[int, str]:
        """Which replica holds each shard."""
        async with begin(self.log.engine) as work:
            rows = await work.fetch("SELECT shard, holder FROM relay_cursor WHERE topic = $1", self.topic.name)
        return {row["shard"]: row["holder"] for row in rows}

    async def until_sent(self) -> None:
        """Until every cursor is at its shard's end."""
        await until(self._all_sent)

    async def until_sent_again(self) -> None:
        """Until a relay that was just started has noticed that records are missing, and has sent them."""
        many = sum(position + 1 for position in (await self.heads()).values())

        async def there() -> bool:
            found = await self.on_topic()
            ours = [
                record for records in found.values() for record in records if ("source", b"intake") in record.headers
            ]
            return len(ours) >= many

        await until(there)
        await self.until_sent()

    async def _all_sent(self) -> bool:
        return await self.cursors() == await self.heads()

    async def on_topic(self) -> OnTopic:
        """Every record that the topic has now, by partition."""
        found: OnTopic = {}
        async with topic_reader(self.servers) as reader:
            ends = await reader.ends(self.topic.name, range(SHARDS))
            for partition, (first, after) in ends.items():
                records = [record async for record in reader.read(self.topic.name, partition, first, after)]
                found[partition] = records
        return found

    def placed(self, event: StoredEvent) -> Placed:
        """An event of the log as it is placed on the topic."""
        return Placed(
            self.installation, "intake", event.shard, event.position, event.shardprev, event.hash, event.document
        )

    async def assert_all_there(self, *, duplicates: bool = False) -> OnTopic:
        """The topic has every event of the log, each in its shard's partition, in order; some twice if that may be."""
        found = await self.on_topic()
        for shard in range(SHARDS):
            events = await self.log.events([shard])
            first_seen = list(dict.fromkeys(record.value for record in found[shard]))
            assert first_seen == [event.document for event in events], f"shard {shard}"
            if not duplicates:
                assert len(found[shard]) == len(events), f"shard {shard}"
        return found

    async def put(self, partition: int, *records: tuple[bytes | None, list[tuple[str, Any]]]) -> None:
        """Somebody else's records (value, headers) on the topic."""
        async with AIOKafkaProducer(bootstrap_servers=self.servers, acks="all") as producer:
            for value, headers in records:
                await producer.send_and_wait(self.topic.name, value, key=b"?", partition=partition, headers=headers)


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The relays at work for as long as the block lasts; then they are gone as after a kill: nobody says goodbye."""
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[bool]], deadline_s: float = DEADLINE_S) -> None:
    """Wait for it."""
    async with asyncio.timeout(deadline_s):
        while not await holds():
            await asyncio.sleep(0.03)
