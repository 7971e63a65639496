"""The report on clocks: what was met and missed, policy by policy, and how long cases were in each stage.

Invariant: a clock that was corrected counts as what it was in truth. What warns and binds nobody is never missed: that
its time passed is counted apart. Times are business times, so a history that was imported counts as it happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from casework.followup.progress import MILESTONES
from casework.followup.projections import read_progress
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.http.access import requires
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

PAGE = 2_000
PERCENTILES = (50, 75, 90, 99)


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the report."""
    api = APIRouter(tags=["clocks"], dependencies=[Depends(requires("cases:read"))])

    @api.get("/v1/clock-report", summary="Clocks met and missed, and the time in each stage")
    async def report() -> dict[str, Any]:
        async with begin(runtime.engine) as work:
            clocks = await clocks_by_policy(work, runtime.rulebook)
        return {"clocks": clocks, "stages": await time_in_stages(runtime)}

    return api


async def clocks_by_policy(work: Work, rulebook: Rulebook) -> list[dict[str, Any]]:
    """Of each policy how many clocks were armed, and what came of them. `missed` counts those met late as well, but
    only of clocks that bind; `passed` those of the others. `binding` says whether any of them binds."""
    loose = [policy.ref for policy in rulebook.policies if not policy.binding]
    rows = await work.fetch(
        "SELECT policy, kind, purpose, count(*) AS armed, bool_or(binds) AS binding,"
        " count(*) FILTER (WHERE outcome = 'met') AS met,"
        " count(*) FILTER (WHERE outcome = 'expired' AND binds) AS missed,"
        " count(*) FILTER (WHERE outcome = 'expired' AND NOT binds) AS passed,"
        " count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,"
        " count(*) FILTER (WHERE outcome = 'restarted') AS restarted,"
        " count(*) FILTER (WHERE outcome IN ('running', 'paused')) AS running,"
        " count(*) FILTER (WHERE provisional) AS provisional"
        " FROM (SELECT *, coalesce(corrected, phase) AS outcome, (policy, policy_version) NOT IN"
        " (SELECT * FROM unnest($1::text[], $2::int[])) AS binds FROM clock) AS judged"
        " GROUP BY policy, kind, purpose ORDER BY kind DESC, policy",
        [ref.id for ref in loose],
        [ref.version for ref in loose],
    )
    return [dict(row) for row in rows]


async def time_in_stages(runtime: ServiceRuntime) -> list[dict[str, Any]]:
    """Between each two milestones that cases passed one after the other: how many did, and percentiles in seconds."""
    order = list(dict.fromkeys(MILESTONES.values()))
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    after = UUID(int=0)
    while True:
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT case_id, progress FROM case_status WHERE case_id > $1 ORDER BY case_id LIMIT $2", after, PAGE
            )
        if not rows:
            break
        after = rows[-1]["case_id"]
        for row in rows:
            times = read_progress(row["progress"]).times
            passed = [(name, datetime.fromisoformat(times[name])) for name in order if name in times]
            for (begun, since), (ended, until) in pairwise(passed):
                spent[begun, ended].append(max((until - since).total_seconds(), 0.0))
    return [
        {"from": begun, "to": ended, "cases": len(found), "seconds": _percentiles(sorted(found))}
        for (begun, ended), found in sorted(spent.items(), key=lambda each: _place(order, each[0]))
    ]


def _place(order: Sequence[str], stage: tuple[str, str]) -> tuple[int, int]:
    return order.index(stage[0]), order.index(stage[1])


def _percentiles(found: Sequence[float]) -> dict[str, int]:
    """The value at or below which so many percent lie (nearest rank), in whole seconds."""
    return {f"p{percent}": round(found[-(-percent * len(found) // 100) - 1]) for percent in PERCENTILES}
