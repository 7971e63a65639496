"""Case files over HTTP: what one service knows of a case, and its restricted parts for who says what for.

Invariant: a restricted part is answered only after the event of its reading was committed. The answer is never stored,
since it is personal: so asking again is reading again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from casework.shared.contracts import access
from casework.shared.contracts.envelope import CommandCause, Envelope, open_envelope
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.registry import from_data
from casework.shared.contracts.types import Sealed, Sentence, Word
from casework.shared.errors import Refusal
from casework.shared.eventstore.store import Origin
from casework.shared.files.opening import OpenFilePart, Reader
from casework.shared.files.parts import FilePart, folded, named, persons_in, written
from casework.shared.http.access import requires
from casework.shared.http.awaiting import awaited
from casework.shared.http.commands import UnknownCase, finish
from casework.shared.http.idempotency import repeatable
from casework.shared.keys.sealing import ERASED, open_sealed
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


class NoSuchPart(Refusal):
    """The case file of this service has no restricted part of that name."""

    code = "no-such-part"
    status = 404


class PartNotForReader(Refusal):
    """This reader may not open the part. That they asked is recorded."""

    code = "part-not-for-reader"
    status = 403


class Opening(Part):
    """Which restricted part of the file is read, and what for. The purpose holds nothing personal."""

    part: Word
    purpose: Sentence


def files_router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of this service's case files: `runtime.rooms.files` at the time of asking."""
    api = APIRouter(prefix=f"/v1/cases/{{case_id}}/files/{runtime.name}", tags=["case files"])

    @api.get(
        "",
        summary=f"What {runtime.name} knows of a case",
        dependencies=[Depends(requires("files:read")), Depends(awaited(runtime))],
        response_model=None,
    )
    async def read(case_id: UUID) -> Response:
        events, now = await _events(runtime, case_id)
        parts = named(runtime.rooms.files)
        free = {name: written(folded(part, events, now)) for name, part in parts.items() if not part.restricted}
        restricted = sorted(name for name, part in parts.items() if part.restricted)
        version = events[-1][0].version
        return _answer(case_id, runtime, version, {"file": free, "restricted": restricted})

    @api.post("/openings", summary="Read a restricted part, which is recorded", dependencies=[Depends(repeatable)])
    async def open_part(
        case_id: UUID, body: Opening, principal: Annotated[Principal, Depends(requires("personal:read"))]
    ) -> Response:
        part = named(runtime.rooms.files).get(body.part)
        if part is None or not part.restricted:
            raise NoSuchPart(f"The file has no restricted part {body.part}; its GET lists those it has.")
        reader = Reader(actor=principal.actor.id, role=principal.role, rank=principal.rank)
        command = OpenFilePart(part=body.part, purpose=body.purpose, reader=reader)
        version = await record_reading(runtime, case_id, command, principal)
        events, now = await _events(runtime, case_id)
        found = await _opened(runtime, case_id, part, events, now)
        return _answer(case_id, runtime, version, {"part": part.name, "file": found})

    return api


async def _events(runtime: ServiceRuntime, case_id: UUID) -> tuple[list[tuple[Envelope, Any]], datetime]:
    async with begin(runtime.engine) as work:
        rows = await work.fetch("SELECT envelope FROM event WHERE case_id = $1 ORDER BY version", case_id)
        now = work.now
    if not rows:
        raise UnknownCase(f"{runtime.service.title} has no case {case_id}.")
    envelopes = (open_envelope(row["envelope"]) for row in rows)
    return [(envelope, from_data(envelope.type, envelope.data)) for envelope in envelopes], now


async def record_reading(runtime: ServiceRuntime, case_id: UUID, command: Any, principal: Principal) -> int:
    """Record the reading that `command` asks for. Returns the stream's version.

    Raises `UnknownCase`, refusals of the domain, and `PartNotForReader` once the refusal to read is committed."""
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        unit = await runtime.store.open(work, [case_id], refuse_parked_by=runtime.reactor.consumer)
        if unit.streams[case_id].version == 0:
            raise UnknownCase(f"{runtime.service.title} has no case {case_id}.")
        origin = Origin(actor=principal.actor, cause=CommandCause(runtime.store.mint()))
        happened = unit.run(case_id, [command], origin)
        await finish(runtime, work, unit)
        await runtime.store.append(work, unit)
    runtime.wake()
    for record in happened:
        if isinstance(record.event, access.Refused):
            raise PartNotForReader(f"You may not read {record.event.part} of this case; that you asked is recorded.")
    return unit.streams[case_id].version


async def _opened(
    runtime: ServiceRuntime, case_id: UUID, part: FilePart, events: list[tuple[Envelope, Any]], now: datetime
) -> Any:
    value = folded(part, events, now)
    keys = await runtime.keys.open(persons_in(value))

    def opener(sealed: Sealed, field: str) -> str:
        return open_sealed(sealed, keys.get(sealed.person, ERASED), case_id=case_id, field=field)

    return written(value, opener)


def _answer(case_id: UUID, runtime: ServiceRuntime, version: int, found: Mapping[str, Any]) -> Response:
    body = {"case_id": str(case_id), "service": runtime.name, "version": version} | dict(found)
    etag = f'"{runtime.name}:{version}"'
    return Response(
        orjson.dumps(body), media_type="application/json", headers={"etag": etag, "cache-control": "no-store"}
    )
