"""The steps of intake's staff over HTTP: acknowledge, withdraw, offer to investigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.intake.acknowledging import Understood, copy_of
from casework.intake.domain.acknowledgements import Copy
from casework.intake.domain.commands import AcknowledgeComplaint, Command, WithdrawComplaint
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import day_of, rules_for
from casework.shared.assessing.matrix import Matrix
from casework.shared.business_time import is_backdated
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Label, Part, ReceiptProofPart
from casework.shared.contracts.types import CalendarDay, Prose, SafeInt, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http import handoffs
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.handoffs import Labels, Offer
from casework.shared.keys.sealing_for import seal
from casework.shared.policies.shipped_assessment import matrix_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Acknowledgement(Part):
    """How the complainant was told that we have the complaint, and what was said to happen next.

    `statements` names what was said of that which rules want said, such as `time-limit`. The problem and the demand
    as we understood them, the day of the next step and how to reach the owner are part of the text that is sent; only
    of what happened at an earlier time (`occurred_at`) there is no such text.
    """

    channel: Channel
    next_step: Sentence
    statements: Labels = ()
    problem: Prose | None = None
    demand: Prose | None = None
    next_step_by: CalendarDay | None = None
    reach: Label | None = None


class Withdrawal(Part):
    """The complainant's wish to stop, how it reached us, and who said so: they themselves, or the representative of
    that number. `person` is the name."""

    reason: Sentence
    channel: Channel
    person: Label | None = None
    representative: Annotated[SafeInt, Field(ge=1)] | None = None


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of intake."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])
    matrix = matrix_of(runtime.settings.assessment)

    @api.post("/acknowledgement", summary="Record the acknowledgement", response_model=Done)
    async def acknowledge(case_id: UUID, body: Acknowledgement, asked: StaffOnce, request: Request) -> Response:
        said = Understood(
            problem=body.problem,
            demand=body.demand,
            next_step=body.next_step,
            next_step_by=body.next_step_by,
            reach=body.reach,
            statements=body.statements,
        )
        copy = await copy_of(runtime, case_id, said, asked.occurred_at)
        gather = _acknowledge(case_id, body, runtime.rulebook, copy)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/withdrawal", summary="Record that the complainant withdraws", response_model=Done)
    async def withdraw(case_id: UUID, body: Withdrawal, asked: StaffOnce, request: Request) -> Response:
        person = None if body.person is None else (await seal(runtime, case_id, body.person))[0]

        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            return (
                WithdrawComplaint(
                    reason=body.reason,
                    channel=body.channel,
                    person=person,
                    representative=body.representative,
                    today=day_of(unit.occurred_at or unit.now, runtime.rulebook),
                    is_history=is_backdated(unit.occurred_at, unit.now),
                    occurred_at=unit.occurred_at,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/receipt-proofs", summary="Record what shows the receipt", response_model=Done)
    async def prove_receipt(case_id: UUID, body: ReceiptProofPart, asked: StaffOnce, request: Request) -> Response:
        note = None if body.visit_note is None else (await seal(runtime, case_id, body.visit_note))[0]
        command = ProveReceipt(recording=body.recording, postmarked_on=body.postmarked_on, visit_note=note)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/investigation-offer", summary="Offer the case to investigation", response_model=Done)
    async def offer(case_id: UUID, body: Offer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _offer(case_id, body, runtime, matrix), request)

    return api


def _offer(case_id: UUID, body: Offer, runtime: ServiceRuntime, matrix: Matrix) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        team = body.team or matrix.team_for(unit.streams[case_id].state.assessment.severity)
        routed = body.model_copy(update={"team": team})
        offers: Sequence[Command] = await handoffs.offer(runtime, "investigation", routed)(work, unit)
        return offers

    return gather


def _acknowledge(case_id: UUID, body: Acknowledgement, rulebook: Rulebook, copy: Copy | None) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        rules = rules_for(unit.streams[case_id].state, rulebook)
        return (
            AcknowledgeComplaint(
                channel=body.channel,
                next_step=body.next_step,
                occurred_at=unit.occurred_at,
                statements=body.statements,
                rules=rules,
                copy=copy,
            ),
        )

    return gather
