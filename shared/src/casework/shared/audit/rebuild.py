"""Making a service's read tables anew from the events: they were lost, or a release wrote them wrongly.

Invariant: all in one transaction, and from the events alone: the tables are what they were before, or what follows from
every event that the service has recorded and taken in. Nothing else is touched, and nothing is sent or recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.audit.cuts import Cut, cases_until
from casework.shared.audit.refill import require_stopped
from casework.shared.audit.replay import Happened, causes_first
from casework.shared.audit.sources import Progress
from casework.shared.audit.walk import Stores
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.eventstore import reading
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.service import Service


class CannotRebuild(Exception):
    """The read tables cannot be made now. Nothing was changed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: `tables` are made anew from `events` events of `cases` cases."""

    service: ServiceName
    tables: Sequence[str]
    cases: int
    events: int


@dataclass(frozen=True, slots=True)
class _Store:
    """The store of a service that does not run here."""

    name: ServiceName
    engine: AsyncEngine


async def rebuild_tables(
    service: Service, stores: Stores, database_url: str, *, progress: Progress | None = None
) -> Rebuilt:
    """Empty the read tables of a service that does not run, and fill them from the events. `database_url` is the
    migrator's, since no service may empty its tables.

    Raises `StillRuns`, `CannotRebuild` while cases are parked, `StoreUnavailable`.
    """
    if service.rebuild is None or not service.read_tables:
        raise CannotRebuild(f"{service.name} has no tables that follow from events alone.")
    await require_stopped(_Store(service.name, stores.engines[service.name]))
    until = await _taken_in(service, stores)
    total, events, cases = sum(until.values()), 0, 0
    admin = admin_engine(database_url)
    try:
        async with begin(admin) as work:
            # A large store takes longer than any step of a service may.
            await work.core.execute(text(_NO_LIMITS))
            await work.core.execute(text(f"SET LOCAL search_path = {service.name}, platform"))
            await work.core.execute(text(f"TRUNCATE {', '.join(service.read_tables)}"))
            for shard in range(stores.installation.shards):
                async for _, streams in cases_until(stores, shard, until):
                    happened = (
                        Happened(each.position, each.hash, open_envelope(each.document))
                        for stream in streams.values()
                        for each in stream
                    )
                    taken: list[tuple[Envelope, Any]] = [
                        (event.envelope, from_data(event.envelope.type, event.envelope.data))
                        for event in causes_first(happened)
                        if event.envelope.type in EVENT_TYPES
                    ]
                    await service.rebuild(work, stores.installation.shards, taken)
                    cases, events = cases + 1, events + len(taken)
                    if progress is not None:
                        progress(events, total)
    finally:
        await admin.dispose()
    return Rebuilt(service.name, service.read_tables, cases, events)


_NO_LIMITS = (
    "SELECT set_config(name, '0', true) FROM pg_settings"
    " WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')"
)


async def _taken_in(service: Service, stores: Stores) -> Cut:
    """How far the service had come in all four logs: its own to the end, the others' to its cursors."""
    async with begin(stores.engines[service.name]) as work:
        parked = await work.fetch_value("SELECT count(*) FROM parked_case")
        if parked:
            raise CannotRebuild(
                f"{parked} cases are parked in {service.name}: what waits there was not taken in. Take them up first "
                "with `casework parked retry`."
            )
        ends = {(service.name, head.shard): head.position + 1 for head in await reading.heads(work)}
        rows = await work.fetch("SELECT source, shard, max(position) + 1 FROM guard GROUP BY source, shard")
    cursors = {(row[0], row[1]): row[2] for row in rows}
    shards = range(stores.installation.shards)
    others = (name for name in SERVICES if name != service.name)
    return ends | {(name, shard): cursors.get((name, shard), 0) for name in others for shard in shards}
