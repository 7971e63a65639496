"""Bad posts at both doors: each gets its problem, none disturbs another, nothing of them is quoted anywhere."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from casework.shared.runtime.database import begin
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import MAX_RECORD_BYTES
from casework.shared.testing.bad_posts import CANARY, BadPost, bad_posts, complaint, encoded, message
from casework.shared.testing.parts import KafkaServer
from casework.shared.testing.running import Running

pytestmark = pytest.mark.wire

POSTS = {bad.name: bad for bad in bad_posts()}
OVER_HTTP = [bad.name for bad in POSTS.values() if bad.body is not None]
ON_THE_INBOX = [bad.name for bad in POSTS.values() if bad.goes_to_inbox]
ENOUGH_S = 60.0

Headers = list[tuple[str, bytes | None]]


@dataclass
class Answers:
    """What came back on the topics: rejections by where the post lies in the inbox, receipts by post id."""

    at: dict[str, tuple[int, int]] = field(default_factory=dict)
    rejections: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    receipts: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, value: bytes) -> None:
        said = json.loads(value)
        if "case_id" in said:
            self.receipts[said["post_id"]].append(said)
        else:
            self.rejections[said["partition"], said["offset"]].append(said)


def test_the_corpus_is_large_enough() -> None:
    assert len(POSTS) == len(bad_posts())
    assert len(OVER_HTTP) >= 40
    assert len(ON_THE_INBOX) >= 40


@pytest.fixture(scope="module", autouse=True)
def earlier(running: Running) -> int:
    """How many lines the log had before: other modules have posted to the same stack."""
    return len(running.lines())


@pytest_asyncio.fixture(scope="package")
async def over_http(running: Running) -> Mapping[str, httpx2.Response]:
    """Every body that HTTP must refuse, posted by a key without the scope `import`, and its answer."""
    answers = {}
    async with running.client(await running.key("complaints:write")) as http:
        for name in OVER_HTTP:
            bad = POSTS[name]
            headers = {**bad.headers, "idempotency-key": str(uuid4())}
            answers[name] = await http.post("/v1/complaints", content=bad.body, headers=headers)
    return answers


@pytest_asyncio.fixture(scope="package")
async def answers(running: Running, kafka_server: KafkaServer) -> Answers:
    """Every message that intake must reject, each followed by a good one in its partition; all are answered."""
    found, good = Answers(), {f"after {name}" for name in ON_THE_INBOX}
    inbox, shards = running.topics.inbox.name, running.topics.inbox.partitions
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka_server.servers, compression_type="zstd", max_request_size=MAX_RECORD_BYTES
    )
    async with producer, _following(running, kafka_server) as consumer:
        for number, name in enumerate(ON_THE_INBOX):
            bad = POSTS[name]
            sent = await producer.send_and_wait(inbox, bad.value, key=b"k", partition=number % shards)
            found.at[name] = (sent.partition, sent.offset)
            await producer.send(inbox, _good(f"after {name}"), key=b"k", partition=number % shards)
        await _until(found, consumer, good)
        # A second answer to any of them would have been sent before the answer to a later post of its partition.
        last = {f"last {partition}" for partition in range(shards)}
        for partition, post_id in enumerate(sorted(last)):
            await producer.send(inbox, _good(post_id), key=b"k", partition=partition)
        await _until(found, consumer, last)
    everything = Answers(found.at)
    async with topic_reader(kafka_server.servers) as reader:
        for topic in (running.topics.rejections, running.topics.receipts):
            ends = await reader.ends(topic.name, range(topic.partitions))
            for partition, (start, end) in ends.items():
                async for record in reader.read(topic.name, partition, start, end):
                    everything.take(record.value)
    return everything


def _good(post_id: str) -> bytes:
    return encoded(message(complaint(source_reference=post_id), id=post_id))


def _following(running: Running, kafka_server: KafkaServer) -> AIOKafkaConsumer:
    topics = (running.topics.receipts.name, running.topics.rejections.name)
    return AIOKafkaConsumer(*topics, bootstrap_servers=kafka_server.servers, auto_offset_reset="earliest")


async def _until(found: Answers, consumer: AIOKafkaConsumer, post_ids: set[str]) -> None:
    """Read answers until all posts have their receipts and all bad ones a rejection."""
    async with asyncio.timeout(ENOUGH_S):
        while post_ids - found.receipts.keys() or set(found.at.values()) - found.rejections.keys():
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    found.take(record.value)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_http_answers_with_a_problem(name: str, over_http: Mapping[str, httpx2.Response]) -> None:
    bad, answer = POSTS[name], over_http[name]
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (bad.status, f"/problems/{bad.code}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == bad.status
    assert problem["title"]
    assert problem["detail"]
    assert tuple(error["pointer"] for error in problem.get("errors", ())) == bad.pointers
    assert CANARY not in answer.text


@pytest.mark.parametrize("name", ON_THE_INBOX)
def test_the_inbox_rejects_once_and_goes_on(name: str, answers: Answers) -> None:
    bad = POSTS[name]
    (rejection,) = answers.rejections[answers.at[name]]
    assert (rejection["type"], rejection["status"]) == (f"/problems/{bad.code}", bad.status)
    assert rejection["sha256"] == sha256(bad.value or b"").hexdigest()
    assert tuple(error["pointer"] for error in rejection.get("errors", ())) == bad.inbox_pointers
    assert CANARY not in json.dumps(rejection)
    (receipt,) = answers.receipts[f"after {name}"]
    assert receipt["outcome"] == "accepted"


async def test_the_original_of_each_is_kept(running: Running, answers: Answers) -> None:
    async with begin(running.admin) as work:
        rows = await work.fetch(
            "SELECT partition, \"offset\", sha256, original, problem->>'type' AS type FROM intake.rejection"
        )
    kept = {(row["partition"], row["offset"]): row for row in rows}
    for name, at in answers.at.items():
        original = POSTS[name].value or b""
        assert kept[at]["original"] == original
        assert kept[at]["sha256"] == sha256(original).digest()
        assert kept[at]["type"] == f"/problems/{POSTS[name].code}"
    assert kept.keys() >= set(answers.at.values())


@dataclass(frozen=True)
class Oddity:
    """A good complaint in an odd record."""

    name: str
    headers: Headers = field(default_factory=list)
    key: bytes | None = b"k"
    binary: bool = False


ODD = [
    Oddity("no key", key=None),
    Oddity("a key that is no text", key=b"\xff\xfe\x00"),
    Oddity("a key of a megabyte", key=b"k" * 1_000_000),
    Oddity("headers that are no text", [("content-type", b"\xff\xfe"), ("correlation_id", b"\xc3\x28")]),
    Oddity("a header without a value", [("content-type", None), ("x", None)]),
    Oddity("a header twice", [("content-type", b"a"), ("content-type", b"b")]),
    Oddity("the headers of an event", [("installation", b"x"), ("source", b"intake"), ("position", b"-1")]),
    Oddity("a hundred headers", [(f"h{n}", b"x" * 100) for n in range(100)]),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
async def test_an_odd_record_is_taken_for_what_it_says(
    odd: Oddity, running: Running, kafka_server: KafkaServer
) -> None:
    found, post_id = Answers(), f"odd {odd.name}"
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers, max_request_size=2_000_000) as producer:
        headers: Any = odd.headers
        await producer.send_and_wait(running.topics.inbox.name, _good(post_id), key=odd.key, headers=headers)
        async with _following(running, kafka_server) as consumer:
            await _until(found, consumer, {post_id})
    assert found.receipts[post_id][0]["outcome"] == "accepted"


async def test_nobody_is_answered_where_a_record_asks_for_it(running: Running, kafka_server: KafkaServer) -> None:
    """FastStream would publish what a handler returns to the topic that a record names."""
    found, target = Answers(), running.topics.status
    asking: Any = [("reply_to", target.name.encode()), ("correlation_id", b"mine")]
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers) as producer:
        await producer.send_and_wait(running.topics.inbox.name, _good("asks"), key=b"k", headers=asking, partition=0)
        await producer.send_and_wait(running.topics.inbox.name, _good("asks not"), key=b"k", partition=0)
        async with _following(running, kafka_server) as consumer:
            await _until(found, consumer, {"asks", "asks not"})
    async with topic_reader(kafka_server.servers) as reader:
        for partition, (start, end) in (await reader.ends(target.name, range(target.partitions))).items():
            async for record in reader.read(target.name, partition, start, end):
                assert "correlation_id" not in dict(record.headers)
                assert json.loads(record.value)["case_id"]


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
async def test_every_compression_is_read(codec: str, running: Running, kafka_server: KafkaServer) -> None:
    found, post_id = Answers(), f"packed with {codec}"
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers, compression_type=codec) as producer:
        await producer.send_and_wait(running.topics.inbox.name, _good(post_id), key=b"k")
        async with _following(running, kafka_server) as consumer:
            await _until(found, consumer, {post_id})
    assert found.receipts[post_id][0]["outcome"] == "accepted"


RAW = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32,
    "no request line": b"\r\n\r\n\r\n" + CANARY.encode() + b"\r\n\r\n",
    "a length that is none": b"POST /v1/complaints HTTP/1.1\r\nhost: x\r\ncontent-length: -7\r\n\r\n{}",
    "two lengths": b"POST /v1/complaints HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a chunk of no size": b"POST /v1/complaints HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "a header of 200 KB": b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-long: " + b"k" * 200_000 + b"\r\n\r\n",
    "a thousand headers": b"GET /health/live HTTP/1.1\r\nhost: x\r\n"
    + (b"x-many: " + b"k" * 90 + b"\r\n") * 1_000
    + b"\r\n",
    "a header that does not end": b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-long: " + b"k" * 400_000,
    "a path of 200 KB": b"GET /" + b"k" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
async def test_what_is_not_http_gets_no_further_than_the_door(name: str, running: Running) -> None:
    url = httpx2.URL(running.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    answer = b""
    with suppress(OSError):  # it may have hung up before all was said
        writer.write(RAW[name])
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(15.0):
            answer = await reader.read()
    writer.close()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert CANARY.encode() not in answer
    async with running.client(None) as http:
        assert (await http.get("/health/live")).status_code == 200


async def test_nothing_was_tried_again_and_nothing_was_a_fault(
    running: Running, earlier: int, over_http: Mapping[str, httpx2.Response], answers: Answers
) -> None:
    """One attempt each: no batch failed, was split or came again, and no handler raised."""
    assert over_http
    assert answers.receipts
    lines = running.lines()[earlier:]
    assert running.process.exit_code is None
    assert CANARY not in running.log.read_text()
    again = {"inbox.again", "inbox.batch-failed", "inbox.post-failed", "http.fault", "loop.unhandled"}
    assert [line for line in lines if line["event"] in again or line["level"] in ("error", "critical")] == []
    taken = sum(line["count"] for line in lines if line["event"] == "inbox.committed")
    answered = sum(len(each) for each in (*answers.receipts.values(), *answers.rejections.values()))
    assert taken >= answered
    assert sum(line["event"] == "inbox.committed" for line in lines) <= taken


def test_a_bad_post_tells_by_its_name_what_is_wrong() -> None:
    """The corpus itself: unless it is about the form, only one thing is wrong with each."""
    for bad in POSTS.values():
        assert isinstance(bad, BadPost)
        assert len(bad.pointers) <= 1 or bad.name == "a bare complaint"
