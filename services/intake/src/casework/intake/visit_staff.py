"""What intake's staff record of a visit, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.intake.domain.commands import Command
from casework.intake.domain.visits import CloseVisit, DoVisitItems, KeepVisitPromise, OpenVisit
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import zone_of
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import CalendarDay, Sentence
from casework.shared.contracts.visits import VisitItem
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Visit(Part):
    """Where somebody is received, and the persons present."""

    place: Label
    present: Annotated[tuple[Label, ...], Field(min_length=1, max_length=20)]


class VisitItems(Part):
    """What of the checklist is done. Without `visit_id` at the one visit that is open."""

    visit_id: UUID | None = None
    items: Annotated[tuple[VisitItem, ...], Field(min_length=1, max_length=20)]


class VisitEnd(Part):
    """The day by which the visitor hears of us."""

    visit_id: UUID | None = None
    agreed_on: CalendarDay


class VisitProof(Part):
    """What shows that the visitor heard of us."""

    visit_id: UUID | None = None
    proof: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for visits."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])

    @api.post("/visits", summary="Receive somebody on site", response_model=Done)
    async def open_visit(case_id: UUID, body: Visit, asked: StaffOnce, request: Request) -> Response:
        (present,) = await seal(runtime, case_id, "\n".join(body.present))
        command = OpenVisit(visit_id=runtime.store.mint(), place=body.place, present=present)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/visit-items", summary="Tick what is done of a visit's checklist", response_model=Done)
    async def tick(case_id: UUID, body: VisitItems, asked: StaffOnce, request: Request) -> Response:
        command = DoVisitItems(visit_id=body.visit_id, items=body.items)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/visit-closings", summary="Close a visit with the day that was agreed", response_model=Done)
    async def close(case_id: UUID, body: VisitEnd, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            zone = zone_of(runtime.rulebook)
            return (CloseVisit(visit_id=body.visit_id, agreed_on=body.agreed_on, now=unit.now, zone=zone),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/visit-promises-kept", summary="Record that the visitor heard of us", response_model=Done)
    async def keep(case_id: UUID, body: VisitProof, asked: StaffOnce, request: Request) -> Response:
        command = KeepVisitPromise(visit_id=body.visit_id, proof=body.proof)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api
