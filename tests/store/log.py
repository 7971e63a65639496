"""Intake's log on a database of its own, written to as a service writes to it, but by the test itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from casework.intake.domain.commands import AddFacts, Command, ReceiveComplaint
from casework.intake.domain.complaint import DECIDER, STATE_VERSION, Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.intake.handlers import IntakeStore, IntakeUnit
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.ids import DEFAULT_SHARDS, shard_of
from casework.shared.contracts.types import Fact
from casework.shared.eventstore import reading
from casework.shared.eventstore.reading import StoredEvent
from casework.shared.eventstore.store import EventStore, Origin, Recorded
from casework.shared.migrations.run import migrate
from casework.shared.platform.installation import Installation
from casework.shared.runtime.database import Work, admin_engine, begin, service_engine
from casework.shared.runtime.discovery import installed

SHARDS = DEFAULT_SHARDS
RECEIVED_AT = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


async def migrated(url: str) -> Installation:
    """Bring an empty database to the shape of this release; nobody is connected to it afterwards."""
    engine = admin_engine(url)
    try:
        return await migrate(engine, [service.schema for service in installed()], shards=SHARDS)
    finally:
        await engine.dispose()


def intake_store() -> IntakeStore:
    """Intake's event store, as its service makes it."""
    return EventStore("intake", DECIDER, state_type=Complaint, state_version=STATE_VERSION, shards=SHARDS, mint=uuid7)


@dataclass(slots=True)
class Log:
    """`engine` works as intake's role; `admin` has every right."""

    url: str
    engine: AsyncEngine
    admin: AsyncEngine
    store: IntakeStore = field(default_factory=intake_store)

    async def record(self, case_id: UUID, *commands: Command) -> list[Recorded[ComplaintEvent]]:
        """Decide and append in one transaction, and commit."""
        async with begin(self.engine) as work:
            unit = await self.decide(work, case_id, *commands)
            await self.store.append(work, unit)
        return unit.recorded

    async def decide(self, work: Work, case_id: UUID, *commands: Command) -> IntakeUnit:
        """Open the case's stream and decide; nothing is appended yet."""
        unit = await self.store.open(work, [case_id])
        unit.run(case_id, commands, origin())
        return unit

    async def events(self, shards: Iterable[int] = range(SHARDS)) -> list[StoredEvent]:
        """Everything that was committed, shard by shard, in order."""
        return [event async for event in reading.walk(self.engine, list(shards))]


@asynccontextmanager
async def log_on(url: str, *, pool_size: int = 8) -> AsyncIterator[Log]:
    """A log on a migrated database."""
    log = Log(url, service_engine(url, "intake", pool_size=pool_size), admin_engine(url))
    try:
        yield log
    finally:
        await log.engine.dispose()
        await log.admin.dispose()


def origin() -> Origin:
    """An integrator's request."""
    return Origin(Actor("crm", "integrator"), CommandCause(uuid7()))


def receive(reference: str = "1", facts: Sequence[Fact] = ()) -> ReceiveComplaint:
    """A complaint that holds nothing personal."""
    return ReceiveComplaint(
        source="crm",
        source_reference=reference,
        channel="web",
        received_at=RECEIVED_AT,
        language="zh",
        category="Credit card",
        facts=tuple(facts),
        owner="complaints-desk",
    )


def fact(value: str, name: str = "round") -> AddFacts:
    """One more fact."""
    return AddFacts(facts=(Fact(name=name, value=value),))


def case_in(shard: int) -> UUID:
    """A new case that lives in `shard`."""
    while shard_of(case_id := uuid7(), SHARDS) != shard:
        pass
    return case_id


def assert_one_history(events: Sequence[StoredEvent]) -> None:
    """Each shard dense from 0 and chained, each case's versions from 1 in that order."""
    next_of: dict[int, int] = {}
    hashes: dict[int, bytes] = {}
    versions: dict[UUID, int] = {}
    for event in events:
        assert event.position == next_of.get(event.shard, 0)
        assert event.shardprev == hashes.get(event.shard)
        assert event.version == versions.get(event.case_id, 0) + 1
        assert event.shard == shard_of(event.case_id, SHARDS)
        next_of[event.shard] = event.position + 1
        hashes[event.shard] = event.hash
        versions[event.case_id] = event.version
