"""Processes that are killed while webhooks go out: nothing is missing, and each case stays in its order."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from tests.webhooks.hooks import in_case_order
from tests.webhooks.receiver import Came, Receiver

from casework.shared.testing.desk import STEPS, Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

SEED = 20_261_122
CUT = 137
POINTS = ("webhooks.made", "webhooks.claimed", "webhooks.sent:7")
KILLS = 3
CASES = 5
DEADLINE_S = 120.0
REPOSITORY = Path(__file__).parents[2]


class Lives:
    """One life after the other, on the same database. None outlives the block."""

    def __init__(self, database: str, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._started: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Lives:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        for life in self._started:
            with suppress(ProcessLookupError):
                life.kill()
            await life.wait()

    async def start(self, **environment: str) -> asyncio.subprocess.Process:
        with (self._folder / "lives.log").open("ab") as log:
            life = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.webhooks.one_life", self._database, str(self._folder)),
                cwd=REPOSITORY,
                env={**os.environ, "CASEWORK_WEBHOOK_RETRY_S": ",".join(["0.3"] * 50), **environment},
                stdout=log,
                stderr=log,
            )
        self._started.append(life)
        return life


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_whatever_is_killed_each_event_arrives_in_case_order(
    postgres_server: PostgresServer, tmp_path: Path, receiver: Receiver
) -> None:
    rng = random.Random(SEED)
    receiver.answer = lambda _came: (500, {}) if rng.random() < 0.1 else (204, {})
    async with (
        postgres_server.database("kills") as url,
        stack_on(url, tmp_path) as stack,
        stack.client(await stack.key()) as http,
        Lives(url, tmp_path) as lives,
    ):
        body = {"url": receiver.url, "filters": {"events": ["all"]}}
        made = await http.post("/v1/webhooks", json=body, headers={"idempotency-key": str(uuid4())})
        assert made.status_code == 201, made.text
        log_of = f"/v1/webhooks/{made.json()['id']}/deliveries"
        enough = asyncio.Event()
        walking = asyncio.create_task(_walk(Desk(http, stack.settle), rng, enough))
        ended: list[int] = []
        for point in POINTS:
            life = await lives.start(CASEWORK_FAILPOINT=point)
            ended.append(await asyncio.wait_for(life.wait(), DEADLINE_S))
        for _ in range(KILLS):
            life, came = await lives.start(), len(receiver.came)
            async with asyncio.timeout(DEADLINE_S):
                while len(receiver.came) < came + 5:  # in the midst of its work
                    assert not walking.done(), walking.exception()
                    await asyncio.sleep(0.01)
            await asyncio.sleep(rng.uniform(0, 0.2))
            life.kill()
            ended.append(await life.wait())
        assert ended == [CUT] * len(POINTS) + [-9] * KILLS, (tmp_path / "lives.log").read_text()[-3_000:]
        enough.set()
        cases = await walking
        await lives.start()
        recorded = await _recorded(stack, cases)
        async with asyncio.timeout(DEADLINE_S):
            while {each.event["data"]["event_id"] for each in receiver.taken} != recorded:
                await asyncio.sleep(0.1)
            while (await http.get(log_of, params={"state": "waiting"})).json()["items"]:
                await asyncio.sleep(0.1)
    first = list({each.id: each for each in reversed(receiver.taken)}.values())[::-1]
    assert len(first) == len(recorded)
    assert in_case_order(first)
    # What came twice came before anything later of its case.
    assert all(each == sorted(each) for each in _versions(receiver.taken).values())
    assert len(receiver.taken) > len(recorded), "no process was killed between sending and recording"


async def _walk(desk: Desk, rng: random.Random, enough: asyncio.Event) -> list[str]:
    """Whole lives of cases, some at a time side by side, until it is enough. Returns all of them."""
    cases: list[str] = []
    while not enough.is_set():
        some = [await desk.receive() for _ in range(CASES)]
        cases += some
        for step in STEPS:
            for case_id in rng.sample(some, CASES):
                if not enough.is_set():
                    await desk.do(case_id, step)
                    await asyncio.sleep(0.1)
    return cases


async def _recorded(stack: Stack, cases: list[str]) -> set[str]:
    async with stack.client(await stack.key()) as http:
        answers = [(await http.get(f"/v1/cases/{case_id}/events")).json() for case_id in cases]
    return {each["event"]["id"] for events in answers for each in events}


def _versions(came: list[Came]) -> Mapping[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in came:
        data = each.event["data"]
        found[data["case_id"], data["service"]].append(data["version"])
    return found
