"""Complaints posted by an integrator's client, and what came back: the journal that every fault test is judged by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile

from tests.faults.rig import Rig

from casework.shared.integrator.loader import LoadReport, load
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sample import generate

ANSWERED_S = 90.0
"""An integrator whose post has no answer after this long, with everything running again, has lost it."""
RESEND_S = 2.0
IN_FLIGHT = 6
"""Few at a time: the point is that something is always under way everywhere, not that much is."""
_ENDLESS = 1_000_000


@dataclass(slots=True)
class Load:
    """A load under way."""

    task: asyncio.Task[LoadReport]
    ended: bool = False

    async def finish(self) -> LoadReport:
        """Post nothing more, and wait until everything is answered."""
        self.ended = True
        return await asyncio.wait_for(self.task, ANSWERED_S)


@asynccontextmanager
async def under_load(rig: Rig, seed: int, in_flight: int = IN_FLIGHT) -> AsyncIterator[Load]:
    """Complaints are posted inside the block, as fast as `in_flight` of them are answered. Each seed has its own."""
    posts = takewhile(lambda _: not going_on.ended, generate(_ENDLESS, seed))
    going_on = Load(asyncio.create_task(_load(rig, posts, in_flight)))
    try:
        yield going_on
        await going_on.finish()
    finally:
        going_on.task.cancel()
        await asyncio.wait({going_on.task})


async def post(rig: Rig, posts: Iterable[ComplaintPost]) -> LoadReport:
    """Post these, and wait until all of them are answered."""
    return await asyncio.wait_for(_load(rig, posts, 500), ANSWERED_S)


async def _load(rig: Rig, posts: Iterable[ComplaintPost], in_flight: int) -> LoadReport:
    return await load(
        posts,
        servers=rig.broker.servers,
        topics=rig.topics,
        journal=rig.journal,
        resend_after=RESEND_S,
        in_flight=in_flight,
        idempotent=rig.is_durable,
    )
