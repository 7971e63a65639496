"""A new wrapping key while complaints come in and files are read: nobody notices, and in the end all are under it.

Where intake has yet to be given the file, posts wait for it, and none is refused."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from casework.shared.keys.wrapping import Wrapped, new_key, read_ring, write_ring
from casework.shared.runtime.database import begin
from casework.shared.testing.bad_posts import complaint, encoded, message
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


async def test_a_post_waits_for_the_key_file_and_is_not_refused(running: Running, kafka_server: KafkaServer) -> None:
    """A file that was not handed out yet is the operator's fault of a moment, not the post's."""
    path = running.log.parent / "person-keys"
    async with running.client(await running.key()) as http:
        await _post(http, 7_000)
        async with begin(running.admin) as work:
            newest_row = "SELECT person, wrapped_key, kek_id FROM vault.person_key ORDER BY created_at DESC LIMIT 1"
            row = (await work.fetch(newest_row))[0]
            person = UUID(int=row["person"].int)
            had = read_ring(path)
            ahead = new_key(had[0].root_key)
            keys = await had[0].unwrap_all({person: Wrapped(row["wrapped_key"], row["kek_id"])})
            wrapped = (await ahead.wrap_all(keys))[person]
            statement = "UPDATE vault.person_key SET wrapped_key = $2, kek_id = $3 WHERE person = $1"
            await work.execute(statement, person, *wrapped)
    topics, servers = running.topics, kafka_server.servers
    update = complaint(source_reference="K-7000", words="It was taken a third time.")
    async with (
        AIOKafkaProducer(bootstrap_servers=servers) as producer,
        AIOKafkaConsumer(
            topics.receipts.name, topics.rejections.name, bootstrap_servers=servers, auto_offset_reset="earliest"
        ) as answers,
        asyncio.timeout(60),
    ):
        await producer.send_and_wait(topics.inbox.name, encoded(message(update, id="waits")), key=b"K-7000")
        waits = {"event": "inbox.again", "error": "KeyNotInFile"}
        while sum(waits.items() <= line.items() for line in running.lines()) < 2:
            assert not [line for line in running.lines() if line["event"] == "inbox.post-failed"], "it was refused"
            await asyncio.sleep(0.05)
        async with begin(running.admin) as work:
            assert await work.fetch_value("SELECT count(*) FROM intake.rejection") == 0
        async with running.client(await running.key()) as http:
            answer = await http.post("/v1/complaints", json=update, headers={"idempotency-key": str(uuid4())})
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2"), answer.text
        write_ring(path, (ahead, *had))
        said = json.loads((await answers.getone()).value)
    assert (said["post_id"], said.get("outcome")) == ("waits", "updated")
    async with begin(running.admin) as work:
        assert await work.fetch_value("SELECT count(*) FROM intake.rejection") == 0
    missing = [line for line in running.lines() if line["event"] == "keys.not-in-file"]
    assert [(line["level"], line["reason"]) for line in missing] == [("error", ahead.kek_id)], (
        "said once, not at every try"
    )
    assert "CASEWORK_KEY_FILE" in missing[0]["action"]
