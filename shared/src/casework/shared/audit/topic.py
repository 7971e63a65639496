"""Verifying that the topic and the stores agree, event for event.

Invariant: the relay's cursors are read first, then the ends of the topic, then the topic up to there. So every
position up to a cursor must be found, and whatever is found must be in a store, while both go on growing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.sources import Progress, verify_open
from casework.shared.audit.verify import Report
from casework.shared.audit.walk import Stores, open_stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Placed, placed_of
from casework.shared.runtime.database import begin
from casework.shared.runtime.topic_reader import TopicReader, topic_reader
from casework.shared.runtime.topics import Topics

BATCH = 1_000


class NoSuchTopic(Exception):
    """The broker does not have the installation's topic, or not with its partitions."""


async def verify_kafka(
    database_url: str,
    servers: str,
    *,
    topic_prefix: str = "",
    all_states: bool = False,
    signed: SignedTrees | None = None,
    progress: Progress | None = None,
    security: Mapping[str, Any] | None = None,
) -> Report:
    """Verify the stores, and that the topic holds each of their events up to the relays' cursors, the same bytes.

    Raises `NoSuchTopic`, `TopicUnavailable`, and what `verify_stores` does.
    """
    async with open_stores(database_url) as stores:
        report = await verify_open(stores, all_states=all_states, signed=signed, progress=progress)
        report.source = "kafka"
        await compare_topic(stores, servers, topic_prefix, report, security)
    return report


async def compare_topic(
    stores: Stores, servers: str, topic_prefix: str, report: Report, security: Mapping[str, Any] | None = None
) -> None:
    """Compare the topic of the case log with the stores, shard by shard."""
    shards = stores.installation.shards
    topic = Topics.of(topic_prefix, shards).events.name
    async with topic_reader(servers, **(security or {})) as reader:
        found = await reader.partitions(topic)
        if found != set(range(shards)):
            raise NoSuchTopic(
                f"{servers} has {len(found)} partitions of {topic} instead of {shards}; name the broker with --kafka "
                "and the installation's prefix with --topic-prefix."
            )
        for shard in range(shards):
            await _Partition(stores, topic, shard, report).compare(reader)


class _Partition:
    """One shard of the topic, beside the four logs that are in it."""

    def __init__(self, stores: Stores, topic: str, shard: int, report: Report) -> None:
        self._stores = stores
        self._topic = topic
        self._shard = shard
        self._report = report
        self._seen: dict[ServiceName, set[int]] = {source: set() for source in SERVICES}

    async def compare(self, reader: TopicReader) -> None:
        cursors = {source: await self._cursor(source) for source in SERVICES}
        first, end = (await reader.ends(self._topic, [self._shard]))[self._shard]
        batch: list[ConsumerRecord[Any, Any]] = []
        async for record in reader.read(self._topic, self._shard, first, end):
            batch.append(record)
            if len(batch) == BATCH:
                await self._take(batch)
                batch = []
        await self._take(batch)
        for source, cursor in cursors.items():
            seen = self._seen[source]
            # Where retention has taken the beginning, the first that is left is the first to expect.
            lowest = 0 if first == 0 else min(seen, default=cursor + 1)
            for start, stop in _holes(seen, lowest, cursor):
                detail = f"positions {start} to {stop} were sent (the relay's cursor is at {cursor}) and are not there"
                self._report.fault("not-on-topic", source, self._shard, start, detail)

    async def _cursor(self, source: ServiceName) -> int:
        async with begin(self._stores.engines[source]) as work:
            position: int | None = await work.fetch_value(
                "SELECT position FROM relay_cursor WHERE topic = $1 AND shard = $2", self._topic, self._shard
            )
        return -1 if position is None else position

    async def _take(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        by_source: dict[ServiceName, list[tuple[ConsumerRecord[Any, Any], Placed]]] = defaultdict(list)
        for record in records:
            self._report.records += 1
            placed = placed_of(record.headers, record.value)
            if placed is None:
                self._report.ignored += 1
            elif placed.installation != self._stores.installation.id:
                self._fault("foreign", placed, f"a record of installation {placed.installation}: share no topic prefix")
            elif placed.shard != self._shard or not 0 <= placed.position < 2**62:
                self._fault("record", placed, f"stands in partition {self._shard}, with an impossible place")
            else:
                by_source[placed.source].append((record, placed))
        for source, items in by_source.items():
            await self._compare(source, items)

    async def _compare(self, source: ServiceName, items: Sequence[tuple[ConsumerRecord[Any, Any], Placed]]) -> None:
        async with begin(self._stores.engines[source]) as work:
            rows = await work.fetch(
                "SELECT position, shardprev, hash, envelope, type, case_id::text AS case_id FROM event"
                " WHERE shard = $1 AND position = ANY($2)",
                self._shard,
                [placed.position for _, placed in items],
            )
        stored = {row["position"]: row for row in rows}
        seen = self._seen[source]
        for record, placed in items:
            row = stored.get(placed.position)
            if row is None:
                self._fault("not-in-store", placed, "the store has no event at this position: was it set back?")
                continue
            if (placed.document, placed.hash, placed.shardprev) != (row["envelope"], row["hash"], row["shardprev"]):
                self._fault("record", placed, "the record has other bytes, hash or shardprev than the store")
                continue
            if dict(record.headers).get("type") != row["type"].encode() or record.key != row["case_id"].encode():
                self._fault("record", placed, "the record's type header or key is not that of its event")
            if placed.position in seen:
                self._report.duplicates += 1
            seen.add(placed.position)

    def _fault(self, kind: str, placed: Placed, detail: str) -> None:
        self._report.fault(kind, placed.source, self._shard, placed.position, detail)


def _holes(seen: set[int], lowest: int, highest: int) -> Iterator[tuple[int, int]]:
    """The stretches between `lowest` and `highest`, both counted in, of which nothing was seen."""
    start: int | None = None
    for position in range(lowest, highest + 1):
        if position in seen:
            if start is not None:
                yield start, position - 1
            start = None
        elif start is None:
            start = position
    if start is not None:
        yield start, highest
