"""What a service that has just died was in the middle of, read from what it left behind."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.faults.rig import Rig

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Placed, placed_of
from casework.shared.runtime.topic_reader import topic_reader


async def unacknowledged(rig: Rig, service: ServiceName) -> int:
    """Events that are on the topic although the relay's cursor does not say so: sent, and the sender died."""
    cursors = await rig.fetch(
        f"SELECT shard, position FROM {service}.relay_cursor WHERE topic = $1", rig.topics.events.name
    )
    known: dict[int, int] = {row["shard"]: row["position"] for row in cursors}
    records = await _records(rig, dict.fromkeys(known, 0))
    return sum(each.source == service and each.position > known[each.shard] for each in records)


async def uncommitted(rig: Rig, service: ServiceName) -> int:
    """Events that took effect in `service` although its group's offsets do not say so: they will come again."""
    rows = await rig.fetch(f"SELECT source, shard, position FROM {service}.guard")
    taken: dict[tuple[str, int], int] = {(row["source"], row["shard"]): row["position"] for row in rows}
    records = await _records(rig, await _offsets(rig, service))
    return sum(each.source != service and each.position <= taken[each.source, each.shard] for each in records)


async def _offsets(rig: Rig, service: ServiceName) -> dict[int, int]:
    """The group's committed offsets."""
    topic = rig.topics.events
    # Assigned by hand, it never joins the group.
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=rig.broker.servers, group_id=f"{service}.v1", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        return {tp.partition: await consumer.committed(tp) or 0 for tp in partitions}
    finally:
        await consumer.stop()


async def _records(rig: Rig, starts: Mapping[int, int]) -> list[Placed]:
    """The events on the topic from these offsets on, by partition."""
    topic = rig.topics.events.name
    found: list[Placed] = []
    async with topic_reader(rig.broker.servers) as reader:
        ends = await reader.ends(topic, list(starts))
        for partition, start in starts.items():
            async for record in reader.read(topic, partition, max(start, ends[partition][0]), ends[partition][1]):
                placed = placed_of(record.headers, record.value)
                if placed is not None:
                    found.append(placed)
    return found
