"""One service of the four, running: its store, relays, consumer and HTTP routes on one engine.

Invariant: nothing here is global. A process makes one `ServiceRuntime` for each service it runs, and every
part of it is reached through that value.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from socket import gethostname
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from uuid import UUID

import httpx2 as httpx
import structlog
from fastapi import APIRouter
from faststream.exceptions import StopConsume
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from casework.shared.answers.routes import Route
from casework.shared.answers.wording import Wording
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.codes.lists import CodeLists
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.standing import StandingSolution, parse_standing
from casework.shared.contracts.wire import placed_of
from casework.shared.decider import Decider
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import EventStore
from casework.shared.evidence.rules import EvidenceRules
from casework.shared.files.parts import FilePart
from casework.shared.handoffs.kinds import HandOffRules
from casework.shared.inbox.consumer import EventConsumer, Halted
from casework.shared.inbox.feed import FeedClient
from casework.shared.inbox.reactor import Reactor
from casework.shared.keys.client import KeyClient
from casework.shared.migrations.schema import Schema
from casework.shared.platform import installation as installations
from casework.shared.platform.installation import Installation
from casework.shared.policies import shipped_answers, shipped_remedies
from casework.shared.policies.shipped_codes import codes_of_package, read_codes
from casework.shared.policies.shipped_evidence import evidence_of_package, read_evidence
from casework.shared.policies.shipped_hand_offs import hand_offs_of_package, read_hand_offs
from casework.shared.policies.shipped_procedures import procedures
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.procedures.versions import Procedures
from casework.shared.relay.outlet import EventLog, Outlet
from casework.shared.relay.relay import Relay
from casework.shared.remedies.catalogue import Catalogue
from casework.shared.remedies.limits import Authority
from casework.shared.runtime.alarms import AlarmWatch, Check
from casework.shared.runtime.database import Clock, StoreUnavailable, Work, at_the_time_of, begin, service_engine
from casework.shared.runtime.messaging import Messaging, Records, Subscription, kafka_security, make_producer
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.people import People
from casework.shared.runtime.purging import Purge, Purger
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import Topics

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

log = structlog.get_logger(__name__)

INSPECTION_S = 10.0
"""How long a start waits for the relay's first look at the topic. Longer means the broker is away."""


JOINING_S = 15.0
"""A start is not ready while its consumers join; after this long the broker is away, and HTTP serves without it."""


class ServiceHalted(Conflict):
    """This service stopped itself because continuing would damage the record. The log says what to do."""

    code = "service-halted"


class Part(Protocol):
    """Something that runs beside the relays and the consumer for as long as the service does."""

    async def run(self) -> None: ...


Rebuild: TypeAlias = Callable[[Work, int, Sequence[tuple[Envelope, Any]]], Awaitable[Sequence[str]]]
"""Takes the transaction, the number of shards, and events of all services, causes first, that the tables of this
service do not reflect, or reflect already. Returns what cannot be made right, each in words for the operator."""
AsItStood: TypeAlias = Callable[[UUID, Sequence[tuple[Envelope, Any]], datetime], Mapping[str, Any]]
"""Takes a case, its events in all services up to a moment, causes first, and that moment. No I/O."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a service has beside the machinery, made for one runtime."""

    reactor: Reactor[Any, Any]
    routers: Sequence[APIRouter]
    outlets: Sequence[Outlet] = ()
    subscriptions: Sequence[Subscription] = ()
    parts: Sequence[Part] = ()
    purges: Sequence[Purge] = ()
    """What is removed of its own tables after a time; every service has those of `purging.COMMON` besides."""
    checks: Sequence[Check] = ()
    """What else may be an alarm here."""
    files: Sequence[FilePart] = ()
    """What this service's file of a case consists of."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a service's `app.py` declares: its rules, its schema, and how its own rooms are made."""

    name: ServiceName
    title: str
    decider: Decider[Any, Any, Any]
    state_type: type[Any]
    state_version: int
    schema: Schema
    build: Callable[[ServiceRuntime], Rooms]
    rebuild: Rebuild | None = None
    """Brings the service's own tables up to date after a restore; None where it has none that rest on events."""
    read_tables: tuple[str, ...] = ()
    """Those of them that follow from events alone, so that they can be emptied and made again."""
    recount: Callable[[ServiceRuntime], Awaitable[Sequence[str]]] | None = None
    """Computes once more, by another way, what its events say; returns each difference, in words."""
    as_it_stood: AsItStood | None = None
    """What the service can say of the whole case as it stood, beyond its own state: for a replay."""


