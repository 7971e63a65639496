"""What is on the topics is what AsyncAPI says; and FastStream's middlewares work with our own parser."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema  # type: ignore[import-untyped] # has no types
import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, ConsumerRecord
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.inbox import COMPLAINT_POSTED
from casework.shared.http.asyncapi import asyncapi_document
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topics
from casework.shared.runtime.tracing import EXPORTABLE, provider_for
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import KafkaServer, PostgresServer, fresh_prefix

from .conftest import split_on

pytestmark = pytest.mark.wire
DEADLINE_S = 60.0
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(frozen=True, slots=True)
class Happened:
    """What was on the topics after one complaint over HTTP, one by the inbox and one refused; what was counted and
    traced meanwhile."""

    topics: Topics
    posted: Sequence[bytes]
    records: Mapping[str, Sequence[ConsumerRecord[Any, Any]]]
    metrics: Metrics
    spans: Sequence[ReadableSpan]


@pytest_asyncio.fixture(scope="module")
async def happened(
    kafka_server: KafkaServer, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Happened]:
    prefix, name = fresh_prefix(), f"wire_{secrets.token_hex(4)}"
    topics = await kafka_server.create_topics(prefix)
    url = await postgres_server.create_database(name)
    metrics, exporter = Metrics.create(), InMemorySpanExporter()
    provider = provider_for(exporter, "test")
    kafka = {
        "kafka_servers": kafka_server.servers,
        "kafka_idempotence": kafka_server.idempotent,
        "topic_prefix": prefix,
    }
    folder = tmp_path_factory.mktemp("wire")
    async with split_on(url, folder, metrics=metrics, tracer_provider=provider, kafka=kafka) as split:
        working = [asyncio.create_task(runtime.run()) for runtime in split.runtimes.values()]
        posts = [post(complaint()), post({"source": "crm"})]
        async with asyncio.timeout(DEADLINE_S), split.client() as http:
            await asyncio.gather(*(runtime.messaging.joined.wait() for runtime in split.runtimes.values()))
            sent = {"idempotency-key": "1", "traceparent": TRACE}
            assert (await http.post("/v1/complaints", json=complaint(), headers=sent)).status_code == 201
            await send(kafka_server, topics, posts)
            records = await read(kafka_server, topics, {"receipts": 1, "rejections": 1, "events": 4, "status": 2})
            while any(processed(metrics, topics, service) < len(records["events"]) for service in SERVICES):
                await asyncio.sleep(0.05)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    provider.shutdown()
    await postgres_server.drop_database(name)
    yield Happened(topics, posts, records, metrics, exporter.get_finished_spans())


def post(data: object) -> bytes:
    return orjson.dumps(
        {"specversion": "1.0", "id": secrets.token_hex(8), "source": "crm", "type": COMPLAINT_POSTED, "data": data}
    )


async def send(server: KafkaServer, topics: Topics, posts: Sequence[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=server.servers) as producer:
        for value in posts:
            # A stranger's header, which no parser of ours may stumble over.
            await producer.send_and_wait(topics.inbox.name, value, key=b"crm|1", headers=[("x", b"\xff\xfe")])


async def read(
    server: KafkaServer, topics: Topics, wanted: Mapping[str, int]
) -> dict[str, Sequence[ConsumerRecord[Any, Any]]]:
    """Every record of these topics, once they have so many."""
    found: dict[str, Sequence[ConsumerRecord[Any, Any]]] = {}
    async with topic_reader(server.servers) as reader:
        for name, many in wanted.items():
            topic = getattr(topics, name)
            while len(found.get(name, ())) < many:
                ends = await reader.ends(topic.name, range(topic.partitions))
                found[name] = [
                    record
                    for partition, (start, end) in ends.items()
                    async for record in reader.read(topic.name, partition, start, end)
                ]
    return found


@pytest.mark.parametrize(
    ("channel", "name"), [("receipts", "Receipt"), ("rejections", "Rejection"), ("events", None), ("status", "Status")]
)
async def test_records_are_as_described(happened: Happened, channel: str, name: str | None) -> None:
    document = asyncapi_document(happened.topics)
    messages = document["components"]["messages"]
    assert happened.records[channel]
    for record in happened.records[channel]:
        value = orjson.loads(record.value)
        message = messages[name or value["type"]]
        headers = {name: sent.decode() for name, sent in record.headers}
        key = record.key.decode()
        for what, schema in (
            (value, message["payload"]),
            (headers, message.get("headers", {})),
            (key, message["bindings"]["kafka"]["key"]),
        ):
            jsonschema.validate(what, schema | {"components": document["components"]})
        assert record.topic == document["channels"][channel]["address"]


async def test_faststream_counts_each_service_for_itself(happened: Happened) -> None:
    inbox = {"handler": happened.topics.inbox.name, "service": "intake"}
    metrics = happened.metrics
    assert sample(metrics, "messages_total", **inbox) == 2.0
    assert sample(metrics, "processed_messages_total", status="acked", **inbox) == 2.0
    assert sample(metrics, "messages_size_bytes_sum", **inbox) == sum(map(len, happened.posted))
    assert sample(metrics, "messages_total", **(inbox | {"service": "followup"})) is None
    for service in SERVICES:
        assert processed(metrics, happened.topics, service) == len(happened.records["events"])


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    labels |= {"app_name": "casework", "broker": "kafka"}
    return metrics.registry.get_sample_value(f"faststream_received_{name}", labels)


def processed(metrics: Metrics, topics: Topics, service: str) -> float:
    """How many records of the case log a service has worked in."""
    labels = {"handler": topics.events.name, "service": service, "status": "acked"}
    return sample(metrics, "processed_messages_total", **labels) or 0.0


async def test_faststream_traces_each_batch_and_nothing_personal_leaves(happened: Happened) -> None:
    inbox = happened.topics.inbox.name
    spans = [span for span in happened.spans if span.name == f"{inbox} process"]
    assert sum(int(str((span.attributes or {})["messaging.batch.message_count"])) for span in spans) == 2
    for span in happened.spans:
        assert set(span.attributes or {}) <= EXPORTABLE
        assert not span.events
