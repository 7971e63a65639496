"""What other services recorded, and one service that takes it in by itself, on a database of its own.

The logs of a whole installation are written once. A test then brings them, in whatever order it likes, to a service
that has seen nothing yet, and compares what comes of it with what comes of every event once, in order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx2
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Placed
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox import consumer as consumer_module
from casework.shared.inbox import guard
from casework.shared.inbox.consumer import EventConsumer
from casework.shared.inbox.feed import FeedAway, FeedClient, FeedHead
from casework.shared.inbox.reactor import Reactor, Received
from casework.shared.runtime.database import Work, begin, service_engine
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.settings import Settings
from casework.shared.testing.desk import complaint
from casework.shared.testing.stack import stack_on

CASES = 48
NOW = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
"""What every clock shows while a service takes events in: later than anything upstream."""
BEFORE: Mapping[ServiceName, tuple[ServiceName, ...]] = {
    "investigation": ("intake",),
    "resolution": ("intake", "investigation"),
    "followup": ("intake", "investigation", "resolution"),
}
"""Whose events a service's own are made of, on the straight way: nothing that these record waits for it."""
POLICY = """
[[solution]]
name = "collection-explained"
version = 1
categories = ["Debt collection", "Credit card"]
severity = "medium"
complexity = "simple"
finding = "The debt is documented."
outcome = "not-upheld"
remedy = "explanation"
answer = "The debt is yours according to the documents. 欠款属实。"
reply = "accepted"
"""


@dataclass(frozen=True)
class Upstream:
    """The logs, read where they were written. `away` names services that do not answer for a while."""

    engines: Mapping[ServiceName, AsyncEngine]
    installation: UUID
    folder: Path
    away: set[ServiceName] = field(default_factory=set)

    async def log(self, *sources: ServiceName) -> list[Placed]:
        """Everything these services recorded, in an order in which causes come first."""
        found: list[Placed] = []
        for source in sources:
            found += [self.placed(source, event) async for event in reading.walk(self.engines[source], range(12))]
        return found

    def placed(self, source: ServiceName, event: reading.StoredEvent) -> Placed:
        return Placed(
            self.installation, source, event.shard, event.position, event.shardprev, event.hash, event.document
        )


class Feeds(FeedClient):
    """The feeds of these logs, without HTTP. Services that are not upstream of the reader have recorded nothing."""

    def __init__(self, upstream: Upstream, sources: Iterable[ServiceName]) -> None:
        super().__init__(httpx2.AsyncClient(), str, "")
        self._upstream = upstream
        self._sources = set(sources)

    async def heads(self, source: ServiceName) -> dict[int, FeedHead]:
        if source in self._upstream.away:
            raise FeedAway(source)
        if source not in self._sources:
            return {}
        async with begin(self._upstream.engines[source]) as work:
            return {head.shard: FeedHead(head.position, head.hash) for head in await reading.heads(work)}

    async def page(self, source: ServiceName, shard: int, *, after: int, hash_after: bytes | None) -> list[Placed]:
        if source in self._upstream.away:
            raise FeedAway(source)
        if source not in self._sources:
            return []
        async with begin(self._upstream.engines[source]) as work:
            events = await reading.page(work, shard, after=after, limit=20, hash_after=hash_after)
        return [self._upstream.placed(source, event) for event in events]


@asynccontextmanager
async def written(url: str, folder: Path) -> AsyncIterator[Upstream]:
    """Write the logs: complaints that run from receipt to closure, and some that wait for staff."""
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    async with stack_on(url, folder, straight_through=policy) as stack:
        async with stack.client(await stack.key()) as http:
            for number in range(CASES):
                category = ("Debt collection", "Credit card", "Furniture")[number % 3]
                body = complaint(category=category, source_reference=f"case {number}")
                answer = await http.post("/v1/complaints", json=body, headers={"idempotency-key": str(number)})
                assert answer.status_code == 201, answer.text
        await stack.settle()
        installation = stack.runtimes["intake"].installation
    engines = {service: service_engine(url, service, pool_size=4) for service in SERVICES}
    yield Upstream(engines, installation, folder)
    for engine in engines.values():
        await engine.dispose()


@dataclass(slots=True)
class Taker:
    """A service that takes events in. `metrics` are its own."""

    runtime: ServiceRuntime
    consumer: EventConsumer[Any, Any, Any]
    metrics: Metrics

    def again(self, reactor: Reactor[Any, Any], feeds: FeedClient) -> EventConsumer[Any, Any, Any]:
        """Another consumer of the same service: as after a restart, or in another replica."""
        return EventConsumer(
            self.runtime.store,
            self.runtime.engine,
            reactor,
            feeds,
            installation=self.runtime.installation,
            metrics=self.metrics,
            committed=lambda: None,
        )

    def alarms(self) -> dict[str, float]:
        """How often each kind of alarm was raised."""
        return {
            sample.labels["kind"]: sample.value
            for metric in self.metrics.guard_alarms.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }


