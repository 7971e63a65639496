"""What resolution's staff record of things with a time of their own, over HTTP: promises, progress updates, quick
settlement, provisional measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool

from casework.resolution.acting import terms_of
from casework.resolution.domain.authority import Terms
from casework.resolution.domain.commands import Command
from casework.resolution.domain.measures import DecideAppeal, ImposeMeasure, LodgeAppeal
from casework.resolution.domain.progress_updates import RecordBounce, RecordDelivery, SendProgressUpdate
from casework.resolution.domain.promises import (
    HoldPromiseBack,
    KeepPromise,
    MakePromise,
    OneTimeWanted,
    RecordAttempt,
    TakePromise,
)
from casework.resolution.domain.recordings import ListenFirst
from casework.resolution.domain.settlement import AcceptQuickSettlement, SendSummaryResolution
from casework.resolution.sending import ResolutionUnit, Sent, rest, sending, wording_now
from casework.shared.business_time import is_backdated
from casework.shared.clocks.calendars import instant_of
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import CalendarDay, Instant, Money, Prose, Sentence
from casework.shared.contracts.vocabulary import CallResult, Channel, PromiseKind, Reach
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.handoffs import Labels
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

MOST_OCCURRENCES = 100
Statements = Annotated[tuple[Label, ...], Field(max_length=20)]


class Promise(Part):
    """A promise: its words, by when, who answers for it. Without `owner` that is who sends this.

    By when is an instant (`due_at`), or a day up to its end (`due_on`), or for what is promised every time the instant
    of each (`occurrences`).

    A call-back says by `reach` where the complainant is called, by `skill` what its holder must be able to do, and by
    `holder_by` by when such a holder is wanted. An `amount` has to be within your authority.
    """

    kind: PromiseKind
    words: Sentence
    due_at: Instant | None = None
    due_on: CalendarDay | None = None
    occurrences: Annotated[tuple[Instant, ...], Field(max_length=MOST_OCCURRENCES)] = ()
    owner: Label | None = None
    skill: Label | None = None
    reach: Reach | None = None
    holder_by: Instant | None = None
    amount: Money | None = None


class HeldBack(Part):
    """For whom an answer waits on purpose, and why. Without `promise_id` the one promise that is open is meant."""

    promise_id: UUID | None = None
    waits_for: Label
    reason: Sentence


class OfPromise(Part):
    """Without `promise_id` the one promise that is open is meant."""

    promise_id: UUID | None = None


class Holding(OfPromise):
    """Who holds the promise from now on, and what they are able to do. Without `holder` it is who sends this."""

    holder: Label | None = None
    skills: Labels = ()


class Attempt(OfPromise):
    """A call that did not reach the complainant."""

    result: CallResult


class Proof(OfPromise):
    """What shows that the promise was kept."""

    proof: Sentence


class Update(Sent):
    """Word to the complainant, and by when the next one comes. Without `news` it says that there is none yet."""

    channel: Channel
    next_by: Instant
    news: Prose | None = None


class Delivery(Part):
    """What shows that an update arrived. Without `update_id` the one under way is meant."""

    update_id: UUID | None = None
    proof: Sentence


class Bounce(Part):
    """Why an update did not arrive."""

    update_id: UUID | None = None
    reason: Sentence


class Settlement(Part):
    """The complainant's acceptance that the complaint is resolved: how it came, and what shows it."""

    channel: Channel
    proof: Sentence


class Summary(Part):
    """The written summary of a complaint that was settled quickly. `statements` names what it says."""

    channel: Channel
    statements: Statements = ()


class ProvisionalMeasure(Part):
    """A provisional measure, how its party was notified of it, and the sanction that follows if no appeal succeeds."""

    party: Label
    what: Sentence
    reason: Sentence
    sanction: Sentence
    notified_by: Channel


class Appeal(Part):
    """The party's appeal. Without `measure_id` it is against the one measure that stands."""

    measure_id: UUID | None = None
    grounds: Prose


