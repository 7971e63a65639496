"""Topics: made as declared, or refused.

Invariant: after `ensure_topics` every topic exists with exactly the partitions it was declared with. Shards are
partitions, so another count would put records where no consumer looks for them. A topic that holds data is never
deleted: only the starter of a broker that forgets everything may ask for that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from casework.shared.runtime.topics import Topic

SETTLE_SECONDS = 30.0
MOST_REPLICAS = 3


class WrongPartitions(Exception):
    """Topics exist with another partition count than declared. The message says what to do."""

    def __init__(self, wrong: Mapping[str, tuple[int, int]]) -> None:
        listed = ", ".join(f"{name} has {found} instead of {wanted}" for name, (found, wanted) in wrong.items())
        super().__init__(
            f"Topics with the wrong number of partitions: {listed}. Partitions are shards and cannot be changed "
            "under existing events. If these topics belong to something else, choose another topic prefix; "
            "if they hold nothing you need, delete them with your broker's tools; then run `casework migrate`."
        )
        self.wrong = dict(wrong)


class TopicsRefused(Exception):
    """The broker did not create the topics. The message holds its reason."""


@asynccontextmanager
async def admin(servers: str, **security: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started admin client. `security` are aiokafka's own options (security_protocol, sasl_mechanism, ...)."""
    client = AIOKafkaAdminClient(bootstrap_servers=servers, **security)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def ensure_topics(servers: str, topics: Sequence[Topic], *, remake: bool = False, **security: Any) -> None:
    """Create what is missing, with min(3, brokers) replicas, and return when the broker lists it all.

    A topic with the wrong partition count raises `WrongPartitions`, or with `remake` is deleted and made anew:
    that is for a broker that makes topics by itself and has only just started. Raises `TopicsRefused` when the
    broker will not create one, and `KafkaError` when it cannot be reached.
    """
    async with admin(servers, **security) as client:
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            found = await _partitions(client)
            wrong = _wrong(found, topics)
            missing = [topic for topic in topics if topic.name not in found]
            if not wrong and not missing:
                return
            if wrong and not remake:
                raise WrongPartitions(wrong)
            if time.monotonic() > deadline:
                names = [*(topic.name for topic in missing), *wrong]
                raise TopicsRefused(f"The broker at {servers} does not come to have as declared: {', '.join(names)}.")
            await _make(client, [*missing, *(topic for topic in topics if topic.name in wrong)], wrong)
            await asyncio.sleep(0.02)


async def check_partitions(servers: str, topics: Sequence[Topic], **security: Any) -> dict[str, tuple[int, int]]:
    """The topics that are not as declared: name -> (partitions found, partitions declared); 0 found is no topic."""
    async with admin(servers, **security) as client:
        found = await _partitions(client)
    return {topic.name: (0, topic.partitions) for topic in topics if topic.name not in found} | _wrong(found, topics)


async def _partitions(client: AIOKafkaAdminClient) -> dict[str, int]:
    # All topics are asked for, never by name: some brokers make a topic that is asked for by name.
    return {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}


def _wrong(found: Mapping[str, int], topics: Sequence[Topic]) -> dict[str, tuple[int, int]]:
    return {
        topic.name: (found[topic.name], topic.partitions)
        for topic in topics
        if topic.name in found and found[topic.name] != topic.partitions
    }


async def _make(client: AIOKafkaAdminClient, topics: Sequence[Topic], delete: Collection[str]) -> None:
    replicas = min(MOST_REPLICAS, len((await client.describe_cluster())["brokers"]))
    new = [NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(topic.config)) for topic in topics]
    requests = [client.delete_topics(list(delete))] if delete else []
    # Both go out on one connection before the first is answered: no client's request comes in between for long.
    answers = await asyncio.gather(*requests, client.create_topics(new))
    for name, code, *reason in answers[-1].topic_errors:
        error: type[KafkaError] = for_code(code)
        # Somebody else made it meanwhile: the next listing shows whether it is right.
        if code and error is not TopicAlreadyExistsError:
            raise TopicsRefused(f"The broker will not create the topic {name}: {error.__name__} {reason}.")
