"""The steps of staff on clocks over HTTP: what counts on a case, pause, resume, extend, take an escalation on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from casework.followup import queries
from casework.followup.domain.case_clocks import TakeEscalation
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock
from casework.followup.domain.clock_errors import ClockNotArmed
from casework.followup.domain.clock_events import ClockArmed
from casework.followup.domain.clock_state import Clock
from casework.followup.domain.commands import Command
from casework.followup.handlers import FollowUpUnit
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Sentence
from casework.shared.http.access import requires
from casework.shared.http.awaiting import awaited
from casework.shared.http.commands import Done, StaffOnce, run_command
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime


class Pause(Part):
    """Why the clock stands still, and what proves it. `told_at` is when the complainant was told; `length` how long it
    is to be, the cap of the cause when left out. It goes on by itself then."""

    cause: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$", max_length=100)]
    proof: Label | None = None
    told_at: Instant | None = None
    length: Length | None = None


class Step(Part):
    """A step that needs no words: an empty object."""


class Extension(Part):
    """Which longer length is to hold, and why. You approve it: your key's rank counts. `told_at` is when the
    complainant was told."""

    extension: Label
    reason: Sentence
    told_at: Instant


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes for the clocks of a case."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["clocks"])
    rulebook = runtime.rulebook

    @api.get(
        "/clocks",
        summary="What counts on a case",
        dependencies=[Depends(requires("cases:read")), Depends(awaited(runtime))],
    )
    async def clocks(case_id: UUID) -> list[dict[str, Any]]:
        async with begin(runtime.engine) as work:
            found = await queries.clocks_of(work, case_id)
        for shown in found:
            # Said only of those that warn and bind nobody.
            if not rulebook.binds(DeadlineRef(id=shown["policy"], version=shown["policy_version"])):
                shown["binding"] = False
        return found

    @api.post("/clocks/{clock}/pause", summary="Let a clock stand still", response_model=Done)
    async def pause(case_id: UUID, clock: UUID, body: Pause, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            policy, calendar = _pinned(unit, case_id, clock, rulebook)
            return (
                PauseClock(
                    clock=clock,
                    policy=policy,
                    calendar=calendar,
                    at=unit.now,
                    cause=body.cause,
                    occurred_at=unit.occurred_at or unit.now,
                    proof=body.proof,
                    told_at=body.told_at,
                    asked=body.length,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/clocks/{clock}/resumption", summary="Let a clock go on", response_model=Done)
    async def resume(case_id: UUID, clock: UUID, body: Step, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            policy, calendar = _pinned(unit, case_id, clock, rulebook)
            return (
                ResumeClock(
                    clock=clock,
                    policy=policy,
                    calendar=calendar,
                    at=unit.now,
                    notices=rulebook.notices(),
                    occurred_at=unit.occurred_at or unit.now,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/clocks/{clock}/extension", summary="Extend a clock", response_model=Done)
    async def extend(case_id: UUID, clock: UUID, body: Extension, asked: StaffOnce, request: Request) -> Response:
        principal = asked.principal

        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            policy, calendar = _pinned(unit, case_id, clock, rulebook)
            return (
                ExtendClock(
                    clock=clock,
                    policy=policy,
                    calendar=calendar,
                    at=unit.now,
                    notices=rulebook.notices(),
                    extension=body.extension,
                    reason=body.reason,
                    approver=principal.actor.id,
                    rank=principal.rank,
                    approved_at=unit.now,
                    told_at=body.told_at,
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/escalations/{about}/acceptance", summary="Take on what was escalated", response_model=Done)
    async def take(case_id: UUID, about: UUID, body: Step, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
            assert unit.asked is not None
            return (TakeEscalation(about=about, by=unit.asked, at=unit.now, rulebook=rulebook),)

        return await run_command(runtime, asked, case_id, gather, request)

    return api


def _pinned(unit: FollowUpUnit, case_id: UUID, clock: UUID, rulebook: Rulebook) -> tuple[DeadlinePolicy, Calendar]:
    """What a clock pinned. Raises `ClockNotArmed`."""
    found: Clock = unit.streams[case_id].state.clocks.clock(clock)
    armed: ClockArmed | None = found.armed
    if armed is None:
        raise ClockNotArmed
    return rulebook.pinned(armed.policy), rulebook.calendar_of(armed.calendar, found.calendar_version)
