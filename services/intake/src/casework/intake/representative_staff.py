"""What intake's staff record of who speaks for the complainant, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.intake.domain.commands import Command
from casework.intake.domain.representatives import (
    DiscloseInformation,
    NameRepresentative,
    ProveAuthority,
    StateJointComplaint,
)
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import day_of
from casework.intake.search_index import SearchIndex, of_representative
from casework.shared.contracts.inbox import Label, Part, RepresentativePart
from casework.shared.contracts.representatives import Disclosed
from casework.shared.contracts.types import CalendarDay, Prose, SafeInt
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

Number = Annotated[SafeInt, Field(ge=1)]


class JointComplaint(Part):
    """How many complain together, and the names of those who speak for them."""

    complainants: Annotated[SafeInt, Field(ge=2)]
    spokespersons: Annotated[tuple[Label, ...], Field(min_length=1, max_length=50)]


class Authority(Part):
    """What shows that a representative may speak, and on which days it is valid."""

    representative: Number
    proof: Prose
    valid_from: CalendarDay
    valid_until: CalendarDay | None = None


class Disclosure(Part):
    """What is told or given, and to whom: the complainant, or the representative of that number."""

    what: Disclosed
    channel: Channel
    to: Number | None = None


def router(runtime: ServiceRuntime, index: SearchIndex) -> APIRouter:
    """The staff routes for who speaks for the complainant."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])

    @api.post("/representatives", summary="Record who speaks for the complainant", response_model=Done)
    async def name(case_id: UUID, body: RepresentativePart, asked: StaffOnce, request: Request) -> Response:
        (sealed,) = await seal(runtime, case_id, body.known_as)

        async def gather(work: Work, _unit: IntakeUnit) -> Sequence[Command]:
            # Written before it is decided, in the same transaction: a refusal takes it back.
            await index.write(work, of_representative(case_id, sealed.person, body))
            return (NameRepresentative(role=body.role, name=sealed),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/joint-complaints", summary="Record who speaks for many complainants", response_model=Done)
    async def joint(case_id: UUID, body: JointComplaint, asked: StaffOnce, request: Request) -> Response:
        names = await seal(runtime, case_id, *body.spokespersons)
        command = StateJointComplaint(complainants=body.complainants, spokespersons=names)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/authorities", summary="Record what shows that a representative may speak", response_model=Done)
    async def prove(case_id: UUID, body: Authority, asked: StaffOnce, request: Request) -> Response:
        (proof,) = await seal(runtime, case_id, body.proof)
        command = ProveAuthority(
            number=body.representative, proof=proof, valid_from=body.valid_from, valid_until=body.valid_until
        )
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/disclosures", summary="Record that somebody is told of the case", response_model=Done)
    async def disclose(case_id: UUID, body: Disclosure, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            today = day_of(unit.occurred_at or unit.now, runtime.rulebook)
            return (DiscloseInformation(what=body.what, channel=body.channel, to=body.to, today=today),)

        return await run_command(runtime, asked, case_id, gather, request)

    return api
