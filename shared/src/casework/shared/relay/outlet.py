"""What a relay publishes: rows of a service's store, in an order that only grows within a shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

import orjson

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Headers, Placed, headers_of, placed_of, verify
from casework.shared.errors import InvalidMessage
from casework.shared.eventstore.reading import COLUMNS, stored
from casework.shared.runtime.database import Work
from casework.shared.runtime.topics import Topic


class Outgoing(NamedTuple):
    """One record to send: its place in the store, and what goes on the topic."""

    shard: int
    position: int
    key: bytes
    value: bytes
    headers: Headers
    hash: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """One of our own records, met on the topic."""

    position: int
    hash: bytes


class Outlet(Protocol):
    """A source of outgoing records."""

    @property
    def topic(self) -> Topic: ...

    @property
    def history(self) -> bool:
        """Whether records of ours on the topic must all be in the store: a log is, a row's newest state is not."""
        ...

    async def pending(self, work: Work, after: Sequence[tuple[int, int]], limit: int) -> list[Outgoing]:
        """Records after each (shard, position), in order within a shard, `limit` for each shard at most."""
        ...

    def recognise(self, shard: int, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Sent | None:
        """Whether a record on the shard's partition is one of ours, and which. What only says so is not."""
        ...

    async def hashes_at(self, work: Work, shard: int, positions: Sequence[int]) -> Mapping[int, bytes]:
        """The hash this store has now at each of the positions where it has something."""
        ...

    async def backlog(self, work: Work) -> tuple[int, float]:
        """How many records wait to be sent, and how old the oldest is, in seconds."""
        ...

    async def standing(self, work: Work) -> Mapping[int, tuple[int, int]]:
        """Of each shard: the position of its last record, and up to where the broker has them."""
        ...


class EventLog:
    """The outlet of a service's own events."""

    history = True

    def __init__(self, service: ServiceName, installation: UUID, topic: Topic) -> None:
        self.service: ServiceName = service
        self.installation = installation
        self.topic = topic

    async def pending(self, work: Work, after: Sequence[tuple[int, int]], limit: int) -> list[Outgoing]:
        rows = await work.fetch(
            f"SELECT e.* FROM unnest($1::smallint[], $2::bigint[]) AS c(at, after) CROSS JOIN LATERAL"
            f" (SELECT {COLUMNS} FROM event WHERE shard = c.at AND position > c.after ORDER BY position LIMIT $3) e",
            [shard for shard, _ in after],
            [position for _, position in after],
            limit,
        )
        outgoing: list[Outgoing] = []
        for row in rows:
            event = stored(row)
            placed = Placed(
                self.installation,
                self.service,
                event.shard,
                event.position,
                event.shardprev,
                event.hash,
                event.document,
            )
            trace = orjson.loads(event.document).get("traceparent") if b'"traceparent":' in event.document else None
            outgoing.append(
                Outgoing(
                    event.shard,
                    event.position,
                    str(event.case_id).encode(),
                    event.document,
                    headers_of(placed, event.type, trace),
                    event.hash,
                )
            )
        return outgoing

    def recognise(self, shard: int, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Sent | None:
        placed = placed_of(headers, value)
        if placed is None or (placed.source, placed.installation, placed.shard) != (
            self.service,
            self.installation,
            shard,
        ):
            return None
        try:
            verify(placed, self.topic.partitions)
        except InvalidMessage:
            return None
        return Sent(placed.position, placed.hash)

    async def hashes_at(self, work: Work, shard: int, positions: Sequence[int]) -> Mapping[int, bytes]:
        rows = await work.fetch(
            "SELECT position, hash FROM event WHERE shard = $1 AND position = ANY($2)", shard, positions
        )
        return {row["position"]: row["hash"] for row in rows}

    async def backlog(self, work: Work) -> tuple[int, float]:
        rows = await work.fetch(
            "SELECT coalesce(sum(h.next - 1 - c.position), 0) AS many,"
            " coalesce(max(extract(epoch FROM clock_timestamp() - (SELECT recorded_at FROM event e"
            " WHERE e.shard = c.shard AND e.position = c.position + 1))), 0) AS age"
            " FROM relay_cursor c JOIN log_head h ON h.shard = c.shard WHERE c.topic = $1",
            self.topic.name,
        )
        return int(rows[0]["many"]), float(rows[0]["age"])

    async def standing(self, work: Work) -> Mapping[int, tuple[int, int]]:
        return await standing_of(work, self.topic.name, "log_head")


async def standing_of(work: Work, topic: str, heads: Literal["log_head", "status_head"]) -> dict[int, tuple[int, int]]:
    """The ends of a table of heads, and the relay's cursors of a topic; of a shard that nobody relays, all waits."""
    rows = await work.fetch(
        f"SELECT h.shard, h.next - 1 AS head, coalesce(c.position, -1) AS position FROM {heads} h"
        " LEFT JOIN relay_cursor c ON c.shard = h.shard AND c.topic = $1",
        topic,
    )
    return {row["shard"]: (row["head"], row["position"]) for row in rows}
