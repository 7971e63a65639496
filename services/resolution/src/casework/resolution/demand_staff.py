"""What resolution's staff record of demands, over HTTP: the answer to each, on its own day."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.resolution.domain.demand_answers import AnswerDemand
from casework.shared.contracts.demand_answers import Answer, Numbers
from casework.shared.contracts.demands import DemandNumber
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Prose
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.runtime.service import ServiceRuntime


class DemandAnswer(Part):
    """One demand, met or refused. A refusal needs a `reason`; `evidence` are the numbers of what it rests on. With
    `version` the answer is to that one alone, and refused where the complainant has changed it since."""

    number: DemandNumber
    version: DemandNumber | None = None
    answer: Answer
    reason: Prose | None = None
    evidence: Annotated[Numbers, Field(default=())]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for demands."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/demand-answers", summary="Meet one demand, or refuse it with reasons", response_model=Done)
    async def answer(case_id: UUID, body: DemandAnswer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(AnswerDemand(**dict(body))), request)

    return api
