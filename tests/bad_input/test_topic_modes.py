"""The inbox topic in the modes of CloudEvents: each message is answered once, and a refused one comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from casework.shared.contracts.cloudevents import BATCH, STRUCTURED
from casework.shared.contracts.inbox import COMPLAINT_POSTED
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import KafkaServer
from casework.shared.testing.running import Running

pytestmark = pytest.mark.wire

Headers = Sequence[tuple[str, bytes]]
ENOUGH_S = 60.0
BAD_DATE = "31/02/2026"


def event(**changes: Any) -> dict[str, Any]:
    """A message that nobody has sent before; `data` replaces fields of its complaint."""
    data = complaint(**changes.pop("data", {}))
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "till",
        "type": COMPLAINT_POSTED,
        "data": data,
    } | changes


def plain(document: Mapping[str, Any]) -> tuple[bytes, Headers]:
    """The document alone."""
    return json.dumps(document).encode(), ()


def structured(document: Mapping[str, Any]) -> tuple[bytes, Headers]:
    """The document, and a header that says what it is."""
    return json.dumps(document).encode(), [("content-type", f"{STRUCTURED}; charset=UTF-8".encode())]


def binary(document: Mapping[str, Any]) -> tuple[bytes, Headers]:
    """The attributes in headers, the data alone as the value."""
    attributes = [(f"ce_{name}", str(value).encode()) for name, value in document.items() if name != "data"]
    return json.dumps(document["data"]).encode(), [*attributes, ("content-type", b"application/json")]


MODES = {"plain": plain, "structured": structured, "binary": binary}


class Till:
    """An integrator at the topics: posts, and waits for what comes back to its posts."""

    def __init__(self, running: Running, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._inbox, self._producer, self._consumer = running.topics.inbox.name, producer, consumer
        self._key = uuid4().bytes

    async def post(self, value: bytes, headers: Headers = ()) -> tuple[int, int]:
        """Where the record lies. All lie in one partition, so that one is the next after the other."""
        sent = await self._producer.send_and_wait(self._inbox, value, key=self._key, partition=0, headers=list(headers))
        return sent.partition, sent.offset

    async def answers(self, many: int) -> list[dict[str, Any]]:
        """The next answers to posts of this till on both topics, as many as there must be. They bear the posts' key."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(ENOUGH_S):
            while len(found) < many:
                for records in (await self._consumer.getmany(timeout_ms=100)).values():
                    found += [json.loads(each.value) for each in records if each.key == self._key]
        assert len(found) == many
        return found


@asynccontextmanager
async def till_of(running: Running, server: KafkaServer) -> AsyncIterator[Till]:
    topics = (running.topics.receipts.name, running.topics.rejections.name)
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=server.servers, auto_offset_reset="earliest")
    async with AIOKafkaProducer(bootstrap_servers=server.servers) as producer, consumer:
        yield Till(running, producer, consumer)


@pytest.mark.practice("P018")
@pytest.mark.parametrize("mode", MODES)
async def test_a_post_five_times_is_one_case_and_five_equal_receipts(
    mode: str, running: Running, kafka_server: KafkaServer
) -> None:
    document = event()
    async with till_of(running, kafka_server) as till:
        for _ in range(5):
            await till.post(*MODES[mode](document))
        receipts = await till.answers(5)
    assert all(receipt == receipts[0] for receipt in receipts)
    assert (receipts[0]["outcome"], receipts[0]["post_id"]) == ("accepted", document["id"])
    assert await cases(running, document) == 1


@pytest.mark.practice("P018")
@pytest.mark.parametrize("mode", MODES)
async def test_a_date_that_does_not_exist_comes_back_and_the_next_message_is_processed(
    mode: str, running: Running, kafka_server: KafkaServer
) -> None:
    bad, good = event(data={"received_at": BAD_DATE}), event()
    value, headers = MODES[mode](bad)
    async with till_of(running, kafka_server) as till:
        partition, offset = await till.post(value, headers)
        await till.post(*MODES[mode](good))
        found = await till.answers(2)
        (receipt,) = [each for each in found if "case_id" in each]
        (rejection,) = [each for each in found if "case_id" not in each]
        assert (receipt["post_id"], receipt["outcome"]) == (good["id"], "accepted")
        assert (rejection["type"], rejection["status"]) == ("/problems/invalid-message", 422)
        assert [error["pointer"] for error in rejection["errors"]] == ["/data/received_at"]
        assert (rejection["partition"], rejection["offset"]) == (partition, offset)
        assert rejection["sha256"] == sha256(value).hexdigest()
        # It comes back over HTTP, too: to whom it names as its source, and to nobody else.
        (kept,) = await kept_for(running, "till", rejection)
        assert kept["door"] == "topic"
        assert await kept_for(running, "another", rejection) == []
        # With the bytes that were sent, for who may read them.
        async with running.client(await running.key("personal:read", actor="till", kind="integrator")) as http:
            opened = await http.post(f"/v1/rejections/{kept['id']}/openings", json={"purpose": "to mend it"})
        assert opened.json()["original"].encode() == value
        # Mended, the same message is taken.
        await till.post(*MODES[mode](bad | {"data": bad["data"] | {"received_at": "2026-02-28T09:00:00Z"}}))
        (receipt,) = await till.answers(1)
    assert (receipt["post_id"], receipt["outcome"]) == (bad["id"], "accepted")


async def test_what_went_by_one_door_is_known_at_the_other(running: Running, kafka_server: KafkaServer) -> None:
    document = event()
    key = await running.key("complaints:write", actor="till", kind="integrator")
    async with till_of(running, kafka_server) as till, running.client(key) as http:
        posted = await http.post("/v1/inbox", content=plain(document)[0], headers={"content-type": STRUCTURED})
        assert posted.status_code == 201, posted.text
        await till.post(*binary(document))
        (receipt,) = await till.answers(1)
    assert (receipt["case_id"], receipt["outcome"]) == (posted.json()["case_id"], "accepted")
    assert await cases(running, document) == 1


async def test_a_batch_on_the_topic_is_told_that_there_is_none(running: Running, kafka_server: KafkaServer) -> None:
    async with till_of(running, kafka_server) as till:
        await till.post(json.dumps([event()]).encode(), [("content-type", BATCH.encode())])
        (rejection,) = await till.answers(1)
    assert (rejection["type"], rejection["status"]) == ("/problems/batch-on-topic", 422)


async def kept_for(running: Running, actor: str, rejection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `GET /v1/rejections` shows to this sender of the record."""
    found: list[dict[str, Any]] = []
    async with running.client(await running.key("rejections:read", actor=actor, kind="integrator")) as http:
        more = True
        while more:
            after = found[-1]["id"] if found else 0
            page = (await http.get("/v1/rejections", params={"after": after, "limit": 200})).json()
            found, more = found + page["items"], page["more"]
    return [each for each in found if each["problem"] == dict(rejection)]


async def cases(running: Running, document: Mapping[str, Any]) -> int:
    """How many cases there are of the complaint."""
    async with begin(running.admin) as work:
        many: int = await work.fetch_value(
            "SELECT count(DISTINCT case_id) FROM intake.event"
            " WHERE convert_from(envelope, 'UTF8') LIKE '%' || $1 || '%'",
            document["data"]["source_reference"],
        )
    return many
