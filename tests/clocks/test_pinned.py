"""What a clock was armed with stays: new policies and calendars serve the clocks that are armed after them (K13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.clocks.office import Office, office_on
from tests.clocks.rules import ALWAYS, rules, shipped

from casework.followup.clock_rows import rewrite_clocks
from casework.shared.clocks.calendars import Calendar
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.runtime.database import begin
from casework.shared.testing.parts import PostgresServer

ASKED = (
    "au.rg271.ack",
    "au.rg271.5bd",
    "au.rg271.30",
    "internal.acknowledge",
    "internal.first-contact",
    "internal.update",
)
ARMED = 7
"""Of `ASKED` and the answer, all begin with the receipt."""
CASES = 143


@pytest.mark.practice("P187")
async def test_no_open_clock_moves_when_calendar_and_policies_get_new_versions(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    old = rules(*ASKED, calendar="AU-NSW", calendar_of=_of_2025)
    longer = [
        replace(policy, version=policy.version + 1, length=Length(policy.length.number + 3, policy.length.unit))
        for each in (*ASKED, *ALWAYS)
        if (policy := shipped(each)).length is not None
    ]
    new = rules(*ASKED, calendar="AU-NSW", own=longer)
    async with postgres_server.database("office") as url:
        async with office_on(url, tmp_path, rules=old, now="2026-04-22", zone="Australia/Sydney") as office:
            cases = [await office.desk.post("/v1/complaints", _complaint(number)) for number in range(CASES)]
            await office.stack.settle()
            case_id = str(cases[0].json()["case_id"])
            before = await _dues(office)
            assert len(before) == CASES * ARMED >= 1000
            assert await office.due(case_id, "au.rg271.5bd") == "2026-04-30T00:00"
        async with office_on(url, tmp_path, rules=new, now="2026-04-23", zone="Australia/Sydney") as office:
            assert await _dues(office) == before
            # Work goes on under the new rules: a step on a case, the timer's round, the rows written anew.
            await office.desk.do(case_id, "acknowledgement")
            await office.timer.fire_due()
            async with begin(office.stack.runtimes["followup"].engine) as work:
                rows = await work.fetch("SELECT DISTINCT case_id FROM clock")
                await rewrite_clocks(work, [row["case_id"] for row in rows])
            assert await _dues(office) == before
            # 27 April is a holiday of the new calendar, and each length is longer by 3: for what comes now.
            fresh = await office.desk.receive()
            await office.go_to("2026-04-22")
            clock = await office.clock(fresh, "au.rg271.5bd")
            assert (clock["policy_version"], clock["calendar_version"]) == (2, "2026-02-20")
            assert office.local(clock["due_at"]) == "2026-05-07T00:00"


@pytest.mark.practice("P115")
async def test_each_clock_counts_by_the_calendar_that_was_loaded_when_it_was_armed(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    three = replace(shipped("internal.answer"), version=2, length=Length(3, "working-day"))
    async with postgres_server.database("office") as url:
        old = rules(calendar="AU-NSW", own=[three], calendar_of=_of_2025)
        async with office_on(url, tmp_path, rules=old, now="2026-04-22", zone="Australia/Sydney") as office:
            without = await office.desk.receive()
            assert await office.due(without, "internal.answer") == "2026-04-28T00:00"
        new = rules(calendar="AU-NSW", own=[three])
        async with office_on(url, tmp_path, rules=new, now="2026-04-22", zone="Australia/Sydney") as office:
            with_it = await office.desk.receive()
            assert await office.due(with_it, "internal.answer") == "2026-04-29T00:00"
            assert await office.due(without, "internal.answer") == "2026-04-28T00:00"


def _complaint(number: int) -> Mapping[str, object]:
    return {"source": "crm", "source_reference": f"C-{number}", "channel": "web", "category": "Credit card"}


def _of_2025(name: str, version: str | None) -> Calendar:
    """The calendars as they were before 27 April 2026 was added."""
    return rulebook().calendar_of(name, "2025" if name == "AU-NSW" else version)


async def _dues(office: Office) -> Mapping[str, tuple[object, ...]]:
    """Of every clock that was armed, what it pinned and when it is due."""
    async with begin(office.stack.runtimes["followup"].engine) as work:
        rows = await work.fetch("SELECT clock, due_at, policy_version, calendar_version FROM clock")
    return {
        str(row["clock"]): (row["due_at"], row["policy_version"], row["calendar_version"])
        for row in rows
        if row["calendar_version"] == "2025"
    }
