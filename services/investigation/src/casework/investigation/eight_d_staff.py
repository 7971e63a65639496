"""The quality report in eight disciplines over HTTP: its steps on the case that leads it, and the whole by its number.

What is verified of the cause, and what effect is shown, is recorded on every case of the report in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from casework.investigation import eight_d_bodies as bodies
from casework.investigation import inquiry_rows
from casework.investigation.domain import eight_d_commands as commands
from casework.investigation.domain.commands import Command
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.investigation import Investigation
from casework.investigation.files.eight_d import REPORT
from casework.investigation.report_lines import sections
from casework.investigation.report_pdf import pdf_of
from casework.shared.contracts import eight_d
from casework.shared.contracts.eight_d import LikeCases
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.errors import Refusal
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.files.parts import folded, written
from casework.shared.http.access import requires
from casework.shared.http.commands import Along, Done, Gather, StaffOnce, UnknownCase, just, run_command
from casework.shared.runtime.database import Serialization, Work, begin
from casework.shared.runtime.service import ServiceRuntime

InvestigationUnit: TypeAlias = Unit[Command, Investigation, InvestigationEvent]
Found: TypeAlias = Sequence[Recorded[InvestigationEvent]]


class UnknownReport(Refusal):
    """No report has that number."""

    code = "unknown-report"
    status = 404


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of the report."""
    api = APIRouter(tags=["quality reports"])
    path = "/v1/cases/{case_id}/investigation/report"

    @api.post(path, summary="Open a quality report on this case", response_model=Done)
    async def open_report(case_id: UUID, body: bodies.NewReport, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _open(body), request)

    @api.post(f"{path}/cases", summary="Let the report be about another case, too", response_model=Done)
    async def take_in(case_id: UUID, body: bodies.OtherCase, asked: StaffOnce, request: Request) -> Response:
        along = Along(_only(body.case), _linked(case_id))
        return await run_command(runtime, asked, case_id, just(commands.TakeCaseIn(case=body.case)), request, along)

    @api.post(f"{path}/cases-left", summary="Let the report not be about a case any more", response_model=Done)
    async def leave_out(case_id: UUID, body: bodies.CaseLeft, asked: StaffOnce, request: Request) -> Response:
        command = commands.LeaveCaseOut(case=body.case, reason=body.reason)
        along = Along(_only(body.case), _linked(case_id))
        return await run_command(runtime, asked, case_id, just(command), request, along)

    @api.post(f"{path}/problem", summary="D2: describe the problem; like cases are counted", response_model=Done)
    async def describe(case_id: UUID, body: bodies.ProblemTold, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _describe(case_id, body), request)

    @api.post(f"{path}/steps", summary="Any other step of the eight disciplines", response_model=Done)
    async def step(
        case_id: UUID,
        body: Annotated[bodies.Step, Field(discriminator="step")],
        asked: StaffOnce,
        request: Request,
    ) -> Response:
        along = Along(_others(case_id), _told(case_id))
        return await run_command(runtime, asked, case_id, just(body.command()), request, along)

    @api.get(
        "/v1/reports/{number}",
        summary="A quality report, whole, as JSON or PDF",
        dependencies=[Depends(requires("files:read"))],
        response_model=None,
    )
    async def read(
        number: str,
        as_format: Annotated[Literal["json", "pdf"], Query(alias="format", description="What to give it as")] = "json",
    ) -> Response:
        async with begin(runtime.engine) as work:
            lead = await inquiry_rows.lead_of(work, number)
            rows = await work.fetch("SELECT envelope FROM event WHERE case_id = $1 ORDER BY version", lead)
            now = work.now
        if lead is None:
            raise UnknownReport("There is no quality report of that number; the file of a case names those it is in.")
        envelopes = [open_envelope(row["envelope"]) for row in rows]
        document = folded(REPORT, [(each, from_data(each.type, each.data)) for each in envelopes], now)
        report = written(document["led"])
        if as_format == "json":
            return Response(orjson.dumps(report), media_type="application/json")
        printed = await asyncio.to_thread(pdf_of, f"{number} {report['title']}", sections(report), now)
        named = {"content-disposition": f'attachment; filename="{report["report"]}.pdf"'}
        return Response(printed, media_type="application/pdf", headers=named)

    return api


def _open(body: bodies.NewReport) -> Gather:
    async def gather(work: Work, _unit: InvestigationUnit) -> Sequence[Command]:
        return (commands.OpenReport(report=await inquiry_rows.next_report_number(work), title=body.title),)

    return gather


def _describe(case_id: UUID, body: bodies.ProblemTold) -> Gather:
    async def gather(work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        category, until = unit.streams[case_id].state.category, unit.occurred_at or unit.now
        since = until - timedelta(days=body.days)
        number = await inquiry_rows.like_cases(work, case_id, category, since, until)
        like = LikeCases(category=category, days=body.days, number=number)
        return (commands.DescribeProblem(problem=body.problem, like_cases=like),)

    return gather


def _only(case: UUID) -> Callable[[Work], Awaitable[Sequence[UUID]]]:
    async def cases(_work: Work) -> Sequence[UUID]:
        return (case,)

    return cases


def _others(lead: UUID) -> Callable[[Work], Awaitable[Sequence[UUID]]]:
    async def cases(work: Work) -> Sequence[UUID]:
        return await inquiry_rows.cases_of(work, lead)

    return cases


def _linked(lead: UUID) -> Callable[[Any, Found], Mapping[UUID, Sequence[Command]]]:
    """What the taking in or leaving out of a case is on that case."""

    def decided(unit: InvestigationUnit, happened: Found) -> Mapping[UUID, Sequence[Command]]:
        found: dict[UUID, Sequence[Command]] = {}
        for record in happened:
            match record.event:
                case eight_d.CaseTakenIntoReport(report=report, case=case):
                    if unit.streams[case].version == 0 or case == lead:
                        raise UnknownCase(f"Investigation has no other case {case} that could be linked.")
                    found[case] = (commands.LinkToReport(report=report, lead=lead),)
                case eight_d.CaseLeftReport(report=report, case=case, reason=reason):
                    found[case] = (commands.UnlinkFromReport(report=report, reason=reason),)
                case _:
                    continue
        return found

    return decided


def _told(lead: UUID) -> Callable[[Any, Found], Mapping[UUID, Sequence[Command]]]:
    """What was shown in the report is told to each of its cases."""

    def decided(unit: InvestigationUnit, happened: Found) -> Mapping[UUID, Sequence[Command]]:
        shown = [
            record.event
            for record in happened
            if isinstance(record.event, eight_d.RootCauseVerified | eight_d.EffectShown)
        ]
        cases = unit.streams[lead].state.report.cases
        if shown and not set(cases) <= unit.streams.keys():
            raise Serialization("a case was linked to the report meanwhile")
        return {case: [commands.NoteOfReport(shown=each) for each in shown] for case in cases if shown}

    return decided
