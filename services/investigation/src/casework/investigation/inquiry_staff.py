"""The inquiry over HTTP: its cause, who may do it, and the tasks that others do for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import Command
from casework.investigation.domain.conflicts import AssignInvestigator, DeclareStake
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.investigation import Investigation
from casework.investigation.domain.tasks import FinishTask, GiveTask, TakeBackTask
from casework.shared.business_time import is_backdated
from casework.shared.clocks.counting import BusinessClock
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.conflicts import Persons
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.inquiry import Contribution, Steps
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Prose, Sentence
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

InvestigationUnit: TypeAlias = Unit[Command, Investigation, InvestigationEvent]


class Cause(Part):
    """Why it happened; or the steps after which it was not found. One of the two."""

    cause: Prose | None = None
    not_found_after: Steps = ()


class Assignment(Part):
    """Who investigates from now on, and why it changes."""

    holder: Label
    reason: Sentence


class Stake(Part):
    """Persons of the house who have a stake in the case, by their ids, and which."""

    persons: Annotated[Persons, Field(min_length=1)]
    reason: Sentence


class TaskWanted(Part):
    """What somebody is asked to do for the inquiry, and by when: at `due_at`, or before the end of the day that lies so
    many of the institution's working days ahead. One of the two."""

    kind: Contribution = "task"
    what: Sentence
    holder: Label
    due_at: Instant | None = None
    working_days: Annotated[int, Field(ge=1, le=250)] | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.due_at is None) == (self.working_days is None):
            raise PydanticCustomError("one-time", "give either due_at or working_days")
        return self


class TaskResult(Part):
    """What a task came to. Without `task_id` it is the one that is open."""

    task_id: UUID | None = None
    result: Prose


class TaskUnwanted(Part):
    """A task that is not wanted any more. Without `task_id` it is the one that is open."""

    task_id: UUID | None = None
    reason: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of the inquiry."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/cause", summary="Record the cause, or that it was not found", response_model=Done)
    async def record_cause(case_id: UUID, body: Cause, asked: StaffOnce, request: Request) -> Response:
        command = RecordCause(cause=body.cause, not_found_after=body.not_found_after)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/assignment", summary="Let somebody else investigate", response_model=Done)
    async def assign(case_id: UUID, body: Assignment, asked: StaffOnce, request: Request) -> Response:
        command = AssignInvestigator(holder=body.holder, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/stakes", summary="Declare that somebody has a stake in the case", response_model=Done)
    async def declare_stake(case_id: UUID, body: Stake, asked: StaffOnce, request: Request) -> Response:
        command = DeclareStake(persons=body.persons, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/tasks", summary="Ask somebody to do something for the inquiry", response_model=Done)
    async def give_task(case_id: UUID, body: TaskWanted, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _give(body, runtime.rulebook, runtime.store.mint), request)

    @api.post("/task-results", summary="Record what a task came to", response_model=Done)
    async def finish_task(case_id: UUID, body: TaskResult, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _finish(body, asked.principal.actor.id), request)

    @api.post("/tasks-taken-back", summary="Take back a task that is not wanted any more", response_model=Done)
    async def take_back_task(case_id: UUID, body: TaskUnwanted, asked: StaffOnce, request: Request) -> Response:
        command = TakeBackTask(task_id=body.task_id, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


def _give(body: TaskWanted, rulebook: Rulebook, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        imported = is_backdated(unit.occurred_at, unit.now)
        return (
            GiveTask(
                task_id=mint(),
                kind=body.kind,
                what=body.what,
                holder=body.holder,
                due_at=body.due_at or _ahead(body.working_days or 1, unit.occurred_at or unit.now, rulebook),
                now=None if imported else unit.now,
            ),
        )

    return gather


def _ahead(working_days: int, at: datetime, rulebook: Rulebook) -> datetime:
    """The midnight that ends that working day of the institution. Raises `NotCovered`."""
    calendar = rulebook.calendar_of(rulebook.institution.calendar, None)
    return BusinessClock(calendar).due(at, Length(working_days, "working-day")).end


def _finish(body: TaskResult, by: str) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        now = unit.occurred_at or unit.now
        return (FinishTask(task_id=body.task_id, by=by, result=body.result, now=now),)

    return gather
