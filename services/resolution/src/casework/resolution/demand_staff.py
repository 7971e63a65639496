"""What resolution's staff record of demands, over HTTP: the answer to each, on its own day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.resolution.domain.commands import Command
from casework.resolution.domain.demand_answers import AnswerDemand
from casework.resolution.sending import ResolutionUnit
from casework.shared.business_time import is_backdated
from casework.shared.contracts.demand_answers import Answer, AnsweredBy, Numbers
from casework.shared.contracts.demands import DemandNumber
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Money, Prose
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class DemandAnswer(Part):
    """One demand, met or refused. A refusal needs a `reason` and `evidence`, the numbers of what it rests on. With
    `version` the answer is to that one alone, and refused where the complainant has changed it since. `by` is who
    answered where that is not the organisation. `granted` is what a demand that is met gives in money: at most what it
    claims, the highest of its alternatives."""

    number: DemandNumber
    version: DemandNumber | None = None
    answer: Answer
    reason: Prose | None = None
    evidence: Annotated[Numbers, Field(default=())]
    by: AnsweredBy | None = None
    granted: Money | None = None


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for demands."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/demand-answers", summary="Meet one demand, or refuse it with reasons", response_model=Done)
    async def answer(case_id: UUID, body: DemandAnswer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _answer(body), request)

    return api


def _answer(body: DemandAnswer) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (AnswerDemand(is_history=is_backdated(unit.occurred_at, unit.now), **dict(body)),)

    return gather
