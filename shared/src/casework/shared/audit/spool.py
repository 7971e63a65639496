"""Records gathered for a refill, in the order of their places, whatever order they were read in.

Invariant: what is in here was verified against its own bytes, and each place holds one event: records that hold two
different ones for a place are refused, since nobody could say which is the true one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from casework.shared.audit.exported import event_of, lines_of, read_meta
from casework.shared.audit.walk import Stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Placed, placed_of, verify
from casework.shared.errors import InvalidMessage
from casework.shared.eventstore import reading
from casework.shared.runtime.database import begin
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topics

PAGE = 500

Wanted: TypeAlias = Callable[[ServiceName, int, int], bool]
"""Whether the event of a service at a shard and a position is needed."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how many records were read, and how many there are (0: nobody knows)."""


class CannotRefill(Exception):
    """The refill is refused: something would have to be guessed. Nothing was written; the message says what to do."""


class Spool:
    """A temporary file of records. Use it as a context manager."""

    def __init__(self, installation: UUID, shards: int) -> None:
        self.installation = installation
        self.shards = shards
        self.ignored = 0
        """Records that are no events of this installation, or whose bytes disagree with what stands beside them."""
        self._known: dict[tuple[ServiceName, int], Placed] = {}
        # An empty name makes a file that only this connection has, and that is gone with it.
        self._file = sqlite3.connect("")
        self._file.execute(
            "CREATE TABLE record (source text, shard int, position int, hash blob, shardprev blob, document blob,"
            " PRIMARY KEY (source, shard, position)) WITHOUT ROWID"
        )

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def offer(self, placed: Placed, wanted: Wanted) -> None:
        """Keep a record that is wanted; of the others, the newest of each log. As `add`."""
        place = (placed.source, placed.shard)
        if wanted(placed.source, placed.shard, placed.position):
            self.add(placed)
        elif place not in self._known or self._known[place].position < placed.position:
            self._known[place] = placed

    def newest_known(self, source: ServiceName, shard: int) -> Placed | None:
        """Of the events that were offered and not wanted, since the stores have them, the last of a log."""
        placed = self._known.get((source, shard))
        return placed if placed is not None and self._is_true(placed) else None

    def _is_true(self, placed: Placed) -> bool:
        try:
            verify(placed, self.shards)
        except InvalidMessage:
            return False
        return placed.installation == self.installation

    def add(self, placed: Placed) -> None:
        """Keep a record; one that is forged or foreign is only counted. Raises `CannotRefill` when its place holds
        another event."""
        if not self._is_true(placed):
            self.ignored += 1
            return
        added = self._file.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (placed.source, placed.shard, placed.position, placed.hash, placed.shardprev, placed.document),
        )
        if added.rowcount == 0:
            there = self.get(placed.source, placed.shard, placed.position)
            if there is None or (there.hash, there.shardprev) != (placed.hash, placed.shardprev):
                raise CannotRefill(
                    f"There are two different events for {placed.source}, shard {placed.shard}, position "
                    f"{placed.position}. Find out which is the true one with `casework audit verify` before refilling."
                )

    def get(self, source: ServiceName, shard: int, position: int) -> Placed | None:
        """The event at a place."""
        return next(self._placed(source, shard, "position = ?", position), None)

    def after(self, source: ServiceName, shard: int, position: int) -> Iterator[Placed]:
        """The events of a service's shard after a position, in order, up to the first that is missing."""
        for placed in self._placed(source, shard, "position > ? ORDER BY position", position):
            if placed.position != position + 1:
                return
            yield placed
            position = placed.position

    def beyond(self, source: ServiceName, shard: int) -> int:
        """The last position that is known of a service's shard; -1 without any."""
        (last,) = self._file.execute(
            "SELECT coalesce(max(position), -1) FROM record WHERE source = ? AND shard = ?", (source, shard)
        ).fetchone()
        return int(last)

    def _placed(self, source: ServiceName, shard: int, condition: str, position: int) -> Iterator[Placed]:
        rows = self._file.execute(
            f"SELECT position, shardprev, hash, document FROM record WHERE source = ? AND shard = ? AND {condition}",
            (source, shard, position),
        )
        for row in rows:
            yield Placed(self.installation, source, shard, *row)


async def spool_topic(
    spool: Spool,
    servers: str,
    topic_prefix: str,
    wanted: Wanted,
    progress: Progress,
    security: Mapping[str, Any] | None = None,
) -> None:
    """Read what is wanted from the topic of the case log. Raises `CannotRefill` when there is no such topic."""
    topic = Topics.of(topic_prefix, spool.shards).events.name
    done = 0
    async with topic_reader(servers, **(security or {})) as reader:
        if await reader.partitions(topic) != set(range(spool.shards)):
            raise CannotRefill(
                f"{servers} has no topic {topic} with {spool.shards} partitions; name the broker with --kafka and the "
                "installation's prefix with --topic-prefix, or refill from an export."
            )
        ends = await reader.ends(topic, range(spool.shards))
        total = sum(end - first for first, end in ends.values())
        for shard, (first, end) in ends.items():
            async for record in reader.read(topic, shard, first, end):
                placed = placed_of(record.headers, record.value)
                if placed is None or placed.shard != shard:
                    spool.ignored += 1
                else:
                    spool.offer(placed, wanted)
                done += 1
                if done % PAGE == 0:
                    progress(done, total)


def spool_file(spool: Spool, path: Path, wanted: Wanted, progress: Progress) -> None:
    """Read what is wanted from an export. Raises `NotAnExport`, or `CannotRefill` for another installation's."""
    meta = read_meta(path)
    if meta.installation != str(spool.installation):
        raise CannotRefill(f"{path} is an export of installation {meta.installation}, not of {spool.installation}.")
    for number, line in enumerate(lines_of(path)):
        if number % PAGE == 0:
            progress(number, 0)
        if line is None or "source" not in line:
            continue
        try:
            event = event_of(line)
        except (KeyError, TypeError, ValueError, AttributeError):
            spool.ignored += 1
            continue
        spool.offer(
            Placed(
                spool.installation,
                event.source,
                event.shard,
                event.position,
                event.shardprev,
                event.hash,
                event.document,
            ),
            wanted,
        )


async def spool_stores(spool: Spool, stores: Stores, after: Mapping[tuple[ServiceName, int], int]) -> None:
    """Add what the stores themselves hold after the given places: records may be older than they."""
    for source in SERVICES:
        for shard in range(spool.shards):
            async for event in _stored(stores, source, shard, after[source, shard]):
                spool.add(
                    Placed(
                        spool.installation,
                        source,
                        shard,
                        event.position,
                        event.shardprev,
                        event.hash,
                        event.document,
                    )
                )


async def _stored(stores: Stores, source: ServiceName, shard: int, after: int) -> AsyncIterator[reading.StoredEvent]:
    while True:
        async with begin(stores.engines[source]) as work:
            page = await reading.page(work, shard, after=after, limit=PAGE)
        for event in page:
            yield event
        if len(page) < PAGE:
            return
        after = page[-1].position
