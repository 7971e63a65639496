"""One process of the by-hand pipeline: a stage that reads the one before it and publishes to the one after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, UniqueConstraint
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.crew import assignment, done, run, started

NARRATIVE: Final = "x" * 500
NOTE: Final = "y" * 150
INTAKE_EVENTS: Final = ("complaint-received", "complaint-acknowledged", "complaint-assessed", "handed-off")
LATER_EVENTS: Final = {"investigation": 4, "resolution": 3, "followup": 2}
STAGES: Final = ("intake", *LATER_EVENTS)
EVENTS_PER_CASE: Final = len(INTAKE_EVENTS) + sum(LATER_EVENTS.values())
ASSIGNMENT_POLL_SECONDS = 0.02


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("case_id", "version"),)

    position: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    version: Mapped[int]
    type: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))


class HandedOff(BaseModel):
    case_id: UUID
    reference: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a stage needs for its work."""

    sessions: async_sessionmaker[AsyncSession]
    broker: KafkaBroker

    async def handle(self, stage: str, message: HandedOff, happened: list[tuple[str, dict[str, Any]]]) -> None:
        """Commits what happened, then tells the next stage."""
        async with self.sessions.begin() as session:
            for version, (kind, data) in enumerate(happened, start=1):
                session.add(Event(case_id=message.case_id, version=version, type=kind, data=data))
        await self.broker.publish(message, topic=topic_of(stage), key=message.case_id.bytes)


def topic_of(stage: str) -> str:
    """Where a stage publishes what it hands off."""
    return f"benchmark.byhand.{stage}"


async def intake(pipeline: Pipeline, cases: int) -> None:
    await pipeline.broker.start()
    await started()
    for n in range(cases):
        message = HandedOff(case_id=uuid4(), reference=f"r{n}")
        await pipeline.handle("intake", message, [(kind, {"narrative": NARRATIVE}) for kind in INTAKE_EVENTS])
    done()


async def later_stage(pipeline: Pipeline, stage: str, cases: int) -> None:
    giver = STAGES[STAGES.index(stage) - 1]
    finished = asyncio.Event()
    handled = 0

    subscriber = pipeline.broker.subscriber(
        topic_of(giver),
        group_id=f"benchmark.byhand.{stage}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )

    @subscriber
    async def handle(message: HandedOff) -> None:
        nonlocal handled
        happened = [(f"{stage}-step-{n}", {"note": NOTE}) for n in range(1, LATER_EVENTS[stage] + 1)]
        await pipeline.handle(stage, message, happened)
        handled += 1
        if handled == cases:
            finished.set()

    await pipeline.broker.start()
    while not (subscriber.consumer and subscriber.consumer.assignment()):
        await asyncio.sleep(ASSIGNMENT_POLL_SECONDS)
    await started()
    await finished.wait()
    done()


async def main() -> None:
    stage, cases, parts = assignment(STAGES)
    engine = create_async_engine(
        make_url(parts.database).set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": {"search_path": stage}},
    )
    broker = KafkaBroker(parts.kafka, acks="all", allow_auto_create_topics=False, logger=None)
    pipeline = Pipeline(async_sessionmaker(engine, expire_on_commit=False), broker)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        if stage == "intake":
            await intake(pipeline, cases)
        else:
            await later_stage(pipeline, stage, cases)
    finally:
        await broker.stop()
        await engine.dispose()


if __name__ == "__main__":
    run(main())
