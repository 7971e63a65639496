"""Real complaints from the inbox to closure by the commands that people use. The files are read where they are."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from signal import SIGINT
from typing import Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.audit.sources import verify_stores
from casework.shared.integrator.journal import Journal
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.data_dir import DataDir, NoStack, Stack
from casework.shared.runtime.database import admin_engine, begin

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SMALL = DATA / "cfpb_export_2011-2018_small_sample.csv.gz"
API = DATA / "cfpb_api_2023-06.csv.gz"
PAYDAY = DATA / "cfpb_export_2023_payday_narratives.csv.gz"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the CFPB files are not here: ../shared/data is absent"),
    pytest.mark.timeout(600),
]

ENOUGH_S = 240.0
COMMON = 56
"""Complaints that stand in both files of 2023."""
IN_BOTH = 7
"""Those of them that are among the first 2,000 rows of the larger one."""
CASES = 802 + 2_000 + COMMON - IN_BOTH
CHANGED = 2
"""Those of them about which the other file says more: other words, and whether they may be published."""


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}


async def _casework(*arguments: str | Path) -> dict[str, Any]:
    """Run a command to its end; the JSON object on its last line of output."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", *map(str, arguments)),
        env=_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ENOUGH_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.send_signal(SIGINT)
            await process.wait()
    assert process.returncode == 0, err.decode()[-3_000:]
    document: dict[str, Any] = json.loads(out.splitlines()[-1])
    return document


def _demo(data_dir: Path, *arguments: str | Path) -> Any:
    return _casework(
        *("demo", *arguments, "--format", "cfpb", "--exit", "--json"),
        *("--data-dir", data_dir, "--port", str(free_port())),
    )


@asynccontextmanager
async def _stack_up(data_dir: Path) -> AsyncIterator[Stack]:
    policy = files("casework.shared") / "policies" / "straight-through-demo.toml"
    with (data_dir / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "casework.shared.cli", "up", "--data-dir", str(data_dir)),
            *("--port", str(free_port()), "--straight-through", str(policy)),
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(ENOUGH_S):
            while True:
                try:
                    stack = DataDir(data_dir).read_stack()
                    break
                except NoStack:
                    assert process.returncode is None, (data_dir / "up.log").read_text()
                    await asyncio.sleep(0.1)
        yield stack
    finally:
        if process.returncode is None:
            process.send_signal(SIGINT)
        await process.wait()


@dataclass(frozen=True)
class Journey:
    """What came of each step, in order, on one data directory."""

    data_dir: Path
    small: Mapping[str, Any]
    large: Mapping[str, Any]
    small_again: Mapping[str, Any]
    common: Mapping[str, Any]
    update: Mapping[str, Any]
    faults: int
    events: Mapping[str, int]
    """By type, of the cases that were updated, when everything had settled."""
    counts: Mapping[str, Any]

    def journal(self, name: str) -> Journal:
        return Journal.of(self.data_dir, name)


@pytest_asyncio.fixture(scope="module")
async def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    data_dir = tmp_path_factory.mktemp("real") / "casework"
    scratch = tmp_path_factory.mktemp("rows")
    common = _ids(API) & _ids(PAYDAY)
    first = _only(API, common, scratch / "common.csv")
    second = _only(PAYDAY, common, scratch / "update.csv")
    small = await _demo(data_dir, "--file", SMALL)
    large = await _demo(data_dir, "--file", API, "--cases", "2000")
    async with _stack_up(data_dir) as stack, _database(stack) as engine:
        load = ("load", "cfpb", "--json", "--data-dir", data_dir)
        small_again, common_rows = await _casework(*load, SMALL), await _casework(*load, first)
        await _all_closed(stack, CASES)
        update = await _casework(*load, second)
        with Journal.of(data_dir, "update.csv") as journal:
            updated = [UUID(entry.case_id) for entry in journal.entries() if entry.outcome == "updated"]
        events = await _noted(engine, updated)
        counts = await _all_closed(stack, CASES)
        faults = (await verify_stores(stack.database_url)).faults
    return Journey(data_dir, small, large, small_again, common_rows, update, faults, events, counts)


