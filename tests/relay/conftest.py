"""A log and a topic for each test; and a broker that a test may wipe."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from tests.relay.rig import Rig
from tests.store.log import SHARDS, Log, log_on, migrated

from casework.shared.platform import installation
from casework.shared.runtime.database import begin
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, PostgresServer, fresh_prefix


@pytest_asyncio.fixture(scope="session")
async def relay_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The name of a migrated, empty database with nobody connected."""
    name = f"relay_{secrets.token_hex(4)}"
    await migrated(await postgres_server.create_database(name))
    yield name
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def log(postgres_server: PostgresServer, relay_database: str) -> AsyncIterator[Log]:
    """An empty log, without any topic."""
    async with _log(postgres_server, relay_database) as log:
        yield log


@pytest_asyncio.fixture
async def rig(postgres_server: PostgresServer, relay_database: str, kafka_server: KafkaServer) -> AsyncIterator[Rig]:
    """An empty log, and an empty topic on the common broker."""
    async with _rig(postgres_server, relay_database, kafka_server) as rig:
        yield rig


@pytest_asyncio.fixture
async def own_broker(kafka_server: KafkaServer) -> AsyncIterator[KafkaServer]:
    """A broker that may be wiped: one of its own where brokers are embedded, else the common one."""
    if kafka_server.part is None:
        yield kafka_server
        return
    part = EmbeddedKafka()
    try:
        await part.start()
        yield KafkaServer(part.servers, False, part)
    finally:
        await part.stop()


@pytest_asyncio.fixture
async def wipeable(postgres_server: PostgresServer, relay_database: str, own_broker: KafkaServer) -> AsyncIterator[Rig]:
    """An empty log, and an empty topic on a broker that may be wiped."""
    async with _rig(postgres_server, relay_database, own_broker) as rig:
        if own_broker.part is not None:
            own_broker.part.topics = (rig.topic,)  # what it makes when it is started again
        yield rig


@asynccontextmanager
async def _rig(postgres_server: PostgresServer, template: str, kafka: KafkaServer) -> AsyncIterator[Rig]:
    topic = Topics.of(fresh_prefix(), SHARDS).events
    await ensure_topics(kafka.servers, [topic])
    async with _log(postgres_server, template) as log:
        async with begin(log.engine) as work:
            installed = await installation.read(work)
        yield Rig(log, kafka.servers, kafka.idempotent, topic, installed.id)


@asynccontextmanager
async def _log(postgres_server: PostgresServer, template: str) -> AsyncIterator[Log]:
    async with postgres_server.database(template, template=template) as url, log_on(url) as log:
        yield log
