"""What investigation's staff do with evidence, over HTTP: our tariff of a day, papers, meetings, recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from casework.investigation.domain.commands import Command
from casework.investigation.domain.party_papers import CheckPartyPapers, GivenPaper
from casework.investigation.domain.proof_packs import InviteToMeeting, PlanMeeting
from casework.investigation.domain.recordings import LinkRecording, LogCallBack, OpenRecording
from casework.investigation.domain.tariffs import ConsultTariff
from casework.investigation.item_staff import InvestigationUnit, at_of, local_day
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.evidence import (
    CallBackResult,
    Consent,
    Giver,
    Number,
    PartyKind,
    Rate,
    RecordingLinked,
    Sha256,
)
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.registry import from_data, type_name
from casework.shared.contracts.types import CalendarDay, Instant, Money, SafeInt, Sealed, Sentence, Word
from casework.shared.files.parts import SAID
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.files import record_reading
from casework.shared.http.idempotency import repeatable
from casework.shared.keys.sealing import ERASED, open_sealed
from casework.shared.keys.sealing_for import seal
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

_LINKED = type_name(RecordingLinked)


class TariffBody(Part):
    """What was agreed when, for how much and for how long. `remembered` is the rate that the complainant remembers."""

    tariff: Word
    contract_date: CalendarDay
    principal: Money
    years: Annotated[SafeInt, Field(ge=0, le=100)] = 0
    days: Annotated[SafeInt, Field(ge=0, le=36_500)] = 0
    remembered: Rate | None = None


class PaperBody(Part):
    """A paper that was given: the item of evidence it is, and the name on it, where it has one."""

    paper: Word
    item: Number
    name: Label | None = None


class PartyBody(Part):
    """Who complains, by kind and name, and the papers that they brought. The names are compared, and never kept in the
    clear."""

    party: PartyKind
    name: Label
    papers: Annotated[tuple[PaperBody, ...], Field(max_length=20)] = ()


class MeetingBody(Part):
    """A meeting that is to be held, by the pack of proof that it needs."""

    pack: Word


class InvitationBody(Part):
    """The invitation to a meeting. Without `meeting` the one that is planned."""

    meeting: Number | None = None
    at: Instant


class RecordingBody(Part):
    """A recording: the SHA-256 of its bytes, where it lies, and what was said to being recorded, by whom and when."""

    sha256: Sha256
    reference: Label
    made_at: Instant
    consent: Consent
    consent_by: Giver
    consent_at: Instant


class PlaybackBody(Part):
    """Which recording is to be heard, and what for."""

    recording: Number
    purpose: Sentence


class CallBackBody(Part):
    """What came of calling the complainant back."""

    result: CallBackResult


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for what is done with evidence."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/tariff-consultations", summary="Look up our tariff of a day", response_model=Done)
    async def consult(case_id: UUID, body: TariffBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _consult(runtime, body), request)

    @api.post("/party-papers", summary="Check the papers of whoever complains", response_model=Done)
    async def check(case_id: UUID, body: PartyBody, asked: StaffOnce, request: Request) -> Response:
        (name,) = await seal(runtime, case_id, body.name)
        return await run_command(runtime, asked, case_id, _check(runtime, body, name), request)

    @api.post("/meetings", summary="Plan a meeting and its pack of proof", response_model=Done)
    async def plan(case_id: UUID, body: MeetingBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _plan(runtime, body), request)

    @api.post("/meeting-invitations", summary="Invite the parties: the pack is complete", response_model=Done)
    async def invite(case_id: UUID, body: InvitationBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _invite(body), request)

    @api.post("/recordings", summary="Link a recording to the case", response_model=Done)
    async def link(case_id: UUID, body: RecordingBody, asked: StaffOnce, request: Request) -> Response:
        (reference,) = await seal(runtime, case_id, body.reference)
        command = LinkRecording(**(dict(body) | {"reference": reference}))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/recording-openings", summary="Hear a recording, which is recorded", dependencies=[Depends(repeatable)])
    async def play(
        case_id: UUID, body: PlaybackBody, principal: Annotated[Principal, Depends(requires("personal:read"))]
    ) -> Response:
        command = OpenRecording(recording=body.recording, by=principal.actor.id, purpose=body.purpose)
        version = await record_reading(runtime, case_id, command, principal)
        reference = await _reference(runtime, case_id, body.recording)
        found = {"case_id": str(case_id), "version": version, "recording": body.recording, "reference": reference}
        return Response(orjson.dumps(found), media_type="application/json", headers={"cache-control": "no-store"})

    @api.post("/call-backs", summary="Record that the complainant was called back", response_model=Done)
    async def called(case_id: UUID, body: CallBackBody, asked: StaffOnce, request: Request) -> Response:
        command = LogCallBack(by=asked.principal.actor.id, result=body.result)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


async def _reference(runtime: ServiceRuntime, case_id: UUID, recording: int) -> str:
    """Where a recording lies, in the clear."""
    async with begin(runtime.engine) as work:
        rows = await work.fetch(
            "SELECT envelope FROM event WHERE case_id = $1 AND type = $2 ORDER BY version", case_id, _LINKED
        )
    linked: Any = from_data(_LINKED, open_envelope(rows[recording - 1]["envelope"]).data)
    sealed: Sealed = linked.reference
    keys = await runtime.keys.open({sealed.person})
    return open_sealed(sealed, keys.get(sealed.person, ERASED), case_id=case_id, field=SAID)


def _consult(runtime: ServiceRuntime, body: TariffBody) -> Gather:
    async def gather(_work: Work, _unit: InvestigationUnit) -> Sequence[Command]:
        version = runtime.evidence.tariff_on(body.tariff, body.contract_date)
        given = {name: value for name, value in body if name != "tariff"}
        return (ConsultTariff(version=version, **given),)

    return gather


def _check(runtime: ServiceRuntime, body: PartyBody, name: Sealed) -> Gather:
    papers = {each.paper: GivenPaper(item=each.item, name=each.name) for each in body.papers}

    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        policy = runtime.evidence.papers_of(body.party)
        today = local_day(runtime, at_of(unit))
        return (CheckPartyPapers(policy=policy, name=body.name, sealed=name, papers=papers, today=today),)

    return gather


def _plan(runtime: ServiceRuntime, body: MeetingBody) -> Gather:
    async def gather(_work: Work, _unit: InvestigationUnit) -> Sequence[Command]:
        return (PlanMeeting(pack=runtime.evidence.pack_of(body.pack)),)

    return gather


def _invite(body: InvitationBody) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (InviteToMeeting(meeting=body.meeting, at=body.at, now=at_of(unit)),)

    return gather
