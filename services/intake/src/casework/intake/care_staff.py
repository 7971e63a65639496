"""What a case asks care for, over HTTP: flags, a time that the complainant set, incident mode."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool, model_validator

from casework.intake.domain.commands import Command
from casework.intake.domain.flags import LiftFlag, RaiseFlag
from casework.intake.domain.incident import EndIncidentMode, SetIncidentMode
from casework.intake.domain.pressure import AnswerTheirDeadline, SetTheirDeadline
from casework.intake.handlers import IntakeUnit
from casework.shared.contracts.assessment import FlagKind
from casework.shared.contracts.demands import DemandNumber
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import CalendarDay, Instant, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class NewFlag(Part):
    """Something that is kept about the person for a purpose, where it comes from, and the last day it is kept."""

    flag: FlagKind
    purpose: Sentence
    source: Sentence
    until: CalendarDay


class LiftedFlag(Part):
    """Why a flag is taken off. Without `flag_id` the one that is up is meant."""

    flag_id: UUID | None = None
    reason: Sentence


class TheirTime(Part):
    """What the complainant said, word for word, and by when they want it: a time, or so many minutes after they said
    it. `threat` says whether they announced what they would do otherwise; then the duty is told at once. `demand` is
    the number of the demand that they want by then, where it is one."""

    words: Prose
    said_at: Instant
    due_at: Instant | None = None
    within_minutes: Annotated[int, Field(strict=True, ge=1, le=5_000_000)] | None = None
    threat: StrictBool = False
    demand: DemandNumber | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> TheirTime:
        if (self.due_at is None) == (self.within_minutes is None):
            raise ValueError("give either due_at or within_minutes")
        return self

    def due(self) -> Instant:
        """By when they want it."""
        return self.due_at or self.said_at + timedelta(minutes=self.within_minutes or 0)


class TheirAnswer(Part):
    """How the complainant got word. Without `deadline_id` on the one time of theirs that is open."""

    deadline_id: UUID | None = None
    channel: Channel


class Incident(Part):
    """What has happened, how many people are there, and who does what: looks after everybody's safety, speaks in
    public, prepares the legal route beside the talks."""

    what: Prose
    people: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = None
    safety_lead: Label
    spokesperson: Label
    legal_route: Label


class IncidentOver(Part):
    """Why it is over."""

    reason: Sentence


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for it."""
    api = APIRouter(prefix="/v1/cases/{case_id}/intake", tags=["intake staff"])
    mint, rulebook = runtime.store.mint, runtime.rulebook

    @api.post("/flags", summary="Raise a flag for a purpose, until a day", response_model=Done)
    async def raise_flag(case_id: UUID, body: NewFlag, asked: StaffOnce, request: Request) -> Response:
        flag, purpose, source = await seal(runtime, case_id, body.flag, body.purpose, body.source)
        zone = rulebook.calendar_of(rulebook.institution.calendar, None).zone
        given: dict[str, Any] = {"flag": flag, "purpose": purpose, "source": source, "until": body.until, "zone": zone}

        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            return (RaiseFlag(flag_id=mint(), now=unit.now, **given),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/lifted-flags", summary="Take a flag off before its day", response_model=Done)
    async def lift_flag(case_id: UUID, body: LiftedFlag, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _lift(body), request)

    @api.post("/their-deadlines", summary="Record a time that the complainant set", response_model=Done)
    async def set_time(case_id: UUID, body: TheirTime, asked: StaffOnce, request: Request) -> Response:
        due_at = body.due()
        (words,) = await seal(runtime, case_id, body.words)

        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            return (
                SetTheirDeadline(
                    deadline_id=mint(),
                    words=words,
                    said_at=body.said_at,
                    due_at=due_at,
                    threat=body.threat,
                    demand=body.demand,
                    now=unit.now,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/their-deadlines-answered", summary="Record that the complainant got word", response_model=Done)
    async def answer_time(case_id: UUID, body: TheirAnswer, asked: StaffOnce, request: Request) -> Response:
        command = AnswerTheirDeadline(deadline_id=body.deadline_id, channel=body.channel)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/incident-mode", summary="Turn incident mode on", response_model=Done)
    async def set_incident(case_id: UUID, body: Incident, asked: StaffOnce, request: Request) -> Response:
        (what,) = await seal(runtime, case_id, body.what)
        command = SetIncidentMode(**(dict(body) | {"what": what}))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/incident-mode-end", summary="Turn incident mode off", response_model=Done)
    async def end_incident(case_id: UUID, body: IncidentOver, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(EndIncidentMode(reason=body.reason)), request)

    return api


def _lift(body: LiftedFlag) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (LiftFlag(flag_id=body.flag_id, reason=body.reason, now=unit.now),)

    return gather
