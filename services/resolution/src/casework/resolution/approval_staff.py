"""What goes up at resolution, over HTTP: the approver's pack, their answer, options side by side, actions outside the
matter, talks about limits, and ready answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool

from casework.resolution import goodwill
from casework.resolution.acting import acting
from casework.resolution.domain.approvals import AmendReading, BringPack, DecideApproval
from casework.resolution.domain.commands import Command
from casework.resolution.domain.limits_talks import AnswerLeaderOffer, HoldTalk
from casework.resolution.domain.options import ChooseOption, CompareOptions
from casework.resolution.domain.outside_actions import AllowOutsideAction, TakeOutsideAction, TakeReport
from casework.resolution.domain.ready_answers import LeaveReadyAnswer, TakeReadyAnswer
from casework.resolution.sending import ResolutionUnit
from casework.shared.contracts.authority import Number, Option
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Instant, Money, Prose, Sealed, Sentence
from casework.shared.contracts.vocabulary import OutsideAction
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.money import require_payable
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

Sentences = Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=50)]
Options = Annotated[tuple[Option, ...], Field(max_length=20)]


class OfApproval(Part):
    """Without `number` the one approval that waits is meant."""

    number: Number | None = None


class Pack(OfApproval):
    """What the approver decides on: facts, what may come of it, at least two options with cost, the line below which
    nobody should go (for the approver's eyes), and the complainant's own words with what you make of them."""

    facts: Sentences
    scenarios: Sentences
    options: Options
    floor: Annotated[Money | None, Field(repr=False)] = None
    quote: Annotated[Prose | None, Field(repr=False)] = None
    reading: Annotated[Prose | None, Field(repr=False)] = None


class Reading(OfApproval):
    """What you make of the complainant's words now."""

    reading: Annotated[Prose, Field(repr=False)]


class Approval(OfApproval):
    """Your yes or no; a no with its reason."""

    granted: StrictBool
    reason: Sentence | None = None


class Comparison(Part):
    """Ways to put it right, to be put side by side."""

    options: Options


class Choice(Part):
    """Which option is taken, counted from 1, and why. Without `number` of the one comparison that waits."""

    number: Number | None = None
    option: Number
    reason: Sentence


class Permission(Part):
    """An action outside the matter that you allow, once, and why."""

    action: OutsideAction
    reason: Annotated[Prose, Field(repr=False)]


class Action(Part):
    """An action outside the matter that is done now. The ground danger is for danger to life alone."""

    action: OutsideAction
    reason: Annotated[Prose, Field(repr=False)]
    ground: Literal["danger"] | None = None


class Report(Part):
    """What you were told of an action that danger did not let wait. Without `number` the one that is not reported."""

    number: Number | None = None
    report: Annotated[Prose, Field(repr=False)]


class Talk(Part):
    """What the complainant was told of limits, and when; `hardship` only a true one, with what shows it."""

    held_at: Instant
    said: Annotated[Prose, Field(repr=False)]
    agreed: StrictBool
    hardship: Annotated[Prose | None, Field(repr=False)] = None
    hardship_shown_by: Sentence | None = None


class LeaderAnswer(Part):
    """Whether you take the case over as its leader; a no with its reason. Without `talk` the one that waits."""

    talk: Number | None = None
    take: StrictBool
    reason: Sentence | None = None


class ReadyAnswer(Part):
    """Whether you go by the ready answer; a no with its reason."""

    taken: StrictBool
    reason: Sentence | None = None


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of approvals and of what else goes up."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/approval-packs", summary="Bring the approver what they decide on", response_model=Done)
    async def bring(case_id: UUID, body: Pack, asked: StaffOnce, request: Request) -> Response:
        if body.floor is not None:
            require_payable(body.floor)
        floor = None if body.floor is None else f"{body.floor.amount} {body.floor.currency}"
        texts = {"floor": floor, "quote": body.quote, "reading": body.reading}
        command = BringPack(
            number=body.number,
            facts=body.facts,
            scenarios=body.scenarios,
            options=body.options,
            **await _sealed(runtime, case_id, texts),
        )
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/readings", summary="Read the complainant's words differently", response_model=Done)
    async def read(case_id: UUID, body: Reading, asked: StaffOnce, request: Request) -> Response:
        (reading,) = await seal(runtime, case_id, body.reading)
        return await run_command(
            runtime, asked, case_id, just(AmendReading(number=body.number, reading=reading)), request
        )

    @api.post("/approvals", summary="Approve what is held back, or refuse it", response_model=Done)
    async def approve(case_id: UUID, body: Approval, asked: StaffOnce, request: Request) -> Response:
        command = DecideApproval(acting=acting(asked), **dict(body))

        async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
            # Whoever else looks at the purse meanwhile waits until this is spent, or not.
            for each in unit.streams[case_id].state.desk.approvals:
                if each.status == "open" and each.asked.remedy_class == "goodwill":
                    await goodwill.given(work, goodwill.quarter_of(unit.now), each.asked.amount.currency)
            return (command,)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/option-comparisons", summary="Put options side by side", response_model=Done)
    async def compare(case_id: UUID, body: Comparison, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(CompareOptions(options=body.options)), request)

    @api.post("/option-choices", summary="Take one of the options", response_model=Done)
    async def choose(case_id: UUID, body: Choice, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(ChooseOption(**dict(body))), request)

    @api.post("/outside-permissions", summary="Allow an action outside the matter", response_model=Done)
    async def allow(case_id: UUID, body: Permission, asked: StaffOnce, request: Request) -> Response:
        (reason,) = await seal(runtime, case_id, body.reason)
        command = AllowOutsideAction(
            action=body.action, reason=reason, acting=acting(asked), authority=runtime.authority
        )
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/outside-actions", summary="Record an action outside the matter", response_model=Done)
    async def act(case_id: UUID, body: Action, asked: StaffOnce, request: Request) -> Response:
        (reason,) = await seal(runtime, case_id, body.reason)
        command = TakeOutsideAction(action=body.action, reason=reason, by=asked.principal.actor.id, ground=body.ground)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/outside-reports", summary="Take the report of what danger did not let wait", response_model=Done)
    async def report(case_id: UUID, body: Report, asked: StaffOnce, request: Request) -> Response:
        (told,) = await seal(runtime, case_id, body.report)
        command = TakeReport(number=body.number, report=told, acting=acting(asked), authority=runtime.authority)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/limits-talks", summary="Note what the complainant was told of limits", response_model=Done)
    async def talk(case_id: UUID, body: Talk, asked: StaffOnce, request: Request) -> Response:
        texts = await _sealed(runtime, case_id, {"said": body.said, "hardship": body.hardship})

        async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
            return (
                HoldTalk(
                    offer_id=runtime.store.mint(),
                    held_at=body.held_at,
                    agreed=body.agreed,
                    hardship_shown_by=body.hardship_shown_by,
                    acting=acting(asked),
                    authority=runtime.authority,
                    now=unit.now,
                    **texts,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/leader-answers", summary="Take the case over as leader, or decline", response_model=Done)
    async def lead(case_id: UUID, body: LeaderAnswer, asked: StaffOnce, request: Request) -> Response:
        command = AnswerLeaderOffer(acting=acting(asked), **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/ready-answers", summary="Take or leave the ready answer", response_model=Done)
    async def ready(case_id: UUID, body: ReadyAnswer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _ready(body), request)

    return api


async def _sealed(runtime: ServiceRuntime, case_id: UUID, texts: dict[str, str | None]) -> dict[str, Sealed]:
    """Those texts that are there, sealed, by the same names."""
    there = {name: text for name, text in texts.items() if text is not None}
    return dict(zip(there, await seal(runtime, case_id, *there.values()), strict=True))


def _ready(body: ReadyAnswer) -> Gather:
    return just(TakeReadyAnswer() if body.taken else LeaveReadyAnswer(reason=body.reason))
