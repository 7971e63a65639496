"""Who bears the damage, over HTTP: the ruling on a case, and the scorecard of a supplier."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from casework.investigation import inquiry_rows
from casework.investigation.domain import bearing
from casework.investigation.domain.bearing import RuleShares
from casework.shared.contracts.bearing import Bearer, Documents, Percent, Stance
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.inquiry import Numbers
from casework.shared.contracts.types import Money
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


class ShareOf(Part):
    """What one bears, and what proves it: numbers of the case's evidence, or papers."""

    bearer: Bearer
    percent: Percent
    name: Label | None = None
    stance: Stance | None = None
    evidence: Numbers = ()
    documents: Documents = ()


class SharesRuling(Part):
    """Who bears the damage. The percentages come to 100."""

    damage: Money
    shares: Annotated[tuple[ShareOf, ...], Field(min_length=1, max_length=20)]


class Scorecard(BaseModel):
    """A supplier's cases: how many it bears a share of, how many of those it denies despite proof, and what is asked
    back from it, by currency."""

    cases: int
    denied_despite_proof: int
    recourse: list[Money]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of shares and scorecards."""
    api = APIRouter(tags=["investigation staff"])

    @api.post("/v1/cases/{case_id}/investigation/shares", summary="Rule who bears the damage", response_model=Done)
    async def rule(case_id: UUID, body: SharesRuling, asked: StaffOnce, request: Request) -> Response:
        parts = tuple(bearing.Part(**dict(share)) for share in body.shares)
        command = RuleShares(damage=body.damage, parts=parts, by=asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.get(
        "/v1/suppliers/scorecard",
        summary="What a supplier bears, and what it denies",
        dependencies=[Depends(requires("files:read"))],
    )
    async def scorecard(name: Annotated[Label, Query(description="As in the rulings.")]) -> Scorecard:
        async with begin(runtime.engine) as work:
            score = await inquiry_rows.score_of(work, name)
        recourse = [Money(amount=format(amount, "f"), currency=each) for each, amount in score.recourse.items()]
        return Scorecard(cases=score.cases, denied_despite_proof=score.denied_despite_proof, recourse=recourse)

    return api
