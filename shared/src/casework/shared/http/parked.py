"""Parked cases over HTTP: which ones wait in a service, and taking one up again where its rules run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from casework.shared.contracts.ids import shard_of
from casework.shared.errors import Refusal
from casework.shared.http.access import requires
from casework.shared.http.idempotency import repeatable
from casework.shared.inbox import parking
from casework.shared.inbox.parking import ParkedCase
from casework.shared.runtime.database import begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime


class NotParked(Refusal):
    """The case does not wait in this service."""

    code = "not-parked"
    status = 404


class Parked(BaseModel):
    """A case that waits: since when, the class of what went wrong, and how many events wait in it. `unknown_type`
    names an event type that a newer release knows: the case is taken up by itself when that release starts."""

    case_id: UUID
    reason: str
    unknown_type: str | None
    parked_at: datetime
    waiting: int


class ParkedList(BaseModel):
    """The parked cases of one service, the oldest first."""

    service: str
    cases: list[Parked]


class Retried(BaseModel):
    """Whether the case flows again. If not, it failed as before and waits on; the service's log says why.

    `events` waited; `duplicates` of them had their effect before and were left out. In a dry run nothing was done, and
    `released` says what would come of it.
    """

    service: str
    case_id: UUID
    released: bool
    events: int
    duplicates: int
    dry_run: bool


def parked_router(runtime: ServiceRuntime) -> APIRouter:
    """The operator's routes of one service."""
    router = APIRouter(
        prefix=f"/v1/parked/{runtime.name}", tags=["operations"], dependencies=[Depends(requires("parked:write"))]
    )

    async def parked() -> list[ParkedCase]:
        async with begin(runtime.engine) as work:
            cases = await parking.list_parked(work, runtime.reactor.consumer)
        runtime.metrics.parked_cases.labels(runtime.name).set(len(cases))
        return cases

    @router.get("", summary="Cases that wait because an event of theirs could not be processed")
    async def list_parked() -> ParkedList:
        return ParkedList(
            service=runtime.name,
            cases=[
                Parked(
                    case_id=case.case_id,
                    reason=case.reason,
                    unknown_type=case.unknown_type,
                    parked_at=case.parked_at,
                    waiting=case.waiting,
                )
                for case in await parked()
            ],
        )

    @router.post("/{case_id}/retry", summary="Take a parked case up again", dependencies=[Depends(repeatable)])
    async def retry(
        case_id: UUID,
        dry_run: Annotated[bool, Query(description="Do it, say what came of it, and undo it: nothing changes")] = False,
    ) -> Retried:
        runtime.refuse_when_halted()
        if case_id not in {case.case_id for case in await parked()}:
            raise NotParked(f"Case {case_id} does not wait in {runtime.name}; `casework parked list` shows which do.")
        taken = await runtime.consumer.take_up(case_id, shard_of(case_id, runtime.shards), rehearse=dry_run)
        await parked()
        return Retried(service=runtime.name, case_id=case_id, dry_run=dry_run, **taken._asdict())

    return router
