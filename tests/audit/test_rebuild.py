"""Read tables that are emptied and made again from the events hold the same bytes."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import asyncpg
import pytest
from tests.clocks.office import office_on
from tests.whole.remedy_office import counter
from tests.whole.test_bearing import DAMAGE, SUPPLIER, US
from tests.whole.test_goodwill import goodwill
from tests.whole.test_sanctions import uphold

from casework.shared.audit.rebuild import CannotRebuild, rebuild_tables
from casework.shared.audit.refill import StillRuns
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.discovery import installed
from casework.shared.testing.backups import contents
from casework.shared.testing.parts import PostgresServer

ONLY_SENT = ("change",)
"""In which order statuses changed is the business of the relay, which sends a rebuilt one again."""


async def rows_of(url: str, service: ServiceName) -> dict[str, list[str]]:
    """Every row of the service's read tables, as text."""
    tables = next(each.read_tables for each in installed([service]))
    found = await contents(url, [service], without=ONLY_SENT)
    return {table: found[f"{service}.{table}"] for table in tables}


@pytest.mark.practice("P177")
@pytest.mark.parametrize("service", SERVICES)
async def test_emptied_and_made_again_the_tables_hold_the_same_bytes(copy: str, service: ServiceName) -> None:
    before = await rows_of(copy, service)
    connection = await asyncpg.connect(copy)
    try:
        await connection.execute(f"DELETE FROM {service}.relay_member")
        # Lost altogether: and what a wrong release might have left is gone afterwards, too.
        await connection.execute(f"TRUNCATE {', '.join(f'{service}.{table}' for table in before)}")
    finally:
        await connection.close()
    assert not any((await rows_of(copy, service)).values())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", "store", "rebuild", service, "--database", copy, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert json.loads(out)["cases"] == 27
    assert await rows_of(copy, service) == before


async def test_a_service_that_runs_and_one_with_parked_cases_are_refused_and_keep_their_rows(copy: str) -> None:
    before = await rows_of(copy, "followup")
    (service,) = installed(["followup"])
    connection = await asyncpg.connect(copy)
    try:
        async with open_stores(copy) as stores:
            await connection.execute(
                "INSERT INTO followup.relay_member (topic, replica, seen_at) VALUES ('t', 'one', clock_timestamp())"
            )
            with pytest.raises(StillRuns, match="one"):
                await rebuild_tables(service, stores, copy)
            await connection.execute("DELETE FROM followup.relay_member")
            await connection.execute(
                "INSERT INTO followup.parked_case (consumer, case_id, shard, reason)"
                " SELECT 'followup.v1', case_id, shard, 'ValueError' FROM followup.case_status LIMIT 1"
            )
            with pytest.raises(CannotRebuild, match="parked retry"):
                await rebuild_tables(service, stores, copy)
            await connection.execute("DELETE FROM followup.parked_case")
            # What goes wrong half-way leaves everything as it was.
            await connection.execute(
                "ALTER TABLE followup.case_status ADD CONSTRAINT no CHECK (stage <> 'closed') NOT VALID"
            )
            with pytest.raises(Exception, match="no"):
                await rebuild_tables(service, stores, copy)
    finally:
        await connection.close()
    assert await rows_of(copy, "followup") == before


@pytest.mark.practice("P177")
async def test_tables_over_many_cases_and_clocks_of_every_end_come_out_the_same(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Sanctions, goodwill, shares of suppliers, grounds, and clocks that were met, missed, paused and corrected."""
    async with postgres_server.database("rebuilt") as url:
        async with office_on(url, tmp_path, now="2026-03-02") as office:
            for day in ("2026-03-02", "2026-03-07"):
                await uphold(office, day, "shop-1", "platform.general")
            async with counter(office) as at:
                assert await at.asked(at.manager, "remedies", **goodwill("100.00")) == (200, ["remedy-proposed"])
            case_id = await office.desk.receive(category="Furniture")
            await office.desk.do(case_id, "intake/ground", {"ground": "fee-taken-twice"})
            await office.desk.walk(case_id, "investigation/acceptance")
            await office.desk.do(case_id, "investigation/shares", {"damage": DAMAGE, "shares": [SUPPLIER, US]})
            forgotten, told_late = await office.desk.receive(), await office.desk.receive()
            await office.wait_until("2026-05-04")
            assert await office.clocks(forgotten, phase="expired")
            path = f"/v1/cases/{told_late}/withdrawal?occurred_at=2026-03-20T09:00:00Z"
            answer = await office.desk.post(path, {"reason": "Settled.", "channel": "phone"})
            assert answer.status_code == 200, answer.text
            await office.stack.settle()
            assert await office.events(told_late, "clock-corrected")
        for service in installed():
            before = await rows_of(url, service.name)
            async with open_stores(url) as stores:
                done = await rebuild_tables(service, stores, url)
            assert done.cases == 6
            after = await rows_of(url, service.name)
            for table, rows in before.items():
                assert after[table] == rows, table
            assert len([table for table, rows in before.items() if rows]) >= MOST_TABLES[service.name]


MOST_TABLES = {"intake": 2, "investigation": 2, "resolution": 2, "followup": 2}
"""How many of each service's tables have rows here."""
