"""The steps of follow-up's staff over HTTP: accept or decline resolution's offer, reopen a closed case."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StrictBool

from casework.followup import handlers
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Prose, Sentence
from casework.shared.http.commands import Done, StaffOnce, run_command
from casework.shared.http.handoffs import Acceptance, Declination
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.service import ServiceRuntime


class MotiveAnswer(Part):
    """Whether the complainant says that what the assessment took for their motive was answered, in their words."""

    answered: StrictBool
    words: Prose


class Reopening(Part):
    """Why the closed case goes on."""

    reason: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of follow-up."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["follow-up staff"])

    @api.post("/follow-up/acceptance", summary="Accept the case from resolution", response_model=Done)
    async def accept(case_id: UUID, body: Acceptance, asked: StaffOnce, request: Request) -> Response:
        gather = handlers.accept(runtime, case_id, body, asked.principal.actor)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/follow-up/declination", summary="Decline the case: resolution keeps it", response_model=Done)
    async def decline(case_id: UUID, body: Declination, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, handlers.decline(case_id, body, runtime.rulebook), request)

    @api.post("/follow-up/motive-answers", summary="Record whether the motive was answered", response_model=Done)
    async def compare(case_id: UUID, body: MotiveAnswer, asked: StaffOnce, request: Request) -> Response:
        (words,) = await seal(runtime, case_id, body.words)
        gather = handlers.compare_motive(case_id, words, answered=body.answered)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/reopening", summary="Reopen the closed case", response_model=Done)
    async def reopen(case_id: UUID, body: Reopening, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, handlers.reopen(body.reason, runtime.rulebook), request)

    return api
