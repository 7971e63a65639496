"""How many complaints came, and by which roads: each case once, however many roads it came by.

Invariant: a row is written in the transaction of its event, one for each road of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.shared.contracts.intake import ComplaintReceived
from casework.shared.contracts.roads import RoadAdded
from casework.shared.runtime.database import Work

DIRECT, FORWARDED = "direct", "regulator-forwarded"


async def note(work: Work, happened: Iterable[tuple[UUID, Any]]) -> None:
    """Count what these events, each with its case, say of roads. Doing it again changes nothing."""
    rows = [
        (case_id, event.source, event.source_reference, event.origin or DIRECT, event.received_at)
        for case_id, event in happened
        if isinstance(event, ComplaintReceived | RoadAdded)
    ]
    if not rows:
        return
    await work.execute(
        "INSERT INTO road (case_id, source, source_reference, origin, received_at)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def counts(work: Work, begins: datetime | None, ends: datetime | None) -> Mapping[str, Any]:
    """Cases received from `begins` on and before `ends`: in all, those that a regulator forwarded, by origin."""
    rows = await work.fetch(
        "SELECT origin, count(DISTINCT case_id) AS many, GROUPING(origin) AS all_of_them FROM road"
        " WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)"
        " GROUP BY GROUPING SETS ((origin), ()) ORDER BY origin",
        begins,
        ends,
    )
    by_origin = {row["origin"]: row["many"] for row in rows if not row["all_of_them"]}
    return {
        "total": next(row["many"] for row in rows if row["all_of_them"]),
        "bulletin": by_origin.get(FORWARDED, 0),
        "by_origin": by_origin,
    }
