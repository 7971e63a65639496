"""How many cases have which cause or type, in the words of any later version of the list.

Invariant: what is recorded is not rewritten by being reported. A row says the code as it was recorded, with its
version, beside the one that the tables lead to; and nothing but the code of a case decides where it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from casework.shared.codes.lists import CodeList, CodeLists, ListName, Title
from casework.shared.contracts.card import Coded, ComplaintCoded
from casework.shared.contracts.envelope import Envelope
from casework.shared.errors import Refusal
from casework.shared.http.access import requires
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime


class NoSuchList(Refusal):
    """The institution has no such version of the list."""

    code = "no-such-list"
    status = 404


class Row(BaseModel):
    """`cases` cases were recorded as `recorded`, and are reported as `reported`: absent where no table leads there."""

    recorded: Coded
    reported: Coded | None
    title: Title | None
    cases: int


class CodeReport(BaseModel):
    """One list, in the words of one version. Cases that were not sorted are not in it."""

    list: ListName
    version: int
    rows: tuple[Row, ...]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the report."""
    api = APIRouter(tags=["complaint codes"], dependencies=[Depends(requires("cases:read"))])

    @api.get(
        "/v1/code-report",
        summary="Cases by cause or by type",
        response_model=CodeReport,
        response_model_exclude_none=True,
    )
    async def report(
        list_: Annotated[ListName, Query(alias="list")],
        version: Annotated[
            int | None, Query(ge=1, le=10_000, description="In which version's words; absent means the newest's.")
        ] = None,
    ) -> CodeReport:
        wanted = runtime.codes.newest(list_) if version is None else runtime.codes.version(list_, version)
        if wanted is None:
            newest = runtime.codes.newest(list_).version
            raise NoSuchList(f"The list {list_} has versions 1 to {newest}; ask for one of those.")
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT version, code, count(*) AS cases FROM complaint_code WHERE list = $1"
                " GROUP BY version, code ORDER BY version, code",
                list_,
            )
        counted = [(Coded(version=row["version"], code=row["code"]), row["cases"]) for row in rows]
        return CodeReport(
            list=list_,
            version=wanted.version,
            rows=tuple(_row(coded, cases, wanted, runtime.codes) for coded, cases in counted),
        )

    return api


def _row(coded: Coded, cases: int, wanted: CodeList, lists: CodeLists) -> Row:
    code = lists.mapped(wanted.name, coded, wanted.version)
    title = next((each.title for each in wanted.code if each.code == code), None)
    reported = None if code is None else Coded(version=wanted.version, code=code)
    return Row(recorded=coded, reported=reported, title=title, cases=cases)


async def write(work: Work, events: Iterable[tuple[Envelope, Any]]) -> None:
    """Keep the last codes of each case, when they are recorded and after a restore."""
    last = {
        (envelope.case_id, name): coded
        for envelope, event in events
        if isinstance(event, ComplaintCoded)
        for name in get_args(ListName)
        if (coded := getattr(event, name)) is not None
    }
    if not last:
        return
    keys = sorted(last)
    await work.execute(
        "INSERT INTO complaint_code (case_id, list, version, code)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[])"
        " ON CONFLICT (case_id, list) DO UPDATE SET version = excluded.version, code = excluded.code",
        [case_id for case_id, _ in keys],
        [name for _, name in keys],
        [last[key].version for key in keys],
        [last[key].code for key in keys],
    )
