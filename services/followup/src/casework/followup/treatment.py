"""The report on equal treatment: whether people fare alike, whichever way their complaints come in.

Invariant: it compares ways and categories, never persons; nothing that says who somebody is or what they are worth is
kept here, so nothing of it can be asked. Times are business times, so an imported history counts as it happened.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median_low
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from casework.followup.progress import Progress
from casework.followup.projections import read_progress
from casework.shared.http.access import requires
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime

PAGE = 2_000


@dataclass(slots=True)
class _Group:
    """What the cases of one category that came by one way came to. `hours` is from the receipt to the last closing."""

    cases: int = 0
    hours: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    remedied: int = 0

    def add(self, progress: Progress) -> None:
        self.cases += 1
        if progress.closure and "received" in progress.times:
            begun, ended = (datetime.fromisoformat(progress.times[name]) for name in ("received", "closed"))
            self.hours.append(max(int((ended - begun).total_seconds()) // 3600, 0))
        if progress.decision:
            self.outcomes[progress.decision] += 1
            self.remedied += bool(progress.given)


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the report."""
    api = APIRouter(tags=["figures"], dependencies=[Depends(requires("cases:read"))])

    @api.get("/v1/equal-treatment", summary="Time, outcome and remedies of like cases, by the way they came in")
    async def report() -> list[dict[str, Any]]:
        groups: dict[str, dict[str, _Group]] = defaultdict(lambda: defaultdict(_Group))
        async for progress in _all(runtime):
            groups[progress.category][progress.source].add(progress)
        return [
            {
                "category": category,
                "gap_hours": _gap(by_source),
                "by_source": [_line(source, group) for source, group in sorted(by_source.items())],
            }
            for category, by_source in sorted(groups.items())
        ]

    return api


def _line(source: str, group: _Group) -> dict[str, Any]:
    return {
        "source": source,
        "cases": group.cases,
        "closed": len(group.hours),
        "median_hours": median_low(group.hours) if group.hours else None,
        "decided": group.outcomes.total(),
        "outcomes": dict(sorted(group.outcomes.items())),
        "with_remedy": group.remedied,
    }


def _gap(by_source: dict[str, _Group]) -> int | None:
    """How far apart the medians of the ways lie; None where fewer than two have closed cases."""
    medians = [median_low(group.hours) for group in by_source.values() if group.hours]
    return max(medians) - min(medians) if len(medians) > 1 else None


async def _all(runtime: ServiceRuntime) -> AsyncIterator[Progress]:
    after = UUID(int=0)
    while True:
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT case_id, progress FROM case_status WHERE case_id > $1 ORDER BY case_id LIMIT $2", after, PAGE
            )
        if not rows:
            return
        after = rows[-1]["case_id"]
        for row in rows:
            yield read_progress(row["progress"])
