"""The timer under kill -9: everything that is due at once fires, each exactly once, whatever dies on the way."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.clocks.bulk import institution, receive_many, recorder
from tests.faults.oracle import undone
from tests.faults.rig import SECOND, Rig, until

from casework.shared.audit.topic import verify_kafka
from casework.shared.runtime.database import begin
from casework.shared.runtime.failpoints import Failpoint

pytestmark = pytest.mark.faults

WATCHED_S = 1.0
"""Two looks of the timer and more, in which nothing may be fired that should not be."""
SEED = 20_261_122
HIT_S = 60.0
SLOWEST_PER_SECOND = 100
CUT = 137
"""The exit code of a process that ended at its failpoint: proof that it got there."""
STANDSTILL_S = 3.0
CLOCKS_EXPIRED = "SELECT count(*) AS many FROM followup.event WHERE type = 'casework.followup.clock-expired.v1'"


@pytest.mark.timeout(600)
async def test_three_thousand_due_at_once_expire_exactly_once_each(fresh: Rig, tmp_path: Path) -> None:
    await trial(fresh, tmp_path, 3_000, kills=2)


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_a_hundred_thousand_due_at_once_expire_exactly_once_each(fresh: Rig, tmp_path: Path) -> None:
    await trial(fresh, tmp_path, 100_000, kills=20)


async def trial(rig: Rig, folder: Path, many: int, *, kills: int) -> None:
    """Followup comes to so many clocks that are all due, and dies at each failpoint and `kills` times more half-way;
    then it stands still for a while, in which another replica goes on."""
    rng = random.Random(SEED)
    rig.institution = institution(folder)
    await rig.start("intake", "investigation", "resolution")
    async with recorder(rig.postgres.url, rig.institution) as followup:
        async with begin(followup.engine) as work:
            due = work.now - timedelta(seconds=1)
        await receive_many(followup, [due - timedelta(minutes=1)] * many)
    began = time.monotonic()
    points: tuple[Failpoint, ...] = ("timer.appended", "timer.fired")
    for point in points:
        before = await expired(rig)
        await rig.start("followup", failpoint=f"{point}:2", wait=False)
        assert await rig.ended("followup", HIT_S) == CUT
        assert before < await expired(rig) < many, "it died before it had begun, or after it was done"
    half_way = 0
    # Half of them are left to the end, for the one that stands still.
    for _ in range(kills):
        before = await expired(rig)
        most = before + (many // 2 - before) // 2
        await rig.start("followup", wait=False)
        await _come_to(rig, rng.randint(before + 1, max(before + 1, most)))
        await asyncio.sleep(rng.uniform(0.0, 0.1))
        await rig.kill("followup")
        half_way += before < await expired(rig) < many
    assert half_way == kills
    await rig.start("followup", wait=False)
    await _come_to(rig, await expired(rig) + 1)
    async with rig.paused("followup"):
        stood = await expired(rig)
        assert stood < many
        await rig.start("followup", letter=SECOND, wait=False)
        await asyncio.sleep(STANDSTILL_S)
        await _come_to(rig, stood + 1)
    await until(lambda: _none_left(rig), HIT_S + many / SLOWEST_PER_SECOND, "clocks that are due are left")
    seconds = time.monotonic() - began
    await asyncio.sleep(WATCHED_S)
    rows = await rig.fetch(
        "SELECT convert_from(envelope, 'UTF8')::jsonb #>> '{data,clock}' AS clock, count(*) AS many FROM followup.event"
        " WHERE type = 'casework.followup.clock-expired.v1' GROUP BY 1"
    )
    assert {row["many"] for row in rows} == {1}
    assert len(rows) == many
    await until(lambda: _sent(rig), HIT_S + many / SLOWEST_PER_SECOND, "not everything was sent")
    report = await verify_kafka(rig.postgres.url, rig.broker.servers, all_states=True)
    # The cases were recorded in followup alone: that is all that the audit misses.
    assert set(report.kinds) == {"no-receipt"}, report
    print(f"{many} due at once, {kills + 2} kills and a standstill: {many / seconds:.0f}/s with all of it")


async def expired(rig: Rig) -> int:
    """How many expiries are recorded."""
    return int((await rig.fetch(CLOCKS_EXPIRED))[0]["many"])


async def _come_to(rig: Rig, many: int) -> None:
    async def there() -> bool:
        return await expired(rig) >= many

    behind = many - await expired(rig)
    await until(there, HIT_S + behind / SLOWEST_PER_SECOND, f"fewer than {many} expiries are recorded")


async def _none_left(rig: Rig) -> bool:
    return not await rig.fetch("SELECT FROM followup.clock WHERE fires_at <= now() LIMIT 1")


async def _sent(rig: Rig) -> bool:
    return not await undone(rig)
