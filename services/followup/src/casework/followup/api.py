"""Followup over HTTP: where each case stands, everything that happened in it, and the steps of its staff."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from casework.followup import (
    clock_staff,
    closing_staff,
    conduct_staff,
    queries,
    remedy_report,
    replaying,
    report,
    roster,
    staff,
    status_stream,
    treatment,
    worklist,
)
from casework.followup.caller import with_sentences
from casework.followup.clauses_read import steps_of
from casework.followup.stage_words import Stage, clause_document
from casework.followup.webhooks import delivery_log, routes
from casework.shared.contracts.followup import Closure
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Name, parse_rfc3339, rfc3339
from casework.shared.http.access import requires
from casework.shared.http.access_records import access_records_router
from casework.shared.http.awaiting import AWAIT_S, LOOK_S, After, awaited, versions_in
from casework.shared.http.commands import UnknownCase
from casework.shared.http.feed import feed_router
from casework.shared.http.files import files_router
from casework.shared.http.language import asked_language
from casework.shared.http.paging import BadCursor, CursorToken, Page, PageSize, cursor_after, sort_key_of
from casework.shared.http.parked import parked_router
from casework.shared.http.proofs import passed_on
from casework.shared.policies.shipped_closing import closing_rules
from casework.shared.privacy.purging import purges_router
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


def routers(runtime: ServiceRuntime) -> Sequence[APIRouter]:
    """Every route of followup."""
    return (
        _cases(runtime),
        _counts(runtime),
        staff.router(runtime),
        closing_staff.router(runtime, closing_rules(runtime.settings.institution)),
        conduct_staff.router(runtime),
        clock_staff.router(runtime),
        worklist.router(runtime),
        status_stream.router(runtime),
        report.router(runtime),
        remedy_report.router(runtime),
        roster.router(runtime),
        treatment.router(runtime),
        replaying.router(runtime),
        access_records_router(runtime),
        routes.router(runtime),
        delivery_log.router(runtime),
        feed_router(runtime),
        passed_on(runtime),
        purges_router(runtime),
        files_router(runtime),
        parked_router(runtime),
    )


def _counts(runtime: ServiceRuntime) -> APIRouter:
    router = APIRouter(tags=["cases"], dependencies=[Depends(requires("cases:read"))])

    @router.get("/v1/case-counts", summary="How many cases are open and closed")
    async def counts(outcomes: bool = False) -> dict[str, Any]:
        async with begin(runtime.engine) as work:
            return await queries.count_cases(work, with_outcomes=outcomes)

    return router


def _cases(runtime: ServiceRuntime) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["cases"], dependencies=[Depends(requires("cases:read"))])

    @router.get("", summary="Cases by time of receipt")
    async def list_cases(
        cursor: CursorToken = None,
        limit: PageSize = 50,
        stage: Stage | None = None,
        holder: Annotated[Name | None, Query()] = None,
        is_open: Annotated[bool | None, Query(alias="open")] = None,
        outcome: Closure | None = None,
        orphaned: bool = False,
    ) -> Page[dict[str, Any]]:
        after = None if cursor is None else _place_of(cursor)
        async with begin(runtime.engine) as work:
            rows = await queries.list_cases(
                work,
                after=after,
                limit=limit + 1,
                stage=stage,
                holder=holder,
                is_open=is_open,
                outcome=outcome,
                orphaned=orphaned,
            )
        more = len(rows) > limit
        shown = rows[:limit]
        following = cursor_after("cases", shown[-1][0].isoformat(), str(shown[-1][1])) if more else None
        return Page(items=[document for _, _, document in shown], next=following)

    @router.get("/{case_id}", summary="Where a case stands")
    async def show_case(
        case_id: UUID,
        after: After = (),
        accept_language: Annotated[
            str | None, Header(description="The language of `state`: en or zh; English where it names neither")
        ] = None,
    ) -> Response:
        status = await _awaited(runtime, case_id, versions_in(after))
        if status is None:
            status = await queries.status_at_intake(runtime, case_id)
        if status is None:
            raise UnknownCase(f"There is no case {case_id}.")
        etag = f'"followup:{status["versions"]["followup"]}"'
        language = asked_language(accept_language)
        # What was stored before statuses named their clause gets it from its stage.
        status.setdefault("clause", clause_document(status["stage"]))
        status["state"] = status["clause"][language]
        if "caller" in status:
            log_contact = {"log_contact": f"/v1/cases/{case_id}/contacts"}
            status["caller"] = with_sentences(status["caller"]) | log_contact
        if "watches" in status:
            async with begin(runtime.engine) as work:
                now = rfc3339(work.now)
            # Nothing happens when a watch is over, so the stored document still has it.
            status["watches"] = [each for each in status["watches"] if each["until"] > now]
        headers = {"etag": etag, "content-language": language, "vary": "Accept-Language"}
        return Response(orjson.dumps(status), media_type="application/json", headers=headers)

    @router.get(
        "/{case_id}/events", summary="Everything that happened in a case", dependencies=[Depends(awaited(runtime))]
    )
    async def show_events(case_id: UUID) -> list[dict[str, Any]]:
        events = await queries.events_of(runtime, case_id)
        if not events:
            raise UnknownCase(f"There is no case {case_id}.")
        return events

    @router.get(
        "/{case_id}/clauses",
        summary="The clauses and procedures that a case went through, or why not",
        dependencies=[Depends(awaited(runtime))],
    )
    async def show_clauses(case_id: UUID) -> dict[str, Any]:
        events = await queries.events_of(runtime, case_id)
        if not events:
            raise UnknownCase(f"There is no case {case_id}.")
        return steps_of(each["event"] for each in events)

    return router


def _place_of(cursor: str) -> tuple[datetime, UUID]:
    """The time of receipt and the case that a page ended with. Raises `BadCursor`."""
    received_at, case_id = sort_key_of(cursor, "cases", str, str)
    try:
        return parse_rfc3339(str(received_at)), UUID(str(case_id))
    except ValueError:
        raise BadCursor from None


async def _awaited(runtime: ServiceRuntime, case_id: UUID, after: Mapping[ServiceName, int]) -> dict[str, Any] | None:
    """The projected status; with `after`, once it reflects those versions or the moment is over."""
    deadline = asyncio.get_running_loop().time() + AWAIT_S
    while True:
        async with begin(runtime.engine) as work:
            status = await queries.status_of(work, case_id)
        known = {} if status is None else status["versions"]
        if all(known.get(service, 0) >= version for service, version in after.items()):
            return status
        if asyncio.get_running_loop().time() >= deadline:
            return status
        await asyncio.sleep(LOOK_S)
