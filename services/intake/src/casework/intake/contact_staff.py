"""What intake's staff record of reaching people, over HTTP: attempts, left messages, talks, watch notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints, model_validator

from casework.intake.domain.commands import Command
from casework.intake.domain.contacts import LeaveMessage, RecordContact, RecordContactAttempt, spoken
from casework.intake.domain.watches import EndWatch, SetWatch, ShowWatch
from casework.intake.handlers import IntakeUnit
from casework.intake.watching import Found, Watching
from casework.shared.contracts.contacts import Watched, WatchShown
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Instant, Prose, Sealed
from casework.shared.contracts.vocabulary import CallResult, Channel, Language
from casework.shared.eventstore.store import Origin
from casework.shared.files.parts import SAID
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, Gather, StaffOnce, finish, just, run_command
from casework.shared.http.idempotency import repeatable
from casework.shared.keys.sealing import ERASED, open_sealed
from casework.shared.keys.sealing_for import seal
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

PhoneNumber = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()./-]{2,30}([ ,]*(x|ext\.?) ?[0-9]{1,8})?$", max_length=60
    ),
]
"""A telephone number, with its extension where it has one."""


class ContactAttempt(Part):
    """A call that did not reach the complainant. Without `at` it was now."""

    number: PhoneNumber
    at: Instant | None = None
    result: CallResult


class LeftMessage(Part):
    """A message left with somebody else: who called, where to call back, and "please call back". `words` quotes it,
    where somebody wants it checked; anything else in it is refused."""

    number: PhoneNumber
    at: Instant | None = None
    caller: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    call_back: PhoneNumber
    language: Language = "en"
    words: Prose | None = None


class Contact(Part):
    """A talk with the complainant, or with who may speak for them, and in short what was said."""

    channel: Channel
    at: Instant | None = None
    said: Prose | None = None


class Caller(Part):
    """By what a caller is known: the number or the name, one of the two."""

    number: PhoneNumber | None = None
    person: Label | None = None

    @model_validator(mode="after")
    def _one(self) -> Caller:
        if (self.number is None) == (self.person is None):
            raise ValueError("give the number or the person, one of the two")
        return self

    @property
    def known_by(self) -> tuple[Watched, str]:
        if self.number is not None:
            return "number", self.number
        assert self.person is not None
        return "person", self.person


class Watch(Caller):
    """Until when whoever calls is put through to the owner of the case, and what whoever answers has to know."""

    note: Prose
    until: Instant


class WatchEnding(Part):
    """Without `watch_id` the one watch there is."""

    watch_id: UUID | None = None


class WatchFound(BaseModel):
    """A watch that stands for a caller."""

    case_id: UUID
    watch_id: UUID
    route_to: str
    note: str
    until: Instant


class WatchesFound(BaseModel):
    """To whom the caller is put through; nobody in particular where no watch stands."""

    route_to: str | None
    watches: list[WatchFound]


def router(runtime: ServiceRuntime, watching: Watching) -> APIRouter:
    """The staff routes for reaching people."""
    api = APIRouter(tags=["intake staff"])
    case = "/v1/cases/{case_id}"

    @api.post(f"{case}/contact-attempts", summary="Record an attempt that failed", response_model=Done)
    async def attempt(case_id: UUID, body: ContactAttempt, asked: StaffOnce, request: Request) -> Response:
        (number,) = await seal(runtime, case_id, body.number)

        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            at = body.at or unit.now
            return (RecordContactAttempt(number=number, at=at, result=body.result, now=unit.now),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post(f"{case}/left-messages", summary="Record a message left with somebody else", response_model=Done)
    async def leave(case_id: UUID, body: LeftMessage, asked: StaffOnce, request: Request) -> Response:
        texts = (body.number, spoken(body.caller, body.call_back, body.language))
        gather = _leave(case_id, body, *await seal(runtime, case_id, *texts))
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post(f"{case}/contacts", summary="Record a talk with the complainant", response_model=Done)
    async def contact(case_id: UUID, body: Contact, asked: StaffOnce, request: Request) -> Response:
        said = None if body.said is None else (await seal(runtime, case_id, body.said))[0]

        async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
            at = body.at or unit.occurred_at or unit.now
            return (RecordContact(channel=body.channel, at=at, said=said, now=unit.now),)

        return await run_command(runtime, asked, case_id, gather, request)

    @api.post(f"{case}/watches", summary="Have a caller put through until a time", response_model=Done)
    async def watch(case_id: UUID, body: Watch, asked: StaffOnce, request: Request) -> Response:
        whom, note = await seal(runtime, case_id, body.known_by[1], body.note)
        gather = _watch(runtime, watching, case_id, body, whom, note)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post(f"{case}/watch-endings", summary="End a watch before its time", response_model=Done)
    async def end_watch(case_id: UUID, body: WatchEnding, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(EndWatch(watch_id=body.watch_id)), request)

    @api.post(
        "/v1/watch-lookups",
        summary="To whom a caller is put through, which is recorded where a watch stands",
        response_model=WatchesFound,
        dependencies=[Depends(repeatable)],
    )
    async def look_up(body: Caller, principal: Annotated[Principal, Depends(requires("personal:read"))]) -> Response:
        found = await _look_up(runtime, watching, body, principal)
        return Response(
            orjson.dumps(found.model_dump(mode="json")),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )

    return api


def _leave(case_id: UUID, body: LeftMessage, number: Sealed, message: Sealed) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (
            LeaveMessage(
                number=number,
                at=body.at or unit.now,
                caller=body.caller,
                call_back=body.call_back,
                words=body.words,
                message=message,
                case_number=str(case_id),
                now=unit.now,
            ),
        )

    return gather


def _watch(
    runtime: ServiceRuntime, watching: Watching, case_id: UUID, body: Watch, whom: Sealed, note: Sealed
) -> Gather:
    async def gather(work: Work, unit: IntakeUnit) -> Sequence[Command]:
        watch_id, (of, plain) = runtime.store.mint(), body.known_by
        # Written before it is decided, in the same transaction: a refusal takes it back.
        await watching.remember(work, case_id, watch_id, watching.mac(of, plain), body.until, note)
        return (SetWatch(watch_id=watch_id, of=of, whom=whom, note=note, until=body.until, now=unit.now),)

    return gather


async def _look_up(runtime: ServiceRuntime, watching: Watching, body: Caller, principal: Principal) -> WatchesFound:
    """What stands for the caller. That a note was shown is recorded before it is answered."""
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        found = await watching.find(work, watching.mac(*body.known_by))
        unit = await runtime.store.open(work, {each.case_id for each in found})
        shown: list[tuple[Found, str]] = []
        for each in found:
            origin = Origin(actor=principal.actor, cause=CommandCause(runtime.store.mint()))
            owner = unit.streams[each.case_id].state.owner
            for record in unit.run(
                each.case_id, [ShowWatch(watch_id=each.watch_id, route_to=owner, now=unit.now)], origin
            ):
                assert isinstance(record.event, WatchShown)
                shown.append((each, record.event.route_to))
        await finish(runtime, work, unit)
        await runtime.store.append(work, unit)
    runtime.wake()
    keys = await runtime.keys.open({each.note.person for each, _ in shown})
    watches = [
        WatchFound(
            case_id=each.case_id,
            watch_id=each.watch_id,
            route_to=route_to,
            note=open_sealed(each.note, keys.get(each.note.person, ERASED), case_id=each.case_id, field=SAID),
            until=each.until,
        )
        for each, route_to in shown
    ]
    return WatchesFound(route_to=watches[0].route_to if watches else None, watches=watches)
