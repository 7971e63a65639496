"""How the complainant wants to be reached, and the contacts that are planned, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.intake.domain.commands import Command
from casework.intake.domain.preferences import PlanContact, SetContactPreferences
from casework.intake.handlers import IntakeUnit
from casework.intake.rules import zone_of
from casework.shared.contracts.contacts import ContactPurpose, DayPart
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Instant, Prose
from casework.shared.contracts.vocabulary import Channel, Language
from casework.shared.http.commands import Done, Gather, StaffOnce, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime


class ContactPreferences(Part):
    """How to address and reach the complainant, in place of what was known before. No `hours` means at any time."""

    name: Label | None = None
    language: Language | None = None
    channel: Channel | None = None
    hours: Annotated[tuple[DayPart, ...], Field(max_length=3)] = ()
    avoid: Prose | None = None


class ContactDue(Part):
    """By when the complainant is to hear from us, and about what."""

    purpose: ContactPurpose
    due_at: Instant


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for preferences."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["intake staff"])

    @api.post("/contact-preferences", summary="Record how the complainant wants to be reached", response_model=Done)
    async def prefer(case_id: UUID, body: ContactPreferences, asked: StaffOnce, request: Request) -> Response:
        gather = await _prefer(runtime, case_id, body)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/planned-contacts", summary="Plan a contact before its time", response_model=Done)
    async def plan(case_id: UUID, body: ContactDue, asked: StaffOnce, request: Request) -> Response:
        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            return (
                PlanContact(
                    contact_id=runtime.store.mint(),
                    purpose=body.purpose,
                    due_at=body.due_at,
                    now=unit.now,
                    zone=zone_of(runtime.rulebook),
                ),
            )

        return await run_command(runtime, asked, case_id, gather, request)

    return api


async def _prefer(runtime: ServiceRuntime, case_id: UUID, body: ContactPreferences) -> Gather:
    said = [text for text in (body.name, body.avoid) if text is not None]
    sealed = iter(await seal(runtime, case_id, *said))
    name = None if body.name is None else next(sealed)
    avoid = None if body.avoid is None else next(sealed)

    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (
            SetContactPreferences(
                name=name,
                language=body.language,
                channel=body.channel,
                hours=body.hours,
                avoid=avoid,
                now=unit.now,
                zone=zone_of(runtime.rulebook),
            ),
        )

    return gather
