"""What resolution's staff say to the complainant besides the decision, over HTTP: apologies, messages, and the
statements that these keep to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.resolution.domain.apologies import Apologise
from casework.resolution.domain.commands import Command
from casework.resolution.domain.outgoing import SendMessage
from casework.resolution.domain.speakers import Speaker
from casework.resolution.domain.statements import ApproveStatement, DraftStatement
from casework.resolution.sending import ResolutionUnit, Sent, rest, sending
from casework.resolution.speaking import People, speaker
from casework.shared.contracts.answers import ApologyKind, ApologyScope
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.messages import StatementId, Topics, Version
from casework.shared.contracts.types import Prose, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Apology(Sent):
    """An apology as the complainant is given it. Unless it says otherwise it is regret for the trouble, which admits
    nothing."""

    kind: ApologyKind = "regret"
    scope: ApologyScope = "trouble"
    words: Prose
    channel: Channel


class Message(Sent):
    """A message to the complainant. `as_role` is the role in which you write, where you have several."""

    channel: Channel
    text: Prose
    as_role: Label | None = None


class Statement(Part):
    """What is said about these topics: a new statement, or the next version of one."""

    statement: StatementId
    topics: Topics
    text: Prose


class Approval(Part):
    """The version of a statement that is approved."""

    statement: StatementId
    version: Version


def router(runtime: ServiceRuntime, people: People) -> APIRouter:
    """The staff routes for what is said to the complainant."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/apologies", summary="Apologise to the complainant", response_model=Done)
    async def apologise(case_id: UUID, body: Apology, asked: StaffOnce, request: Request) -> Response:
        gather = _apologise(runtime, case_id, body, asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/messages", summary="Send the complainant a message", response_model=Done)
    async def send(case_id: UUID, body: Message, asked: StaffOnce, request: Request) -> Response:
        (sealed,) = await seal(runtime, case_id, body.text)
        gather = _send(runtime, case_id, body, sealed, speaker(asked, body.as_role, people))
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/statements", summary="Draft what is said about a topic", response_model=Done)
    async def draft(case_id: UUID, body: Statement, asked: StaffOnce, request: Request) -> Response:
        command = DraftStatement(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/statement-approvals", summary="Approve a statement that somebody else drafted", response_model=Done)
    async def approve(case_id: UUID, body: Approval, asked: StaffOnce, request: Request) -> Response:
        command = ApproveStatement(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


def _apologise(runtime: ServiceRuntime, case_id: UUID, body: Apology, by: str) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        held_to = await sending(runtime, work, unit, case_id, body)
        return (Apologise(by=by, sending=held_to, **rest(body)),)

    return gather


def _send(runtime: ServiceRuntime, case_id: UUID, body: Message, sealed: Sealed, who: Speaker) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        message = SendMessage(
            message_id=runtime.store.mint(),
            channel=body.channel,
            plain=body.text,
            text=sealed,
            speaker=who,
            sending=await sending(runtime, work, unit, case_id, body),
        )
        return (message,)

    return gather
