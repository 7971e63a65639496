"""Reading the four stores for an audit while the installation works on.

Invariant: what is read of a shard is closed under causes. The four services commit independently, so an effect
may lie before the end that was noted while its cause lies behind the end of its own log; such a log is read on
until every cause of what was read has been read too. Each cause was committed before its effect, so this ends.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.platform import installation
from casework.shared.platform.installation import Installation
from casework.shared.runtime.database import begin, service_engine

PAGE = 2_000

_EVENTS = """
SELECT position, shardprev, hash, envelope, event_id::text, case_id::text, version, type,
       to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       version > 1 OR EXISTS (SELECT FROM case_state c WHERE c.case_id = e.case_id)
FROM event e WHERE shard = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4
"""
# The attributes of canonical bytes are sorted: these two stand side by side. Text that only looks like them
# makes the walk look further than it must, and find nothing.
CAUSE = re.compile(rb'"causeposition":([0-9]{1,18}),"causesource":"/casework/([a-z]+)"')

Engines: TypeAlias = Mapping[ServiceName, AsyncEngine]


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one installation, open for reading."""

    installation: Installation
    engines: Engines


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of one service in one shard, in order: position, shardprev, hash, bytes, then the columns as text
    (event id, case id, version, type, time), and whether the case has its row of state."""

    source: ServiceName
    rows: Sequence[asyncpg.Record]


def database_of(database_url: str, service: ServiceName) -> str:
    """The URL of a service's own database: CASEWORK_<SERVICE>_DATABASE_URL, else the one given."""
    return os.environ.get(f"CASEWORK_{service.upper()}_DATABASE_URL") or database_url


@asynccontextmanager
async def open_stores(database_url: str) -> AsyncIterator[Stores]:
    """The four stores, each read as its own service. Raises `NotInstalled` and `StoreUnavailable`."""
    engines = {
        service: service_engine(database_of(database_url, service), service, pool_size=2) for service in SERVICES
    }
    try:
        async with begin(engines["intake"]) as work:
            found = await installation.read(work)
        yield Stores(found, engines)
    finally:
        for engine in engines.values():
            await engine.dispose()


async def count_events(stores: Stores) -> int:
    """How many events the heads of all logs promise now: what a walk will read, or a few less."""
    total = 0
    for engine in stores.engines.values():
        async with begin(engine) as work:
            total += int(await work.fetch_value("SELECT coalesce(sum(next), 0) FROM log_head"))
    return total


async def walk_shard(
    stores: Stores,
    shard: int,
    *,
    after: Mapping[ServiceName, int] | None = None,
    upto: Mapping[ServiceName, int] | None = None,
) -> AsyncIterator[Page]:
    """The events of a shard after the given positions, page by page, closed under causes; or, with `upto`, those up to
    and with these positions and no others."""
    done: dict[ServiceName, int] = dict.fromkeys(SERVICES, -1) | dict(after or {})
    wanted = dict(upto or {}) or {service: await _end(stores.engines[service], shard) for service in SERVICES}
    while behind := [service for service in SERVICES if done[service] < wanted[service]]:
        for service in behind:
            while done[service] < wanted[service]:
                async with begin(stores.engines[service]) as work:
                    rows = await work.fetch(_EVENTS, shard, done[service], wanted[service], PAGE)
                if not rows:
                    wanted[service] = done[service]
                    break
                for row in () if upto else rows:
                    if (cause := CAUSE.search(row[3])) is not None:
                        _want(wanted, cause)
                done[service] = rows[-1][0]
                yield Page(service, rows)


async def _end(engine: AsyncEngine, shard: int) -> int:
    async with begin(engine) as work:
        end: int | None = await work.fetch_value("SELECT max(position) FROM event WHERE shard = $1", shard)
    return -1 if end is None else end


def _want(wanted: dict[ServiceName, int], cause: re.Match[bytes]) -> None:
    for service in SERVICES:
        if service == cause[2].decode():
            wanted[service] = max(wanted[service], int(cause[1]))
