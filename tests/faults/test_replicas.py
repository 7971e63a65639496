"""Two replicas of every service: they divide the work, and what one leaves the other takes over, once."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import datetime

import pytest
from tests.faults.load import under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import FIRST, SECOND, SHARDS, Rig, until

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.database import TRANSACTION_TIMEOUT_MS
from casework.shared.runtime.messaging import SESSION_MS

pytestmark = [pytest.mark.faults, pytest.mark.wire]

SEED = 20_260_507_000
MANY_IN_FLIGHT = 24
"""So many that posts which wait for a dead replica's partitions leave room for others."""
SESSION_S = SESSION_MS / 1000
TAKEN_OVER_S = SESSION_S + 5
GATHERING_S = SESSION_S / 2
"""The embedded broker gives the members of a group this long to come together again."""
FREED_S = TRANSACTION_TIMEOUT_MS / 1000 + 10
"""One that stands still in a transaction keeps its locks until PostgreSQL ends its session. Then complaints have to
come through four services, in every shard."""


@pytest.mark.timeout(240)
async def test_killed_replicas_are_replaced_by_the_others(system: Rig) -> None:
    rng = random.Random(SEED)
    await _double(system)
    async with under_load(system, SEED, MANY_IN_FLIGHT):
        await until(lambda: _divided(system), 20.0, "the replicas do not divide the shards between them")
        victims = {service: rng.choice((FIRST, SECOND)) for service in SERVICES}
        await asyncio.gather(*(system.kill(service, letter) for service, letter in victims.items()))
        since = await _now(system)
        bound = TAKEN_OVER_S + (0 if system.is_durable else GATHERING_S)
        await _moves_again(system, since, bound, f"{victims} were killed")
        for service, letter in victims.items():
            await system.start(service, letter=letter, wait=False)
        await until(lambda: _divided(system), 20.0, "the replicas do not divide the shards again")
    await assert_sound(system, SEED)


@pytest.mark.timeout(240)
async def test_stopped_replicas_do_nothing_twice_when_they_wake(system: Rig) -> None:
    """Consumers and relays alike: a process is stopped as a whole, wherever it is."""
    await _double(system)
    async with under_load(system, SEED + 1, MANY_IN_FLIGHT):
        await until(lambda: _divided(system), 20.0, "the replicas do not divide the shards between them")
        held = await _epochs(system)
        async with system.paused(letter=SECOND):
            since = await _now(system)
            await _moves_again(system, since, FREED_S, "one replica of each stood still")
            assert all(epoch > held[shard] for shard, epoch in (await _epochs(system)).items() if shard in held)
        await until(lambda: _divided(system), 20.0, "those that woke do not take part again")
    await assert_sound(system, SEED + 1)


async def _double(system: Rig) -> None:
    """Start the second replicas that do not run."""
    missing = [service for service in SERVICES if (service, SECOND) not in system.lives]
    if missing:
        await system.start(*missing, letter=SECOND)


async def _divided(system: Rig) -> bool:
    """Whether each relay holds half of the shards."""
    for service in SERVICES:
        rows = await system.fetch(
            f"SELECT count(*) AS many FROM {service}.relay_cursor WHERE topic = $1 GROUP BY holder",
            system.topics.events.name,
        )
        if [row["many"] for row in rows] != [SHARDS // 2, SHARDS // 2]:
            return False
    return True


async def _epochs(system: Rig) -> dict[tuple[str, int], int]:
    """The epoch of each shard that a second replica relays, by service and shard."""
    return {
        (service, row["shard"]): row["epoch"]
        for service in SERVICES
        for row in await system.fetch(
            f"SELECT shard, epoch FROM {service}.relay_cursor WHERE topic = $1 AND holder LIKE $2",
            system.topics.events.name,
            f"{service}.{SECOND}%",
        )
    }


async def _now(system: Rig) -> datetime:
    (row,) = await system.fetch("SELECT clock_timestamp() AS now")
    now: datetime = row["now"]
    return now


async def _moves_again(system: Rig, since: datetime, seconds: float, after: str) -> None:
    """Until every service has recorded something in every shard since then."""
    started = time.monotonic()

    still: dict[str, set[int]] = {}

    async def all_shards_move() -> bool:
        still.update({service: await _still(system, service, since) for service in SERVICES})
        return not any(still.values())

    try:
        await until(all_shards_move, seconds, f"not every shard moves after {after}")
    except AssertionError as error:
        error.add_note(f"without anything new: {still}")
        raise
    print(f"every shard of every service moved {time.monotonic() - started:.1f} s after {after}")


async def _still(system: Rig, service: ServiceName, since: datetime) -> set[int]:
    """The shards in which the service has recorded nothing since then."""
    rows = await system.fetch(
        f"SELECT h.shard FROM {service}.log_head h LEFT JOIN {service}.event e"
        " ON e.shard = h.shard AND e.position = h.next - 1 AND e.recorded_at > $1 WHERE e.position IS NULL",
        since,
    )
    return {row["shard"] for row in rows}
