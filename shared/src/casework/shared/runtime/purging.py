"""Removes what has been kept long enough, in small steps, while the service runs.

Invariant: a purge only removes rows that nothing looks at any more (`retention.KEEP` is behind them), at most `STEP` of
them in a transaction, and nothing that others still write. So it holds nobody up, two processes at once are
harmless, and a kill undoes at most one step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.errors import Conflict
from casework.shared.http import idempotency
from casework.shared.relay import lease
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

EVERY_S = 600.0
STEP = 500
REST_S = 0.05
"""Between two steps, so that a large purge leaves the database to the work of the day."""

Step: TypeAlias = Callable[[Work, int], Awaitable[int]]


class Purge(NamedTuple):
    """What is removed from one table: `step` takes a transaction and removes at most so many rows; returns how many."""

    table: str
    step: Step


COMMON: tuple[Purge, ...] = (Purge("idempotency", idempotency.purge), Purge("relay_member", lease.purge))
"""What every service has."""


class Purger:
    """Purges the tables of one service, at its start and every ten minutes."""

    def __init__(self, engine: AsyncEngine, service: str, purges: Sequence[Purge], metrics: Metrics) -> None:
        self._engine, self._service, self._purges, self._metrics = engine, service, (*COMMON, *purges), metrics

    async def run(self) -> None:
        while True:
            try:
                await self.purge()
            except (StoreUnavailable, Conflict) as error:
                log.warning("purge.again", service=self._service, error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def purge(self, most: int = STEP) -> dict[str, int]:
        """Remove everything that is due now, `most` rows at a time. Returns how many rows of each table."""
        gone: dict[str, int] = {}
        for each in self._purges:
            gone[each.table] = 0
            while True:
                async with begin(self._engine) as work:
                    done = await each.step(work, most)
                gone[each.table] += done
                if done < most:
                    break
                await asyncio.sleep(REST_S)
            if gone[each.table]:
                self._metrics.purged_rows.labels(self._service, each.table).inc(gone[each.table])
                log.info("purge.done", service=self._service, table=each.table, count=gone[each.table])
        return gone
