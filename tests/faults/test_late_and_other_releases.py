"""A consumer that joins when all is done, and releases that keep their snapshots in another shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.faults.load import post
from tests.faults.oracle import assert_sound
from tests.faults.rig import SECOND, Rig, until

from casework.intake.domain.complaint import STATE_VERSION
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.types import Fact
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sample import generate

pytestmark = pytest.mark.faults

OTHER = STATE_VERSION + 1
"""The version of the snapshots of another release."""
SEED = 20_260_508_000
COMPLAINTS = 48
CAUGHT_UP_S = 60.0


@pytest.mark.timeout(180)
async def test_a_consumer_that_joins_late_catches_up(fresh: Rig) -> None:
    await fresh.start(*SERVICES[:3])
    await post(fresh, generate(COMPLAINTS, SEED))
    await until(lambda: _offered(fresh), CAUGHT_UP_S, "not every case came to followup's door")
    await fresh.start(SERVICES[3])
    verdict = await assert_sound(fresh, SEED)
    assert verdict.closed == COMPLAINTS


@pytest.mark.timeout(240)
async def test_releases_fold_again_what_another_one_keeps_in_another_shape(system: Rig) -> None:
    """Intake in a release of its own, then beside the old one, then in the old one again; each is told more facts
    about the same complaints, and needs its state to know which of them are new."""
    seed = SEED + 1
    await post(system, generate(COMPLAINTS, seed))
    await system.end("intake")
    await system.start("intake", altered=(f"state-version={OTHER}",))
    await post(system, _with_fact(seed, "told_to", "release 2"))
    assert await _shapes(system, seed) == {OTHER}
    await system.start("intake", letter=SECOND)
    await post(system, _with_fact(seed, "told_to", "both releases"))
    assert await _shapes(system, seed) == {STATE_VERSION, OTHER}
    await system.end("intake")
    await post(system, _with_fact(seed, "told_to", "release 1"))
    assert await _shapes(system, seed) == {STATE_VERSION}
    await system.start("intake")
    report = await post(system, _with_fact(seed, "told_to", "release 1"))
    assert (report.submitted, report.accepted, report.updated) == (COMPLAINTS, 0, 0)
    await assert_sound(system, seed)


def _with_fact(seed: int, name: str, value: str) -> Iterator[ComplaintPost]:
    for complaint in generate(COMPLAINTS, seed):
        yield replace(complaint, facts=(*complaint.facts, Fact(name=name, value=value)))


async def _shapes(system: Rig, seed: int) -> set[int]:
    """The versions of the snapshots of the seed's complaints."""
    rows = await system.fetch(
        "SELECT DISTINCT c.state_version FROM intake.case_state c JOIN intake.reference r USING (case_id)"
        " WHERE r.source_reference LIKE $1",
        f"g{seed}-%",
    )
    return {row["state_version"] for row in rows}


async def _offered(system: Rig) -> bool:
    rows = await system.fetch("SELECT FROM resolution.event WHERE type = 'casework.resolution.hand-off-offered.v1'")
    return len(rows) == COMPLAINTS
