"""Parking: one case that cannot be processed waits, with everything that follows in it; all others flow.

Invariant: once a case is parked by a consumer, every later event of that case, of every source, waits behind
it in the order of arrival, and is taken up in that order. Batches and retries both hold the shard's guard
rows, so an event can neither slip past a parked case nor be left behind by its release.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Delivery, Placed, verify
from casework.shared.runtime.database import Work

PARKED_LIMIT = 25
PARKED_WINDOW_S = 300


class BadRelease(Exception):
    """So many cases failed in so short a time that the program is wrong, not the cases. The consumer stops."""


@dataclass(frozen=True, slots=True)
class ParkedCase:
    """A case that waits: since when, why (the class of the failure), and how many events wait with it."""

    consumer: str
    case_id: UUID
    shard: int
    reason: str
    unknown_type: str | None
    parked_at: datetime
    waiting: int


class TakenUp(NamedTuple):
    """What taking a parked case up came to: whether it flows again, how many events waited, and how many of those had
    their effect before and were left out."""

    released: bool
    events: int
    duplicates: int


async def parked_of(work: Work, consumer: str, shards: Iterable[int]) -> set[UUID]:
    """The parked cases of `shards`."""
    rows = await work.fetch(
        "SELECT case_id FROM parked_case WHERE consumer = $1 AND shard = ANY($2)", consumer, list(shards)
    )
    return {row["case_id"] for row in rows}


async def park(work: Work, consumer: str, delivery: Delivery, reason: str, unknown_type: str | None = None) -> None:
    """Park the case of `delivery`. Raises `BadRelease` when too many were parked lately."""
    lately = await work.fetch_value(
        "SELECT count(*) FROM parked_case WHERE consumer = $1 AND unknown_type IS NULL"
        " AND parked_at > clock_timestamp() - make_interval(secs => $2)",
        consumer,
        PARKED_WINDOW_S,
    )
    if lately >= PARKED_LIMIT and unknown_type is None:
        raise BadRelease(f"{lately} cases were parked within {PARKED_WINDOW_S} s, the last for {reason}")
    await work.execute(
        "INSERT INTO parked_case (consumer, case_id, shard, reason, unknown_type) VALUES ($1, $2, $3, $4, $5)",
        consumer,
        delivery.case_id,
        delivery.shard,
        reason,
        unknown_type,
    )


async def wait_behind(work: Work, consumer: str, deliveries: Iterable[Delivery]) -> None:
    """Put events of parked cases behind what waits already."""
    for delivery in deliveries:
        await work.execute(
            "INSERT INTO parked_event (consumer, source, shard, position, case_id, envelope)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            consumer,
            delivery.source,
            delivery.shard,
            delivery.position,
            delivery.case_id,
            delivery.document,
        )


async def waiting_of(work: Work, consumer: str, case_id: UUID, shards: int) -> list[Delivery]:
    """The events that wait in a case, in the order they are to be taken up."""
    rows = await work.fetch(
        "SELECT source, shard, position, envelope FROM parked_event WHERE consumer = $1 AND case_id = $2"
        " ORDER BY arrival",
        consumer,
        case_id,
    )
    return [_delivery(row["source"], row["shard"], row["position"], row["envelope"], shards) for row in rows]


async def release(work: Work, consumer: str, case_id: UUID) -> None:
    """Everything that waited was done: the case flows again."""
    await work.execute("DELETE FROM parked_event WHERE consumer = $1 AND case_id = $2", consumer, case_id)
    await work.execute("DELETE FROM parked_case WHERE consumer = $1 AND case_id = $2", consumer, case_id)


async def list_parked(work: Work, consumer: str) -> list[ParkedCase]:
    """All parked cases of a consumer, the oldest first."""
    rows = await work.fetch(
        "SELECT c.consumer, c.case_id, c.shard, c.reason, c.unknown_type, c.parked_at,"
        " (SELECT count(*) FROM parked_event e WHERE e.consumer = c.consumer AND e.case_id = c.case_id) AS waiting"
        " FROM parked_case c WHERE c.consumer = $1 ORDER BY c.parked_at, c.case_id",
        consumer,
    )
    return [ParkedCase(*row.values()) for row in rows]


async def consumers(work: Work) -> list[str]:
    """The consumers, of any release, that have parked a case."""
    rows = await work.fetch("SELECT DISTINCT consumer FROM parked_case ORDER BY consumer")
    return [row["consumer"] for row in rows]


async def count_parked(work: Work, consumer: str) -> int:
    """How many cases of a consumer wait."""
    many: int = await work.fetch_value("SELECT count(*) FROM parked_case WHERE consumer = $1", consumer)
    return many


def _delivery(source: ServiceName, shard: int, position: int, document: bytes, shards: int) -> Delivery:
    # Parked bytes were verified when they came; the chain hash before them is not needed again.
    return verify(Placed(_NO_INSTALLATION, source, shard, position, None, leaf_hash(document), document), shards)


_NO_INSTALLATION = UUID(int=0)
