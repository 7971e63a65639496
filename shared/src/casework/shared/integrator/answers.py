"""Follows the topics on which the system answers, from before the first post until stopped.

Invariant: every record written to the topics after `ready` was set is handed over at least once. Nothing is left
to an automatic offset reset: a broker that came back without its records is noticed within a second of its return,
because our position lies beyond its end or because another record stands where we read the last one, and what it
holds now is read from the beginning. So a record may be handed over more than once; and of a broker that came back
full within that second one may be missed, which is why whoever waits for an answer asks again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from casework.shared.runtime.stopping import end_if_cancelled, stop_consumers
from casework.shared.runtime.topic_admin import admin

log = structlog.get_logger(__name__)

Record: TypeAlias = ConsumerRecord[Any, Any]

_LOOK_BACK_EVERY_S = 1.0
_ATTEMPT_S = 10.0
_PAUSE_S = 0.3
_FETCH_WAIT_MS = 100


class TopicsMissing(Exception):
    """The broker has no such topics, or not yet."""


class AnswerReader:
    """A consumer without a group over all partitions of `topics`; `deliver` gets what they hold, in partition order."""

    def __init__(
        self,
        servers: str,
        topics: Sequence[str],
        deliver: Callable[[Sequence[Record]], None],
        security: Mapping[str, Any],
    ) -> None:
        self.ready = asyncio.Event()
        """Set once the positions to read from are known: from then on nothing is missed."""
        self.obstacle: Exception | None = None
        """Why it cannot read at present."""
        self._servers = servers
        self._topics = topics
        self._deliver = deliver
        self._security = security
        self._next: dict[TopicPartition, int] = {}
        self._last: dict[TopicPartition, Record] = {}
        self._doubted: set[TopicPartition] = set()
        """Partitions whose last record is being read again."""

    async def run(self) -> None:
        """Read until cancelled. Raises only what `deliver` raises."""
        while True:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._servers,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=_FETCH_WAIT_MS,
                metadata_max_age_ms=2_000,
                request_timeout_ms=int(_ATTEMPT_S * 1000),
                **self._security,
            )
            try:
                async with asyncio.timeout(_ATTEMPT_S):
                    partitions = await self._partitions()
                    await consumer.start()
                    await self._place(consumer, partitions)
                self.obstacle = None
                self.ready.set()
                await self._follow(consumer, partitions)
            except (KafkaError, OSError, TimeoutError, TopicsMissing) as error:
                log.info("answers.interrupted", error=type(error).__name__)
                self.obstacle = error
            finally:
                with suppress(KafkaError, OSError, TimeoutError):
                    async with asyncio.timeout(_ATTEMPT_S):
                        await stop_consumers(consumer.stop, [consumer])
            end_if_cancelled()
            await asyncio.sleep(_PAUSE_S)

    async def _partitions(self) -> list[TopicPartition]:
        # All topics are listed: some brokers make a topic, with a count of their own, when asked for it by name.
        async with admin(self._servers, **self._security) as client:
            counts = {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}
        if missing := [topic for topic in self._topics if not counts.get(topic)]:
            raise TopicsMissing(f"no topic {' and no topic '.join(missing)}")
        return [TopicPartition(topic, number) for topic in self._topics for number in range(counts[topic])]

    async def _place(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        consumer.assign(list(partitions))
        self._doubted.clear()
        if not self.ready.is_set():
            self._next = await _ends(consumer, partitions)
        for partition in partitions:
            # A partition that was not there when we began can hold nothing from before.
            consumer.seek(partition, self._next.setdefault(partition, 0))

    async def _follow(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Return when the topics have other partitions than before."""
        clock = asyncio.get_running_loop().time
        counts = Counter(partition.topic for partition in partitions)

        def as_before(topic: str) -> bool:
            # A topic is unknown for a moment after the start, and while it is being made anew.
            return len(consumer.partitions_for_topic(topic) or range(counts[topic])) == counts[topic]

        while all(map(as_before, self._topics)):
            async with asyncio.timeout(_ATTEMPT_S):
                await self._look_back(consumer, partitions)
            look_back_at = clock() + _LOOK_BACK_EVERY_S
            while clock() < look_back_at:
                found = await consumer.getmany(timeout_ms=_FETCH_WAIT_MS, max_records=5_000)
                for partition, records in found.items():
                    await self._take(consumer, partition, records)

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[Record]) -> None:
        if partition in self._doubted:
            self._doubted.discard(partition)
            last = self._last[partition]
            if records[0].offset == last.offset:
                if (records[0].timestamp, records[0].value) != (last.timestamp, last.value):
                    await self._begin_again(consumer, partition)
                    return
                records = records[1:]
        if records:
            self._next[partition] = records[-1].offset + 1
            self._last[partition] = records[-1]
            self._deliver(records)

    async def _look_back(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Have the last record of each partition read again, to see whether it is still the same."""
        for partition in partitions:
            end = consumer.highwater(partition)
            if end is not None and self._next[partition] > end:
                await self._begin_again(consumer, partition)
            elif (last := self._last.get(partition)) is not None:
                consumer.seek(partition, last.offset)
                self._doubted.add(partition)

    async def _begin_again(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        log.info("answers.from-the-beginning", topic=partition.topic, partition=partition.partition)
        self._last.pop(partition, None)
        self._doubted.discard(partition)
        self._next[partition] = 0
        await consumer.seek_to_beginning(partition)


async def _ends(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset after the last record, as fetches tell it: asked for directly, some brokers name an earlier one."""
    await consumer.seek_to_end(*partitions)
    ends = dict.fromkeys(partitions)
    while None in ends.values():
        await consumer.getmany(timeout_ms=_FETCH_WAIT_MS)
        ends = {partition: consumer.highwater(partition) for partition in partitions}
    return {partition: end for partition, end in ends.items() if end is not None}
