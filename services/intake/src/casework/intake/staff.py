"""The steps of intake's staff over HTTP: acknowledge, assess, add facts, withdraw, offer to investigation."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StrictBool

from casework.intake import queries
from casework.intake.domain.commands import AcknowledgeComplaint, AssessComplaint, Command, WithdrawComplaint
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import rules_for
from casework.shared.business_time import is_backdated
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Sentence
from casework.shared.contracts.vocabulary import Channel, Complexity, Severity
from casework.shared.http import handoffs
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.handoffs import Labels, Offer
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class Acknowledgement(Part):
    """How the complainant was told that we have the complaint, and what was said to happen next.

    `statements` names what was said of that which rules want said, such as `time-limit`.
    """

    channel: Channel
    next_step: Sentence
    statements: Labels = ()


class Assessment(Part):
    """The initial assessment."""

    severity: Severity
    complexity: Complexity
    safety: StrictBool
    immediate_action: StrictBool
    reason: Sentence


class Withdrawal(Part):
    """The complainant's wish to stop, and how it reached us."""

    reason: Sentence
    channel: Channel


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of intake."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])

    @api.post("/acknowledgement", summary="Record the acknowledgement", response_model=Done)
    async def acknowledge(case_id: UUID, body: Acknowledgement, asked: StaffOnce, request: Request) -> Response:
        gather = _acknowledge(case_id, body, runtime.rulebook)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/assessment", summary="Record the initial assessment", response_model=Done)
    async def assess(case_id: UUID, body: Assessment, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _assess(case_id, body), request)

    @api.post("/withdrawal", summary="Record that the complainant withdraws", response_model=Done)
    async def withdraw(case_id: UUID, body: Withdrawal, asked: StaffOnce, request: Request) -> Response:
        command = WithdrawComplaint(reason=body.reason, channel=body.channel, occurred_at=asked.occurred_at)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/investigation-offer", summary="Offer the case to investigation", response_model=Done)
    async def offer(case_id: UUID, body: Offer, asked: StaffOnce, request: Request) -> Response:
        gather = handoffs.offer(runtime.hand_offs, "investigation", body)
        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _assess(case_id: UUID, body: Assessment) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        # What happened in a recorded history happened: only what is decided now waits for the card.
        recorded = is_backdated(unit.occurred_at, unit.now) or await queries.is_recorded_history(work, case_id)
        return (AssessComplaint(**body.model_dump(), needs_card=not recorded, occurred_at=unit.occurred_at),)

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
