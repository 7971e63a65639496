"""`python -m benchmarks.latency`: how soon after its commit a command shows in the status topic, at a steady rate.

Complaints are posted over HTTP to an installation without standing solutions, so that each command makes one case,
which then waits for a person. The clock of each starts when its answer is here, since that is sent after the commit,
and stops when the case's first record is read from the topic. Commands are sent when they are due, whether or not
those before them were answered: a system that falls behind does not get a slower client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from statistics import quantiles
from uuid import uuid4

import httpx2 as httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.crew import BenchmarkFailed, run
from benchmarks.installation import installation
from benchmarks.stack import temporary_folder
from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sample import generate
from casework.shared.runtime.data_dir import Stack
from casework.shared.runtime.topics import Topics

SEED = 7
PER_SECOND = 100
SECONDS = 20
WARM_UP = 300
STRAGGLERS_SECONDS = 30.0
CONNECTIONS = 32
FETCH_WAIT_MS = 5
"""A broker may hold a fetch back as long as this, which is then part of what is measured."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds: the middle one, the 99th of a hundred, the longest."""

    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(round(1e3 * cuts[49], 1), round(1e3 * cuts[98], 1), round(1e3 * max(seconds), 1))


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """`commands` were sent in `seconds`; `answer` is from the request to its answer, `status` from there to the topic.

    A status that is read before the answer counts as no time at all.
    """

    commands: int
    seconds: float
    answer: Spread
    status: Spread


async def measure(per_second: int, seconds: int) -> LatencyResult:
    """Posts at a steady rate and waits for each case's first status.

    Raises `BenchmarkFailed` when a command is refused, and `TimeoutError` when a status is missing 30 seconds after
    the last command.
    """
    many = per_second * seconds
    with temporary_folder() as folder:
        async with (
            installation(folder, straight_through=False) as stack,
            _statuses(stack) as consumer,
            _client(stack) as client,
        ):
            shown: dict[str, float] = {}
            reading = asyncio.create_task(_read(consumer, shown))
            try:
                posts = iter(list(generate(WARM_UP + many, SEED)))
                await _at_a_rate(client, [next(posts) for _ in range(WARM_UP)], per_second)
                began = time.monotonic()
                answers = await _at_a_rate(client, list(posts), per_second)
                took = time.monotonic() - began
                async with asyncio.timeout(STRAGGLERS_SECONDS):
                    while not reading.done() and any(answer.case_id not in shown for answer in answers):
                        await asyncio.sleep(0.05)
            finally:
                reading.cancel()
            if reading.done() and not reading.cancelled():
                reading.result()
    return LatencyResult(
        many,
        round(took, 3),
        Spread.of([answer.at - answer.sent for answer in answers]),
        Spread.of([max(0.0, shown[answer.case_id] - answer.at) for answer in answers]),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    case_id: str
    sent: float
    at: float


async def _at_a_rate(client: httpx.AsyncClient, posts: Sequence[ComplaintPost], per_second: int) -> list[_Answer]:
    began = time.monotonic()

    async def post(number: int, complaint: ComplaintPost) -> _Answer:
        due = began + number / per_second
        await asyncio.sleep(due - time.monotonic())
        sent = time.monotonic()
        try:
            answer = await client.post(
                "/v1/complaints", json=complaint.to_json(), headers={"idempotency-key": str(uuid4())}
            )
        except httpx.HTTPError as error:
            raise BenchmarkFailed(f"a complaint was not answered: {type(error).__name__}") from error
        at = time.monotonic()
        if answer.status_code != 201:
            raise BenchmarkFailed(f"a complaint was answered with {answer.status_code}: {answer.text}")
        return _Answer(answer.json()["case_id"], sent, at)

    tasks = [asyncio.create_task(post(number, complaint)) for number, complaint in enumerate(posts)]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _read(consumer: AIOKafkaConsumer, shown: dict[str, float]) -> None:
    while True:
        found = await consumer.getmany(timeout_ms=1_000)
        now = time.monotonic()
        for records in found.values():
            for record in records:
                shown.setdefault(record.key.decode(), now)


@asynccontextmanager
async def _statuses(stack: Stack) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of the status topic from its end on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_servers, fetch_max_wait_ms=FETCH_WAIT_MS)
    await consumer.start()
    try:
        topic = Topics.of("", DEFAULT_SHARDS).status
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps its connections, as an integrator's does."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, limits=limits, timeout=30.0) as client:
        yield client


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description="From commit to status.")
    parser.add_argument("--per-second", type=int, default=PER_SECOND, help="commands each second")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for how long")
    chosen = parser.parse_args()
    print(json.dumps(asdict(run(measure(chosen.per_second, chosen.seconds)))))


if __name__ == "__main__":
    main()
