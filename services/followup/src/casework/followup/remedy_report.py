"""The report on remedies: how many were sent, arrived, and did not put it right.

Invariant: one row for each event of resolution, so that taking in an event again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.remedies import RemedyFailed, RemedyReceived, RemedySent
from casework.shared.http.access import requires
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

_WHAT = {RemedySent: "sent", RemedyReceived: "received", RemedyFailed: "failed"}


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the report."""
    api = APIRouter(tags=["figures"], dependencies=[Depends(requires("cases:read"))])

    @api.get("/v1/remedy-report", summary="Remedies sent, received, and failed, by kind")
    async def report() -> dict[str, Any]:
        async with begin(runtime.engine) as work:
            totals = await work.fetch(
                "SELECT count(DISTINCT (case_id, remedy)) FILTER (WHERE what = 'sent') AS sent,"
                " count(DISTINCT (case_id, remedy)) FILTER (WHERE what = 'received') AS received,"
                " count(DISTINCT (case_id, remedy)) FILTER (WHERE what = 'failed') AS failed FROM remedy_step"
            )
            kinds = await work.fetch(
                "SELECT kind, count(*) AS failures, count(DISTINCT (case_id, remedy)) AS remedies,"
                " count(DISTINCT case_id) AS cases FROM remedy_step WHERE what = 'failed' GROUP BY kind ORDER BY kind"
            )
        return {"remedies": dict(totals[0]), "failures": [dict(row) for row in kinds]}

    return api


async def count(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Write down what these events bring."""
    for envelope, event in events:
        if isinstance(event, RemedySent | RemedyReceived | RemedyFailed):
            await work.execute(
                "INSERT INTO remedy_step (case_id, version, remedy, what, kind) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT DO NOTHING",
                envelope.case_id,
                envelope.version,
                event.remedy,
                _WHAT[type(event)],
                event.kind if isinstance(event, RemedyFailed) else None,
            )
