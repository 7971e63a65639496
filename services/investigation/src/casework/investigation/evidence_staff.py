"""What investigation's staff record of evidence, over HTTP: asking a party for it, and what arrived."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.investigation import held_items
from casework.investigation.domain.commands import Command
from casework.investigation.domain.evidence import RecordEvidence, RequestEvidence
from casework.investigation.domain.legal_hold import DisposeOfEvidence
from casework.investigation.item_staff import InvestigationUnit, local_day
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Instant, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Lateness, Side
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class EvidenceWanted(Part):
    """What a party is asked for, by when, and what comes of it if nothing arrives. `document` is the number of the
    paper, where it has one: what we hold already is not asked for."""

    of: Side
    what: Prose
    due_at: Instant
    effect: Lateness
    channel: Channel
    document: Label | None = None


class Evidence(Part):
    """What arrived. Without `request_id` it answers the one request that is open."""

    request_id: UUID | None = None
    what: Prose


class Disposal(Part):
    """Which evidence is disposed of, by the request on which it arrived, and the rule that allows it."""

    request_id: UUID
    rule: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for evidence."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/evidence-requests", summary="Ask a party for evidence by a time", response_model=Done)
    async def ask(case_id: UUID, body: EvidenceWanted, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _ask(runtime, body, asked.principal.actor.id), request)

    @api.post("/evidence", summary="Record evidence that was asked for", response_model=Done)
    async def record(case_id: UUID, body: Evidence, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _record(body), request)

    @api.post("/disposals", summary="Dispose of evidence that arrived", response_model=Done)
    async def dispose(case_id: UUID, body: Disposal, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _dispose(body), request)

    return api


def _ask(runtime: ServiceRuntime, body: EvidenceWanted, by: str) -> Gather:
    async def gather(work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        held = [] if body.document is None else await held_items.of_document(work, body.document)
        at = unit.occurred_at or unit.now
        today = local_day(runtime, at)
        held_at = next((each.where for each in held if each.valid_on(today)), None)
        id_ = runtime.store.mint()
        return (RequestEvidence(request_id=id_, asked_by=by, held_at=held_at, now=at, **dict(body)),)

    return gather


def _dispose(body: Disposal) -> Gather:
    async def gather(_work: Work, _unit: InvestigationUnit) -> Sequence[Command]:
        return (DisposeOfEvidence(request_id=body.request_id, rule=body.rule),)

    return gather


def _record(body: Evidence) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (RecordEvidence(request_id=body.request_id, what=body.what, now=unit.occurred_at or unit.now),)

    return gather