@asynccontextmanager
async def taker(
    url: str,
    service: ServiceName,
    upstream: Upstream,
    *,
    wrap: Callable[[Reactor[Any, Any]], Reactor[Any, Any]] | None = None,
    feeds: FeedClient | None = None,
) -> AsyncIterator[Taker]:
    """The service on a migrated database, with the feeds of `upstream`; `wrap` may come between it and its reactor."""
    settings = Settings(
        database_url=SecretStr(url),
        kafka_servers="127.0.0.1:1",
        key_file=upstream.folder / "person-keys",
        service_key_file=upstream.folder / "services",
        straight_through=upstream.folder / "policy.toml",
    )
    metrics = Metrics.create()
    runtime = await assemble(installed([service])[0], settings, metrics)
    found = Taker(runtime, runtime.consumer, metrics)
    reactor = runtime.reactor if wrap is None else wrap(runtime.reactor)
    found.consumer = found.again(reactor, feeds or Feeds(upstream, BEFORE[service]))
    async with begin(runtime.engine) as work:
        # Not `prepare`, which would read everything from the feeds before anything is brought.
        await guard.prepare_cursors(work, reactor.consumer, runtime.shards)
    try:
        yield found
    finally:
        await runtime.aclose()


@asynccontextmanager
async def fixed_clock(engine: AsyncEngine) -> AsyncIterator[Work]:
    """As `begin`, while every clock shows `NOW`."""
    async with begin(engine) as work:
        work.now = NOW
        yield work


def stop_the_clock(monkeypatch: Any) -> None:
    """Let consumers work at `NOW`, so that what they record can be compared byte for byte."""
    monkeypatch.setattr(consumer_module, "begin", fixed_clock)


def in_batches(placed: Sequence[Placed], odds: Random, most: int = 60) -> list[list[Placed]]:
    """Cut into batches of any size."""
    batches: list[list[Placed]] = []
    start = 0
    while start < len(placed):
        size = odds.randint(1, most)
        batches.append(list(placed[start : start + size]))
        start += size
    return batches


def scrambled(placed: Sequence[Placed], odds: Random, *, lose: float = 0.3) -> list[Placed]:
    """Some come once, some up to three times, some never; all in any order."""
    kept = [item for item in placed if odds.random() >= lose]
    many = [item for item in kept for _ in range(odds.choice((1, 1, 2, 3)))]
    odds.shuffle(many)
    return many


Effects = Mapping[str, Any]


async def effects(runtime: ServiceRuntime, *, places: bool = False) -> Effects:
    """Everything that taking events in has left behind. With `places` also where each event stands in the log."""
    async with begin(runtime.engine) as work:
        events = [event async for event in reading.walk(runtime.engine, range(runtime.shards))]
        states = await work.fetch("SELECT case_id, version, hash, state FROM case_state ORDER BY case_id")
        status: list[Any] = []
        if runtime.name == "followup":
            status = await work.fetch("SELECT case_id, statusversion, document FROM case_status ORDER BY case_id")
        cursors = await guard.read_cursors(work, runtime.reactor.consumer)
        parked = await work.fetch("SELECT case_id FROM parked_case UNION ALL SELECT case_id FROM parked_event")
    return {
        "streams": {(e.case_id, e.version): e.document for e in events},
        "log": [(e.shard, e.position, e.event_id, e.hash, e.shardprev) for e in events] if places else None,
        "states": [tuple(row.values()) for row in states],
        "status": [tuple(row.values()) for row in status],
        "cursors": cursors,
        "parked": [row["case_id"] for row in parked],
    }


class Wrapped:
    """A reactor that does what another does. The ones below come between a consumer and the service's own."""

    def __init__(self, inner: Reactor[Any, Any]) -> None:
        self.inner = inner

    @property
    def consumer(self) -> str:
        return self.inner.consumer

    @property
    def actor(self) -> Actor:
        return self.inner.actor

    def cares_for(self, type_name: str) -> bool:
        return self.inner.cares_for(type_name)

    async def commands(self, work: Work, unit: Unit[Any, Any, Any], received: Received) -> Sequence[Any]:
        return await self.inner.commands(work, unit, received)

    async def project(
        self,
        work: Work,
        unit: Unit[Any, Any, Any],
        received: Sequence[Received],
        recorded: Sequence[Recorded[Any]],
    ) -> None:
        await self.inner.project(work, unit, received, recorded)


class Watching(Wrapped):
    """Sees to it that nothing takes effect before its cause, twice, or out of order. For who cares for all types."""

    def __init__(self, inner: Reactor[Any, Any]) -> None:
        super().__init__(inner)
        self.positions: dict[tuple[ServiceName, int], int] = {}

    async def commands(self, work: Work, unit: Unit[Any, Any, Any], received: Received) -> Sequence[Any]:
        delivery = received.delivery
        place, cause = (delivery.source, delivery.shard), delivery.cause
        assert delivery.position == self.positions.get(place, -1) + 1, "twice, or out of order"
        if cause is not None and cause.source != unit.store.service:
            assert cause.position <= self.positions.get((cause.source, delivery.shard), -1), (
                "an effect before its cause"
            )
        self.positions[place] = delivery.position
        return await super().commands(work, unit, received)


class Poisoned(Wrapped):
    """Fails for some cases, or for all of them, as long as `cases` or `everything` says so."""

    def __init__(self, inner: Reactor[Any, Any]) -> None:
        super().__init__(inner)
        self.cases: set[UUID] = set()
        self.everything = False
        self.failures: list[Exception] = []
        """Raised one after the other, whatever comes, before anything else."""

    async def commands(self, work: Work, unit: Unit[Any, Any, Any], received: Received) -> Sequence[Any]:
        if self.failures:
            raise self.failures.pop()
        if self.everything or received.envelope.case_id in self.cases:
            raise LookupError("a program that does not understand this case")
        return await super().commands(work, unit, received)
