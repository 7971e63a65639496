"""What the rows of the clocks say, against the states that the events alone give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

import orjson

from casework.followup.domain.case_clocks import next_firing
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


async def assert_rows_say_what_the_states_say(followup: ServiceRuntime) -> None:
    """Every clock has a row, and it says the phase, the due time and the next firing that its events come to."""
    async with begin(followup.engine) as work:
        cases = [row["case_id"] for row in await work.fetch("SELECT case_id FROM case_state")]
        states = await followup.store.refold(work, cases)
        rows = await work.fetch("SELECT clock, case_id, phase, due_at, fires_at FROM clock")
    found = {row["clock"]: (row["case_id"], row["phase"], row["due_at"], row["fires_at"]) for row in rows}
    expected = {
        clock.armed.clock: (case_id, clock.phase, clock.end, next_firing(clock))
        for case_id, state in states.items()
        for clock in state.clocks.clocks
        if clock.armed is not None
    }
    assert found == expected


async def expiries(followup: ServiceRuntime) -> Mapping[UUID, int]:
    """How often the expiry of each clock is recorded."""
    async with begin(followup.engine) as work:
        rows = await work.fetch("SELECT envelope FROM event WHERE type = 'casework.followup.clock-expired.v1'")
    return Counter(UUID(orjson.loads(row["envelope"])["data"]["clock"]) for row in rows)
