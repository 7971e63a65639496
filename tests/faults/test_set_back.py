"""A store that was set back to an earlier day: everybody who knows better stops and says so, and it is put right."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial

import pytest
from tests.faults.load import post
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig, until

from casework.shared.contracts.ids import ServiceName
from casework.shared.integrator.sample import generate
from casework.shared.testing.backups import back_up, restore

pytestmark = pytest.mark.faults

SEED = 20_260_509_000
NOTICED_S = 20.0
SET_BACK: ServiceName = "investigation"
OTHERS: tuple[ServiceName, ...] = ("resolution", "followup")
"""Those that have taken in what the restored store no longer has."""


@pytest.mark.timeout(240)
async def test_a_store_that_was_set_back_is_noticed_and_refilled(system: Rig) -> None:
    await post(system, generate(24, SEED))
    await _still(system)
    backup = await back_up(system.postgres.url, [SET_BACK])
    await post(system, generate(24, SEED + 1))
    await _still(system)
    await system.end(SET_BACK)
    await restore(system.postgres.url, backup, [SET_BACK])
    await system.start(SET_BACK, wait=False)
    await until(lambda: _says(system, SET_BACK, "set back"), NOTICED_S, "its relay does not say that it was set back")
    for service in OTHERS:
        await until(
            partial(_alarms, system, service), NOTICED_S, f"{service} does not say that its source was set back"
        )
    # Complaints are taken on meanwhile, and come to investigation's door.
    await post(system, generate(12, SEED + 2))
    before = await _recorded(system)
    await system.end()
    refilled = await _casework(system, "store", "refill", "--from", "kafka", "--service", SET_BACK, "--json")
    assert [each["service"] for each in json.loads(refilled)] == [SET_BACK], refilled
    assert await _recorded(system) > before
    await system.start()
    await assert_sound(system, SEED, allowed=("relay.store-set-back", "history-differs", "consumer.halted"))
    system.is_sound = False  # its logs tell of this fault for ever


async def _still(system: Rig) -> None:
    """Until every case is closed, and sent."""

    async def closed() -> bool:
        rows = await system.fetch(
            "SELECT FROM intake.case_state i WHERE NOT EXISTS (SELECT FROM followup.event e"
            " JOIN followup.relay_cursor c ON c.shard = e.shard AND c.position >= e.position AND c.topic = $1"
            " WHERE e.case_id = i.case_id AND e.type = 'casework.followup.case-closed.v1')",
            system.topics.events.name,
        )
        return not rows

    await until(closed, 60.0, "not every case is closed")


async def _says(system: Rig, service: ServiceName, what: str) -> bool:
    return what in (await system.readiness(system.life(service)))[1]


async def _alarms(system: Rig, service: ServiceName) -> bool:
    return await system.metric(system.life(service), "casework_guard_alarms_total") > 0


async def _recorded(system: Rig) -> int:
    return len(await system.fetch(f"SELECT FROM {SET_BACK}.event"))


async def _casework(system: Rig, *arguments: str) -> str:
    """What the command prints. It must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", *arguments),
        env=system.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode() + output.decode()
    return output.decode()
