"""Replaying a period: every case in which something happened, as it stood when it began and when it ended.

One JSON line a case, between a first line that names the cuts and a last one that counts. The two ends are cuts
(`cuts`), so the periods of a year hold each event once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from casework.shared.audit.cuts import Cut, cases_until, cut_at, is_before
from casework.shared.audit.replay import Replay, Streams, replayed
from casework.shared.audit.sources import Progress
from casework.shared.audit.walk import Stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.types import rfc3339

FORMAT = "casework-replay"


class NoPeriod(Exception):
    """The period ends before it begins, or has not ended yet."""


async def replay_period(
    stores: Stores, since: datetime, until: datetime, *, now: datetime, progress: Progress | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The lines of the period after `since` up to and with `until`. Raises `NoPeriod`, `StoreUnavailable`."""
    if since > until:
        raise NoPeriod(f"The period ends ({rfc3339(until)}) before it begins ({rfc3339(since)}).")
    if until > now:
        raise NoPeriod(f"The period ends at {rfc3339(until)}, which is still to come; a replay shows what was.")
    first, last = await cut_at(stores, since), await cut_at(stores, until)
    yield {
        "format": FORMAT,
        "version": 1,
        "installation": str(stores.installation.id),
        "from": rfc3339(since),
        "to": rfc3339(until),
        "cuts": {
            source: [[first[source, shard], last[source, shard]] for shard in range(stores.installation.shards)]
            for source in SERVICES
        },
    }
    total = sum(last.values()) - sum(first.values())
    cases = events = 0
    for shard in range(stores.installation.shards):
        async for case_id, streams in cases_until(stores, shard, last, since=first):
            before = _before(streams, first, shard)
            known = sum(map(len, before.values()))
            after = replayed(case_id, streams)
            came = [
                event for event in after.timeline if not is_before(first, event.envelope.source, shard, event.position)
            ]
            yield {
                "case_id": str(case_id),
                "before": _stood(replayed(case_id, before)) if known else None,
                "timeline": [event.document() for event in came],
                "after": _stood(after),
            }
            cases, events = cases + 1, events + len(came)
            if progress is not None:
                progress(events, total)
    yield {"end": {"cases": cases, "events": events}}


def _before(streams: Streams, cut: Cut, shard: int) -> Streams:
    found: dict[ServiceName, list[Any]] = {}
    for source, stream in streams.items():
        found[source] = [event for event in stream if is_before(cut, source, shard, event.position)]
    return found


def _stood(found: Replay) -> dict[str, Any]:
    """How a case stood: everything of a replay but its story."""
    return {**found.stood, "policies": list(found.policies), "states": found.states}
