"""What resolution's staff say to the complainant besides the decision, over HTTP: apologies."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.resolution.domain.apologies import Apologise
from casework.resolution.domain.commands import Command
from casework.resolution.sending import ResolutionUnit, wording_now
from casework.shared.contracts.answers import ApologyKind, ApologyScope
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Prose
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Apology(Part):
    """An apology as the complainant is given it. Unless it says otherwise it is regret for the trouble, which admits
    nothing."""

    kind: ApologyKind = "regret"
    scope: ApologyScope = "trouble"
    words: Prose
    channel: Channel


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for what is said to the complainant."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/apologies", summary="Apologise to the complainant", response_model=Done)
    async def apologise(case_id: UUID, body: Apology, asked: StaffOnce, request: Request) -> Response:
        gather = _apologise(runtime, body, asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _apologise(runtime: ServiceRuntime, body: Apology, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (Apologise(by=by, wording=wording_now(runtime, unit), **dict(body)),)

    return gather
