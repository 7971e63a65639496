"""The page of orphans, its count and the independent check name the same cases, whatever the histories."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.clocks.office import office

from casework.followup import queries
from casework.followup.domain import case_clocks
from casework.shared.audit.attended import attended_in_stores
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS
from casework.shared.testing.parts import PostgresServer

CASES = 8


async def test_the_orphans_are_those_the_check_finds(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clocks of the case are armed for some only, so that there are orphans to find."""
    odds, armed_by = random.Random(8), case_clocks._armed_by
    forgotten: set[str] = set()

    def forgetful(command: case_clocks.TellMoment, *more: Any, **by_name: Any) -> Any:
        if command.moment in forgotten:
            return iter(())
        return armed_by(command, *more, **by_name)

    monkeypatch.setattr(case_clocks, "_armed_by", forgetful)
    async with office(postgres_server, tmp_path) as open_:
        runtime = open_.stack.runtimes["followup"]
        url = runtime.settings.database_url.get_secret_value()
        for number in range(CASES):
            forgotten.clear()
            forgotten |= {("complaint-received", "decision-communicated", "case-reopened", "no")[number % 4]}
            case_id = await open_.desk.receive()
            await open_.desk.walk(case_id, odds.choice(list(STEPS)[: 14 if number % 4 else 5]))
            if number % 4 == 2:
                await open_.desk.ask(case_id, "reopening", {"reason": "Once more."})
                await open_.stack.settle()
        await open_.go_to("2026-03-02T10:10")
        found = await attended_in_stores(url, until=open_.time.now)
        kinds = {"owner", "holder", "due-time"}
        lacking = {
            case_id
            for case_id, lacks in found.found.items()
            if any(each.until is None and each.lack in kinds for each in lacks)
        }
        answer = await open_.desk.http.get("/v1/cases?orphaned=true")
        assert {each["case_id"] for each in answer.json()["items"]} == lacking
        async with begin(runtime.engine) as work:
            assert await queries.count_orphans(work) == len(lacking)
        assert 0 < len(lacking) < CASES
        code, told = await _audit("--database", url, "--until", "2026-03-02T10:10:00Z", "--json")
        assert code == 1
        assert {each["case_id"] for each in told["unattended"]} == set(found.found)


async def _audit(*options: str) -> tuple[int, Any]:
    command = (sys.executable, "-m", "casework.shared.cli", "audit", "attended", *options)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out)
