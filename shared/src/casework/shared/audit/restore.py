"""After a restore: finding out which stores were set back, and refilling them.

Invariant: nothing is written before all records were read and every store was compared with them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casework.shared.audit.refill import Refilled, refill, require_stopped
from casework.shared.audit.spool import CannotRefill, Progress, Spool, spool_file, spool_stores, spool_topic
from casework.shared.audit.walk import Stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.eventstore import reading
from casework.shared.inbox import guard
from casework.shared.platform.installation import Installation
from casework.shared.runtime.database import begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.messaging import kafka_security
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.settings import Settings


async def refill_stores(
    settings: Settings,
    export: Path | None,
    *,
    services: Collection[ServiceName] = SERVICES,
    progress: Progress | None = None,
) -> list[Refilled]:
    """Refill those of `services` that were set back, from an export, or without one from the topic of the case log.
    `settings` are those the services run with. Returns what was done, for each that was set back.

    Raises `CannotRefill`, `StillRuns`, `NotAnExport`, `TopicUnavailable`, `StoreUnavailable`.
    """
    metrics = Metrics.create()
    runtimes = [await assemble(service, settings, metrics) for service in installed()]
    show = progress or (lambda _done, _total: None)
    try:
        installation, shards = runtimes[0].installation, runtimes[0].shards
        needs = await needs_of(runtimes)
        with Spool(installation, shards) as spool:
            if export is None:
                security = kafka_security(settings)
                await spool_topic(spool, settings.kafka_servers, settings.topic_prefix, needs.needs, show, security)
            else:
                spool_file(spool, export, needs.needs, show)
            stores = Stores(Installation(installation, shards), {each.name: each.engine for each in runtimes})
            await spool_stores(spool, stores, needs.taken)
            set_back = [each for each in runtimes if each.name in services and await is_set_back(spool, each, needs)]
            for runtime in set_back:
                await require_stopped(runtime)
            return [await refill(runtime, spool) for runtime in set_back]
    finally:
        for runtime in runtimes:
            await runtime.aclose()


@dataclass(frozen=True, slots=True)
class Needs:
    """Which records a refill needs, by (source, shard): those after the end of the source's own store, and those
    that a service here has not taken in."""

    ends: Mapping[tuple[ServiceName, int], int]
    taken: Mapping[tuple[ServiceName, int], int]
    """The least that any service has taken in."""

    def needs(self, source: ServiceName, shard: int, position: int) -> bool:
        place = (source, shard)
        return place in self.ends and position > min(self.ends[place], self.taken[place])


async def needs_of(runtimes: Sequence[ServiceRuntime]) -> Needs:
    """What the four stores lack, or may have to be told again."""
    ends: dict[tuple[ServiceName, int], int] = {}
    taken: dict[tuple[ServiceName, int], int] = {}
    for runtime in runtimes:
        async with begin(runtime.engine) as work:
            await guard.prepare_cursors(work, runtime.reactor.consumer, runtime.shards)
            ends.update({(runtime.name, head.shard): head.position for head in await reading.heads(work)})
            for place, cursor in (await guard.read_cursors(work, runtime.reactor.consumer)).items():
                if place[0] != runtime.name:
                    taken[place] = min(taken.get(place, cursor.position), cursor.position)
    return Needs(ends, taken)


async def is_set_back(spool: Spool, runtime: ServiceRuntime, needs: Needs) -> bool:
    """Whether the records hold events of the service that its store lacks. Raises `CannotRefill` when they hold
    another event than the store at a position that it has: it was written to after it was set back."""
    missing = False
    for shard in range(spool.shards):
        end = needs.ends[runtime.name, shard]
        missing = missing or spool.beyond(runtime.name, shard) > end
        known = spool.newest_known(runtime.name, shard)
        if known is None:
            continue
        async with begin(runtime.engine) as work:
            here = await reading.page(work, shard, after=known.position - 1, limit=1)
        if here[0].hash != known.hash:
            raise CannotRefill(
                f"{runtime.name} has another event at position {known.position} of shard {shard} than the records: it "
                "was written to after it was set back, and has a history of its own now. Restore it once more, and "
                "refill it before the service starts."
            )
    return missing
