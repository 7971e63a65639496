"""The assessment over HTTP: what a complaint weighs, cooling, what is done at once, containment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool

from casework.intake import queries
from casework.intake.domain.assessment import (
    Cooling,
    EndCooling,
    FinishImmediateAction,
    RecordContainment,
    StartImmediateAction,
)
from casework.intake.domain.commands import AssessComplaint, Command
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import leading_legal
from casework.shared.assessing.matrix import Matrix
from casework.shared.business_time import is_backdated
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import CalendarDay, Instant, Prose, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, Complexity, Impact, Motive, Severity, Track, Urgency
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.policies.shipped_assessment import matrix_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class CoolingPlan(Part):
    """Until which day the complaint is let cool: the day of the next contact, at most `cap` working days after
    receipt, and never later than its leading legal deadline."""

    reason: Sentence
    cap: Annotated[int, Field(strict=True, ge=1, le=1000)]
    until: CalendarDay


class Assessment(Part):
    """The initial assessment. What is left out is set by the matrix, which may also raise what is given.

    `track` is `now` unless it says `prepare`, which needs `cooling`. `motive` is a working guess at what would settle
    it, and decides nothing."""

    severity: Severity | None = None
    complexity: Complexity | None = None
    safety: StrictBool
    immediate_action: StrictBool | None = None
    reason: Sentence
    impact: Impact | None = None
    urgency: Urgency | None = None
    track: Track | None = None
    cooling: CoolingPlan | None = None
    motive: Motive | None = None


class NextContact(Part):
    """How the complainant was contacted again."""

    channel: Channel


class ImmediateActionWanted(Part):
    """What is done at once. Without `holder` by who sends this; without `due_at` within the time of the matrix. It
    says nothing of the person."""

    what: Sentence
    holder: Label | None = None
    due_at: Instant | None = None


class ActionProof(Part):
    """What shows that it is done. Without `action_id` the one that is running is meant."""

    action_id: UUID | None = None
    proof: Sentence


class ComplaintContainment(Part):
    """Since when the harm goes no further, and what shows it."""

    contained_at: Instant
    proof: Prose


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of the assessment."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])
    mint = runtime.store.mint
    matrix = matrix_of(runtime.settings.assessment)

    @api.post("/assessment", summary="Record the initial assessment", response_model=Done)
    async def assess(case_id: UUID, body: Assessment, asked: StaffOnce, request: Request) -> Response:
        gather = _assess(case_id, body, matrix, runtime.rulebook, mint)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/intake/next-contact", summary="Record the contact that ends the cooling", response_model=Done)
    async def contact(case_id: UUID, body: NextContact, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(EndCooling(channel=body.channel)), request)

    @api.post("/intake/immediate-actions", summary="Begin what must be done at once", response_model=Done)
    async def begin(case_id: UUID, body: ImmediateActionWanted, asked: StaffOnce, request: Request) -> Response:
        gather = _begin(body, body.holder or asked.principal.actor.id, matrix, mint)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/intake/immediate-actions-done", summary="Record that it is done", response_model=Done)
    async def done(case_id: UUID, body: ActionProof, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _done(body), request)

    @api.post("/intake/containment", summary="Record that the harm goes no further", response_model=Done)
    async def contain(case_id: UUID, body: ComplaintContainment, asked: StaffOnce, request: Request) -> Response:
        (proof,) = await seal(runtime, case_id, body.proof)
        return await run_command(runtime, asked, case_id, _contain(body.contained_at, proof), request)

    return api


def _assess(case_id: UUID, body: Assessment, matrix: Matrix, rulebook: Rulebook, mint: Callable[[], UUID]) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        # What happened in a recorded history happened: only what is decided now waits for the card, and is weighed.
        past = is_backdated(unit.occurred_at, work.now)
        recorded = past or await queries.is_recorded_history(work, case_id)
        plan, cooling = body.cooling, None
        if plan is not None:
            cooling = Cooling(
                cooling_id=mint(),
                reason=plan.reason,
                cap=plan.cap,
                until=plan.until,
                calendar=rulebook.calendar_of(rulebook.institution.calendar, None),
                leading=leading_legal(unit.streams[case_id].state, rulebook),
            )
        given = {name: value for name, value in body if name != "cooling"}
        return (
            AssessComplaint(
                **given,
                cooling=cooling,
                matrix=None if past else matrix,
                needs_card=not recorded,
                now=unit.now,
                occurred_at=unit.occurred_at,
            ),
        )

    return gather


def _begin(body: ImmediateActionWanted, holder: str, matrix: Matrix, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (
            StartImmediateAction(
                action_id=mint(), what=body.what, holder=holder, due_at=body.due_at, matrix=matrix, now=unit.now
            ),
        )

    return gather


def _done(body: ActionProof) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (FinishImmediateAction(action_id=body.action_id, proof=body.proof, now=unit.now),)

    return gather


def _contain(contained_at: Instant, proof: Sealed) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (RecordContainment(contained_at=contained_at, proof=proof, now=unit.now),)

    return gather
