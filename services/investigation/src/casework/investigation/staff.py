"""The steps of investigation's staff over HTTP: accept or decline, record findings, conclude, offer to resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import Command, ConcludeInvestigation, RecordFinding
from casework.investigation.item_staff import InvestigationUnit
from casework.shared.business_time import is_backdated
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.inquiry import Number, Numbers, Steps, Unheard
from casework.shared.contracts.types import Prose, Sentence
from casework.shared.contracts.vocabulary import Outcome, Side
from casework.shared.http import handoffs
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.http.handoffs import Acceptance, Declination, Offer
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class UnheardSide(Part):
    """A side that could not be heard, and why."""

    side: Side
    reason: Sentence


class Finding(Part):
    """One thing that was established, and whose side of the story it rests on; which sides were heard, or why one could
    not be. `demand` is the number of the demand it answers, `evidence` are the numbers of the items it rests on."""

    finding: Prose
    side: Side
    sides_heard: Annotated[tuple[Side, ...], Field(max_length=10)] = ()
    unheard: Annotated[tuple[UnheardSide, ...], Field(max_length=10)] = ()
    demand: Number | None = None
    evidence: Numbers = ()


class Conclusion(Part):
    """What the findings come to, and with it the cause, or the steps after which it was not found, where neither was
    recorded before."""

    outcome: Outcome
    summary: Prose
    cause: Prose | None = None
    not_found_after: Steps = ()


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of investigation."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/acceptance", summary="Accept the case from intake", response_model=Done)
    async def accept(case_id: UUID, body: Acceptance, asked: StaffOnce, request: Request) -> Response:
        gather = handoffs.accept(runtime, case_id, body, asked.principal.actor)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/declination", summary="Decline the case: intake keeps it", response_model=Done)
    async def decline(case_id: UUID, body: Declination, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, handoffs.decline(case_id, body), request)

    @api.post("/findings", summary="Record a finding", response_model=Done)
    async def record_finding(case_id: UUID, body: Finding, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _find(body, asked.principal.actor.id), request)

    @api.post("/conclusion", summary="Conclude the investigation", response_model=Done)
    async def conclude(case_id: UUID, body: Conclusion, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _conclude(body, asked.principal.actor.id), request)

    @api.post("/resolution-offer", summary="Offer the case to resolution", response_model=Done)
    async def offer(case_id: UUID, body: Offer, asked: StaffOnce, request: Request) -> Response:
        gather = handoffs.offer(runtime, "resolution", body, "investigation")
        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _find(body: Finding, by: str) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (
            RecordFinding(
                finding=body.finding,
                side=body.side,
                sides_heard=body.sides_heard,
                unheard=tuple(Unheard(side=each.side, reason=each.reason) for each in body.unheard),
                demand=body.demand,
                evidence=body.evidence,
                by=by,
                settled=is_backdated(unit.occurred_at, unit.now),
            ),
        )

    return gather


def _conclude(body: Conclusion, by: str) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        cause = None
        if body.cause is not None or body.not_found_after:
            cause = RecordCause(cause=body.cause, not_found_after=body.not_found_after)
        settled = is_backdated(unit.occurred_at, unit.now)
        return (ConcludeInvestigation(outcome=body.outcome, summary=body.summary, cause=cause, by=by, settled=settled),)

    return gather
