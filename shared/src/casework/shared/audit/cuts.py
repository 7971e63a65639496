"""Cutting the four logs at one moment, and reading whole cases up to a cut.

Invariants:

* A cut is a position in each log, never a time: what lies before it never changes, and two periods that meet at a
  moment neither share an event nor leave one out.
* A cut is closed under causes: whatever caused an event before it lies before it too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from casework.shared.audit.replay import Stored
from casework.shared.audit.walk import CAUSE, Stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.database import begin

Cut: TypeAlias = Mapping[tuple[ServiceName, int], int]
"""(service, shard) -> how many of the log's events lie before the cut."""

CASES = 200
"""How many cases are read at a time."""
SKEW = timedelta(hours=1)
"""By how much the clocks of the services' databases may differ: only so far back may an event lie before a cut and its
cause behind it. With one database there is none."""

_BEFORE = """
SELECT h.shard, coalesce((SELECT min(position) FROM event e WHERE e.shard = h.shard AND e.recorded_at > $1), h.next)
FROM log_head h
"""
_CAUSES = "SELECT envelope FROM event WHERE shard = $1 AND position >= $2 AND position < $3 AND recorded_at > $4"


async def cut_at(stores: Stores, moment: datetime) -> Cut:
    """The cut at a moment that has passed: of each log the events before the first that was recorded later, and what
    caused them. Raises `StoreUnavailable`."""
    cut: dict[tuple[ServiceName, int], int] = {}
    for service in SERVICES:
        async with begin(stores.engines[service]) as work:
            cut |= {(service, shard): position for shard, position in await work.fetch(_BEFORE, moment)}
    await _close(stores, cut, moment - SKEW)
    return cut


async def _close(stores: Stores, cut: dict[tuple[ServiceName, int], int], since: datetime) -> None:
    looked = dict.fromkeys(cut, 0)
    while behind := [place for place in cut if looked[place] < cut[place]]:
        for service, shard in behind:
            place = (service, shard)
            async with begin(stores.engines[service]) as work:
                rows = await work.fetch(_CAUSES, shard, looked[place], cut[place], since)
            looked[place] = cut[place]
            for row in rows:
                if (cause := CAUSE.search(row[0])) is not None:
                    by = next((name for name in SERVICES if name == cause[2].decode()), None)
                    if by is not None:
                        cut[by, shard] = max(cut[by, shard], int(cause[1]) + 1)


def is_before(cut: Cut, service: ServiceName, shard: int, position: int) -> bool:
    """Whether an event lies before the cut."""
    return position < cut[service, shard]


async def cases_until(
    stores: Stores, shard: int, until: Cut, *, since: Cut | None = None
) -> AsyncIterator[tuple[UUID, dict[ServiceName, Sequence[Stored]]]]:
    """The cases of a shard, each with all its events before `until`; with `since`, those in which something happened
    from there on. Raises `StoreUnavailable`."""
    found: dict[UUID, None] = {}
    for service in SERVICES:
        async with begin(stores.engines[service]) as work:
            rows = await work.fetch(
                "SELECT case_id, min(position) FROM event WHERE shard = $1 AND position >= $2 AND position < $3"
                " GROUP BY case_id ORDER BY 2",
                shard,
                0 if since is None else since[service, shard],
                until[service, shard],
            )
        found |= dict.fromkeys(UUID(int=row[0].int) for row in rows)
    cases = list(found)
    for start in range(0, len(cases), CASES):
        some = cases[start : start + CASES]
        streams: dict[UUID, dict[ServiceName, Sequence[Stored]]] = {case_id: {} for case_id in some}
        for service in SERVICES:
            async with begin(stores.engines[service]) as work:
                rows = await work.fetch(
                    "SELECT case_id, position, hash, envelope FROM event WHERE case_id = ANY($1) AND position < $2"
                    " ORDER BY case_id, version",
                    some,
                    until[service, shard],
                )
            for case_id, position, hash_, document in rows:
                stream = streams[UUID(int=case_id.int)].setdefault(service, [])
                assert isinstance(stream, list)
                stream.append(Stored(position, hash_, document))
        for case_id in some:
            yield case_id, streams[case_id]
