"""PostgreSQL and a Kafka broker for tests, as pytest fixtures for every suite.

Invariant: tests use real servers and never each other's. There is one of each for a pytest session (for each worker
of pytest-xdist), a database of its own for whoever asks `create_database`, and topics of its own for whoever puts
`fresh_prefix` before their names.

The environment chooses: CASEWORK_TEST_KAFKA (bootstrap servers) uses that broker, which must be Apache Kafka;
CASEWORK_TEST_DOCKER=1 starts both in containers. Otherwise both come from their wheels.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest_asyncio

from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topics

KAFKA_VARIABLE = "CASEWORK_TEST_KAFKA"
DOCKER_VARIABLE = "CASEWORK_TEST_DOCKER"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `part` is the embedded one, for tests that stop or kill it; None in a container."""

    url: str
    part: EmbeddedPostgres | None

    def url_of(self, database: str) -> str:
        """The superuser's URL of a database on this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make the database `name` (empty, or a copy of `template`, which nobody may be using). Returns its URL."""
        copied = f' TEMPLATE "{template}"' if template else ""
        await self._execute(f'CREATE DATABASE "{name}"{copied}')
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        """Remove the database, cutting whoever is connected to it."""
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def database(self, prefix: str, template: str | None = None) -> AsyncIterator[str]:
        """The URL of a database that is there for the block alone: empty, or a copy of `template`."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        yield await self.create_database(name, template)
        # Not after a failure: what is left in it may tell why, and the whole server ends with the session.
        await self.drop_database(name)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """A running broker. `idempotent` says whether it takes idempotent producers; `part` is the embedded one."""

    servers: str
    idempotent: bool
    part: EmbeddedKafka | None

    async def create_topics(self, prefix: str, shards: int = 12) -> Topics:
        """Make the six topics behind `prefix`. Do so before any client asks for them by name."""
        topics = Topics.of(prefix, shards)
        await ensure_topics(self.servers, topics.all())
        return topics


def fresh_prefix() -> str:
    """A topic and group prefix that nobody used before."""
    return f"t{secrets.token_hex(6)}."


@pytest_asyncio.fixture(scope="session")
async def postgres_server() -> AsyncIterator[PostgresServer]:
    """One PostgreSQL for the session, from the wheel or in a container."""
    if os.environ.get(DOCKER_VARIABLE) == "1":
        from casework.shared.testing.containers import postgres_container

        with postgres_container() as url:
            yield PostgresServer(url, None)
        return
    # Not below pytest's own folder: pytest takes other users' permissions away from it whenever a session starts.
    folder = Path(tempfile.mkdtemp(prefix="casework-postgres-"))
    part = EmbeddedPostgres(folder)
    try:
        await part.start()
        yield PostgresServer(part.url, part)
    finally:
        await part.stop()
        shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session")
async def kafka_server() -> AsyncIterator[KafkaServer]:
    """One broker for the session: the one named by the environment, one in a container, or the embedded one."""
    if given := os.environ.get(KAFKA_VARIABLE):
        yield KafkaServer(given, True, None)
        return
    if os.environ.get(DOCKER_VARIABLE) == "1":
        from casework.shared.testing.containers import kafka_container

        with kafka_container() as servers:
            yield KafkaServer(servers, True, None)
        return
    part = EmbeddedKafka()
    try:
        await part.start()
        yield KafkaServer(part.servers, False, part)
    finally:
        await part.stop()
