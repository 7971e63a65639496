"""What intake's staff record of demands, over HTTP: what is wanted, who answers for each by when, the items of a claim,
the problem as it was agreed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool

from casework.intake.domain.commands import Command
from casework.intake.domain.demand_owners import TakeDemand
from casework.intake.domain.demands import ChangeDemand, RecordNoDemand, StateDemand
from casework.intake.domain.items import ListItem, SettleItem
from casework.intake.domain.problem_statements import AgreeProblem, StateProblem
from casework.intake.handlers import IntakeUnit
from casework.shared.contracts.around import Condition, Number, Quantity, Result, Urgency
from casework.shared.contracts.demands import Alternatives, Amounts, DemandHow, DemandKind, DemandNumber
from casework.shared.contracts.inbox import Label, Part, Words
from casework.shared.contracts.types import Instant, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class DemandWanted(Part):
    """What the complainant wants. `how`: they said so, or it is inferred. `asked_directly`: they were asked how it
    should be settled. Of `alternatives` any one would do; `amounts` are asked for besides. `words` is what they said,
    and is sealed."""

    kind: DemandKind
    how: DemandHow
    asked_directly: StrictBool
    amounts: Amounts = ()
    alternatives: Alternatives | None = None
    words: Annotated[Words | None, Field(repr=False)] = None


class NoDemand(Part):
    """Nothing but that they were asked, by who sends this."""


class DemandWantedInstead(DemandWanted):
    """What the complainant wants in place of demand `number`."""

    number: DemandNumber


class DemandHolding(Part):
    """Who answers for a demand, how urgent it is, and, the first time, by when. Without `owner` that is who sends
    this."""

    number: DemandNumber
    owner: Label | None = None
    urgency: Urgency
    due_at: Instant | None = None


class ClaimItem(Part):
    """An item of a claim: `quantity` of the `delivered` are in this condition."""

    goods: Label
    quantity: Quantity
    delivered: Quantity
    condition: Condition
    demand: Number | None = None


class ItemResult(Part):
    """What became of an item."""

    number: Number
    result: Result
    note: Sentence | None = None


class ProblemStatement(Part):
    """The problem as it was restated to the complainant, what comes next, and when."""

    statement: Annotated[Words, Field(repr=False)]
    next_step: Sentence
    next_by: Instant


class ProblemAgreement(Part):
    """The complainant's yes to a version of the problem, and how it came."""

    version: Number
    channel: Channel


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for demands."""
    api = APIRouter(prefix="/v1/cases/{case_id}/intake", tags=["intake staff"])

    @api.post("/demands", summary="Record what the complainant wants", response_model=Done)
    async def state(case_id: UUID, body: DemandWanted, asked: StaffOnce, request: Request) -> Response:
        command = StateDemand(**await _wanted(runtime, case_id, body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/demand-changes", summary="Record that the complainant wants something else", response_model=Done)
    async def change(case_id: UUID, body: DemandWantedInstead, asked: StaffOnce, request: Request) -> Response:
        command = ChangeDemand(**await _wanted(runtime, case_id, body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/no-demand", summary="Record that the complainant does not wish to say", response_model=Done)
    async def none(case_id: UUID, body: NoDemand, asked: StaffOnce, request: Request) -> Response:
        command = RecordNoDemand(asked_by=asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/demand-owners", summary="Answer for a demand by a time of its own", response_model=Done)
    async def take(case_id: UUID, body: DemandHolding, asked: StaffOnce, request: Request) -> Response:
        gather = _take(body, body.owner or asked.principal.actor.id, runtime.store.mint)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/items", summary="List an item of a claim", response_model=Done)
    async def list_item(case_id: UUID, body: ClaimItem, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(ListItem(**dict(body))), request)

    @api.post("/item-results", summary="Settle an item of a claim", response_model=Done)
    async def settle_item(case_id: UUID, body: ItemResult, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(SettleItem(**dict(body))), request)

    @api.post("/problem-statements", summary="Restate the problem, and say what comes next", response_model=Done)
    async def state_problem(case_id: UUID, body: ProblemStatement, asked: StaffOnce, request: Request) -> Response:
        (statement,) = await seal(runtime, case_id, body.statement)
        return await run_command(runtime, asked, case_id, _state_problem(body, statement), request)

    @api.post("/problem-agreements", summary="Record the complainant's yes to the problem", response_model=Done)
    async def agree(case_id: UUID, body: ProblemAgreement, asked: StaffOnce, request: Request) -> Response:
        command = AgreeProblem(version=body.version, channel=body.channel)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


async def _wanted(runtime: ServiceRuntime, case_id: UUID, body: DemandWanted) -> dict[str, Any]:
    words: Sealed | None = None
    if body.words is not None:
        (words,) = await seal(runtime, case_id, body.words)
    return dict(body) | {"words": words}


def _take(body: DemandHolding, owner: str, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (
            TakeDemand(
                number=body.number,
                owner=owner,
                urgency=body.urgency,
                due_at=body.due_at,
                demand_id=mint(),
                now=unit.occurred_at or unit.now,
            ),
        )

    return gather


def _state_problem(body: ProblemStatement, statement: Sealed) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (
            StateProblem(
                statement=statement,
                next_step=body.next_step,
                next_by=body.next_by,
                now=unit.occurred_at or unit.now,
            ),
        )

    return gather
