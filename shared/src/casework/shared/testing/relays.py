"""Publishing a written installation to a topic of its own, with the real relays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from casework.shared.audit.walk import Stores
from casework.shared.contracts.ids import SERVICES
from casework.shared.relay.outlet import EventLog
from casework.shared.relay.relay import Relay
from casework.shared.runtime.database import begin
from casework.shared.runtime.messaging import make_producer
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer

DEADLINE_S = 60.0


@asynccontextmanager
async def relays(stores: Stores, kafka: KafkaServer, topics: Topics) -> AsyncIterator[None]:
    """The four relays of the case log, at work for as long as the block lasts."""
    settings = Settings(
        database_url=SecretStr("postgresql://127.0.0.1/not-used"),
        kafka_servers=kafka.servers,
        kafka_idempotence=kafka.idempotent,
        key_file=Path("not-used"),
        service_key_file=Path("not-used"),
    )
    metrics = Metrics.create()
    tasks = [
        asyncio.create_task(
            Relay(
                service,
                stores.engines[service],
                EventLog(service, stores.installation.id, topics.events),
                servers=kafka.servers,
                make_producer=partial(make_producer, settings),
                replica=f"{service}-test",
                metrics=metrics,
            ).run()
        )
        for service in SERVICES
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def all_sent(stores: Stores, topics: Topics) -> None:
    """Until every relay's cursor is at the end of its log."""
    async with asyncio.timeout(DEADLINE_S):
        for service in SERVICES:
            while True:
                async with begin(stores.engines[service]) as work:
                    waiting = await work.fetch_value(
                        "SELECT count(*) FROM log_head h LEFT JOIN relay_cursor c ON c.topic = $1 AND c.shard = h.shard"
                        " WHERE h.next - 1 > coalesce(c.position, -1)",
                        topics.events.name,
                    )
                if waiting == 0:
                    break
                await asyncio.sleep(0.05)
