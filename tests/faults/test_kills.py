"""kill -9 of everything, at any moment, under load."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field

import asyncpg
import pytest
from tests.faults.evidence import uncommitted
from tests.faults.load import under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig

from casework.shared.contracts.ids import SERVICES

pytestmark = pytest.mark.faults

SEED = 20_260_501_000
ROUNDS = 30
ROUNDS_ON_DISK = 10
"""A broker that keeps what it has takes longer to come back, and has less to forget."""
EPISODES = 20
ROUNDS_OF_EPISODE = 50
LOOK_S = 10.0
AT_ONCE = 2
"""So many parts are away at a time, at most: with more nothing would be under way to be hit."""


@dataclass(slots=True)
class Hits:
    """What the kills of a run met."""

    victims: Counter[str] = field(default_factory=Counter)
    writing: int = 0
    """Kills in the middle of a transaction that had written: the victim's, or anybody's for the other parts."""
    unsent: int = 0
    """Kills with events that were committed and not yet known to be on the topic."""
    uncommitted: int = 0
    """Kills of a service that had taken events in whose offsets it had not committed yet."""


@pytest.mark.wire
@pytest.mark.timeout(420)
async def test_nothing_is_lost_or_doubled_whatever_is_killed(system: Rig) -> None:
    many = ROUNDS_ON_DISK if system.is_durable else ROUNDS
    hits = await rounds(system, many, SEED)
    verdict = await assert_sound(system, SEED)
    print(hits, verdict)
    assert hits.writing >= many // 10, hits
    assert hits.unsent >= many // 10, hits
    # Of the few rounds on a broker with a disk, fewer still are kills of a service.
    assert hits.uncommitted >= many // 10 or system.is_durable, hits
    assert len(hits.victims) >= 5, hits


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("episode", range(EPISODES))
async def test_a_thousand_kills(fresh: Rig, episode: int) -> None:
    seed = SEED + 1 + episode
    await fresh.start()
    hits = await rounds(fresh, ROUNDS_OF_EPISODE, seed)
    print(seed, hits, await assert_sound(fresh, seed))


async def rounds(system: Rig, many: int, seed: int) -> Hits:
    """Kill `many` times under load; everything runs again at the end."""
    rng = random.Random(seed)
    hits = Hits()
    away: dict[str, asyncio.Task[None]] = {}
    async with under_load(system, seed):
        for _ in range(many):
            await asyncio.sleep(rng.uniform(0.2, 3.0))
            if len(away) == AT_ONCE:
                await asyncio.wait(away.values(), return_when=asyncio.FIRST_COMPLETED)
            for part in [part for part, coming in away.items() if coming.done()]:
                away.pop(part).result()
            victim = rng.choice([part for part in ("postgres", "broker", *SERVICES) if part not in away])
            hits.victims[victim] += 1
            back = await _kill(system, victim, hits)
            if victim in SERVICES and not away.keys() & {"broker", "postgres"}:
                hits.uncommitted += bool(await _uncommitted(system, victim))
            away[victim] = asyncio.create_task(_after(rng.uniform(0.0, 1.5), back))
        await asyncio.gather(*away.values())
    return hits


async def _kill(system: Rig, victim: str, hits: Hits) -> Coroutine[None, None, None]:
    """Kill it; returns what brings it back. What a service was doing is looked at while it stands still."""
    if victim == "postgres":
        await _look(system, "%", hits)
        await system.kill_postgres()
        return system.postgres.start()
    if victim == "broker":
        await _look(system, "%", hits)
        await system.kill_broker()
        return system.start_broker()
    (service,) = (name for name in SERVICES if name == victim)
    async with system.paused(service):
        await _look(system, service, hits)
        await system.kill(service)
    return system.start(service, wait=False)


async def _look(system: Rig, service: str, hits: Hits) -> None:
    try:
        writing = await system.fetch(
            "SELECT FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND application_name LIKE $1",
            f"casework-{service}",
        )
        unsent = await system.fetch(
            " UNION ALL ".join(
                f"SELECT FROM {name}.relay_cursor c JOIN {name}.log_head h USING (shard)"
                " WHERE c.position < h.next - 1 AND c.topic = $1"
                for name in (SERVICES if service == "%" else (service,))
            ),
            system.topics.events.name,
        )
    except (OSError, asyncpg.PostgresError):
        return  # PostgreSQL is away itself
    hits.writing += bool(writing)
    hits.unsent += bool(unsent)


async def _uncommitted(system: Rig, victim: str) -> int:
    (service,) = (name for name in SERVICES if name == victim)
    try:
        async with asyncio.timeout(LOOK_S):
            return await uncommitted(system, service)
    except TimeoutError:
        return 0  # a broker that came back a moment ago is still being filled, and its ends do not hold still


async def _after(seconds: float, work: Coroutine[None, None, None]) -> None:
    await asyncio.sleep(seconds)
    await work
