"""The suite bites: with a safeguard taken out, the same judge finds what the safeguard is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.load import post
from tests.faults.oracle import judge
from tests.faults.rig import Rig, until

from casework.shared.integrator.sample import generate

pytestmark = pytest.mark.faults

SEED = 20_260_506_000
COMPLAINTS = 24
PATIENCE_S = 12.0
"""What is not there after this long will not come: a sound system has it in a second."""


@pytest.mark.timeout(180)
async def test_without_the_order_guard_the_judge_finds_violations(fresh: Rig, tmp_path: Path) -> None:
    """Followup does not hear from intake for a while, as in the test of delays, and has no guard."""
    late = tmp_path / "followup.intake"
    late.touch()
    await fresh.start("intake", "investigation", "resolution")
    await fresh.start("followup", altered=("unguarded", f"withhold={tmp_path}"), wait=False)
    await post(fresh, generate(COMPLAINTS, SEED))
    await until(lambda: _taken_in(fresh), 60.0, "followup has not taken in what resolution recorded")
    late.unlink()
    verdict = await judge(fresh, drained_s=PATIENCE_S, agreed_s=PATIENCE_S)
    print("\n".join(verdict.violations))
    assert any("other events of followup" in violation for violation in verdict.violations), verdict.violations


@pytest.mark.timeout(180)
async def test_with_the_cursor_before_the_acknowledgement_the_judge_finds_violations(fresh: Rig) -> None:
    """Resolution's relay moves its cursor first, and the power is cut before it has sent."""
    await fresh.start("intake", "investigation", "followup")
    await fresh.start("resolution", altered=("cursor-first",), failpoint="relay.sent:3", wait=False)
    await post(fresh, generate(COMPLAINTS, SEED))
    assert await fresh.ended("resolution", 60.0) == 137
    await fresh.start("resolution")
    verdict = await judge(fresh, drained_s=PATIENCE_S, agreed_s=PATIENCE_S)
    print("\n".join(verdict.violations))
    assert any("not-on-topic" in violation for violation in verdict.violations), verdict.violations


async def _taken_in(system: Rig) -> bool:
    """Whether followup has passed by what resolution offered it."""
    rows = await system.fetch(
        # A followup that is still starting has no rows yet, and has taken nothing in.
        "SELECT FROM resolution.log_head h LEFT JOIN followup.guard g ON g.shard = h.shard AND g.source = 'resolution'"
        " WHERE coalesce(g.position, -1) < h.next - 1"
    )
    offered = await system.fetch(
        "SELECT FROM resolution.event WHERE type = 'casework.resolution.hand-off-offered.v1' LIMIT $1", COMPLAINTS
    )
    return not rows and len(offered) == COMPLAINTS
