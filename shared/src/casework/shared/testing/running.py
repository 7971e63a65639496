"""All four services in one process of its own, as a container runs them, on a database and topics of its own.

Invariant: the process is asked and watched only from outside: over HTTP, on its topics, in its database and in
what it writes to its log.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.actors import ActorKind
from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.keys.vault import KeyFile
from casework.shared.migrations.run import migrate
from casework.shared.platform.api_keys import SCOPES, SERVICE_SCOPES, Scope, mint_key, store_key
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.processes import ManagedProcess, until_ready
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, PostgresServer, fresh_prefix

START_S = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """The process and where to meet it. `admin` has the migrator's rights on its database."""

    url: str
    database_url: str
    topics: Topics
    installation: UUID
    admin: AsyncEngine
    process: ManagedProcess
    log: Path

    async def key(
        self,
        *scopes: Scope,
        actor: str = "handler-1",
        kind: ActorKind = "person",
        valid_for: timedelta | None = None,
    ) -> str:
        """A new API key of `actor`, for `scopes` or for everything."""
        return await new_key(self.admin, actor, kind, scopes or tuple(SCOPES), valid_for)

    def client(self, key: str | None) -> httpx2.AsyncClient:
        """A client that sends `key`. Use it as a context manager."""
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30.0, trust_env=False)

    async def metrics(self, *names: str, by: str) -> dict[str, float]:
        """Every sample of the counters `names`, summed over all services: by its label `by`, or by the name."""
        async with self.client(None) as http:
            families = text_string_to_metric_families((await http.get("/metrics")).text)
        found: dict[str, float] = defaultdict(float)
        for sample in (sample for family in families for sample in family.samples if sample.name in names):
            found[sample.labels.get(by, sample.name)] += sample.value
        return dict(found)

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged so far. Raises ValueError when a line is not one JSON object."""
        said = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(line, dict) for line in said):
            raise ValueError("a line of the log is no object")
        return said


async def new_key(
    admin: AsyncEngine, actor: str, kind: ActorKind, scopes: Sequence[Scope], valid_for: timedelta | None = None
) -> str:
    """Store a new key of `actor` and return it. A negative `valid_for` makes one that has expired."""
    expires_at = None if valid_for is None else datetime.now(UTC) + valid_for
    plain, row = mint_key(actor, kind, "handler", 1, scopes, expires_at)
    async with begin(admin) as work:
        await store_key(work, row)
    return plain


@asynccontextmanager
async def running_services(
    postgres: PostgresServer, kafka: KafkaServer, folder: Path, **environment: str
) -> AsyncIterator[Running]:
    """Migrate a new database, make topics, run the services until the end of the block, and drop the database.

    `environment` are further variables of the process. Raises `StartFailed` with the end of its log.
    """
    name = f"running_{secrets.token_hex(4)}"
    database_url = await postgres.create_database(name)
    admin = admin_engine(database_url)
    prefix = fresh_prefix()
    topics = await kafka.create_topics(prefix)
    installation = await migrate(admin, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
    KeyFile.create(folder / "person-keys")
    (folder / "services").write_text(await new_key(admin, "services", "service", SERVICE_SCOPES))
    port, log = free_port(), folder / "services.log"
    url = f"http://127.0.0.1:{port}"
    process = ManagedProcess.spawn(
        "services",
        [sys.executable, "-m", "casework.shared.cli", "run", "all"],
        log=log,
        env={**os.environ, **_settings(kafka, database_url, prefix, port, folder), **environment},
    )
    try:
        await until_ready(process, log, _ready(url), START_S)
        yield Running(url, database_url, topics, installation.id, admin, process, log)
    finally:
        await process.stop()
        await admin.dispose()
        await postgres.drop_database(name)


def _settings(kafka: KafkaServer, database_url: str, prefix: str, port: int, folder: Path) -> Mapping[str, str]:
    return {
        "CASEWORK_DATABASE_URL": database_url,
        "CASEWORK_KAFKA_SERVERS": kafka.servers,
        "CASEWORK_KAFKA_IDEMPOTENCE": str(kafka.idempotent).lower(),
        "CASEWORK_TOPIC_PREFIX": prefix,
        "CASEWORK_PORT": str(port),
        "CASEWORK_KEY_FILE": str(folder / "person-keys"),
        "CASEWORK_SERVICE_KEY_FILE": str(folder / "services"),
    }


async def _ready(url: str) -> None:
    async with httpx2.AsyncClient(timeout=10.0, trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass  # not listening yet; the process's end or the time limit stops the asking
            await asyncio.sleep(0.05)
