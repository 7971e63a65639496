"""Each source reaches some consumers late: nothing takes effect before its cause, and everything comes through."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from tests.faults.load import under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig

from casework.shared.contracts.ids import SERVICES

pytestmark = pytest.mark.faults

SEED = 20_260_505_000
LATE_S = 3.0
NEXT = dict(pairwise(SERVICES))
"""Who acts on a service's hand-offs, and so goes on hearing from it: else there would be no effects to come early."""


@pytest.mark.timeout(240)
async def test_no_effect_is_taken_in_before_its_cause(system: Rig, tmp_path: Path) -> None:
    await system.end()
    await system.start(altered=(f"withhold={tmp_path}",))
    gaps = [await _gaps(system)]
    async with under_load(system, SEED):
        for source in SERVICES:
            await asyncio.sleep(1.0)
            kept_waiting = [
                tmp_path / f"{consumer}.{source}" for consumer in SERVICES if consumer not in (source, NEXT.get(source))
            ]
            for path in kept_waiting:
                path.touch()
            await asyncio.sleep(LATE_S)
            for path in kept_waiting:
                path.unlink()
            gaps.append(await _gaps(system))
    await assert_sound(system, SEED)
    assert gaps == sorted(set(gaps)), f"a source's delay was met by no gap: {gaps}"
    await system.end()
    await system.start()


async def _gaps(system: Rig) -> float:
    return sum([await system.metric(life, "casework_guard_gaps_total") for life in system.lives.values()])
