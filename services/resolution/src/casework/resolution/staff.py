"""The steps of resolution's staff over HTTP: accept or decline, communicate the decision, record the complainant's
reply, offer to follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.resolution.appeal_staff import AppealRules, terms_at
from casework.resolution.domain.commands import Command, CommunicateDecision, RecordReply
from casework.resolution.domain.containment import ExplainUncontainedAnswer
from casework.resolution.domain.ready_answers import OfferReadyAnswer
from casework.resolution.sending import ResolutionUnit, Sent, gate_now, rest, sending
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.standing import match
from casework.shared.contracts.types import Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.http import handoffs
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.handoffs import Acceptance, Declination, Offer
from casework.shared.http.idempotency import Once
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Decision(Sent):
    """The decision as the complainant was given it, and how. An imported one may lack the `reasons`."""

    outcome: Outcome
    answer: Prose
    channel: Channel
    reasons: Prose | None = None


class Uncontained(Part):
    """Why the answer goes out before the harm is contained."""

    reason: Sentence


class Reply(Part):
    """What the complainant said to the decision. A contested one needs the complainant's `reason`."""

    reply: Literal["accepted", "contested"]
    channel: Channel
    reason: Sentence | None = None


def router(runtime: ServiceRuntime, appeals: AppealRules) -> APIRouter:
    """The staff routes of resolution."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/acceptance", summary="Accept the case from investigation", response_model=Done)
    async def accept(case_id: UUID, body: Acceptance, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _accept(runtime, asked, case_id, body), request)

    @api.post("/declination", summary="Decline the case: investigation keeps it", response_model=Done)
    async def decline(case_id: UUID, body: Declination, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, handoffs.decline(case_id, body), request)

    @api.post("/decision", summary="Record that the decision was communicated", response_model=Done)
    async def communicate(case_id: UUID, body: Decision, asked: StaffOnce, request: Request) -> Response:
        gather = _communicate(runtime, case_id, body, asked.principal.actor.id, appeals)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/uncontained-answer", summary="Say why the answer goes out before it is contained", response_model=Done)
    async def explain(case_id: UUID, body: Uncontained, asked: StaffOnce, request: Request) -> Response:
        command = ExplainUncontainedAnswer(reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/reply", summary="Record the complainant's reply to the decision", response_model=Done)
    async def record_reply(case_id: UUID, body: Reply, asked: StaffOnce, request: Request) -> Response:
        command = RecordReply(reply=body.reply, channel=body.channel, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/follow-up-offer", summary="Offer the case to follow-up", response_model=Done)
    async def offer(case_id: UUID, body: Offer, asked: StaffOnce, request: Request) -> Response:
        gather = handoffs.offer(runtime, "followup", body, "response")
        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _communicate(runtime: ServiceRuntime, case_id: UUID, body: Decision, by: str, appeals: AppealRules) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        held_to = await sending(runtime, work, unit, case_id, body)
        gate = gate_now(runtime, unit, case_id)
        now = None if gate is None else unit.now
        terms = terms_at(unit.occurred_at or unit.now, appeals, runtime.rulebook)
        return (CommunicateDecision(gate=gate, sending=held_to, now=now, by=by, appeal=terms, **rest(body)),)

    return gather


def _accept(runtime: ServiceRuntime, asked: Once, case_id: UUID, body: Acceptance) -> Gather:
    """Take the work, and have what is known to settle such a complaint put before whoever decides."""
    take = handoffs.accept(runtime, case_id, body, asked.principal.actor)

    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        solution = None
        if not asked.tells_of_the_past:
            solution = match(runtime.standing, unit.streams[case_id].state.category, "offered")
        known = () if solution is None else (OfferReadyAnswer(solution=solution),)
        return (*await take(work, unit), *known)

    return gather
