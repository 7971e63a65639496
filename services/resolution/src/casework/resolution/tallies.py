"""What resolution counts over cases: goodwill by quarter, and what became of ready answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends

from casework.resolution import goodwill
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.remedies import ReadyAnswerLeft, ReadyAnswerOffered, ReadyAnswerTaken
from casework.shared.http.access import requires
from casework.shared.remedies.amounts import money_of
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

_WHAT = {ReadyAnswerOffered: "offered", ReadyAnswerTaken: "taken", ReadyAnswerLeft: "left"}


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of what is counted."""
    api = APIRouter(prefix="/v1/resolution", tags=["figures"], dependencies=[Depends(requires("cases:read"))])

    @api.get("/ready-answers", summary="How often ready answers were offered, taken and left")
    async def ready_answers() -> list[dict[str, Any]]:
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT name, answer_version AS version, count(*) FILTER (WHERE what = 'offered') AS offered,"
                " count(*) FILTER (WHERE what = 'taken') AS taken, count(*) FILTER (WHERE what = 'left') AS left"
                " FROM ready_answer GROUP BY name, answer_version ORDER BY name, answer_version"
            )
        return [dict(row) for row in rows]

    @api.get("/goodwill", summary="What was given for goodwill, by quarter")
    async def goodwill_given() -> list[dict[str, Any]]:
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT quarter, currency, sum(amount) AS given, count(*) AS remedies"
                " FROM goodwill WHERE NOT free GROUP BY quarter, currency ORDER BY quarter, currency"
            )
        return [_purse(runtime, row) for row in rows]

    return api


def _purse(runtime: ServiceRuntime, row: Any) -> dict[str, Any]:
    purse = runtime.authority.purse(row["currency"])
    return {
        "quarter": row["quarter"],
        "currency": row["currency"],
        "given": money_of(row["given"], row["currency"]).amount,
        "purse": None if purse is None else money_of(purse, row["currency"]).amount,
        "remedies": row["remedies"],
    }


async def tally(work: Work, happened: Sequence[tuple[Envelope, Any]]) -> None:
    """Count what these events bring."""
    await goodwill.spend(work, happened)
    for envelope, event in happened:
        if isinstance(event, ReadyAnswerOffered | ReadyAnswerTaken | ReadyAnswerLeft):
            await work.execute(
                "INSERT INTO ready_answer (case_id, version, name, answer_version, what) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT DO NOTHING",
                envelope.case_id,
                envelope.version,
                event.answer.name,
                event.answer.version,
                _WHAT[type(event)],
            )
