"""What a service does about an erasure: its own purges, and a row for each that says how much went, and when.

Invariant: the rows are written in the transaction that takes the erasure in, so a service that has its row holds
nothing any more of what the register says it purges. Taking the same erasure in again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.privacy import ComplainantErased
from casework.shared.contracts.types import Instant
from casework.shared.http.access import requires
from casework.shared.privacy.register import PURGES
from casework.shared.runtime.database import Work, begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

READ_TABLES = "read tables"
"""The place under which a service says that it has taken the erasure in, also where it had nothing to purge."""


class Purged(BaseModel, frozen=True):
    """One place of one service that was purged for one case: how many rows, and when."""

    case_id: UUID
    place: str
    rows: int
    purged_at: Instant


class PurgesOfService(BaseModel, frozen=True):
    """What one service purged for an erasure. Empty until it has taken the erasure in."""

    service: ServiceName
    purged: list[Purged]


def create_purge(schema: str, role: str) -> list[str]:
    """The statements that make a service's table of purges."""
    return [
        f"""
        CREATE TABLE {schema}.purge (
            erasure_id uuid NOT NULL,
            case_id uuid NOT NULL,
            place text NOT NULL,
            rows bigint NOT NULL,
            purged_at timestamptz NOT NULL,
            CONSTRAINT purge_pk PRIMARY KEY (erasure_id, case_id, place)
        )""",
        f"GRANT SELECT, INSERT ON {schema}.purge TO {role}",
    ]


async def purge_by(work: Work, service: ServiceName, events: Iterable[tuple[Envelope, Any]]) -> None:
    """Purge what the events say is erased. Those of other kinds change nothing."""
    for envelope, event in events:
        if not isinstance(event, ComplainantErased):
            continue
        case_id = envelope.case_id
        count = 0
        for place, statement in PURGES[service].items():
            rows = await work.execute(statement, [case_id])
            await note(work, event.erasure_id, case_id, place, rows)
            count += rows
        await note(work, event.erasure_id, case_id, READ_TABLES, count)


async def note(work: Work, erasure_id: UUID, case_id: UUID, place: str, rows: int) -> None:
    """Write down that a place was purged; the first time counts."""
    await work.execute(
        "INSERT INTO purge (erasure_id, case_id, place, rows, purged_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        erasure_id,
        case_id,
        place,
        rows,
        work.now,
    )


async def purges_of(work: Work, erasure_id: UUID) -> Sequence[Purged]:
    """What this service purged for an erasure."""
    rows = await work.fetch(
        "SELECT case_id, place, rows, purged_at FROM purge WHERE erasure_id = $1 ORDER BY case_id, place", erasure_id
    )
    return [
        Purged(case_id=UUID(int=r["case_id"].int), place=r["place"], rows=r["rows"], purged_at=r["purged_at"])
        for r in rows
    ]


def purges_router(runtime: ServiceRuntime) -> APIRouter:
    """How intake asks the others, beside their feeds."""
    router = APIRouter(tags=["feeds"])

    @router.get(
        f"/v1/feeds/{runtime.name}/purges/{{erasure_id}}",
        summary="What this service purged for an erasure",
        dependencies=[Depends(requires("feeds:read"))],
    )
    async def purges(erasure_id: UUID) -> PurgesOfService:
        async with begin(runtime.engine) as work:
            return PurgesOfService(service=runtime.name, purged=list(await purges_of(work, erasure_id)))

    return router
