"""What resolution's staff do about remedies, over HTTP: check what may be offered, reckon a refund, propose, offer,
record the answer, send, and record what arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.resolution import goodwill
from casework.resolution.acting import terms_of
from casework.resolution.domain.commands import Command
from casework.resolution.domain.ledger import (
    AnswerOffer,
    OfferNothing,
    OfferRemedy,
    RecordCameBack,
    RecordReceived,
    RecordWaiver,
    SendRemedy,
)
from casework.resolution.domain.remedies import AssessRefund, CheckRemedies, ProposeRemedy
from casework.resolution.domain.second_tries import CheckSecondTry, RecordFailure
from casework.resolution.sending import ResolutionUnit
from casework.shared.contracts.authority import Number
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import CalendarDay, Instant, Money, Prose, SafeInt, Sentence, Word
from casework.shared.contracts.vocabulary import Channel, ProofKind, RemedyClass, RemedyKind
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.idempotency import Once
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Remedy(Part):
    """What could put it right; `amount` for a remedy in money. `remedy` is its name in the catalogue.

    With `remedy_class` goodwill (善意索赔) it is given without any fault, from a purse of its own. More than your own
    limit is held back, and offered for approval to the lowest role that suffices.
    """

    kind: RemedyKind
    description: Prose
    amount: Money | None = None
    remedy: Word | None = None
    remedy_class: RemedyClass = "claim"


class Goods(Part):
    """When the goods were delivered, and when the complainant asked; without `asked_on` that is today."""

    delivered_on: CalendarDay | None = None
    asked_on: CalendarDay | None = None


class Paid(Part):
    """What was paid, for how many days, how many of them were used, and by which rule a refund is reckoned."""

    paid: Money
    days: Annotated[SafeInt, Field(ge=0, le=36_500)]
    used: Annotated[SafeInt, Field(ge=0, le=36_500)]
    rule: Word = "pro-rata"


class OfRemedy(Part):
    """Without `remedy` (its number in the case, from 1) the only one that can be meant is."""

    remedy: Number | None = None


class RemedyOffer(OfRemedy):
    """Which remedy the complainant is offered, by when they are to answer, and how they were told."""

    until: Instant
    channel: Channel


class OfferAnswer(OfRemedy):
    """What the complainant said to the offer."""

    answer: Literal["accepted", "declined"]
    channel: Channel


class NoOffer(Part):
    """Why the complainant is offered nothing."""

    reason: Sentence


class Sent(OfRemedy):
    """What shows that the remedy went out. `amount`, where it is given, is compared with what was agreed."""

    proof: Sentence
    amount: Money | None = None


class Received(OfRemedy):
    """What shows that the complainant has the remedy: the kind of proof, and where it is found."""

    kind: ProofKind
    proof: Sentence


class CameBack(OfRemedy):
    """Why what was sent did not arrive."""

    reason: Sentence


class Failed(OfRemedy):
    """What is still wrong although the complainant was sent the remedy. Holds nothing personal."""

    reason: Sentence


class Checked(OfRemedy):
    """What was looked at before a remedy that had failed is sent again."""

    checked: Sentence


class Waived(OfRemedy):
    """What shows that the complainant does not want the remedy any more."""

    proof: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of remedies."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])
    mint = runtime.store.mint

    @api.post("/remedies", summary="Propose a remedy", response_model=Done)
    async def propose(case_id: UUID, body: Remedy, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _propose(runtime, asked, body), request)

    @api.post("/remedy-checks", summary="Check which remedies may be offered", response_model=Done)
    async def check(case_id: UUID, body: Goods, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _check(runtime, body), request)

    @api.post("/refund-assessments", summary="Reckon a refund by the rule", response_model=Done)
    async def assess(case_id: UUID, body: Paid, asked: StaffOnce, request: Request) -> Response:
        command = AssessRefund(catalogue=runtime.catalogue, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/remedy-offers", summary="Offer a proposed remedy to the complainant", response_model=Done)
    async def offer(case_id: UUID, body: RemedyOffer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _offer(body, mint), request)

    @api.post("/remedy-offer-answers", summary="Record the answer to an offer", response_model=Done)
    async def answer(case_id: UUID, body: OfferAnswer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _answer(body), request)

    @api.post("/no-offer", summary="Record that nothing is offered, and why", response_model=Done)
    async def offer_nothing(case_id: UUID, body: NoOffer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(OfferNothing(reason=body.reason)), request)

    @api.post("/sent-remedies", summary="Record that a remedy went out", response_model=Done)
    async def send(case_id: UUID, body: Sent, asked: StaffOnce, request: Request) -> Response:
        by = None if asked.tells_of_the_past else asked.principal.actor.id
        return await run_command(runtime, asked, case_id, just(SendRemedy(by=by, **dict(body))), request)

    @api.post("/received-remedies", summary="Record that the complainant has a remedy", response_model=Done)
    async def received(case_id: UUID, body: Received, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(RecordReceived(**dict(body))), request)

    @api.post("/returned-remedies", summary="Record that what was sent came back", response_model=Done)
    async def came_back(case_id: UUID, body: CameBack, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(RecordCameBack(**dict(body))), request)

    @api.post("/failed-remedies", summary="Record that a remedy did not put it right", response_model=Done)
    async def failed(case_id: UUID, body: Failed, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(RecordFailure(**dict(body))), request)

    @api.post("/second-try-checks", summary="Record the check before a remedy is sent again", response_model=Done)
    async def check_again(case_id: UUID, body: Checked, asked: StaffOnce, request: Request) -> Response:
        command = CheckSecondTry(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/waived-remedies", summary="Record that a remedy is not wanted any more", response_model=Done)
    async def waived(case_id: UUID, body: Waived, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(RecordWaiver(**dict(body))), request)

    return api


def _propose(runtime: ServiceRuntime, asked: Once, body: Remedy) -> Gather:
    terms = terms_of(runtime, asked)

    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        under = terms
        if under is not None and body.remedy_class == "goodwill" and body.amount is not None:
            quarter = goodwill.quarter_of(unit.occurred_at or unit.now)
            under = replace(under, goodwill_given=await goodwill.given(work, quarter, body.amount.currency))
        catalogue = None if asked.tells_of_the_past else runtime.catalogue
        return (ProposeRemedy(terms=under, catalogue=catalogue, **dict(body)),)

    return gather


def _check(runtime: ServiceRuntime, body: Goods) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        today = _day(runtime, unit.occurred_at or unit.now)
        return (
            CheckRemedies(
                catalogue=runtime.catalogue, on=body.asked_on or today, today=today, delivered_on=body.delivered_on
            ),
        )

    return gather


def _day(runtime: ServiceRuntime, at: datetime) -> date:
    """The day at the institution."""
    rules = runtime.rulebook
    return at.astimezone(ZoneInfo(rules.calendar_of(rules.institution.calendar, None).zone)).date()


def _offer(body: RemedyOffer, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (OfferRemedy(offer_id=mint(), now=unit.occurred_at or unit.now, **dict(body)),)

    return gather


def _answer(body: OfferAnswer) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (AnswerOffer(now=unit.occurred_at or unit.now, **dict(body)),)

    return gather
