"""The process that streams is killed again and again: a reader who comes back with the last id misses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from casework.shared.runtime.processes import ManagedProcess, until_ready
from casework.shared.testing import running as running_module
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

from .streams import reading

pytestmark = [pytest.mark.faults, pytest.mark.wire]

KILLS = 4
SEED = 20


class Reader:
    """Follows the stream for ever, over every loss of the connection, and keeps nothing but the last id."""

    def __init__(self) -> None:
        self.versions: dict[str, list[int]] = defaultdict(list)
        self.last_id = ""
        self.connections = 0

    async def follow(self, http: httpx2.AsyncClient) -> None:
        while True:
            with suppress(httpx2.HTTPError, TimeoutError, AssertionError, ConnectionError):
                async with reading(http, self.last_id) as stream:
                    self.connections += 1
                    taken = 0
                    while stream.alive:
                        await asyncio.sleep(0.05)
                        told, taken = stream.told[taken:], len(stream.told)
                        for each in told:
                            if each.event == "status":
                                self.versions[each.data["case_id"]].append(each.data["statusversion"])
                            self.last_id = each.id
                        if not told and not self.last_id:
                            self.last_id = stream.last_id
            await asyncio.sleep(0.1)


async def _posted(http: httpx2.AsyncClient, path: str, body: object) -> httpx2.Response:
    """Ask until there is an answer, always with the same key: a lost answer is no second effect."""
    headers = {"idempotency-key": str(uuid4())}
    while True:
        with suppress(httpx2.HTTPError):
            answer = await http.post(path, json=body, headers=headers, timeout=5.0)
            if answer.status_code < 500 and answer.status_code != 409:
                return answer
        await asyncio.sleep(0.1)


def _again(running: Running, kafka: KafkaServer, folder: Path) -> ManagedProcess:
    port = urlsplit(running.url).port
    assert port is not None
    prefix = running.topics.events.name.removesuffix("casework.events.v1")
    env = running_module._settings(kafka, running.database_url, prefix, port, folder)
    command = [sys.executable, "-m", "casework.shared.cli", "run", "all"]
    return ManagedProcess.spawn("services", command, log=running.log, env={**os.environ, **env})


async def _on_the_topic(running: Running, kafka: KafkaServer) -> dict[str, list[int]]:
    """The versions of every case on `casework.status.v1`, in the order in which a reader finds them."""
    found: dict[str, list[int]] = defaultdict(list)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        topic = running.topics.status
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning()
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    assert record.key is not None
                    found[record.key.decode()].append(json.loads(record.value)["statusversion"])
    finally:
        await consumer.stop()
    return found


async def test_killed_while_it_streams_nothing_is_missing(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    odds = random.Random(SEED)
    async with running_services(postgres_server, kafka_server, tmp_path) as running:
        process = running.process
        key = await running.key()
        reader, cases, stop = Reader(), list[str](), asyncio.Event()
        async with running.client(key) as http, running.client(key) as other:

            async def write() -> None:
                while not stop.is_set():
                    answer = await _posted(http, "/v1/complaints", complaint())
                    case_id = answer.json()["case_id"]
                    await _posted(http, f"/v1/cases/{case_id}/contacts", {"channel": "phone"})
                    cases.append(case_id)
                    await asyncio.sleep(0.05)

            following = asyncio.create_task(reader.follow(other))
            writing = asyncio.create_task(write())
            for _ in range(KILLS):
                await asyncio.sleep(odds.uniform(2.0, 5.0))
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()
                process = _again(running, kafka_server, tmp_path)
                await until_ready(process, running.log, running_module._ready(running.url), 60.0)
            await asyncio.sleep(2.0)
            stop.set()
            await writing
            try:
                deadline = time.monotonic() + 60
                while True:
                    final = {
                        case_id: (await http.get(f"/v1/cases/{case_id}")).json()["statusversion"] for case_id in cases
                    }
                    missing = {each for each, version in final.items() if reader.versions[each][-1:] != [version]}
                    if not missing:
                        break
                    assert time.monotonic() < deadline, f"{len(missing)} of {len(final)} never came"
                    await asyncio.sleep(0.5)
                sent = await _on_the_topic(running, kafka_server)
            finally:
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following
                await process.stop()
    assert reader.connections > KILLS
    assert len(cases) > 20
    # The compacted topic says the same: of every case the newest document last, and none older after a newer one.
    assert {case_id: versions[-1] for case_id, versions in sent.items()} == final
    assert all(each == sorted(each) for each in sent.values())
    # Never an older document after a newer one.
    assert all(each == sorted(each) for each in reader.versions.values())
