"""The inquiry over HTTP: its cause."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.investigation.domain.cause import RecordCause
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.inquiry import Steps
from casework.shared.contracts.types import Prose
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.runtime.service import ServiceRuntime


class Cause(Part):
    """Why it happened; or the steps after which it was not found. One of the two."""

    cause: Prose | None = None
    not_found_after: Steps = ()


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of the inquiry."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/cause", summary="Record the cause, or that it was not found", response_model=Done)
    async def record_cause(case_id: UUID, body: Cause, asked: StaffOnce, request: Request) -> Response:
        command = RecordCause(cause=body.cause, not_found_after=body.not_found_after)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api
