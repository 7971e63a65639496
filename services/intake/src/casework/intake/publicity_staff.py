"""What intake's staff record of what is said in public, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.intake.domain.commands import Command
from casework.intake.domain.publicity import IdentifyComplainant, LookAtSignal, NoteSignal, ReplyInPublic
from casework.intake.handlers import IntakeUnit
from casework.intake.search_index import SearchIndex, of_complainant
from casework.shared.contracts.canonical import canonical
from casework.shared.contracts.inbox import ComplainantPart, Part, SignalPart
from casework.shared.contracts.publicity import PublicStatement
from casework.shared.contracts.types import Sentence
from casework.shared.contracts.vocabulary import ContactWay, Language
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class SignalLook(Part):
    """That somebody has looked at the post; `remark` holds nothing personal."""

    remark: Sentence | None = None


class PublicReply(Part):
    """Which approved statement was made in public, and in which language. Nothing else can be said there."""

    statement: PublicStatement
    language: Language = "en"


def router(runtime: ServiceRuntime, index: SearchIndex) -> APIRouter:
    """The staff routes for publicity."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])

    @api.post("/media-signals", summary="Record what a post has come to by now", response_model=Done)
    async def note(case_id: UUID, body: SignalPart, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(NoteSignal(**body.model_dump())), request)

    @api.post("/media-signal-looks", summary="Record that somebody has looked at the post", response_model=Done)
    async def look(case_id: UUID, body: SignalLook, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(LookAtSignal(remark=body.remark)), request)

    @api.post("/complainants", summary="Record who complains, where nobody knew", response_model=Done)
    async def identify(case_id: UUID, body: ComplainantPart, asked: StaffOnce, request: Request) -> Response:
        (who,) = await seal(runtime, case_id, canonical(body.model_dump(exclude_none=True)).decode())
        ways = tuple(way for way in get_args(ContactWay) if getattr(body, way) is not None)

        async def gather(work: Work, _unit: IntakeUnit) -> Sequence[Command]:
            # Written before it is decided, in the same transaction: a refusal takes it back.
            await index.write(work, of_complainant(case_id, who.person, body))
            return (IdentifyComplainant(complainant=who, reachable_by=ways),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/public-replies", summary="Record a reply in public, in approved words", response_model=Done)
    async def reply(case_id: UUID, body: PublicReply, asked: StaffOnce, request: Request) -> Response:
        command = ReplyInPublic(statement=body.statement, language=body.language, author=asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api
