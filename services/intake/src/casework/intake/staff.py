"""The steps of intake's staff over HTTP: acknowledge, withdraw, offer to investigation."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.intake.domain.commands import AcknowledgeComplaint, Command, WithdrawComplaint
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import rules_for
from casework.shared.assessing.matrix import Matrix
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http import handoffs
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.handoffs import Labels, Offer
from casework.shared.policies.shipped_assessment import matrix_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Acknowledgement(Part):
    """How the complainant was told that we have the complaint, and what was said to happen next.

    `statements` names what was said of that which rules want said, such as `time-limit`.
    """

    channel: Channel
    next_step: Sentence
    statements: Labels = ()


class Withdrawal(Part):
    """The complainant's wish to stop, and how it reached us."""

    reason: Sentence
    channel: Channel


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of intake."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])
    matrix = matrix_of(runtime.settings.assessment)

    @api.post("/acknowledgement", summary="Record the acknowledgement", response_model=Done)
    async def acknowledge(case_id: UUID, body: Acknowledgement, asked: StaffOnce, request: Request) -> Response:
        gather = _acknowledge(case_id, body, runtime.rulebook)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/withdrawal", summary="Record that the complainant withdraws", response_model=Done)
    async def withdraw(case_id: UUID, body: Withdrawal, asked: StaffOnce, request: Request) -> Response:
        command = WithdrawComplaint(reason=body.reason, channel=body.channel, occurred_at=asked.occurred_at)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/investigation-offer", summary="Offer the case to investigation", response_model=Done)
    async def offer(case_id: UUID, body: Offer, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _offer(case_id, body, runtime, matrix), request)

    return api


def _offer(case_id: UUID, body: Offer, runtime: ServiceRuntime, matrix: Matrix) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        team = body.team or matrix.team_for(unit.streams[case_id].state.assessment.severity)
        routed = body.model_copy(update={"team": team})
        offers: Sequence[Command] = await handoffs.offer(runtime.hand_offs, "investigation", routed)(work, unit)
        return offers

    return gather


def _acknowledge(case_id: UUID, body: Acknowledgement, rulebook: Rulebook) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        rules = rules_for(unit.streams[case_id].state, rulebook)
        return (
            AcknowledgeComplaint(
                channel=body.channel,
                next_step=body.next_step,
                occurred_at=unit.occurred_at,
                statements=body.statements,
                rules=rules,
            ),
        )

    return gather
