"""Talks with the complainant, over HTTP: calls with their result, and agreements that both sides accept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.resolution.domain.commands import Command
from casework.resolution.domain.speakers import Speaker
from casework.resolution.domain.talks import AcceptAgreement, GiveUpAgreement, OfferCall, RecordCall, RestateAgreement
from casework.resolution.sending import ResolutionUnit, Sent, sending
from casework.resolution.speaking import People, speaker
from casework.shared.clocks.calendars import instant_of
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.talks import AgreedItems, AgreeingSide
from casework.shared.contracts.types import Instant, Prose, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class CallOffer(Part):
    """A call that is offered to the complainant, with its time where one is named. `as_role` is the role in which you
    will speak, where you have several."""

    at: Instant | None = None
    as_role: Label | None = None


class CallResult(Sent):
    """What came of a call, as it is sent to the complainant. Without `call_id` the one that was offered."""

    call_id: UUID | None = None
    held_at: Instant
    result: Prose
    sent_by: Channel
    as_role: Label | None = None


class Agreement(Part):
    """What was agreed, with its details. Both sides are asked to accept it by the end of the day."""

    items: AgreedItems
    call_id: UUID | None = None


class SideAcceptance(Part):
    """A side accepts the agreement. Without `agreement_id` the one that is open."""

    agreement_id: UUID | None = None
    side: AgreeingSide
    channel: Channel
    proof: Sentence


class GivingUp(Part):
    """Why an agreement came to nothing. Without `agreement_id` the one that is open."""

    agreement_id: UUID | None = None
    reason: Sentence


def router(runtime: ServiceRuntime, people: People) -> APIRouter:
    """The staff routes for talks."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/calls", summary="Offer the complainant a call", response_model=Done)
    async def offer(case_id: UUID, body: CallOffer, asked: StaffOnce, request: Request) -> Response:
        who = speaker(asked, body.as_role, people)
        command = OfferCall(call_id=runtime.store.mint(), speaker=who, at=body.at)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/call-results", summary="Write down what came of a call, and send it", response_model=Done)
    async def record(case_id: UUID, body: CallResult, asked: StaffOnce, request: Request) -> Response:
        (sealed,) = await seal(runtime, case_id, body.result)
        gather = _record(runtime, case_id, body, sealed, speaker(asked, body.as_role, people))
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/agreements", summary="Put an agreement into words, for both to accept", response_model=Done)
    async def restate(case_id: UUID, body: Agreement, asked: StaffOnce, request: Request) -> Response:
        gather = _restate(runtime, body, asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/agreement-acceptances", summary="Record that a side accepts an agreement", response_model=Done)
    async def accept(case_id: UUID, body: SideAcceptance, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(AcceptAgreement(**dict(body))), request)

    @api.post("/abandoned-agreements", summary="Record that an agreement came to nothing", response_model=Done)
    async def give_up(case_id: UUID, body: GivingUp, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(GiveUpAgreement(**dict(body))), request)

    return api


def _record(runtime: ServiceRuntime, case_id: UUID, body: CallResult, sealed: Sealed, who: Speaker) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        recorded = RecordCall(
            call_id=body.call_id,
            held_at=body.held_at,
            plain=body.result,
            result=sealed,
            sent_by=body.sent_by,
            speaker=who,
            sending=await sending(runtime, work, unit, case_id, body),
            now=unit.now,
        )
        return (recorded,)

    return gather


def _restate(runtime: ServiceRuntime, body: Agreement, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        due_at = end_of_day(unit.occurred_at or unit.now, runtime.rulebook)
        minted = runtime.store.mint()
        return (RestateAgreement(agreement_id=minted, due_at=due_at, by=by, **dict(body)),)

    return gather


def end_of_day(at: datetime, rulebook: Rulebook) -> datetime:
    """The midnight that ends the day of `at` where the institution is."""
    zone = rulebook.calendar_of(rulebook.institution.calendar, None).zone
    return instant_of(at.astimezone(ZoneInfo(zone)).date(), 24 * 60, zone)
