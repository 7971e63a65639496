"""A service that is asked to end finishes the batch at hand, leaves its group, and has nothing to complain of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.load import under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig, until

from casework.shared.contracts.ids import SERVICES

pytestmark = pytest.mark.faults

SEED = 20_260_511_000
AT_WORK_S = 30.0


@pytest.mark.timeout(240)
async def test_a_service_that_is_ended_finishes_the_batch_at_hand(system: Rig, tmp_path: Path) -> None:
    await system.end()
    await system.start(altered=(f"dawdle={tmp_path}",))
    async with under_load(system, SEED):
        # The last in the chain first: those before it still give the others work.
        for service in reversed(SERVICES):
            at_work = tmp_path / service

            async def is_at_work(path: Path = at_work) -> bool:
                return path.exists()

            await until(is_at_work, AT_WORK_S, f"{service} was never given a batch")
            await system.end(service)
            assert not at_work.exists(), f"{service} ended in the middle of a batch"
        await system.start()
    # The judge also reads the logs: an end that cuts work off says so there.
    await assert_sound(system, SEED)
