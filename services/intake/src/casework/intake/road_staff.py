"""By which roads a complaint came, over HTTP: adding one to a case, and counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from casework.intake import counting
from casework.intake.domain.commands import Command
from casework.intake.domain.roads import AddRoad
from casework.intake.handlers import IntakeUnit
from casework.shared.contracts.inbox import ReferencePart
from casework.shared.contracts.roads import Origin
from casework.shared.contracts.types import Instant
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime


class Road(ReferencePart):
    """Another road by which the same complaint came, and how its sender knows it. Without `received_at` it was now."""

    origin: Origin
    received_at: Instant | None = None


class ComplaintCounts(BaseModel):
    """How many cases: in all, those that a regulator forwarded, and by each origin. A case that came by two roads is
    one in the total, and one under each."""

    total: int
    bulletin: int
    by_origin: dict[Origin, int]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes for roads."""
    api = APIRouter(tags=["complaints"])

    @api.post("/v1/cases/{case_id}/roads", summary="Record that it came by another road too", response_model=Done)
    async def add_road(case_id: UUID, body: Road, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _add(runtime, case_id, body), request)

    @api.get(
        "/v1/complaint-counts",
        summary="How many complaints came, and by which roads",
        dependencies=[Depends(requires("complaints:read"))],
    )
    async def count(
        received_from: Annotated[Instant | None, Query(description="From this time on.")] = None,
        received_before: Annotated[Instant | None, Query(description="Before this time.")] = None,
    ) -> ComplaintCounts:
        async with begin(runtime.engine) as work:
            return ComplaintCounts(**await counting.counts(work, received_from, received_before))

    return api


def _add(runtime: ServiceRuntime, case_id: UUID, body: Road) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        # Known from here on, so that the sender's own post of it finds this case; a refusal takes it back.
        await work.execute(
            "INSERT INTO reference (source, source_reference, case_id, person, post_id)"
            " VALUES ($1, $2, $3, (SELECT person FROM reference WHERE case_id = $3 AND person IS NOT NULL LIMIT 1), $4)"
            " ON CONFLICT (source, source_reference) DO NOTHING",
            body.source,
            body.source_reference,
            case_id,
            f"road:{runtime.store.mint()}",
        )
        stands_for: UUID = await work.fetch_value(
            "SELECT case_id FROM reference WHERE source = $1 AND source_reference = $2",
            body.source,
            body.source_reference,
        )
        return (
            AddRoad(
                origin=body.origin,
                source=body.source,
                source_reference=body.source_reference,
                received_at=body.received_at or unit.occurred_at or unit.now,
                case_id=case_id,
                stands_for=stands_for,
            ),
        )

    return gather
