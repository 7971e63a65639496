"""A broker that comes back with less than it had, or with the same in another order, is filled from the stores."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from tests.faults.load import post, under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig

from casework.shared.integrator.sample import generate
from casework.shared.runtime.topic_reader import topic_reader

pytestmark = pytest.mark.faults

SEED = 20_260_503_000
Records: TypeAlias = Sequence[ConsumerRecord[Any, Any]]


def empty(_records: Records, _rng: random.Random) -> Records:
    return ()


def cut_short(records: Records, rng: random.Random) -> Records:
    return records[: rng.randrange(len(records))] if records else ()


def another_interleaving(records: Records, rng: random.Random) -> Records:
    """Each service's records in their own order, mixed with the others' in another; the last of them are lost."""
    queues = [
        [r for r in reversed(records) if _source(r) == source] for source in sorted({_source(r) for r in records})
    ]
    mixed: list[ConsumerRecord[Any, Any]] = []
    while queues:
        queue = rng.choice(queues)
        mixed.append(queue.pop())
        queues = [queue for queue in queues if queue]
    return mixed[: len(mixed) * 3 // 4]


def shuffled(records: Records, rng: random.Random) -> Records:
    """Without any order, a quarter missing and a quarter twice: no broker does this, and it must not matter."""
    some = rng.sample(records, len(records) * 3 // 4)
    return [*some, *some[: len(some) // 3]]


def noticed(records: Records, left: Records) -> bool:
    """Whether the last record of no service stands where it stood. A relay looks at that one place: what a broker
    lost before it, and kept that, is told by `casework audit verify --source kafka` and sent again by hand."""
    last = {_source(record): number for number, record in enumerate(records)}
    return not any(number < len(left) and left[number] is records[number] for number in last.values())


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what_is_left", [empty, cut_short, another_interleaving, shuffled])
async def test_a_broker_that_forgot_is_filled_again(
    system: Rig, what_is_left: Callable[[Records, random.Random], Records]
) -> None:
    if system.is_durable:
        pytest.skip("this broker keeps what it has")
    seed = f"{SEED} {what_is_left.__name__}"
    rng = random.Random(seed)
    await post(system, generate(60, rng.randrange(2**32)))
    async with under_load(system, rng.randrange(2**32)):
        had = await _records(system)
        async with system.paused():
            # While the services stand still: they must find the broker as it is now, not be quicker than we are.
            await system.kill_broker()
            await system.start_broker()
            left = {shard: what_is_left(records, rng) for shard, records in had.items()}
            while unnoticed := [shard for shard, records in had.items() if not noticed(records, left[shard])]:
                left |= {shard: what_is_left(had[shard], rng) for shard in unnoticed}
            await _publish(system, left)
    verdict = await assert_sound(system, seed)
    assert verdict.closed >= 60


async def _records(system: Rig) -> dict[int, Records]:
    """Everything on the case log, by partition."""
    topic = system.topics.events
    async with topic_reader(system.broker.servers) as reader:
        ends = await reader.ends(topic.name, range(topic.partitions))
        return {
            partition: [record async for record in reader.read(topic.name, partition, first, end)]
            for partition, (first, end) in ends.items()
        }


async def _publish(system: Rig, records: dict[int, Records]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=system.broker.servers, acks="all")
    await producer.start()
    try:
        for partition, some in records.items():
            for record in some:
                await producer.send(
                    system.topics.events.name, record.value, record.key, partition, headers=list(record.headers)
                )
        await producer.flush()
    finally:
        await producer.stop()


def _source(record: ConsumerRecord[Any, Any]) -> bytes:
    source: bytes = dict(record.headers)["source"]
    return source
