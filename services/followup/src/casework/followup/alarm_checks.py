"""What followup adds to the alarms: cases without movement, orphans, and clocks that did not fire in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from casework.followup.queries import ORPHANED
from casework.followup.timer import GRACE
from casework.shared.runtime.alarms import MOST_CASES, Check, Found
from casework.shared.runtime.database import Work
from casework.shared.runtime.metrics import Metrics

LATE = GRACE + timedelta(seconds=30)
"""A clock that has not fired so long after its time. The first part is how long the timer may wait for a source that
does not answer."""


def checks(metrics: Metrics, still: timedelta) -> tuple[Check, ...]:
    """`still` is how long an open case may stand without anything being recorded in it."""

    async def without_movement(work: Work) -> Sequence[Found]:
        rows = await work.fetch(
            "SELECT case_id, count(*) OVER () AS many, $1 - changed_at AS still FROM case_status"
            " WHERE is_open AND changed_at < $2 ORDER BY changed_at LIMIT $3",
            work.now,
            work.now - still,
            MOST_CASES,
        )
        many = rows[0]["many"] if rows else 0
        metrics.still_cases.labels("followup").set(many)
        cases = tuple(str(row["case_id"]) for row in rows)
        return [Found("case-without-movement", many, 0, "cases", cases=cases)] if many else []

    async def orphans(work: Work) -> Sequence[Found]:
        rows = await work.fetch(
            "SELECT case_id, count(*) OVER () AS many FROM case_status WHERE " + ORPHANED + " LIMIT $1", MOST_CASES
        )
        if not rows:
            return []
        return [Found("orphan", rows[0]["many"], 0, "cases", cases=tuple(str(row["case_id"]) for row in rows))]

    async def late_clocks(work: Work) -> Sequence[Found]:
        rows = await work.fetch(
            "SELECT case_id, count(*) OVER () AS many, extract(epoch FROM $1 - fires_at)::float8 AS late FROM clock"
            " WHERE fires_at < $2 ORDER BY fires_at LIMIT $3",
            work.now,
            work.now - LATE,
            MOST_CASES,
        )
        metrics.clocks_late.labels("followup").set(rows[0]["many"] if rows else 0)
        metrics.clock_lateness_seconds.labels("followup").set(rows[0]["late"] if rows else 0)
        if not rows:
            return []
        cases = tuple(dict.fromkeys(str(row["case_id"]) for row in rows))
        late = round(rows[0]["late"], 1)
        return [Found("clock-late", late, LATE.total_seconds(), "seconds", cases=cases)]

    return without_movement, orphans, late_clocks
