"""A new wrapping key while complaints come in and files are read: nobody notices, and in the end all are under it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from casework.shared.testing.bad_posts import complaint
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

pytestmark = pytest.mark.wire

BEFORE, WHILE = 60, 40


@pytest_asyncio.fixture(scope="module")
async def running(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    async with running_services(postgres_server, kafka_server, tmp_path_factory.mktemp("rotation")) as running:
        yield running


async def _post(http: httpx2.AsyncClient, number: int) -> str:
    said = complaint(source_reference=f"K-{number}", words=f"Words {number}.")
    answer = await http.post("/v1/complaints", json=said, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


async def _words(http: httpx2.AsyncClient, case_id: str, part: str) -> str:
    asked = {"part": part, "purpose": "The trial."}
    answer = await http.post(f"/v1/cases/{case_id}/files/intake/openings", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _rotate(running: Running, *options: str) -> dict[str, Any]:
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "casework.shared.cli", "keys", "rotate", "--json", *options],
        env={
            **os.environ,
            "CASEWORK_KEY_FILE": str(running.log.parent / "person-keys"),
            "CASEWORK_DATABASE_URL": running.database_url,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return dict(json.loads(ran.stdout))


async def test_under_live_traffic(running: Running) -> None:
    async with running.client(await running.key()) as http:
        cases = [await _post(http, number) for number in range(BEFORE)]
        file = (await http.get(f"/v1/cases/{cases[0]}/files/intake")).json()
        holds = [each for each in file["restricted"] if "Words 0." in await _words(http, cases[0], each)]
        part = holds[0]
        # People write and staff read for as long as the key changes, and a little longer.
        changed = asyncio.create_task(_rotate(running))
        number = BEFORE
        while number < BEFORE + WHILE or not changed.done():
            cases.append(await _post(http, number))
            earlier = number * 7 % len(cases)
            assert f"Words {earlier}." in await _words(http, cases[earlier], part)
            number += 1
        report = await changed
        assert (report["added"], len(report["former"])) == (True, 1)
        assert report["count"] >= BEFORE
        # Whatever was begun with the former key is done by now: the rest, and the former key goes.
        await _rotate(running)
        assert await _rotate(running, "--finish") == {
            "newest": report["newest"],
            "former": [],
            "added": False,
            "count": 1,
        }
        for each, case_id in enumerate(cases):
            assert f"Words {each}." in await _words(http, case_id, part)
        await _post(http, number)
    connection = await asyncpg.connect(running.database_url)
    try:
        under = {row[0] for row in await connection.fetch("SELECT DISTINCT kek_id FROM vault.person_key")}
    finally:
        await connection.close()
    assert under == {report["newest"]}
    assert len(cases) >= BEFORE + WHILE
    # The client's own words on a broker that cannot delete records are not ours.
    ours = [line for line in running.lines() if line["event"] != "library.record"]
    assert not [line for line in ours if line["level"] in ("error", "critical")]
