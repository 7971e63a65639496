"""Sanctions on a party, over HTTP: infringements by a ladder, single sanctions with their appeal, the standing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import StrictBool

from casework.resolution import sanction_register
from casework.resolution.domain.commands import Command
from casework.resolution.domain.party_sanctions import (
    AppealPartySanction,
    EndPartySanction,
    ReverseInfringement,
    SanctionParty,
    UpholdInfringement,
)
from casework.resolution.sending import ResolutionUnit
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.sanctions import SanctionKind
from casework.shared.contracts.types import CalendarDay, Money, Prose, Sentence
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.sanctions.ladders import SanctionLadder, in_force


class Infringement(Part):
    """An infringement of the day `on`, by which ladder it is judged, and what it rests on."""

    party: Label
    ladder: Label
    on: CalendarDay
    serious: StrictBool = False
    ground: Sentence


class InfringementReversal(Part):
    """Why an infringement is taken back. Without `infringement_id` the one that is left on the case is meant."""

    infringement_id: UUID | None = None
    reason: Prose


class Sanction(Part):
    """A single sanction; `amount` for a cut of the deposit."""

    party: Label
    kind: SanctionKind
    ground: Sentence
    starts_on: CalendarDay
    ends_on: CalendarDay | None = None
    amount: Money | None = None


class SanctionAppeal(Part):
    """The party's appeal against a sanction. Without `sanction_id` the one that is left on the case is meant."""

    sanction_id: UUID | None = None
    grounds: Prose


class SanctionEnd(Part):
    """Why a sanction is taken back, or confirmed."""

    sanction_id: UUID | None = None
    reason: Prose


def router(runtime: ServiceRuntime, ladders: Sequence[SanctionLadder]) -> APIRouter:
    """The staff routes for sanctions on parties, and the register."""
    api = APIRouter(tags=["sanctions"])
    case = "/v1/cases/{case_id}/resolution"
    mint, rulebook = runtime.store.mint, runtime.rulebook

    @api.post(f"{case}/infringements", summary="Establish an infringement, by a ladder", response_model=Done)
    async def uphold(case_id: UUID, body: Infringement, asked: StaffOnce, request: Request) -> Response:
        return await run_command(
            runtime, asked, case_id, _uphold(body, mint, ladders, rulebook, asked.principal.actor.id), request
        )

    @api.post(f"{case}/infringement-reversals", summary="Take an infringement back", response_model=Done)
    async def reverse(case_id: UUID, body: InfringementReversal, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _reverse(body, rulebook, asked.principal.actor.id), request)

    @api.post(f"{case}/sanctions", summary="Impose a single sanction", response_model=Done)
    async def sanction(case_id: UUID, body: Sanction, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _sanction(body, mint, asked.principal.actor.id), request)

    @api.post(f"{case}/sanction-appeals", summary="Record the appeal against a sanction", response_model=Done)
    async def appeal(case_id: UUID, body: SanctionAppeal, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _appeal(body, rulebook), request)

    @api.post(f"{case}/sanction-reversals", summary="Take a sanction back", response_model=Done)
    async def take_back(case_id: UUID, body: SanctionEnd, asked: StaffOnce, request: Request) -> Response:
        return await run_command(
            runtime, asked, case_id, _end(body, "reversed", rulebook, asked.principal.actor.id), request
        )

    @api.post(f"{case}/sanction-confirmations", summary="Confirm a sanction on its appeal", response_model=Done)
    async def confirm(case_id: UUID, body: SanctionEnd, asked: StaffOnce, request: Request) -> Response:
        return await run_command(
            runtime, asked, case_id, _end(body, "confirmed", rulebook, asked.principal.actor.id), request
        )

    @api.get(
        "/v1/parties/{party}/sanctions",
        summary="A party's standing and the ledger of its sanctions",
        dependencies=[Depends(requires("files:read"))],
    )
    async def standing(party: Label, on: date | None = None) -> dict[str, Any]:
        async with begin(runtime.engine) as work:
            at = on or _today(work.now, rulebook)
            standings = await sanction_register.standings(work, party, ladders, at)
            entries, balance = await sanction_register.ledger(work, party)
        return {
            "on": at.isoformat(),
            "ladders": [
                {
                    "ladder": each.ladder,
                    "points": each.points,
                    "limited_until": None if each.limited_until is None else each.limited_until.isoformat(),
                    "closed": each.closed,
                    "infringements": each.infringements,
                }
                for each in standings
            ],
            "sanctions": entries,
            "balance": balance,
        }

    return api


def _today(at: datetime, rulebook: Rulebook) -> date:
    """The institution's day at that time."""
    zone = rulebook.calendar_of(rulebook.institution.calendar, None).zone
    return at.astimezone(ZoneInfo(zone)).date()


def _uphold(
    body: Infringement, mint: Callable[[], UUID], ladders: Sequence[SanctionLadder], rulebook: Rulebook, by: str
) -> Gather:
    async def gather(work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        await sanction_register.lock(work, body.party)
        past = await sanction_register.infringements_of(work, body.party, body.ladder)
        return (
            UpholdInfringement(
                infringement_id=mint(),
                today=_today(unit.occurred_at or unit.now, rulebook),
                past=tuple(each for each in past if each.on <= body.on),
                ladder_on=lambda on: in_force(ladders, body.ladder, on),
                by=by,
                **body.model_dump(exclude={"ladder"}),
            ),
        )

    return gather


def _reverse(body: InfringementReversal, rulebook: Rulebook, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (
            ReverseInfringement(
                infringement_id=body.infringement_id,
                on=_today(unit.occurred_at or unit.now, rulebook),
                reason=body.reason,
                by=by,
            ),
        )

    return gather


def _sanction(body: Sanction, mint: Callable[[], UUID], by: str) -> Gather:
    async def gather(_work: Work, _unit: ResolutionUnit) -> Sequence[Command]:
        return (SanctionParty(sanction_id=mint(), by=by, **dict(body)),)

    return gather


def _appeal(body: SanctionAppeal, rulebook: Rulebook) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (AppealPartySanction(on=_today(unit.occurred_at or unit.now, rulebook), **dict(body)),)

    return gather


def _end(body: SanctionEnd, outcome: Any, rulebook: Rulebook, by: str) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (
            EndPartySanction(on=_today(unit.occurred_at or unit.now, rulebook), outcome=outcome, by=by, **dict(body)),
        )

    return gather
