"""A person's rights over their data, over HTTP: erasures and their reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import httpx2 as httpx
import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError, model_validator

from casework.intake import inbox_trimming
from casework.intake.erasing import Erasing, Wanted
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.privacy import RequestReference
from casework.shared.contracts.types import Instant
from casework.shared.errors import Refusal
from casework.shared.eventstore.store import Origin
from casework.shared.http.access import requires
from casework.shared.http.commands import ATTEMPTS, finish
from casework.shared.http.idempotency import Once, StoredAnswer, once
from casework.shared.keys.client import CACHE_SECONDS
from casework.shared.privacy import purging
from casework.shared.privacy.purging import Purged, PurgesOfService
from casework.shared.runtime.database import Serialization, begin
from casework.shared.runtime.retention import BROKER
from casework.shared.runtime.service import ServiceRuntime

if TYPE_CHECKING:
    from typing import Self


class UnknownErasure(Refusal):
    """There was no erasure of that id."""

    code = "unknown-erasure"
    status = 404


class NewErasure(Part):
    """Whose data go: all of a person, or of the complainant of a case; one of the two. `reference` is how the requester
    knows the request; no spaces, nothing personal."""

    case_id: UUID | None = None
    person: UUID | None = None
    reason: Literal["request", "consent-withdrawn", "unlawful"]
    reference: RequestReference | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.case_id is None) == (self.person is None):
            raise ValueError("give either the case_id or the person")
        return self


class ErasureDone(BaseModel):
    """The keys are gone. `erasure_id` is None where everybody was erased before. `cases` are all it is about."""

    erasure_id: UUID | None
    cases: list[UUID]
    persons: int


class PlacePurged(BaseModel):
    """What was purged where: for one case, or in one place for all. `rows` is how many there were."""

    where: str
    place: str
    case_id: UUID | None = None
    rows: int | None = None
    purged_at: Instant


class ErasureReport(BaseModel):
    """An erasure, what went where and when, and what is waited for. It is complete when that is nothing."""

    erasure_id: UUID
    reason: str
    reference: str | None
    requested_by: str
    erased_at: Instant
    persons: int
    cases: list[UUID]
    purged: list[PlacePurged]
    waiting_for: list[str]
    complete: bool


def router(runtime: ServiceRuntime, erasing: Erasing) -> APIRouter:
    """The routes of erasures."""
    api = APIRouter(prefix="/v1/erasures", tags=["privacy"])

    @api.post("", summary="Erase a person, for good", status_code=201, response_model=ErasureDone)
    async def erase(body: NewErasure, asked: Annotated[Once, Depends(once("privacy:write"))]) -> Response:
        """The person's key is destroyed: what was sealed for their cases is noise in every store, topic and export,
        from then on. A case under legal hold is refused, and one that is not closed."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await _erase(runtime, erasing, body, asked)
            except Serialization:
                pass  # somebody else was at the case; the next try sees what they did
        return await _erase(runtime, erasing, body, asked)

    @api.get(
        "/{erasure_id}",
        summary="What became of an erasure",
        dependencies=[Depends(requires("privacy:read"))],
    )
    async def report(erasure_id: UUID) -> ErasureReport:
        return await _report(runtime, erasure_id)

    return api


async def _erase(runtime: ServiceRuntime, erasing: Erasing, body: NewErasure, asked: Once) -> Response:
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        answered = await asked.claim(work)
        if answered is not None:
            return answered.response(replayed=True)
        cases = [body.case_id] if body.case_id is not None else await erasing.cases_of(work, _given(body.person))
        wanted = Wanted(runtime.store.mint(), body.reason, body.reference)
        origin = Origin(actor=asked.principal.actor, cause=CommandCause(wanted.erasure_id))
        unit, persons = await erasing.erase(work, cases, wanted, origin)
        await finish(runtime, work, unit)
        erased = wanted.erasure_id if unit.recorded else None
        done = ErasureDone(erasure_id=erased, cases=sorted(unit.streams), persons=len(persons))
        where = None if erased is None else f"/v1/erasures/{erased}"
        answer = StoredAnswer(201 if erased else 200, orjson.dumps(done.model_dump(mode="json")), location=where)
        await asked.store(work, answer)
        await runtime.store.append(work, unit)
    runtime.keys.forget(persons)
    runtime.wake()
    return answer.response()


async def _report(runtime: ServiceRuntime, erasure_id: UUID) -> ErasureReport:
    async with begin(runtime.engine) as work:
        rows = await work.fetch("SELECT * FROM erasure WHERE erasure_id = $1", erasure_id)
        if not rows:
            raise UnknownErasure(f"There was no erasure {erasure_id}.")
        (found,) = rows
        own = await purging.purges_of(work, erasure_id)
        persons: int = await work.fetch_value("SELECT count(*) FROM erased_person WHERE erasure_id = $1", erasure_id)
        trimmed = await inbox_trimming.looked_at(work, runtime.topics.inbox)
        now = work.now
    cases = sorted({each.case_id for each in own})
    purged = [_place("intake", each) for each in own]
    waiting: list[str] = []
    for service in SERVICES:
        if service == "intake":
            continue
        told = await _ask(runtime, service, erasure_id)
        purged += [_place(service, each) for each in told or ()]
        if told is None:
            waiting.append(f"{service}: does not answer")
        elif {each.case_id for each in told} != set(cases):
            waiting.append(f"{service}: has not taken the erasure in yet")
    caches_until = found["erased_at"] + timedelta(seconds=CACHE_SECONDS)
    if now < caches_until:
        waiting.append(f"cached keys: until {caches_until.isoformat()}")
    else:
        purged.append(PlacePurged(where="every process", place="cached keys", purged_at=caches_until))
    inbox_done = _inbox_done(found["erased_at"], trimmed, now)
    if inbox_done is None:
        waiting.append("inbox topic: its records were not trimmed since; see the settings of the broker")
    else:
        purged.append(PlacePurged(where="kafka", place="inbox topic", purged_at=inbox_done))
    return ErasureReport(
        erasure_id=erasure_id,
        reason=found["reason"],
        reference=found["reference"],
        requested_by=found["requested_by"],
        erased_at=found["erased_at"],
        persons=persons,
        cases=cases,
        purged=purged,
        waiting_for=waiting,
        complete=not waiting,
    )


def _inbox_done(erased_at: datetime, trimmed: datetime | None, now: datetime) -> datetime | None:
    """When the inbox topic lost what intake had read of it before the erasure; None where it has not yet."""
    if trimmed is not None and trimmed > erased_at:
        return trimmed
    kept_until = erased_at + BROKER
    return kept_until if now > kept_until else None


async def _ask(runtime: ServiceRuntime, service: ServiceName, erasure_id: UUID) -> Sequence[Purged] | None:
    """What another service purged; None where it does not say."""
    url = f"{runtime.settings.url_of(service)}/v1/feeds/{service}/purges/{erasure_id}"
    try:
        answer = await runtime.http.get(url, headers={"authorization": f"Bearer {runtime.credential}"})
        if answer.status_code != httpx.codes.OK:
            return None
        return PurgesOfService.model_validate_json(answer.content).purged
    except (httpx.HTTPError, ValidationError):
        return None


def _place(where: str, purged: Purged) -> PlacePurged:
    return PlacePurged(where=where, **purged.model_dump())


def _given(person: UUID | None) -> UUID:
    assert person is not None, "the model takes one of the two"
    return person