class AppealDecision(Part):
    """What the appeal comes to."""

    measure_id: UUID | None = None
    succeeded: StrictBool
    reason: Prose


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for what has a time of its own."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])
    mint = runtime.store.mint

    @api.post("/promises", summary="Record a promise to the complainant", response_model=Done)
    async def promise(case_id: UUID, body: Promise, asked: StaffOnce, request: Request) -> Response:
        terms = terms_of(runtime, asked)
        gather = _promise(body, body.owner or asked.principal.actor.id, runtime, terms)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/promise-delays", summary="Record that an answer waits on purpose: its time stays", response_model=Done)
    async def hold_back(case_id: UUID, body: HeldBack, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(HoldPromiseBack(**dict(body))), request)

    @api.post("/promise-holders", summary="Hold a promise", response_model=Done)
    async def hold(case_id: UUID, body: Holding, asked: StaffOnce, request: Request) -> Response:
        holder = body.holder or asked.principal.actor.id
        command = TakePromise(promise_id=body.promise_id, holder=holder, skills=body.skills)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/call-attempts", summary="Record a call that did not reach the complainant", response_model=Done)
    async def attempt(case_id: UUID, body: Attempt, asked: StaffOnce, request: Request) -> Response:
        command = RecordAttempt(promise_id=body.promise_id, by=asked.principal.actor.id, result=body.result)
        gather = _listened(body.promise_id, asked.principal.actor.id, just(command))
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/kept-promises", summary="Record that a promise was kept", response_model=Done)
    async def keep(case_id: UUID, body: Proof, asked: StaffOnce, request: Request) -> Response:
        by = asked.principal.actor.id
        gather = _listened(body.promise_id, by, _keep(body, by))
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/progress-updates", summary="Record that the complainant was sent an update", response_model=Done)
    async def update(case_id: UUID, body: Update, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _update(case_id, body, runtime), request)

    @api.post("/progress-update-deliveries", summary="Record that an update arrived", response_model=Done)
    async def delivered(case_id: UUID, body: Delivery, asked: StaffOnce, request: Request) -> Response:
        command = RecordDelivery(update_id=body.update_id, proof=body.proof)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/progress-update-bounces", summary="Record that an update did not arrive", response_model=Done)
    async def bounced(case_id: UUID, body: Bounce, asked: StaffOnce, request: Request) -> Response:
        command = RecordBounce(update_id=body.update_id, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/quick-settlement", summary="Record that the complainant accepts it as resolved", response_model=Done)
    async def settle(case_id: UUID, body: Settlement, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _settle(body), request)

    @api.post("/summary-resolution", summary="Record that the written summary went out", response_model=Done)
    async def summarise(case_id: UUID, body: Summary, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _summarise(case_id, body, runtime.rulebook), request)

    @api.post("/measures", summary="Impose a provisional measure", response_model=Done)
    async def impose(case_id: UUID, body: ProvisionalMeasure, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _impose(body, mint, asked.principal.actor.id), request)

    @api.post("/appeals", summary="Record an appeal against a provisional measure", response_model=Done)
    async def appeal(case_id: UUID, body: Appeal, asked: StaffOnce, request: Request) -> Response:
        command = LodgeAppeal(measure_id=body.measure_id, grounds=body.grounds)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/appeal-decisions", summary="Decide an appeal against a provisional measure", response_model=Done)
    async def decide_appeal(case_id: UUID, body: AppealDecision, asked: StaffOnce, request: Request) -> Response:
        command = DecideAppeal(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


def _promise(body: Promise, owner: str, runtime: ServiceRuntime, terms: Terms | None) -> Gather:
    mint, rulebook = runtime.store.mint, runtime.rulebook

    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        given = {name: getattr(body, name) for name in ("kind", "words", "skill", "reach", "holder_by", "amount")}
        given |= {
            "owner": owner,
            "now": unit.occurred_at or unit.now,
            "terms": terms,
            "wording": wording_now(runtime, unit),
        }
        if sum((body.due_at is not None, body.due_on is not None, bool(body.occurrences))) != 1:
            raise OneTimeWanted
        if body.occurrences:
            series = mint()
            return tuple(
                MakePromise(promise_id=mint(), due_at=at, series=series, occurrence=number, **given)
                for number, at in enumerate(body.occurrences, 1)
            )
        due_at = body.due_at or _end_of_day(body.due_on, rulebook)
        return (MakePromise(promise_id=mint(), due_at=due_at, due_on=body.due_on, **given),)

    return gather


def _end_of_day(day: date | None, rulebook: Rulebook) -> datetime:
    """The midnight that ends a day of the institution's calendar."""
    assert day is not None
    return instant_of(day, 24 * 60, rulebook.calendar_of(rulebook.institution.calendar, None).zone)


def _keep(body: Proof, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        at = unit.occurred_at or unit.now
        return (KeepPromise(promise_id=body.promise_id, by=by, proof=body.proof, now=at),)

    return gather


def _listened(promise_id: UUID | None, by: str, then: Gather) -> Gather:
    """Whoever calls back has heard the recordings; what happened long ago is recorded as it was."""

    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        commands = await then(work, unit)
        if is_backdated(unit.occurred_at, work.now):
            return commands
        return (ListenFirst(promise_id=promise_id, by=by), *commands)

    return gather


def _update(case_id: UUID, body: Update, runtime: ServiceRuntime) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        held_to = await sending(runtime, work, unit, case_id, body)
        at = unit.occurred_at or unit.now
        return (SendProgressUpdate(update_id=runtime.store.mint(), now=at, sending=held_to, **rest(body)),)

    return gather


def _settle(body: Settlement) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        at = unit.occurred_at or unit.now
        return (AcceptQuickSettlement(channel=body.channel, proof=body.proof, now=at),)

    return gather


def _summarise(case_id: UUID, body: Summary, rulebook: Rulebook) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        rules = _rules_beside(unit.streams[case_id].state.settlement.policy, rulebook)
        return (SendSummaryResolution(channel=body.channel, statements=body.statements, rules=rules),)

    return gather


def _rules_beside(policy: DeadlineRef | None, rulebook: Rulebook) -> tuple[DeadlinePolicy, ...]:
    """The deadlines of the regime to which the rule on quick settlement belongs."""
    if policy is None:
        return ()
    regime = rulebook.pinned(policy).regime
    return tuple(each for each in rulebook.policies if each.regime == regime)


def _impose(body: ProvisionalMeasure, mint: Callable[[], UUID], by: str) -> Gather:
    async def gather(_work: Work, _unit: ResolutionUnit) -> Sequence[Command]:
        return (ImposeMeasure(measure_id=mint(), by=by, **dict(body)),)

    return gather
