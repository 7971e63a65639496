"""The order guard: which events of a shard may take effect now, and in which order.

Invariants, for each (consumer, source, shard):

* Every position takes effect once, in order: position = last + 1 with the right `shardprev` goes on;
  position <= last is a duplicate; position > last + 1 is a gap; another `shardprev` means that the source's
  history was changed, and nothing more of that source is taken.
* No event takes effect before its cause.
* The cursor moves in the transaction of the effect.

`plan` is pure. Duplicates, replays, zombies, rebalances and wiped brokers are all the same to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from casework.shared.contracts.envelope import CausePoint
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Delivery
from casework.shared.runtime.database import Work


class Cursor(NamedTuple):
    """The last position of a source's shard that took effect here, and its hash; -1 and None before the first."""

    position: int
    hash: bytes | None


@dataclass(slots=True)
class Plan:
    """What may be done with a batch of one shard, given the cursors."""

    apply: list[Delivery] = field(default_factory=list)
    """In the order of application: each source in position order, causes first."""
    cursors: dict[ServiceName, Cursor] = field(default_factory=dict)
    """Where the cursors stand when all of `apply` is done."""
    duplicates: int = 0
    gaps: set[ServiceName] = field(default_factory=set)
    """Sources of which events before the ones delivered are missing: to be read from their feeds."""
    diverged: dict[ServiceName, int] = field(default_factory=dict)
    """Sources whose history differs from what was taken before, with the position."""
    ahead_of_us: dict[ServiceName, int] = field(default_factory=dict)
    """Sources with an event that names a cause in this service's own log which that log does not have, and the
    cause's position there: this service was set back, or the event is forged."""


def plan(
    deliveries: Iterable[Delivery],
    cursors: Mapping[ServiceName, Cursor],
    *,
    own: ServiceName | None,
    own_head: int,
) -> Plan:
    """Sort a batch of one shard out. `own_head` is the last position of this service's own log of that shard; a
    consumer that reads its own service's log like any other has no `own`."""
    result = Plan(cursors=dict(cursors))
    queues: dict[ServiceName, list[Delivery]] = {}
    for delivery in deliveries:
        if delivery.source != own:
            queues.setdefault(delivery.source, []).append(delivery)
    for queue in queues.values():
        queue.sort(key=lambda d: -d.position)
    progress = True
    while progress:
        progress = False
        for source in SERVICES:
            queue = queues.get(source, [])
            while queue:
                delivery = queue[-1]
                last = result.cursors[source]
                if delivery.position <= last.position:
                    result.duplicates += 1
                    queue.pop()
                    continue
                if delivery.position > last.position + 1:
                    break
                if delivery.shardprev != last.hash:
                    result.diverged[source] = delivery.position
                    queue.clear()
                    break
                cause = delivery.cause
                if cause is not None and cause.source == own and cause.position > own_head:
                    result.ahead_of_us[source] = cause.position
                    queue.clear()
                    break
                if cause is not None and cause.source not in (own, source) and _not_seen(cause, result.cursors):
                    break
                result.apply.append(delivery)
                result.cursors[source] = Cursor(delivery.position, delivery.hash)
                queue.pop()
                progress = True
    for source, queue in queues.items():
        if queue:
            head = queue[-1]
            blocked = head.position == result.cursors[source].position + 1
            assert not blocked or head.cause is not None
            result.gaps.add(head.cause.source if blocked and head.cause is not None else source)
    return result


def _not_seen(cause: CausePoint, cursors: Mapping[ServiceName, Cursor]) -> bool:
    return cursors[cause.source].position < cause.position


class Held(NamedTuple):
    """The locked cursors of one shard, by source, and the last position of this service's own log there."""

    cursors: dict[ServiceName, Cursor]
    own_head: int


async def lock_cursors(work: Work, consumer: str, shards: Iterable[int]) -> dict[int, Held]:
    """Lock the guard rows of `shards`, for every source at once.

    The rows come first in the lock order of every transaction that takes events in, those of lower shards before
    those of higher ones."""
    wanted = sorted(shards)
    rows = await work.fetch(
        "SELECT g.shard, g.source, g.position, g.hash,"
        " (SELECT next - 1 FROM log_head h WHERE h.shard = g.shard) AS own"
        " FROM guard g WHERE g.consumer = $1 AND g.shard = ANY($2) ORDER BY g.shard, g.source FOR UPDATE OF g",
        consumer,
        wanted,
    )
    if len(rows) != len(SERVICES) * len(wanted):
        raise RuntimeError(f"{consumer} lacks guard rows for shards {wanted}: call `prepare_cursors` at start")
    held: dict[int, Held] = {}
    for row in rows:
        cursors, _ = held.setdefault(row["shard"], Held({}, row["own"]))
        cursors[row["source"]] = Cursor(row["position"], row["hash"])
    return held


async def prepare_cursors(work: Work, consumer: str, shards: int) -> None:
    """Make the guard rows of a consumer, at its beginning (-1), once."""
    await work.execute(
        "INSERT INTO guard (consumer, shard, source) SELECT $1, shard, source"
        " FROM generate_series(0, $2::int - 1) AS shard CROSS JOIN unnest($3::text[]) AS source ON CONFLICT DO NOTHING",
        consumer,
        shards,
        list(SERVICES),
    )


class Move(NamedTuple):
    """Where the cursor of a source's shard stands from now on."""

    shard: int
    source: ServiceName
    to: Cursor


def moves(shard: int, before: Mapping[ServiceName, Cursor], after: Mapping[ServiceName, Cursor]) -> Iterable[Move]:
    """The cursors of a shard that are not where they were."""
    return (Move(shard, source, cursor) for source, cursor in after.items() if cursor != before[source])


async def move_cursors(work: Work, consumer: str, moved: Sequence[Move]) -> None:
    """Write the cursors that moved, inside the transaction of the effects."""
    if moved:
        await work.execute(
            "UPDATE guard g SET position = n.position, hash = n.hash"
            " FROM unnest($2::smallint[], $3::text[], $4::bigint[], $5::bytea[]) AS n(shard, source, position, hash)"
            " WHERE g.consumer = $1 AND g.shard = n.shard AND g.source = n.source",
            consumer,
            [move.shard for move in moved],
            [move.source for move in moved],
            [move.to.position for move in moved],
            [move.to.hash for move in moved],
        )


async def read_cursors(work: Work, consumer: str) -> dict[tuple[ServiceName, int], Cursor]:
    """Every cursor of a consumer, without locks."""
    rows = await work.fetch("SELECT source, shard, position, hash FROM guard WHERE consumer = $1", consumer)
    return {(row["source"], row["shard"]): Cursor(row["position"], row["hash"]) for row in rows}


async def position_of(work: Work, consumer: str, source: ServiceName, shard: int) -> int:
    """How far a consumer has come in a source's shard; -1 before the first event."""
    position = await work.fetch_value(
        "SELECT position FROM guard WHERE consumer = $1 AND source = $2 AND shard = $3", consumer, source, shard
    )
    return -1 if position is None else int(position)
