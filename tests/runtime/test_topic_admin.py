import dataclasses

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from casework.shared.runtime.topic_admin import (
    TopicsRefused,
    WrongPartitions,
    admin,
    check_partitions,
    ensure_topics,
)
from casework.shared.runtime.topics import MAX_RECORD_BYTES, Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire


async def test_what_is_missing_is_made_and_what_is_there_stays(kafka_server: KafkaServer) -> None:
    topics = Topics.of(fresh_prefix(), 12)
    first, *rest = topics.all()
    assert await check_partitions(kafka_server.servers, [first]) == {first.name: (0, 12)}
    await ensure_topics(kafka_server.servers, [first])
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers, acks="all") as producer:
        await producer.send_and_wait(first.name, b"kept", partition=3)
    await ensure_topics(kafka_server.servers, [first, *rest])
    assert await check_partitions(kafka_server.servers, topics.all()) == {}
    async with AIOKafkaConsumer(
        first.name, bootstrap_servers=kafka_server.servers, auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"kept"


async def test_a_wrong_count_is_refused_and_nothing_deleted(kafka_server: KafkaServer) -> None:
    topics = Topics.of(fresh_prefix(), 12)
    await ensure_topics(kafka_server.servers, [dataclasses.replace(topics.events, partitions=5)])
    with pytest.raises(WrongPartitions, match=r"has 5 instead of 12.*another topic prefix.*casework migrate"):
        await ensure_topics(kafka_server.servers, topics.all())
    assert await check_partitions(kafka_server.servers, [topics.events]) == {topics.events.name: (5, 12)}


async def test_a_wrong_count_is_mended_where_that_was_asked_for(kafka_server: KafkaServer) -> None:
    topics = Topics.of(fresh_prefix(), 12)
    wrong = [dataclasses.replace(topic, partitions=4) for topic in topics.all()[:3]]
    await ensure_topics(kafka_server.servers, wrong)
    await ensure_topics(kafka_server.servers, topics.all(), remake=True)
    assert await check_partitions(kafka_server.servers, topics.all()) == {}


async def test_a_record_of_the_largest_size_is_taken(kafka_server: KafkaServer) -> None:
    topics = await kafka_server.create_topics(fresh_prefix())
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_server.servers, acks="all", max_request_size=2 * MAX_RECORD_BYTES
    ) as producer:
        sent = await producer.send_and_wait(topics.events.name, b"x" * (MAX_RECORD_BYTES - 1024), partition=0)
    assert sent.offset == 0


async def test_a_setting_the_broker_does_not_know_is_told(kafka_server: KafkaServer) -> None:
    if not kafka_server.idempotent:
        pytest.skip("the embedded broker takes any setting")
    topic = dataclasses.replace(Topics.of(fresh_prefix(), 1).events, config={"cleanup.policy": "burn"})
    with pytest.raises(TopicsRefused, match=r"InvalidConfiguration.*burn"):
        await ensure_topics(kafka_server.servers, [topic])


async def test_settings_reach_the_broker(kafka_server: KafkaServer) -> None:
    if not kafka_server.idempotent:
        pytest.skip("the embedded broker tells no settings")
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    topics = await kafka_server.create_topics(fresh_prefix())
    async with admin(kafka_server.servers) as client:
        [answer] = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topics.status.name)])
    told = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert told["cleanup.policy"] == "compact"
    assert told["max.message.bytes"] == str(MAX_RECORD_BYTES)


async def test_an_idempotent_producer_where_the_broker_has_it(kafka_server: KafkaServer) -> None:
    topics = await kafka_server.create_topics(fresh_prefix())
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_server.servers, acks="all", enable_idempotence=kafka_server.idempotent
    ) as producer:
        assert (await producer.send_and_wait(topics.events.name, b"value", partition=11)).offset == 0


async def test_no_broker(kafka_server: KafkaServer) -> None:
    with pytest.raises(KafkaConnectionError):
        await ensure_topics("127.0.0.1:1", Topics.of("", 1).all())