@dataclass(slots=True)
class ServiceRuntime:
    """A service's parts in one process."""

    service: Service
    settings: Settings
    installation: UUID
    shards: int
    engine: AsyncEngine
    metrics: Metrics
    topics: Topics
    store: EventStore[Any, Any, Any]
    standing: tuple[StandingSolution, ...]
    rulebook: Rulebook
    hand_offs: HandOffRules
    wording: Wording
    routes: tuple[Route, ...]
    authority: Authority
    catalogue: Catalogue
    codes: CodeLists
    evidence: EvidenceRules
    procedures: Procedures
    people: People
    """Who works on cases; the duty alone without a file."""
    credential: str
    http: httpx.AsyncClient
    keys: KeyClient
    """Opens what is sealed."""
    actor: Actor
    relays: list[Relay] = field(default_factory=list)
    on_commit: list[Callable[[], None]] = field(default_factory=list)
    """What else is to look at once after a commit of this process."""
    started: float = field(default_factory=time.monotonic)
    rooms: Rooms = field(init=False)
    consumer: EventConsumer[Any, Any, Any] = field(init=False)
    messaging: Messaging = field(init=False)
    alarms: AlarmWatch = field(init=False)

    @property
    def name(self) -> ServiceName:
        return self.service.name

    @property
    def replica(self) -> str:
        """Another name for each process of this service, and the same one after it was started again: two of one
        name would take the shards from each other for ever, and a new name would wait until the old one is given up."""
        return self.settings.replica or f"{self.name}@{gethostname()}:{self.settings.port}"

    @property
    def purger(self) -> Purger:
        """What removes rows of this service that were kept long enough."""
        return Purger(self.engine, self.name, self.rooms.purges, self.metrics)

    @property
    def reactor(self) -> Reactor[Any, Any]:
        return self.rooms.reactor

    def wake(self) -> None:
        """Call after every commit that appended or changed a status: the relays look at once."""
        for relay in self.relays:
            relay.wake()
        for look in self.on_commit:
            look()

    def refuse_when_halted(self) -> None:
        """Raises `ServiceHalted` when this service must not write: its store was set back, or a release is bad."""
        self.refuse_when_set_back()
        if self.consumer.halted is not None:
            raise ServiceHalted(f"This service stopped itself ({self.consumer.halted}); see its log.")

    def refuse_when_set_back(self) -> None:
        """Raises `ServiceHalted` when this service's store is of an earlier day: who was erased since is not known."""
        if any(relay.set_back for relay in self.relays):
            raise ServiceHalted("This service's store was set back to an earlier day; it must be refilled first.")

    async def run(self) -> None:
        """Relay, consume and watch until cancelled."""
        parts = [asyncio.create_task(relay.run(), name=f"{self.name}.relay") for relay in self.relays]
        parts.append(asyncio.create_task(self._consume(), name=f"{self.name}.consumer"))
        parts.append(asyncio.create_task(self.alarms.run(), name=f"{self.name}.alarms"))
        own = (*self.rooms.parts, self.purger)
        parts += [asyncio.create_task(part.run(), name=f"{self.name}.part") for part in own]
        try:
            # Parts run for ever; one that ends has a fault no back-off mends: end the process, be started again.
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            for relay in self.relays:
                with suppress(StoreUnavailable, Conflict):
                    await relay.leave()

    async def _consume(self) -> None:
        # A store that was set back must not work before its relay has seen so: it would write a second history.
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(r.inspected.wait() for r in self.relays)), INSPECTION_S)
        if any(relay.set_back for relay in self.relays):
            await asyncio.Event().wait()
        pause = 0.2
        while True:
            try:
                await self.consumer.prepare()
                break
            except (StoreUnavailable, Conflict) as error:
                log.warning("service.not-prepared", service=self.name, error=type(error).__name__, retry_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        # Not `gather`: cancelled, it returns as soon as one of the two has ended, while the other still waits for the
        # batch at hand; the process would end in the middle of it.
        async with asyncio.TaskGroup() as group:
            group.create_task(self.messaging.run())
            group.create_task(self.consumer.watch_heads())

    async def take_records(self, records: Records) -> None:
        """The handler of the case log's subscription."""
        placed = [item for record in records if (item := placed_of(record.headers, record.value)) is not None]
        self.metrics.records_ignored.labels(self.name).inc(len(records) - len(placed))
        try:
            await self.consumer.take(placed)
        except ExceptionGroup as failures:
            # Not `except*`: what is raised inside one comes out wrapped in a group, which FastStream does not know.
            if failures.subgroup(Halted) is not None:
                raise StopConsume from failures
            raise

    async def checks(self) -> Mapping[str, str | None]:
        """Readiness: each named check with None when it is well, else what to do."""
        found: dict[str, str | None] = {}
        try:
            async with begin(self.engine) as work:
                await work.fetch_value("SELECT 1")
            found[f"{self.name}.database"] = None
        except (StoreUnavailable, Conflict):
            found[f"{self.name}.database"] = "the database does not answer; it is asked again at every request"
        halted = self.consumer.halted
        if halted is not None:
            found[f"{self.name}.consumer"] = f"stopped ({halted}); see the log"
        elif not self.messaging.joined.is_set() and time.monotonic() - self.started < JOINING_S:
            found[f"{self.name}.consumer"] = "joining its group; ask again in a moment"
        else:
            found[f"{self.name}.consumer"] = None
        set_back = sorted({shard for relay in self.relays for shard in relay.set_back})
        found[f"{self.name}.relay"] = (
            f"the store was set back (shards {set_back}); run `casework store refill`" if set_back else None
        )
        return found

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.keys.aclose()
        await self.engine.dispose()


async def assemble(
    service: Service,
    settings: Settings,
    metrics: Metrics,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    tracer_provider: TracerProvider | None = None,
    clock: Clock | None = None,
    rules: Rulebook | None = None,
) -> ServiceRuntime:
    """Connect, read the installation, and build a service's parts. Raises `NotInstalled`, `StoreUnavailable`.

    `transport` is what carries its requests to the other services, where that is not the network; `clock` tells the
    time of a simulation; `rules` are what time is counted by, where that is not the settings' institution file.
    """
    engine = service_engine(settings.database_of(service.name), service.name, pool_size=settings.database_pool)
    if clock is not None:
        engine = at_the_time_of(engine, clock)
    async with begin(engine) as work:
        installation = await installations.read(work)
    return put_together(service, settings, metrics, installation, engine, transport, tracer_provider, rules)


def put_together(
    service: Service,
    settings: Settings,
    metrics: Metrics,
    installation: Installation,
    engine: AsyncEngine,
    transport: httpx.AsyncBaseTransport | None = None,
    tracer_provider: TracerProvider | None = None,
    rules: Rulebook | None = None,
) -> ServiceRuntime:
    """A service's parts, of which none has connected to anything yet. `engine` works as the service."""
    topics = Topics.of(settings.topic_prefix, installation.shards)
    credential = settings.service_key_file.read_text().strip()
    standing: tuple[StandingSolution, ...] = ()
    if settings.straight_through is not None:
        standing = parse_standing(settings.straight_through.read_text(), str(settings.straight_through))
    runtime = ServiceRuntime(
        service=service,
        settings=settings,
        installation=installation.id,
        shards=installation.shards,
        engine=engine,
        metrics=metrics,
        topics=topics,
        store=EventStore(
            service.name,
            service.decider,
            state_type=service.state_type,
            state_version=service.state_version,
            shards=installation.shards,
            mint=uuid7,
        ),
        standing=standing,
        rulebook=rules or rulebook(settings.institution),
        codes=codes_of_package() if settings.codes is None else read_codes(settings.codes),
        evidence=evidence_of_package() if settings.evidence is None else read_evidence(settings.evidence),
        hand_offs=hand_offs_of_package() if settings.hand_offs is None else read_hand_offs(settings.hand_offs),
        wording=shipped_answers.wording(settings.wording),
        routes=shipped_answers.routes(settings.routes),
        authority=shipped_remedies.authority(settings.authority),
        catalogue=shipped_remedies.catalogue(settings.remedies),
        procedures=procedures(settings.institution),
        people=People(settings.people),
        credential=credential,
        http=httpx.AsyncClient(timeout=10.0, transport=transport, trust_env=False),
        keys=KeyClient(settings.url_of("intake"), credential, transport=transport),
        actor=Actor(f"casework-{service.name}", "service"),
    )
    runtime.rooms = service.build(runtime)
    for outlet in (EventLog(service.name, installation.id, topics.events), *runtime.rooms.outlets):
        runtime.relays.append(
            Relay(
                service.name,
                engine,
                outlet,
                servers=settings.kafka_servers,
                security=kafka_security(settings),
                make_producer=partial(make_producer, settings),
                replica=runtime.replica,
                metrics=metrics,
            )
        )
    runtime.consumer = EventConsumer(
        runtime.store,
        engine,
        runtime.reactor,
        FeedClient(runtime.http, settings.url_of, credential),
        installation=installation.id,
        metrics=metrics,
        committed=runtime.wake,
    )
    runtime.alarms = AlarmWatch(runtime)
    events = Subscription(topics.events, f"{settings.topic_prefix}{runtime.reactor.consumer}", runtime.take_records)
    runtime.messaging = Messaging(
        settings, (events, *runtime.rooms.subscriptions), _middlewares(service.name, metrics, tracer_provider)
    )
    return runtime


def _middlewares(service: ServiceName, metrics: Metrics, tracer_provider: TracerProvider | None) -> Sequence[Any]:
    """FastStream's own numbers and, where traces are collected, its spans, of one service's subscribers."""
    # The services of one process share a registry: the label keeps them apart.
    numbers = KafkaPrometheusMiddleware(
        registry=metrics.registry, app_name="casework", custom_labels={"service": service}
    )
    if tracer_provider is None:
        return (numbers,)
    from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
    from opentelemetry.metrics import NoOpMeterProvider

    # Without a meter of our choice it takes whichever the environment configures.
    return numbers, KafkaTelemetryMiddleware(tracer_provider=tracer_provider, meter_provider=NoOpMeterProvider())
