"""Staff, batches, changed facts and retries of parked cases, all at the same cases: nobody waits in a circle."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from tests.faults.load import post, under_load
from tests.faults.oracle import undone
from tests.faults.rig import POLICY, Rig, until

from casework.shared.audit.topic import verify_kafka
from casework.shared.contracts.types import Fact
from casework.shared.http.front_routes import services_for
from casework.shared.integrator.sample import generate
from casework.shared.testing.desk import STEPS

pytestmark = pytest.mark.faults

SEED = 20_260_510_000
STAFF = 6
NEWEST = 40
"""Everybody works on the cases that came last: so many at a time."""
PARKED = 12
WITHDRAWN: Mapping[str, Any] = {"reason": "The complainant withdraws.", "channel": "phone"}
REASON: Mapping[str, Any] = {"reason": "Somebody else should have it."}
COMMANDS: Mapping[str, Mapping[str, Any]] = {
    **STEPS,
    "withdrawal": WITHDRAWN,
    "investigation/declination": REASON,
    "resolution/declination": REASON,
    "follow-up/declination": REASON,
    "reopening": REASON,
}


@pytest.mark.timeout(240)
async def test_nothing_deadlocks(fresh: Rig, tmp_path: Path) -> None:
    await hunt(fresh, tmp_path, seconds=15.0)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_nothing_deadlocks_for_two_minutes(fresh: Rig, tmp_path: Path) -> None:
    await hunt(fresh, tmp_path, seconds=120.0)


async def hunt(system: Rig, folder: Path, seconds: float) -> None:
    # Without the solution for every other complaint: those wait for staff.
    text = POLICY.read_text()
    system.policy = folder / "policy.toml"
    system.policy.write_text(text[: text.rindex("[[solution]]")])
    await system.start("intake", "investigation")
    await system.start("resolution", "followup", altered=(f"clumsy={PARKED}",))
    answers: Counter[int] = Counter()
    async with under_load(system, SEED), asyncio.timeout(seconds + 60.0):
        ended = asyncio.Event()
        working = [asyncio.create_task(_staff(system, random.Random(SEED + n), answers, ended)) for n in range(STAFF)]
        working += [asyncio.create_task(_retry(system, ended)), asyncio.create_task(_change_facts(system, ended))]
        await asyncio.wait(working, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        ended.set()
        await asyncio.gather(*working)
    await until(lambda: _nothing_left(system), 60.0, f"something is left: {await undone(system)}")
    (row,) = await system.fetch("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert row["deadlocks"] == 0
    assert "deadlock detected" not in system.postgres.log_path.read_text()
    report = await verify_kafka(system.postgres.url, system.broker.servers, all_states=True)
    assert report.faults == 0, report.document()
    print(f"answers {dict(answers)}, {report.events} events of {report.cases} cases")
    assert answers[200] > 20, answers
    assert not [status for status in answers if status >= 500], answers


async def _staff(system: Rig, rng: random.Random, answers: Counter[int], ended: asyncio.Event) -> None:
    """Somebody who tries one step after the other at the newest cases, sensible or not."""
    headers = {"authorization": f"Bearer {system.key}"}
    async with httpx.AsyncClient(headers=headers, timeout=20.0) as client:
        while not ended.is_set():
            rows = await system.fetch("SELECT case_id FROM intake.reference ORDER BY case_id DESC LIMIT $1", NEWEST)
            for row in rng.sample(rows, min(len(rows), 8)):
                step = rng.choice(list(COMMANDS))
                path = f"/v1/cases/{row['case_id']}/{step}"
                url = system.life(services_for(path)[0]).url + path
                answer = await client.post(url, json=COMMANDS[step], headers={"idempotency-key": str(uuid4())})
                answers[answer.status_code] += 1
            await asyncio.sleep(0.01)


async def _retry(system: Rig, ended: asyncio.Event) -> None:
    """Somebody who takes parked cases up again and again, and goes home when none is left."""
    headers = {"authorization": f"Bearer {system.key}"}
    async with httpx.AsyncClient(headers=headers, timeout=20.0) as client:
        while True:
            waiting = 0
            for service in ("resolution", "followup"):
                url = f"{system.life(services_for(f'/v1/parked/{service}')[0]).url}/v1/parked/{service}"
                cases = (await client.get(url)).json()["cases"]
                waiting += len(cases)
                for case in cases:
                    assert case["reason"] == "RuntimeError", (
                        f"{service} parked a case that nobody was clumsy with: {case}"
                    )
                    key = {"idempotency-key": str(uuid4())}
                    await client.post(f"{url}/{case['case_id']}/retry", headers=key)
            if ended.is_set() and not waiting:
                return
            await asyncio.sleep(0.2)


async def _change_facts(system: Rig, ended: asyncio.Event) -> None:
    """An integrator who has something new to tell about the same complaints every time."""
    for number in count():
        if ended.is_set():
            return
        fact = Fact(name="told", value=f"{number} times")
        many = len(await system.fetch("SELECT FROM intake.reference"))
        await post(system, (replace(each, facts=(*each.facts, fact)) for each in list(generate(many, SEED))[-NEWEST:]))


async def _nothing_left(system: Rig) -> bool:
    return not await undone(system)
