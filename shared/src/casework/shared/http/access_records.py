"""Who took what out of the record, over HTTP: for auditors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query

from casework.shared.http.access import requires
from casework.shared.platform.access_records import access_records
from casework.shared.runtime.database import begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime


def access_records_router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the records of exports, replays and keys that were handed out."""
    router = APIRouter(tags=["audit"], dependencies=[Depends(requires("audit:read"))])

    @router.get("/v1/access-records", summary="Who took what out of the record, and what for")
    async def show(
        after: Annotated[int, Query(ge=-1, le=2**62, description="The position of the last one that is known")] = -1,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[dict[str, Any]]:
        async with begin(runtime.engine) as work:
            return await access_records(work, after=after, limit=limit)

    return router
