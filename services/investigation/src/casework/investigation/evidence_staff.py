"""What investigation's staff record of evidence, over HTTP: asking a party for it, and what arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.investigation.domain.commands import Command
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.evidence import RecordEvidence, RequestEvidence
from casework.investigation.domain.investigation import Investigation
from casework.investigation.domain.legal_hold import DisposeOfEvidence
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Instant, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Lateness, Side
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

InvestigationUnit: TypeAlias = Unit[Command, Investigation, InvestigationEvent]


class EvidenceWanted(Part):
    """What a party is asked for, by when, and what comes of it if nothing arrives."""

    of: Side
    what: Prose
    due_at: Instant
    effect: Lateness
    channel: Channel


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
        return await run_command(runtime, asked, case_id, _ask(body, runtime.store.mint), request)

    @api.post("/evidence", summary="Record evidence that was asked for", response_model=Done)
    async def record(case_id: UUID, body: Evidence, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _record(body), request)

    @api.post("/disposals", summary="Dispose of evidence that arrived", response_model=Done)
    async def dispose(case_id: UUID, body: Disposal, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _dispose(body), request)

    return api


def _dispose(body: Disposal) -> Gather:
    async def gather(_work: Work, _unit: InvestigationUnit) -> Sequence[Command]:
        return (DisposeOfEvidence(request_id=body.request_id, rule=body.rule),)

    return gather


def _ask(body: EvidenceWanted, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (RequestEvidence(request_id=mint(), now=unit.now, **dict(body)),)

    return gather


def _record(body: Evidence) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (RecordEvidence(request_id=body.request_id, what=body.what, now=unit.now),)

    return gather
