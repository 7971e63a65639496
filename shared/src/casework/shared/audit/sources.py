"""Verifying the stores: their logs, and what each keeps beside its log.

Invariant: nothing is written and nothing is locked, and each thing that is compared is read in one statement, so
that an installation that works on meanwhile shows no fault that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import asyncpg
import orjson
from uuid_utils.compat import uuid7

from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.verify import Beside, EventIds, Report, ShardCheck, report_repeated
from casework.shared.audit.walk import Stores, count_events, open_stores, walk_shard
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import from_data, service_of
from casework.shared.errors import InvalidMessage
from casework.shared.eventstore.store import EventStore
from casework.shared.runtime.database import begin
from casework.shared.runtime.discovery import installed

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how many events were verified, and how many there are to verify."""

SAMPLE = 0.05
"""The share of cases whose state is folded again unless all are asked for."""
STATES_PAGE = 500

_HEAD = """
SELECT h.next, h.hash, e.position, e.hash AS last_hash
FROM (SELECT $1::smallint AS shard) s LEFT JOIN log_head h ON h.shard = s.shard
LEFT JOIN LATERAL
    (SELECT position, hash FROM event WHERE event.shard = s.shard ORDER BY position DESC LIMIT 1) e ON true
"""
_STATES = """
SELECT c.case_id, c.version, c.hash, c.time, c.correlation, c.state, c.state_version,
       e.version AS last_version, e.hash AS last_hash, e.recorded_at AS last_time, e.envelope AS last,
       e.shard, e.position,
       CASE WHEN random() < $2 THEN
           (SELECT array_agg(envelope ORDER BY version) FROM event f WHERE f.case_id = c.case_id) END AS events
FROM (SELECT * FROM case_state WHERE case_id > $1 ORDER BY case_id LIMIT $3) c
LEFT JOIN LATERAL (SELECT * FROM event WHERE event.case_id = c.case_id ORDER BY version DESC LIMIT 1) e ON true
ORDER BY c.case_id
"""
_NO_CASE = "00000000-0000-0000-0000-000000000000"


async def verify_stores(
    database_url: str,
    *,
    all_states: bool = False,
    signed: SignedTrees | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify the four services' stores: logs, heads, snapshots and, with `signed`, that they hold what was signed.
    States are folded again for a sample of the cases, or for all. Raises `NotInstalled`, `NotInstalledHere` and
    `StoreUnavailable`."""
    async with open_stores(database_url) as stores:
        return await verify_open(stores, all_states=all_states, signed=signed, progress=progress)


async def verify_open(
    stores: Stores,
    *,
    all_states: bool = False,
    signed: SignedTrees | None = None,
    progress: Progress | None = None,
) -> Report:
    """As `verify_stores`, of stores that are open."""
    report, ids = Report("stores"), EventIds()
    if signed is not None:
        signed.begin(report, str(stores.installation.id), stores.installation.shards)
    total = await count_events(stores) if progress is not None else 0
    shards = stores.installation.shards
    for shard in range(shards):
        check = ShardCheck(shard, shards, report, ids, signed=signed)
        for source in SERVICES:
            await _head(stores, source, shard, report)
        async for page in walk_shard(stores, shard):
            for position, shardprev, hash_, document, *columns, has_state in page.rows:
                check.take(page.source, position, shardprev, hash_, document, Beside(*columns))
                if not has_state:
                    report.fault("state", page.source, shard, position, f"case {columns[1]} has no row of state")
            if progress is not None:
                progress(report.events, max(total, report.events))
        check.close()
    report_repeated(report, ids)
    for service in installed():
        await _beyond(stores, service.name, report)
        store = EventStore(
            service.name,
            service.decider,
            state_type=service.state_type,
            state_version=service.state_version,
            shards=shards,
            mint=uuid7,
        )
        await _states(stores, store, service.state_version, 1.0 if all_states else SAMPLE, report)
    return report


async def _head(stores: Stores, source: ServiceName, shard: int, report: Report) -> None:
    """The head row, from which the next position will be taken, stands at the last event."""
    async with begin(stores.engines[source]) as work:
        row = (await work.fetch(_HEAD, shard))[0]
    if row["next"] is None:
        report.fault("head", source, shard, None, "the shard has no head row")
        return
    last = -1 if row["position"] is None else row["position"]
    if row["next"] != last + 1:
        report.fault("head", source, shard, last, f"the head row says that position {row['next'] - 1} is the last one")
    elif row["hash"] != row["last_hash"]:
        report.fault("head", source, shard, last, "the head row has another hash than the last event")


async def _beyond(stores: Stores, source: ServiceName, report: Report) -> None:
    async with begin(stores.engines[source]) as work:
        rows = await work.fetch(
            "SELECT shard, count(*) AS many FROM event WHERE shard < 0 OR shard >= $1 GROUP BY shard",
            stores.installation.shards,
        )
    for row in rows:
        report.fault("shard", source, row["shard"], None, f"{row['many']} events stand in a shard that does not exist")


async def _states(
    stores: Stores, store: EventStore[Any, Any, Any], state_version: int, share: float, report: Report
) -> None:
    """Each case's row of state belongs to its last event; those drawn are folded from the events again."""
    after: object = _NO_CASE
    while True:
        async with begin(stores.engines[store.service]) as work:
            rows = await work.fetch(_STATES, after, share, STATES_PAGE)
        for row in rows:
            wrong = _row_of_state(row) or _folded(row, store, state_version)
            if wrong:
                detail = f"case {row['case_id']}: {wrong}"
                report.fault("state", store.service, row["shard"], row["position"], detail)
        if len(rows) < STATES_PAGE:
            return
        after = rows[-1]["case_id"]


def _row_of_state(row: asyncpg.Record) -> str:
    if row["last"] is None:
        return "has a row of state and no event"
    if row["version"] != row["last_version"] or row["hash"] != row["last_hash"]:
        return "its row of state is not that of its last event"
    try:
        correlation = orjson.loads(row["last"])["correlationid"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "its last event cannot be read"
    if row["time"] != row["last_time"] or str(row["correlation"]) != correlation:
        return "its row of state has another time or correlation than its last event"
    return ""


def _folded(row: asyncpg.Record, store: EventStore[Any, Any, Any], state_version: int) -> str:
    if row["events"] is None or row["state_version"] != state_version:
        return ""  # not drawn, or of another release: folded again before anybody reads it
    try:
        envelopes = [open_envelope(document) for document in row["events"]]
        if any(service_of(envelope.type) != store.service for envelope in envelopes):
            return "its stream holds an event of another service"
        state = store.decider.fold(from_data(each.type, each.data) for each in envelopes)
    except InvalidMessage as error:
        return f"its events cannot be read by this release ({error}); verify with the one that wrote them"
    return "" if store.write_state(state) == row["state"] else "its state is not what its events fold to"
