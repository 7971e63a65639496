"""The clients of `examples/clients` as their users run them: commands against a Casework that runs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from examples.clients.python_client import HttpClient, Refused, complaint, message

from casework.intake.arrivals import mark_of
from casework.shared.contracts.inbox import read_message
from casework.shared.runtime.database import begin
from casework.shared.testing import apache_kafka
from casework.shared.testing.parts import KAFKA_VARIABLE, KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

pytestmark = pytest.mark.wire

TOP = Path(__file__).parents[2]
CLIENTS = TOP / "examples" / "clients"


@pytest_asyncio.fixture(scope="module")
async def running(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """All four services, and nobody else in them."""
    async with running_services(postgres_server, kafka_server, tmp_path_factory.mktemp("clients")) as found:
        yield found


async def run(*command: str, **environment: str) -> list[Any]:
    """The lines of JSON that a client prints. It has to end well and complain of nothing."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=TOP,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.decode().splitlines()]


async def key_of(running: Running) -> str:
    return await running.key("complaints:write", "cases:read", "rejections:read", actor="crm", kind="integrator")


def names_the_date(problem: Mapping[str, Any]) -> bool:
    return [error["pointer"] for error in problem["errors"]] == ["/data/received_at"]


async def test_the_python_client(running: Running, kafka_server: KafkaServer, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(await key_of(running))
    told = await run(
        *(sys.executable, "-m", "examples.clients.python_client", "--url", running.url, "--key-file", str(key)),
        *("--kafka", kafka_server.servers, "--prefix", running.topics.inbox.name.removesuffix("casework.inbox.v1")),
    )
    said = {each["step"]: each["answer"] for each in told}
    assert list(said) == [
        "posted",
        "posted again",
        "refused in a batch",
        "accepted in the same batch",
        "found among the rejections",
        "mended and sent again",
        "where the first case stands",
        "posted by Kafka",
        "refused by Kafka",
    ]
    assert said["posted"] == said["posted again"]
    assert said["posted"]["outcome"] == said["mended and sent again"]["outcome"] == "accepted"
    assert names_the_date(said["refused in a batch"])
    assert said["found among the rejections"]["problem"] == said["refused in a batch"]
    assert said["where the first case stands"]["case_id"] == said["posted"]["case_id"]
    assert said["where the first case stands"]["versions"]["intake"] >= said["posted"]["version"]
    assert said["posted by Kafka"]["outcome"] == "accepted"
    assert names_the_date(said["refused by Kafka"])


class Watched:
    """The Python client with a real Casework, and what each of its requests was answered."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.client = HttpClient(http)
        self.answers: list[int] = []
        self.in_flight = asyncio.Event()
        http.event_hooks["response"].append(self._note)

    async def _note(self, answer: httpx2.Response) -> None:
        self.answers.append(answer.status_code)
        if answer.status_code == 409:
            self.in_flight.set()


async def test_the_python_client_does_not_repeat_what_is_refused_for_good(running: Running) -> None:
    proof = {"channel": "counter", "proof": {"recording": "call-7"}}
    async with running.client(await key_of(running)) as http:
        watched = Watched(http)
        with pytest.raises(Refused) as refused:
            await watched.client.post(message(complaint("py-proof", **proof), "crm"))
    assert refused.value.problem["type"] == "/problems/proof-of-another-channel"
    assert watched.answers == [409]


async def test_the_python_client_repeats_what_is_being_worked_on(running: Running) -> None:
    posted = message(complaint("py-in-flight"), "crm")
    key = mark_of(read_message(posted)).key
    async with running.client(await key_of(running)) as http:
        watched = Watched(http)
        async with begin(running.admin) as work:
            # As an equal request does until it is answered.
            await work.execute("SELECT pg_advisory_xact_lock(hashtextextended('intake' || $1, 0))", f"\ncrm\n{key}")
            asked = asyncio.create_task(watched.client.post(posted))
            async with asyncio.timeout(30):
                await watched.in_flight.wait()
        assert (await asked)["outcome"] == "accepted"
    assert watched.answers[0] == 409
    assert watched.answers[-1] == 201


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
async def test_the_curl_client(running: Running) -> None:
    told = await run(
        str(CLIENTS / "curl.sh"), CASEWORK_URL=running.url, CASEWORK_KEY=await key_of(running), CASEWORK_RUN="c"
    )
    structured, binary, batch, status, rejections, mended = told
    assert (structured["id"], structured["outcome"]) == ("c-1", "accepted")
    assert (binary["id"], binary["outcome"]) == ("c-2", "accepted")
    assert [each["status"] for each in batch["results"]] == [201, 422]
    assert names_the_date(batch["results"][1]["problem"])
    assert (status["case_id"], status["open"]) == (structured["case_id"], True)
    assert batch["results"][1]["problem"] in [each["problem"] for each in rejections["items"]]
    assert (mended["id"], mended["outcome"]) == ("c-4", "accepted")


@pytest.mark.skipif(KAFKA_VARIABLE not in os.environ, reason="needs Apache Kafka itself: make test-kafka")
async def test_the_console_clients_of_apache_kafka(running: Running, kafka_server: KafkaServer) -> None:
    jars = await asyncio.to_thread(apache_kafka.fetch, TOP / ".kafka", TOP / "deploy" / "kafka" / "tools.xml")
    told = await run(
        str(CLIENTS / "kafka_console.sh"),
        KAFKA_JARS=str(jars),
        CASEWORK_KAFKA=kafka_server.servers,
        CASEWORK_PREFIX=running.topics.inbox.name.removesuffix("casework.inbox.v1"),
        CASEWORK_RUN="k",
    )
    receipts = {each["post_id"]: each for each in told if "case_id" in each}
    (rejection,) = [each for each in told if "case_id" not in each]
    assert {post_id: each["outcome"] for post_id, each in receipts.items()} == {"k-1": "accepted", "k-2": "accepted"}
    assert (rejection["post_id"], names_the_date(rejection)) == ("k-3", True)


@pytest.mark.parametrize("name", ["curl.sh", "kafka_console.sh"])
def test_the_scripts_are_sound(name: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, CLIENTS / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
