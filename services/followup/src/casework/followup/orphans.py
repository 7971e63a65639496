"""The watch over the promise that no open case is ever without an owner, somebody who holds it, and a due time."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.followup import queries
from casework.shared.errors import Conflict
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

EVERY_S = 10.0


class OrphanWatch:
    """Counts open cases that lack one of them, every few seconds. The count must be 0."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    async def run(self) -> None:
        while True:
            try:
                async with begin(self._engine) as work:
                    many = await queries.count_orphans(work)
                self._metrics.orphaned_cases.labels("followup").set(many)
                if many:
                    log.error("followup.orphans", count=many, action="see GET /v1/cases?orphaned=true")
            except (StoreUnavailable, Conflict) as error:
                log.warning("followup.orphans-unknown", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)
