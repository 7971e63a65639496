"""Which broker leads which partition, and over which connection: what must not change while a session sends.

Invariant: a log can be cut, and grow again, only while the connection to its leader breaks or the leader changes.
A route is both, so routes that are equal before and after a send say that the log was the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import ConnectionGroup

from casework.shared.runtime.topics import Topic


class ProducerLost(Exception):
    """The producer can no longer be trusted to send: it is thrown away and made anew."""


class Route(NamedTuple):
    """How a partition is reached: its leader, and the connection to it (None while there is none)."""

    leader: int | None
    connection: object


async def connect(producer: AIOKafkaProducer, topic: Topic) -> Mapping[int, Route]:
    """Connect to the leader of every partition: what was lost before is found by looking, what is lost later
    breaks one of these connections."""
    await producer.partitions_for(topic.name)
    for leader in {route.leader for route in routes_of(producer, topic).values()}:
        if leader is None or not await producer.client.ready(leader):
            raise ProducerLost(f"no leader of {topic.name} can be reached")
    return routes_of(producer, topic)


def routes_of(producer: AIOKafkaProducer, topic: Topic) -> dict[int, Route]:
    """How each partition of the topic is reached now."""
    client = producer.client
    leaders = {n: client.cluster.leader_for_partition(TopicPartition(topic.name, n)) for n in range(topic.partitions)}
    return {
        shard: Route(leader, client._conns.get((leader, ConnectionGroup.DEFAULT))) for shard, leader in leaders.items()
    }
