"""Flags on conduct over HTTP: one person raises a flag with its evidence, another reviews it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StrictBool

from casework.followup.domain.commands import Command
from casework.followup.domain.conduct import FlagConduct, ReviewConductFlag
from casework.followup.handlers import FollowUpUnit
from casework.shared.contracts.authority import Number
from casework.shared.contracts.conduct import Conduct
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import CalendarDay, Prose
from casework.shared.http.commands import Done, StaffOnce, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class NewConductFlag(Part):
    """What somebody did, what shows it, and the last day of the flag; `care` says how staff look after themselves
    meanwhile. All of it is sealed. A flag changes no time, no way and no outcome of the complaint."""

    conduct: Conduct
    done: Prose
    evidence: Prose
    care: Prose | None = None
    until: CalendarDay


class ConductReview(Part):
    """Whether the evidence bears the flag, and why. Without `number` the one that is not over is meant."""

    number: Number | None = None
    confirmed: StrictBool
    reason: Prose


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of conduct."""
    api = APIRouter(prefix="/v1/cases/{case_id}/follow-up", tags=["follow-up staff"])
    institution = runtime.rulebook.institution

    @api.post("/conduct-flags", summary="Ask for a flag on conduct, until a day", response_model=Done)
    async def flag(case_id: UUID, body: NewConductFlag, asked: StaffOnce, request: Request) -> Response:
        texts = (body.conduct, body.done, body.evidence) + (() if body.care is None else (body.care,))
        conduct, done, evidence, *care = await seal(runtime, case_id, *texts)
        zone = runtime.rulebook.calendar_of(institution.calendar, None).zone

        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            return (
                FlagConduct(
                    conduct=conduct,
                    done=done,
                    evidence=evidence,
                    care=care[0] if care else None,
                    by=asked.principal.actor.id,
                    until=body.until,
                    zone=zone,
                    now=unit.occurred_at or unit.now,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/conduct-reviews", summary="Confirm or drop a flag that another person raised", response_model=Done)
    async def review(case_id: UUID, body: ConductReview, asked: StaffOnce, request: Request) -> Response:
        (reason,) = await seal(runtime, case_id, body.reason)

        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            return (
                ReviewConductFlag(
                    number=body.number,
                    confirmed=body.confirmed,
                    reason=reason,
                    by=asked.principal.actor.id,
                    now=unit.occurred_at or unit.now,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    return api
