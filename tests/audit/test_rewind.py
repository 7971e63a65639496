"""Setting relays back: everything is sent again, by relays at work and by relays that start."""

from __future__ import annotations

import pytest

from casework.shared.audit.topic import compare_topic
from casework.shared.audit.verify import Report
from casework.shared.audit.walk import Stores, count_events, open_stores
from casework.shared.contracts.ids import SERVICES
from casework.shared.relay.lease import rewind
from casework.shared.runtime.database import begin
from casework.shared.testing.parts import KafkaServer, fresh_prefix
from casework.shared.testing.relays import all_sent, relays

pytestmark = pytest.mark.wire


async def set_back(stores: Stores, to: int, topic: str | None) -> int:
    moved = 0
    for service in SERVICES:
        async with begin(stores.engines[service]) as work:
            moved += await rewind(work, to, topic)
    return moved


async def compared(stores: Stores, kafka: KafkaServer, prefix: str) -> Report:
    report = Report("topic")
    await compare_topic(stores, kafka.servers, prefix, report)
    return report


@pytest.mark.parametrize("running", [True, False])
async def test_everything_is_sent_again(copy: str, kafka_server: KafkaServer, running: bool) -> None:
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix)
    async with open_stores(copy) as stores:
        async with relays(stores, kafka_server, topics):
            await all_sent(stores, topics)
            if running:
                # Twice: what the first sent again must not make the relay believe that the second has nothing to do.
                for _ in range(2):
                    assert await set_back(stores, 0, None) > 0
                    await all_sent(stores, topics)
        if not running:
            assert await set_back(stores, 0, None) > 0
            async with relays(stores, kafka_server, topics):
                await all_sent(stores, topics)
        events = await count_events(stores)
        report = await compared(stores, kafka_server, prefix)
    again = 2 if running else 1
    assert (report.faults, report.records, report.duplicates) == (0, (again + 1) * events, again * events)


async def test_only_what_lies_from_there_on_is_sent_again(copy: str, kafka_server: KafkaServer) -> None:
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix)
    async with open_stores(copy) as stores:
        async with relays(stores, kafka_server, topics):
            await all_sent(stores, topics)
            assert await set_back(stores, 0, "another topic") == 0
            assert await set_back(stores, 10**6, None) == 0
            await set_back(stores, 5, topics.events.name)
            await all_sent(stores, topics)
        again = 0
        for service in SERVICES:
            async with begin(stores.engines[service]) as work:
                again += await work.fetch_value("SELECT count(*) FROM event WHERE position >= 5")
        report = await compared(stores, kafka_server, prefix)
    assert (report.faults, report.duplicates) == (0, again)
