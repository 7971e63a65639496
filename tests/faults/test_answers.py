"""Posts that are in get their answers, whatever happens to the broker between the two."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.faults.load import post
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig, until

from casework.shared.contracts.ids import SERVICES
from casework.shared.integrator.sample import generate

pytestmark = [pytest.mark.faults, pytest.mark.wire]

SEED = 20_260_512_000
COMMITTED_S = 30.0
TRIES = 4
"""So many connections are refused before the broker is there again."""


@pytest.mark.timeout(180)
async def test_a_broker_that_is_away_keeps_answers_waiting_and_is_no_fault(system: Rig, tmp_path: Path) -> None:
    # Intake alone: what the others make of a broker that comes back empty is the matter of other trials.
    await system.end(*SERVICES)
    await system.start("intake", altered=(f"hold-answers={tmp_path}",))
    log = system.logs / "intake.a.log"
    before = log.read_text().count('"inbox.again"')
    posting = asyncio.create_task(post(system, generate(12, SEED)))
    try:

        async def committed() -> bool:
            return (tmp_path / "committed").exists()

        await until(committed, COMMITTED_S, "no post was ever taken in")
        await system.kill_broker()
        (tmp_path / "go").touch()

        async def refused() -> bool:
            return log.read_text().count('"inbox.again"') - before >= TRIES

        await until(refused, COMMITTED_S, "the inbox gave up answering")
        await system.start_broker()
        await posting
    finally:
        posting.cancel()
        await asyncio.wait({posting})
    await system.end("intake")
    await system.start()
    # The judge also reads the logs: an error there would be told to whoever is on call, for nothing.
    await assert_sound(system, SEED)