def _ids(path: Path) -> set[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {row.get("complaint_id") or row["Complaint ID"] for row in csv.DictReader(file)}


def _only(path: Path, ids: set[str], target: Path) -> Path:
    """The rows of a file with these ids, for the length of this test."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file, target.open("w", newline="") as out:
        rows = csv.DictReader(file)
        writer = csv.DictWriter(out, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in rows if (row.get("complaint_id") or row["Complaint ID"]) in ids)
    return target


@asynccontextmanager
async def _database(stack: Stack) -> AsyncIterator[AsyncEngine]:
    engine = admin_engine(stack.database_url)
    yield engine
    await engine.dispose()


async def _all_closed(stack: Stack, cases: int) -> Mapping[str, Any]:
    """How many cases there are, once `cases` are closed and none is open.

    "None is open" alone is true before followup has heard of the last ones: intake answers first.
    """
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx2.AsyncClient(base_url=stack.url, headers=headers, trust_env=False, timeout=30.0) as http:
        async with asyncio.timeout(ENOUGH_S):
            while True:
                counts: dict[str, Any] = (await http.get("/v1/case-counts")).json()
                if counts["open"] == 0 and counts["closed"] >= cases:
                    return counts
                await asyncio.sleep(0.1)


async def _noted(engine: AsyncEngine, cases: Sequence[UUID]) -> Mapping[str, int]:
    """The events of `cases` in intake and followup by type, once followup has noted what came after the closing."""
    async with asyncio.timeout(ENOUGH_S):
        while True:
            async with begin(engine) as work:
                rows = await work.fetch(
                    "SELECT type, count(*) AS many FROM (SELECT type, case_id FROM intake.event UNION ALL"
                    " SELECT type, case_id FROM followup.event) AS e WHERE case_id = ANY($1) GROUP BY type",
                    list(cases),
                )
            events = {row["type"]: row["many"] for row in rows}
            if events.get("casework.followup.facts-received-after-closure.v1", 0) >= len(cases):
                return events
            await asyncio.sleep(0.1)


def _told(report: Mapping[str, Any]) -> tuple[int, ...]:
    """submitted, accepted, updated, duplicates, rejected"""
    return tuple(report[name] for name in ("submitted", "accepted", "updated", "duplicates", "rejected"))


def test_the_small_sample_is_closed_to_the_last_case(journey: Journey) -> None:
    assert _told(journey.small) == (802, 802, 0, 0, 0)
    assert (journey.small["closed"], journey.small["open"], journey.small["faults"]) == (802, 0, 0)
    assert sum(journey.small["outcomes"].values()) == 802
    assert journey.small["events"] >= 802 * 10


def test_two_thousand_rows_of_2023_are_closed_to_the_last_case(journey: Journey) -> None:
    assert _told(journey.large) == (2_000, 2_000, 0, 0, 0)
    assert (journey.large["closed"], journey.large["open"], journey.large["faults"]) == (2_000, 0, 0)
    assert sum(journey.large["outcomes"].values()) == 2_802
    assert journey.large["events"] > journey.small["events"]


def test_the_same_file_again_makes_no_second_case(journey: Journey) -> None:
    assert _told(journey.small_again) == (802, 0, 0, 802, 0)
    with journey.journal(SMALL.name) as journal:
        assert journal.counts() == {"accepted": 802, "updated": 0, "duplicate": 802, "rejected": 0, None: 0}
        assert journal.contradictions() == []
        by_reference: dict[str, set[str | None]] = {}
        for entry in journal.entries():
            by_reference.setdefault(entry.source_reference, set()).add(entry.case_id)
    assert len(by_reference) == 802
    assert {len(cases) for cases in by_reference.values()} == {1}


def test_another_file_about_the_same_complaints_adds_only_what_is_new(journey: Journey) -> None:
    assert _told(journey.common) == (COMMON, COMMON - IN_BOTH, 0, IN_BOTH, 0)
    assert _told(journey.update) == (COMMON, 0, CHANGED, COMMON - CHANGED, 0)
    with journey.journal("common.csv") as first, journey.journal("update.csv") as second:
        before = {entry.source_reference: entry.case_id for entry in first.entries()}
        after = {entry.source_reference: entry.case_id for entry in second.entries()}
        assert second.counts() == {"accepted": 0, "updated": CHANGED, "duplicate": 54, "rejected": 0, None: 0}
    assert before == after
    assert len(before) == COMMON
    assert journey.events["casework.intake.facts-added.v1"] == CHANGED
    assert journey.events["casework.followup.facts-received-after-closure.v1"] == CHANGED


def test_everything_is_closed_and_the_record_verifies(journey: Journey) -> None:
    assert (journey.counts["open"], journey.counts["closed"]) == (0, CASES)
    assert journey.faults == 0
