"""What investigation's staff record of items of evidence, over HTTP: received, held already, gone, ruled on, contested;
and what is complete by the checklist.

The bytes of an item are not kept: they are held against the hash that was declared, where they come along.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from casework.investigation import held_items
from casework.investigation.domain.commands import Command
from casework.investigation.domain.custody import RecordCustody
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.evidence_checklist import CompleteEvidence, WaiveEvidence
from casework.investigation.domain.evidence_items import (
    AttachItem,
    DeclareUnavailable,
    ReceiveItem,
    RecordStatement,
    RuleItem,
)
from casework.investigation.domain.evidence_refusals import NotHeld
from casework.investigation.domain.investigation import Investigation
from casework.investigation.held_items import Held
from casework.shared.contracts.evidence import (
    DisputeGround,
    EvidenceKind,
    Giver,
    Number,
    Reason,
    Ruling,
    Sha256,
    Slip,
    What,
)
from casework.shared.contracts.inbox import Label, Part, Words
from casework.shared.contracts.types import CalendarDay, Instant, SafeInt, Sealed, Sentence, Word
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

InvestigationUnit: TypeAlias = Unit[Command, Investigation, InvestigationEvent]
MOST_BYTES = 524_288
"""So large may the bytes of an item be that come along to be checked; larger ones are declared by their hash."""


def _bytes(content: str) -> str:
    try:
        size = len(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise PydanticCustomError("not_base64", "the bytes are not base64 (RFC 4648, with padding)") from None
    if size > MOST_BYTES:
        raise PydanticCustomError(
            "too_many_bytes", "at most {most} bytes come along; give the hash alone", {"most": MOST_BYTES}
        )
    return content


Entries = Annotated[tuple[Word, ...], Field(max_length=20)]


class SlipBody(Part):
    """What a signed delivery slip says."""

    count: Annotated[SafeInt, Field(ge=0)]
    signer: Label
    signed_at: Instant


class ItemBody(Part):
    """An item of evidence: who gave it, what it is, the SHA-256 of its bytes and where they lie.

    `content` are the bytes in base64, to be checked against `sha256`; they are not kept. `meets` names entries of
    checklists and packs that it serves. `request_id` is the request that it answers. What was agreed before the order
    has `made_at` and `ordered_at`; a record of our own `document`, `source` and `as_of`; a paper that can serve again
    `document`, `valid_until` (its last day) and `party`, an account or register number. With `about` our own records
    about that object come along.
    """

    kind: EvidenceKind
    given_by: Giver
    giver: Label | None = None
    what: What
    sha256: Sha256
    reference: Sentence
    content: Annotated[str, Field(max_length=700_000), AfterValidator(_bytes)] | None = None
    meets: Entries = ()
    request_id: UUID | None = None
    made_at: Instant | None = None
    ordered_at: Instant | None = None
    slip: SlipBody | None = None
    document: Label | None = None
    party: Label | None = None
    valid_until: CalendarDay | None = None
    source: Label | None = None
    as_of: CalendarDay | None = None
    about: Label | None = None


class HeldBody(Part):
    """What we hold already, by its document number. `party` is the account or register number it was given for."""

    document: Label
    party: Label | None = None
    meets: Entries = ()


class GoneBody(Part):
    """Something that is no longer there: of which day, and the id of the retention rule by which it is gone.
    `request_id` is the request that this answers."""

    what: What
    dated: CalendarDay
    rule: Word | None = None
    request_id: UUID | None = None


class RulingBody(Part):
    """What an item is worth, and why."""

    number: Number
    ruling: Ruling
    reason: Reason


class StatementBody(Part):
    """What a party says of an item; with `disputes` it contests it."""

    number: Number
    by: Giver
    said: Words
    disputes: DisputeGround | None = None


class CustodyBody(Part):
    """Who had the object from when on, and the item that shows the hand-over. `holder` is a staff or register
    number."""

    holder: Label
    since: Instant
    shown_by: Number | None = None


class WaiverBody(Part):
    """An entry of the checklist that is not asked for. `checklist` is needed only where none serves the category."""

    entry: Word
    reason: Sentence
    checklist: Word | None = None


class CompletionBody(Part):
    """`checklist` is needed only where none serves the category of the complaint."""

    checklist: Word | None = None


def local_day(runtime: ServiceRuntime, at: datetime) -> date:
    """The day it is at the institution."""
    rulebook = runtime.rulebook
    return at.astimezone(ZoneInfo(rulebook.calendar_of(rulebook.institution.calendar, None).zone)).date()


def at_of(unit: InvestigationUnit) -> datetime:
    """When what is told happened: now, unless it is told afterwards."""
    return unit.occurred_at or unit.now


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for items of evidence."""
    api = APIRouter(prefix="/v1/cases/{case_id}/investigation", tags=["investigation staff"])

    @api.post("/evidence-items", summary="Record an item of evidence", response_model=Done)
    async def receive(case_id: UUID, body: ItemBody, asked: StaffOnce, request: Request) -> Response:
        signer = None if body.slip is None else (await seal(runtime, case_id, body.slip.signer))[0]
        return await run_command(runtime, asked, case_id, _receive(runtime, case_id, body, signer), request)

    @api.post("/held-evidence", summary="Attach what we hold already", response_model=Done)
    async def attach(case_id: UUID, body: HeldBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _attach(runtime, body), request)

    @api.post("/unavailable-evidence", summary="Record that something is no longer there", response_model=Done)
    async def gone(case_id: UUID, body: GoneBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _gone(runtime, case_id, body), request)

    @api.post("/evidence-rulings", summary="Rule on an item of evidence", response_model=Done)
    async def rule(case_id: UUID, body: RulingBody, asked: StaffOnce, request: Request) -> Response:
        command = RuleItem(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/evidence-statements", summary="Record what a party says of an item", response_model=Done)
    async def state(case_id: UUID, body: StatementBody, asked: StaffOnce, request: Request) -> Response:
        (said,) = await seal(runtime, case_id, body.said)
        command = RecordStatement(number=body.number, by=body.by, said=said, disputes=body.disputes)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/custody", summary="Record who had the object of the complaint", response_model=Done)
    async def hold(case_id: UUID, body: CustodyBody, asked: StaffOnce, request: Request) -> Response:
        command = RecordCustody(holder=body.holder, since=body.since, shown_by=body.shown_by)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/evidence-waivers", summary="Waive an entry of the checklist", response_model=Done)
    async def waive(case_id: UUID, body: WaiverBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _waive(runtime, case_id, body), request)

    @api.post("/evidence-completion", summary="Say that the evidence is complete", response_model=Done)
    async def complete(case_id: UUID, body: CompletionBody, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _complete(runtime, case_id, body), request)

    return api


def _receive(runtime: ServiceRuntime, case_id: UUID, body: ItemBody, signer: Sealed | None) -> Gather:
    slip = None
    if body.slip is not None and signer is not None:
        slip = Slip(count=body.slip.count, signer=signer, signed_at=body.slip.signed_at)
    given = {name: value for name, value in body if name not in {"content", "slip"}}
    sent = None if body.content is None else hashlib.sha256(base64.b64decode(body.content)).hexdigest()

    async def gather(work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        at = at_of(unit)
        item = ReceiveItem(at=at, bytes_sha256=sent, slip=slip, **given)
        if body.about is None:
            return (item,)
        known = {each.document for each in unit.streams[case_id].state.proof.items} | {body.document}
        found = [each for each in await held_items.about(work, body.about, case_id) if each.item.document not in known]
        return (item, *(_attachment(each, at, local_day(runtime, at)) for each in found))

    return gather


def _attach(runtime: ServiceRuntime, body: HeldBody) -> Gather:
    async def gather(work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        at = at_of(unit)
        held = [each for each in await held_items.of_document(work, body.document) if each.item.party == body.party]
        if not held:
            raise NotHeld(body.document)
        return (_attachment(held[0], at, local_day(runtime, at), body.meets),)

    return gather


def _attachment(held: Held, at: datetime, today: date, meets: tuple[Word, ...] = ()) -> AttachItem:
    return AttachItem(held=held.item, of_case=held.case_id, at=at, today=today, meets=meets)


def _gone(runtime: ServiceRuntime, case_id: UUID, body: GoneBody) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        rule = None if body.rule is None else runtime.evidence.retention_rule(body.rule)
        at, since = at_of(unit), unit.streams[case_id].state.hold.since
        return (
            DeclareUnavailable(
                what=body.what,
                dated=body.dated,
                rule=rule,
                at=at,
                today=local_day(runtime, at),
                request_id=body.request_id,
                held_from=None if since is None else local_day(runtime, since),
            ),
        )

    return gather


def _waive(runtime: ServiceRuntime, case_id: UUID, body: WaiverBody) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        checklist = runtime.evidence.checklist_for(unit.streams[case_id].state.category, body.checklist)
        return (WaiveEvidence(entry=body.entry, reason=body.reason, checklist=checklist),)

    return gather


def _complete(runtime: ServiceRuntime, case_id: UUID, body: CompletionBody) -> Gather:
    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        checklist = runtime.evidence.checklist_for(unit.streams[case_id].state.category, body.checklist)
        return (CompleteEvidence(checklist=checklist),)

    return gather
