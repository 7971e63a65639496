"""Deciding between two parties, over HTTP: asking them to talk, how that ended, and the one ruling after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.resolution.appeal_staff import AppealRules, terms_at
from casework.resolution.domain.commands import Command
from casework.resolution.domain.rulings import EndNegotiation, InviteToNegotiate, RuleForParties
from casework.resolution.sending import ResolutionUnit, Sent, gate_now, rest, sending
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.rulings import Movement, NegotiationResult, RuledParty
from casework.shared.contracts.types import Instant, Money, Prose
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Invitation(Part):
    """Both parties are asked to talk, and to answer by a time."""

    answer_by: Instant


class TalkResult(Part):
    """How the talk ended; `party` is who declined it."""

    result: NegotiationResult
    party: RuledParty | None = None


class Ruling(Sent):
    """The ruling: what both are told, the reasons, and where all of the money that is held goes. What each item of
    evidence is worth comes from investigation's rulings."""

    outcome: Outcome
    answer: Prose
    reasons: Prose
    held: Money | None = None
    money: Annotated[tuple[Movement, ...], Field(default=(), max_length=20)]
    complainant_by: Channel
    respondent_by: Channel


def router(runtime: ServiceRuntime, appeals: AppealRules) -> APIRouter:
    """The staff routes for deciding between two parties."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/negotiation-invitations", summary="Ask both parties to talk first", response_model=Done)
    async def invite(case_id: UUID, body: Invitation, asked: StaffOnce, request: Request) -> Response:
        gather = _invite(runtime, body, asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/negotiation-results", summary="Record how the talk of the parties ended", response_model=Done)
    async def end(case_id: UUID, body: TalkResult, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _end(body), request)

    @api.post("/ruling", summary="Rule between the parties, with notice to both", response_model=Done)
    async def rule(case_id: UUID, body: Ruling, asked: StaffOnce, request: Request) -> Response:
        gather = _rule(runtime, case_id, body, asked.principal.actor.id, appeals)
        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _invite(runtime: ServiceRuntime, body: Invitation, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        minted = runtime.store.mint()
        return (InviteToNegotiate(negotiation_id=minted, answer_by=body.answer_by, by=by, now=_at(unit)),)

    return gather


def _end(body: TalkResult) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (EndNegotiation(result=body.result, party=body.party, now=_at(unit)),)

    return gather


def _rule(runtime: ServiceRuntime, case_id: UUID, body: Ruling, by: str, appeals: AppealRules) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        held_to = await sending(runtime, work, unit, case_id, body)
        gate = gate_now(runtime, unit, case_id)
        at = _at(unit)
        terms = terms_at(at, appeals, runtime.rulebook)
        return (RuleForParties(by=by, gate=gate, sending=held_to, appeal=terms, now=at, **rest(body)),)

    return gather


def _at(unit: ResolutionUnit) -> Instant:
    """When it happens: now, or when an imported history says that it did."""
    return unit.occurred_at or unit.now
