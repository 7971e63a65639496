"""The institution's procedures over HTTP: which version serves when, and who confirmed to have read which.

Invariant: a reading is of one document. Whoever confirms it says its SHA-256, and the row, once written, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel

from casework.intake.rules import day_of
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.evidence import Sha256
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Instant
from casework.shared.http.access import requires
from casework.shared.http.idempotency import Once, StoredAnswer, once
from casework.shared.procedures.versions import AnotherDocument, OnlyPeopleRead, Procedure
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime


class ProcedureReading(Part):
    """The caller has read the document with this SHA-256."""

    sha256: Sha256


class ProcedureVersion(BaseModel):
    """One version. `first` is the first day on which it serves; `in_force` says whether it serves today. `asked` is how
    many have to read it, and `unread` how many of them have not confirmed it."""

    procedure: str
    version: int
    first: date
    in_force: bool
    title: Bilingual
    sha256: str
    location: str | None
    asked: int
    unread: int


class ProcedureReader(BaseModel):
    """Who read it, and when they said so first."""

    person: str
    read_at: Instant


class ProcedureReaders(BaseModel):
    """Who read a version, in the order of their confirmations, and who has to and has not."""

    procedure: str
    version: int
    asked: int
    read: list[ProcedureReader]
    unread: list[str]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes for procedures."""
    api = APIRouter(prefix="/v1/procedures", tags=["procedures"])
    one = "/{procedure}/versions/{version}"

    @api.get("", summary="The versions of every procedure", dependencies=[Depends(requires("cases:read"))])
    async def versions() -> list[ProcedureVersion]:
        directory = runtime.people.directory()
        async with begin(runtime.engine) as work:
            today = day_of(work.now, runtime.rulebook)
            read = {each.ref: await _read(work, each) for each in runtime.procedures.versions}
        in_force = {each.ref for each in runtime.procedures.in_force(today)}
        return [
            ProcedureVersion(
                procedure=each.id,
                version=each.version,
                first=each.first,
                in_force=each.ref in in_force,
                title=each.title,
                sha256=each.sha256,
                location=each.location,
                asked=len(each.asked(directory)),
                unread=len(each.unread(directory, (reader.person for reader in read[each.ref]))),
            )
            for each in runtime.procedures.versions
        ]

    @api.post(f"{one}/readings", summary="Confirm that the caller has read a version", response_model=ProcedureReader)
    async def confirm(
        procedure: str, version: int, body: ProcedureReading, asked: Annotated[Once, Depends(once("staff:write"))]
    ) -> Response:
        runtime.refuse_when_halted()
        actor = asked.principal.actor
        async with begin(runtime.engine) as work:
            answered = await asked.claim(work)
            if answered is not None:
                return answered.response(replayed=True)
            if actor.kind != "person":
                raise OnlyPeopleRead
            document = runtime.procedures.version(procedure, version)
            if body.sha256 != document.sha256:
                raise AnotherDocument(document)
            read_at = await _confirmed(work, document, actor.id)
            reader = ProcedureReader(person=actor.id, read_at=read_at)
            answer = StoredAnswer(200, reader.model_dump_json().encode())
            await asked.store(work, answer)
        return answer.response()

    @api.get(
        f"{one}/readers",
        summary="Who has read a version, and who has not",
        dependencies=[Depends(requires("files:read"))],
    )
    async def readers(procedure: str, version: int) -> ProcedureReaders:
        document = runtime.procedures.version(procedure, version)
        directory = runtime.people.directory()
        async with begin(runtime.engine) as work:
            read = await _read(work, document)
        return ProcedureReaders(
            procedure=document.id,
            version=document.version,
            asked=len(document.asked(directory)),
            read=list(read),
            unread=list(document.unread(directory, (reader.person for reader in read))),
        )

    return api


async def _read(work: Work, procedure: Procedure) -> Sequence[ProcedureReader]:
    """Who read that very document, first to last. A reading of other bytes under the same number is none of it."""
    rows = await work.fetch(
        "SELECT person, read_at FROM procedure_reading WHERE procedure = $1 AND version = $2 AND sha256 = $3"
        " ORDER BY read_at, person",
        procedure.id,
        procedure.version,
        procedure.sha256,
    )
    return [ProcedureReader(person=row["person"], read_at=row["read_at"]) for row in rows]


async def _confirmed(work: Work, procedure: Procedure, person: str) -> datetime:
    """Write that the person read it, unless that is written. Returns when they said so first."""
    key = (procedure.id, procedure.version, procedure.sha256, person)
    await work.execute(
        "INSERT INTO procedure_reading (procedure, version, sha256, person, read_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        *key,
        work.now,
    )
    read_at: datetime = await work.fetch_value(
        "SELECT read_at FROM procedure_reading WHERE procedure = $1 AND version = $2 AND sha256 = $3 AND person = $4",
        *key,
    )
    return read_at
