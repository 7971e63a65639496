"""Followup's outbox on a database of its own, people, and a notifier that a test lets run until something is true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from tests.notices.post_office import PostOffice
from uuid_utils.compat import uuid7

from casework.followup import outbox
from casework.followup.channel import Channel
from casework.followup.domain.clock_events import AtInstant, OnDay, Point
from casework.followup.domain.notices import (
    DeadlineNears,
    DeadlinePassed,
    Escalated,
    Happened,
    Matter,
    Notice,
    notices_of,
)
from casework.followup.mail import Mail
from casework.followup.notifier import Notifier
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.people.directory import Directory
from casework.shared.people.members import Member
from casework.shared.runtime.database import begin
from casework.shared.runtime.mail_server import parse_smtp_url
from casework.shared.runtime.metrics import Metrics

DEADLINE_S = 20.0
SENDER = "casework@bank.example"
MATTER = Matter(
    title=Bilingual(en="Final response", zh="最终答复"),
    duty=Bilingual(en="Send the final response in writing.", zh="以书面形式发出最终答复。"),
)


def address(member: str) -> str:
    """Where `member` is written to."""
    return f"{member}@people.example"


def member(name: str, **fields: Any) -> Member:
    """Somebody without quiet hours and with an address."""
    return Member(id=name, **{"email": address(name), **fields})


def people(*members: Member) -> Directory:
    """These, and a duty member with an address."""
    known = {each.id: each for each in (*members, member("duty"))}
    return Directory(members=known)


@dataclass(slots=True)
class Office:
    """`people` is asked anew for every notice, so a test may change it."""

    engine: AsyncEngine
    post_office: PostOffice
    people: Directory = field(default_factory=people)
    metrics: Metrics = field(default_factory=Metrics.create)

    @property
    def url(self) -> str:
        """Of the database."""
        return self.engine.url.render_as_string(hide_password=False)

    async def put(self, notices: Sequence[Notice]) -> int:
        """Write notices down in a transaction of their own."""
        async with begin(self.engine) as work:
            return await outbox.enqueue(work, notices)

    async def rows(self) -> list[dict[str, Any]]:
        """The outbox, by recipient."""
        async with begin(self.engine) as work:
            return [dict(row) for row in await work.fetch("SELECT * FROM notice ORDER BY recipient, event_id")]

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]

    def counted(self, outcome: str) -> float:
        """How many notices the metrics say ended so."""
        return (
            self.metrics.registry.get_sample_value(
                "casework_notices_total", {"service": "followup", "outcome": outcome}
            )
            or 0.0
        )

    def mail(self) -> Mail:
        return Mail(parse_smtp_url(self.post_office.url), SENDER)

    def notifier(self, channel: Channel | None, **times: timedelta) -> Notifier:
        return Notifier(self.engine, lambda: self.people, channel, self.metrics, every_s=0.02, **times)

    @asynccontextmanager
    async def sending(self, **times: timedelta) -> AsyncIterator[None]:
        """A notifier that sends by mail while the block runs."""
        async with running(self.notifier(self.mail(), **times)):
            yield

    async def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until the outbox is as `holds` says; returns it."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds(rows := await self.rows()):
                await asyncio.sleep(0.02)
        return rows

    async def until_settled(self) -> list[dict[str, Any]]:
        """Wait until nothing waits or is under way."""
        return await self.until(lambda rows: all(row["state"] not in ("waiting", "claimed") for row in rows))


@asynccontextmanager
async def running(part: Notifier) -> AsyncIterator[None]:
    """The part runs for the block, and must not have ended before it."""
    task = asyncio.create_task(part.run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def happened(case_id: UUID | None = None, *, at: datetime | None = None, imported: bool = False) -> Happened:
    """An event of just now."""
    return Happened(
        event_id=uuid7(), case_id=case_id or uuid7(), at=at or datetime.now(UTC) - timedelta(seconds=1),
        imported=imported,
    )  # fmt: skip


def in_days(days: int) -> Point:
    """So many days from now."""
    return AtInstant(at=datetime.now(UTC) + timedelta(days=days))


def nears(holder: str, deadline: Point | None = None, since: Happened | None = None) -> tuple[Notice, ...]:
    what = DeadlineNears(matter=MATTER, deadline=deadline or in_days(9), holder=holder, percent=75)
    return notices_of(since or happened(), what)


def passed(holder: str, owner: str, since: Happened | None = None) -> tuple[Notice, ...]:
    due = OnDay(day=(datetime.now(UTC) - timedelta(days=1)).date(), zone="Europe/London")
    return notices_of(since or happened(), DeadlinePassed(matter=MATTER, deadline=due, holder=holder, owner=owner))


def escalated(role: str, to: str = "", urgent: bool = False, since: Happened | None = None) -> tuple[Notice, ...]:
    what = Escalated(matter=MATTER, deadline=in_days(1), rung=2, role=role, to=to, urgent=urgent)
    return notices_of(since or happened(), what)
