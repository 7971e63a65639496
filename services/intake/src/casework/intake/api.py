"""Intake over HTTP: posting complaints, finding them by the sender's reference, and the steps of its staff."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from casework.intake import (
    around_staff,
    assessment_staff,
    card_staff,
    care_staff,
    code_report,
    contact_staff,
    demand_staff,
    inbox_http,
    preference_staff,
    privacy_staff,
    procedure_staff,
    publicity_staff,
    queries,
    rejections,
    representative_staff,
    road_staff,
    search,
    staff,
    subject_export,
    visit_staff,
)
from casework.intake.erasing import Erasing
from casework.intake.forms import FormFields, PostedForm, complaint_of
from casework.intake.handlers import Outcome, Receiving
from casework.intake.referencing import Post
from casework.intake.watching import Watching
from casework.shared.contracts.inbox import PostedComplaint
from casework.shared.contracts.types import Name
from casework.shared.errors import Conflict
from casework.shared.http.access import requires
from casework.shared.http.commands import ATTEMPTS, RecordedEvent, recorded_events
from casework.shared.http.feed import feed_router
from casework.shared.http.files import files_router
from casework.shared.http.idempotency import Once, StoredAnswer, once, patiently
from casework.shared.http.parked import parked_router
from casework.shared.keys.client import person_keys_router
from casework.shared.keys.sealing_for import sealing_router
from casework.shared.privacy.purging import purges_router
from casework.shared.runtime.database import begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.service import ServiceRuntime

if TYPE_CHECKING:
    from collections.abc import Sequence


_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Accepted(BaseModel):
    """The case of a posted complaint. `outcome` is `accepted` for a new case, `updated` when an existing one
    learned something, `duplicate` when it learned nothing. `recorded` names what was recorded."""

    case_id: UUID
    outcome: str
    version: int
    recorded: list[RecordedEvent]


KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": Accepted, "description": "The complaint was known; what was new was added."}
}


class KnownComplaint(BaseModel):
    """A complaint as its sender knows it."""

    case_id: UUID
    source: str
    source_reference: str


def routers(runtime: ServiceRuntime, receiving: Receiving, watching: Watching, erasing: Erasing) -> Sequence[APIRouter]:
    """Every route of intake."""
    return (
        _complaints(runtime, receiving),
        inbox_http.router(runtime, receiving),
        rejections.router(runtime),
        staff.router(runtime),
        assessment_staff.router(runtime),
        care_staff.router(runtime),
        card_staff.router(runtime),
        code_report.router(runtime),
        demand_staff.router(runtime),
        around_staff.router(runtime),
        contact_staff.router(runtime, watching),
        representative_staff.router(runtime, receiving.index),
        search.router(runtime, receiving.index),
        road_staff.router(runtime),
        visit_staff.router(runtime),
        publicity_staff.router(runtime, receiving.index),
        preference_staff.router(runtime),
        procedure_staff.router(runtime),
        privacy_staff.router(runtime, erasing),
        subject_export.router(runtime),
        feed_router(runtime),
        purges_router(runtime),
        files_router(runtime),
        parked_router(runtime),
        person_keys_router(runtime.engine, receiving.vault.key_file, runtime.refuse_when_set_back),
        sealing_router(runtime, receiving.vault.key_file),
    )


def _complaints(runtime: ServiceRuntime, receiving: Receiving) -> APIRouter:
    router = APIRouter(tags=["complaints"])

    @router.post(
        "/v1/complaints",
        summary="Post a complaint",
        status_code=201,
        response_model=Accepted,
        responses=KNOWN,
    )
    async def post_complaint(
        posted: PostedComplaint, asked: Annotated[Once, Depends(once("complaints:write"))], request: Request
    ) -> Response:
        return await take(posted, asked, request)

    async def take(posted: PostedComplaint, asked: Once, request: Request, form: FormFields | None = None) -> Response:
        post = Post(
            post_id=f"http:{runtime.store.mint()}",
            complaint=posted,
            actor=asked.principal.actor,
            may_backdate="import" in asked.principal.scopes,
            traceparent=_trace_of(request),
            form=form,
        )
        attempt = partial(_receive, runtime, receiving, post, asked)
        for _ in range(ATTEMPTS - 1):
            try:
                return await patiently(attempt)
            except Conflict as error:
                if type(error).__name__ not in ("Serialization", "Duplicate"):
                    raise
        return await patiently(attempt)

    @router.post(
        "/v1/complaint-forms",
        summary="Import a complaint on a filled form",
        status_code=201,
        response_model=Accepted,
        responses=KNOWN,
    )
    async def post_form(
        posted: PostedForm, asked: Annotated[Once, Depends(once("complaints:write"))], request: Request
    ) -> Response:
        """Every field comes back unchanged by opening the part `form` of intake's case file."""
        return await take(complaint_of(posted), asked, request, posted.form)

    @router.get(
        "/v1/complaints",
        summary="Find a complaint by the sender's reference",
        dependencies=[Depends(requires("complaints:read"))],
    )
    async def find_complaint(
        source: Annotated[Name, Query()], source_reference: Annotated[Name, Query()]
    ) -> KnownComplaint:
        async with begin(runtime.engine) as work:
            case_id = await queries.case_of(work, source, source_reference)
        return KnownComplaint(case_id=case_id, source=source, source_reference=source_reference)

    return router


def _trace_of(request: Request) -> str | None:
    """The caller's trace context. Anything else in that header is left out: it would stay in the record for ever."""
    given = request.headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else None


async def _receive(runtime: ServiceRuntime, receiving: Receiving, post: Post, asked: Once) -> Response:
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        answered = await asked.claim(work)
        if answered is not None:
            return answered.response(replayed=True)
        unit, outcomes = await receiving.receive(work, [post])
        outcome = outcomes[0]
        if outcome.error is not None:
            raise outcome.error
        answer = _answer(outcome)
        await asked.store(work, answer)
        await runtime.store.append(work, unit)
        failpoint("command.appended")
    failpoint("command.committed")
    runtime.wake()
    return answer.response()


def _answer(outcome: Outcome) -> StoredAnswer:
    assert outcome.case_id is not None
    assert outcome.kind is not None
    body = Accepted(
        case_id=outcome.case_id,
        outcome=outcome.kind,
        version=outcome.version,
        recorded=recorded_events(outcome.recorded),
    )
    return StoredAnswer(
        201 if outcome.kind == "accepted" else 200,
        orjson.dumps(body.model_dump(mode="json")),
        location=f"/v1/cases/{outcome.case_id}",
        etag=f'"intake:{outcome.version}"',
    )
