"""Reading a stretch of a topic partition, without a consumer group: for the relay's look back and for audits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from casework.shared.runtime.stopping import stop_consumers

QUIET_S = 10.0


class TopicUnavailable(Exception):
    """The broker gave nothing for a stretch that it says it has. Transient: try again."""


class TopicReader:
    """A groupless consumer. It commits nothing and never resets a position by itself."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        """First retained offset and the offset after the last, by partition.

        The end is looked at, not believed: the embedded broker names the offset after the first record of the
        last batch. What lies behind that is found by reading it.
        """
        wanted = [TopicPartition(topic, partition) for partition in partitions]
        first, said = await asyncio.gather(self._consumer.beginning_offsets(wanted), self._consumer.end_offsets(wanted))
        last = {tp.partition: said[tp] - 1 for tp in wanted if said[tp] > first[tp]}
        found = await self._fetch(topic, last)
        return {
            tp.partition: (first[tp], max([said[tp], *(r.offset + 1 for r in found.get(tp.partition, ())[-1:])]))
            for tp in wanted
        }

    async def beginnings(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """First retained offset, by partition."""
        first = await self._consumer.beginning_offsets([TopicPartition(topic, p) for p in partitions])
        return {tp.partition: offset for tp, offset in first.items()}

    async def partitions(self, topic: str) -> set[int]:
        """The partitions the topic has now; empty when there is no such topic."""
        await self._consumer._client.force_metadata_update()
        return set(self._consumer.partitions_for_topic(topic) or ())

    async def at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, ConsumerRecord[Any, Any] | None]:
        """The record at one offset of each partition; None where the broker has shown that it holds none there.

        A partition it said nothing about in time is left out: silence proves no loss.
        """
        wanted = [TopicPartition(topic, partition) for partition in offsets]
        first, said = await asyncio.gather(self._consumer.beginning_offsets(wanted), self._consumer.end_offsets(wanted))
        result: dict[int, ConsumerRecord[Any, Any] | None] = {
            tp.partition: None for tp in wanted if said[tp] <= first[tp]
        }
        # The embedded broker's end is the offset after the last batch's first record: what lies at or behind
        # it is looked for in that batch.
        start = {tp.partition: min(offsets[tp.partition], said[tp] - 1) for tp in wanted if tp.partition not in result}
        for partition, records in (await self._fetch(topic, start)).items():
            offset = offsets[partition]
            record = next((record for record in records if record.offset == offset), None)
            if record is not None or not records or records[-1].offset < offset or records[0].offset > offset:
                result[partition] = record
        return result

    async def _fetch(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Sequence[ConsumerRecord[Any, Any]]]:
        """The first records that the broker gives from each offset on: none for an offset out of its range, and
        no entry for a partition that it was silent about."""
        wanted = {TopicPartition(topic, partition): offset for partition, offset in offsets.items()}
        found: dict[int, Sequence[ConsumerRecord[Any, Any]]] = {}
        if not wanted:
            return found
        self._consumer.assign(list(wanted))
        for tp, offset in wanted.items():
            self._consumer.seek(tp, offset)
        deadline = asyncio.get_running_loop().time() + QUIET_S
        while len(found) < len(wanted) and asyncio.get_running_loop().time() < deadline:
            waiting = [tp for tp in wanted if tp.partition not in found]
            try:
                got = await self._consumer.getmany(*waiting, timeout_ms=200)
            except OffsetOutOfRangeError as error:
                for tp in error.args[0]:
                    found[tp.partition] = ()
                continue
            for tp, records in got.items():
                if records:
                    found[tp.partition] = records
        return found

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[ConsumerRecord[Any, Any]]:
        """The records from offset `start` up to, not with, `end`. Raises `TopicUnavailable` on a silent broker."""
        if start >= end:
            return
        tp = TopicPartition(topic, partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, start)
        position = start
        quiet_since = asyncio.get_running_loop().time()
        while position < end:
            got = await self._consumer.getmany(tp, timeout_ms=200)
            for record in got.get(tp, ()):
                if record.offset >= end:
                    return
                yield record
                position = record.offset + 1
            now = asyncio.get_running_loop().time()
            if got:
                quiet_since = now
                continue
            # Control records and compaction leave offsets without a record: the position moves all the same.
            position = max(position, await self._consumer.position(tp))
            if now - quiet_since > QUIET_S:
                raise TopicUnavailable(f"{topic}[{partition}] gave nothing between offsets {position} and {end}")


@asynccontextmanager
async def topic_reader(
    servers: str, *, fetch_bytes: int = 4 * 1024 * 1024, **security: Any
) -> AsyncIterator[TopicReader]:
    """A started reader, stopped at the end of the block. With few `fetch_bytes` each look brings one batch."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=fetch_bytes,
        **security,
    )
    try:
        await consumer.start()
        yield TopicReader(consumer)
    finally:
        await stop_consumers(consumer.stop, [consumer])
