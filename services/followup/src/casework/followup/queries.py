"""What followup can be asked: where a case stands, which cases there are, what happened in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from casework.followup.progress import Progress, advance, status_document
from casework.followup.stage_words import Stage
from casework.shared.audit.replay import Happened, causes_first
from casework.shared.contracts.envelope import envelope_of, open_envelope
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.types import rfc3339
from casework.shared.http.awaiting import stream_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

ORPHANED = "(is_open AND (holder = '' OR owner = '' OR due_at IS NULL))"
"""As in the index."""


async def status_of(work: Work, case_id: UUID) -> dict[str, Any] | None:
    """The status document of a case, as last projected; None before the first event of it came in."""
    document = await work.fetch_value("SELECT document FROM case_status WHERE case_id = $1", case_id)
    return None if document is None else dict(orjson.loads(document))


async def list_cases(
    work: Work,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    stage: str | None,
    holder: str | None,
    is_open: bool | None,
    outcome: str | None,
    orphaned: bool,
) -> list[tuple[datetime, UUID, dict[str, Any]]]:
    """Status documents by time of receipt, after a (time, case) pair, filtered."""
    rows = await work.fetch(
        "SELECT received_at, case_id, document FROM case_status WHERE ($1::timestamptz IS NULL OR"
        " (received_at, case_id) > ($1, $2::uuid)) AND ($3::text IS NULL OR stage = $3)"
        " AND ($4::text IS NULL OR holder = $4) AND ($5::boolean IS NULL OR is_open = $5)"
        " AND ($6::text IS NULL OR (NOT is_open AND outcome = $6))"
        " AND (NOT $7::boolean OR " + ORPHANED + ") ORDER BY received_at, case_id LIMIT $8",
        None if after is None else after[0],
        None if after is None else after[1],
        stage,
        holder,
        is_open,
        outcome,
        orphaned,
        limit,
    )
    return [(row["received_at"], row["case_id"], dict(orjson.loads(row["document"]))) for row in rows]


_DUE = "coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)"
"""As in the index: what has no time comes last."""


_OFFERED: tuple[Stage, ...] = ("awaiting-investigation", "awaiting-resolution", "decided")
"""Where an offer stands, if one does: only there somebody is asked."""


async def worklist(
    work: Work,
    *,
    holder: str | None,
    asked: str | None,
    due_before: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[datetime, UUID, dict[str, Any]]]:
    """Status documents of open cases by due time, after a (time, case) pair."""
    rows = await work.fetch(
        f"SELECT {_DUE} AS due_at, case_id, document FROM case_status WHERE is_open"
        " AND ($1::text IS NULL OR holder = $1) AND ($2::timestamptz IS NULL OR due_at < $2)"
        f" AND ($3::timestamptz IS NULL OR ({_DUE}, case_id) > ($3, $4::uuid))"
        " AND ($6::text IS NULL OR (stage = ANY($7) AND convert_from(document, 'UTF8')::jsonb -> 'asked' ? $6))"
        f" ORDER BY {_DUE}, case_id LIMIT $5",
        holder,
        due_before,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
        asked,
        _OFFERED,
    )
    return [(row["due_at"], row["case_id"], dict(orjson.loads(row["document"]))) for row in rows]


async def clocks_of(work: Work, case_id: UUID) -> list[dict[str, Any]]:
    """Every clock of a case, what is due first on top, then those that have ended."""
    rows = await work.fetch(
        "SELECT * FROM clock WHERE case_id = $1 ORDER BY ended_at NULLS FIRST, due_at NULLS LAST, clock", case_id
    )
    found = []
    for row in rows:
        shown = {
            "clock": str(row["clock"]),
            "policy": row["policy"],
            "policy_version": row["policy_version"],
            "calendar": row["calendar"],
            "calendar_version": row["calendar_version"],
            "kind": row["kind"],
            "purpose": row["purpose"],
            "party": row["party"],
            "phase": row["phase"],
            "started_at": rfc3339(row["started_at"]),
            "provisional": row["provisional"],
            "imported": row["imported"],
        }
        for name in ("about", "corrected"):
            if row[name] is not None:
                shown[name] = str(row[name])
        for name in ("due_at", "ended_at"):
            if row[name] is not None:
                shown[name] = rfc3339(row[name])
        found.append(shown)
    return found


async def count_cases(work: Work, *, with_outcomes: bool) -> dict[str, Any]:
    """How many cases are open and closed, by stage; `with_outcomes` also by how they ended."""
    rows = await work.fetch(
        "SELECT stage, is_open, count(*) AS many FROM case_status GROUP BY stage, is_open ORDER BY stage"
    )
    counts: dict[str, Any] = {
        "open": sum(row["many"] for row in rows if row["is_open"]),
        "closed": sum(row["many"] for row in rows if not row["is_open"]),
        "stages": {row["stage"]: row["many"] for row in rows},
    }
    if not with_outcomes:
        return counts
    outcomes = await work.fetch(
        "SELECT outcome, count(*) AS many FROM (SELECT convert_from(document, 'UTF8')::jsonb ->> 'outcome' AS outcome"
        " FROM case_status WHERE NOT is_open) AS closed GROUP BY outcome ORDER BY outcome"
    )
    return counts | {"outcomes": {row["outcome"]: row["many"] for row in outcomes}}


async def count_orphans(work: Work) -> int:
    """Open cases without owner, holder or due time. A next action every stage has."""
    count: int = await work.fetch_value("SELECT count(*) FROM case_status WHERE " + ORPHANED)
    return count


async def status_at_intake(runtime: ServiceRuntime, case_id: UUID) -> dict[str, Any] | None:
    """Where a case stands by intake's own knowledge: for the moment before its events have come in here."""
    progress = Progress()
    for item in await stream_of(runtime, "intake", case_id):
        envelope = envelope_of(orjson.loads(item["envelope"]))
        if envelope.type in EVENT_TYPES:
            advance(progress, envelope, from_data(envelope.type, envelope.data))
    return None if progress.version == 0 else status_document(case_id, progress)


async def events_of(runtime: ServiceRuntime, case_id: UUID) -> list[dict[str, Any]]:
    """Everything that happened in a case, in all four services: by time, causes before effects."""
    documents: dict[UUID, dict[str, Any]] = {}
    happened: list[Happened] = []
    for service in SERVICES:
        for item in await stream_of(runtime, service, case_id):
            document = item["envelope"].encode()
            envelope = open_envelope(document)
            happened.append(Happened(item["position"], bytes.fromhex(item["hash"]), envelope))
            documents[envelope.id] = orjson.loads(document)
    return [
        {
            "service": each.envelope.source,
            "position": each.position,
            "hash": each.hash.hex(),
            "event": documents[each.envelope.id],
        }
        for each in causes_first(happened)
    ]
