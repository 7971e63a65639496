"""The stack of `casework up`: database, broker, services and notary, started in order, supervised, recorded.

Invariant: what is started here is stopped here, or by the next start on the same data directory. The secrets
of an installation (key-encryption key, the services' credential, the owner's key) are made once, kept in the
data directory, and readable by its owner only.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx

from casework.shared.cli.checkpoint_keys import KEY_NAME, ensure_checkpoint_key
from casework.shared.contracts.actors import ActorKind
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName
from casework.shared.keys.vault import KeyFile
from casework.shared.migrations.run import migrate
from casework.shared.platform.api_keys import (
    SCOPES,
    SERVICE_SCOPES,
    KeyRow,
    Scope,
    key_row,
    mint_key,
    register_key,
    store_key,
)
from casework.shared.runtime.claims import free_port, require_free
from casework.shared.runtime.data_dir import DataDir, Stack
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.processes import ProcessRecord
from casework.shared.runtime.supervisor import ChildNews, ServiceProcess, Supervisor
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topics
from casework.shared.runtime.wires import WireSettings, kafka_wire

READY_S = 25.0


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What `casework up` was asked for. Without `database` or `kafka`, the embedded part is started."""

    data_dir: Path
    port: int = 8000
    database: str | None = None
    kafka: str | None = None
    split: bool = False
    straight_through: Path | None = None
    hand_offs: Path | None = None
    shards: int = DEFAULT_SHARDS
    topic_prefix: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A stack that answers."""

    url: str
    database_url: str
    kafka_servers: str
    key: str
    topic_prefix: str
    embedded_kafka: bool
    supervisor: Supervisor


@asynccontextmanager
async def running_stack(options: StackOptions, on_news: Callable[[ChildNews], None]) -> AsyncIterator[RunningStack]:
    """Start everything, give the running stack, and stop everything at the end of the block.

    Raises `PortTaken`, `AlreadyRunning`, `StartFailed`, `ShardsAreFixed`, each saying what to do.
    """
    data = DataDir(options.data_dir)
    with data.hold():
        require_free(options.port, "--port")
        await data.end_leftovers()
        recorded: list[Callable[[], None]] = []

        def tell(news: ChildNews) -> None:
            on_news(news)
            # A part that was started again has another pid, by which the next start would know it.
            for record in recorded:
                record()

        async with Supervisor(tell) as supervisor:
            database_url = options.database or await _start_postgres(supervisor, data)
            topics = Topics.of(options.topic_prefix, options.shards)
            kafka_servers = options.kafka or await _start_kafka(supervisor, data, topics)
            if options.kafka is not None:
                security = kafka_wire(WireSettings(), options.kafka).options()
                await supervisor.meanwhile(ensure_topics(options.kafka, topics.all(), **security))
            key = await supervisor.meanwhile(_install(data, database_url, options.shards))
            url = f"http://127.0.0.1:{options.port}"
            await _start_services(supervisor, data, options, database_url, kafka_servers, url)
            await supervisor.meanwhile(_is_ready(url))
            stack = RunningStack(
                url, database_url, kafka_servers, key, options.topic_prefix, options.kafka is None, supervisor
            )
            started = datetime.now(UTC).isoformat(timespec="seconds")

            def record() -> None:
                me = ProcessRecord.of_self("casework-up")
                data.write_stack(Stack(url, database_url, kafka_servers, key, started, me, supervisor.records))

            record()
            recorded.append(record)
            try:
                yield stack
            finally:
                recorded.clear()
                data.clear_stack()


async def _start_postgres(supervisor: Supervisor, data: DataDir) -> str:
    postgres = EmbeddedPostgres(data.postgres)
    await supervisor.start(postgres)
    return postgres.url


async def _start_kafka(supervisor: Supervisor, data: DataDir, topics: Topics) -> str:
    kafka = EmbeddedKafka(topics=topics.all(), log_path=data.logs / "kafka.log")
    await supervisor.start(kafka)
    return kafka.servers


async def _install(data: DataDir, database_url: str, shards: int) -> str:
    """Bring the database up to date and make the secrets that are missing. Returns the owner's key."""
    keys = data.path / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    if not (keys / "person-keys").exists():
        KeyFile.create(keys / "person-keys")
    ensure_checkpoint_key(keys / KEY_NAME)
    engine = admin_engine(database_url)
    try:
        await migrate(engine, [service.schema for service in installed()], shards=shards)
        wanted: tuple[tuple[str, tuple[Scope, ...], ActorKind, str], ...] = (
            ("services", SERVICE_SCOPES, "service", "service"),
            ("owner", tuple(sorted(SCOPES)), "person", "administrator"),
        )
        async with begin(engine) as work:
            for name, scopes, kind, role in wanted:
                row = _known_key(keys / name, kind, role, scopes)
                # Also a database that does not know the key lets it in; only one that was revoked is replaced.
                if row is None or not await register_key(work, row):
                    await store_key(work, _new_key(keys / name, kind, role, scopes))
    finally:
        await engine.dispose()
    return (keys / "owner").read_text().strip()


def _known_key(path: Path, kind: ActorKind, role: str, scopes: Collection[Scope]) -> KeyRow | None:
    """The row of the key in `path`, or None where there is none."""
    with suppress(FileNotFoundError, ValueError):
        return key_row(path.read_text().strip(), path.name, kind, role, 100, scopes)
    return None


def _new_key(path: Path, kind: ActorKind, role: str, scopes: Collection[Scope]) -> KeyRow:
    """The row of a new key, which is in `path` before it is stored: should that fail, the next start stores it."""
    plain, row = mint_key(path.name, kind, role, 100, scopes)
    path.touch(mode=0o600)
    path.write_text(plain)
    return row


async def _start_services(
    supervisor: Supervisor, data: DataDir, options: StackOptions, database_url: str, kafka_servers: str, url: str
) -> None:
    notary_port = free_port()
    environment = {
        **options.environment,
        "CASEWORK_DATABASE_URL": database_url,
        "CASEWORK_KAFKA_SERVERS": kafka_servers,
        "CASEWORK_KAFKA_IDEMPOTENCE": "true" if options.kafka is not None else "false",
        "CASEWORK_TOPIC_PREFIX": options.topic_prefix,
        "CASEWORK_KEY_FILE": str(data.path / "keys" / "person-keys"),
        "CASEWORK_SERVICE_KEY_FILE": str(data.path / "keys" / "services"),
        "CASEWORK_NOTARY_URL": f"http://127.0.0.1:{notary_port}",
    }
    if options.straight_through is not None:
        environment["CASEWORK_STRAIGHT_THROUGH"] = str(options.straight_through.resolve())
    if options.hand_offs is not None:
        environment["CASEWORK_HAND_OFFS"] = str(options.hand_offs.resolve())
    if options.split:
        ports: dict[ServiceName, int] = {service: free_port() for service in SERVICES}
        for service, port in ports.items():
            environment[f"CASEWORK_{service.upper()}_URL"] = f"http://127.0.0.1:{port}"
        await supervisor.start(*(_process(service, data, environment, port) for service, port in ports.items()))
        await supervisor.start(_process("front", data, environment, options.port))
    else:
        await supervisor.start(_process("all", data, environment, options.port))
    # One process with all four answers for each of them.
    urls = {f"CASEWORK_{service.upper()}_URL": url for service in SERVICES}
    environment = {
        **urls,
        **environment,
        "CASEWORK_CHECKPOINT_KEY_FILE": str(data.path / "keys" / KEY_NAME),
        "CASEWORK_NOTARY_FOLDER": str(data.path / "notary"),
    }
    del environment["CASEWORK_DATABASE_URL"]
    await supervisor.start(_process("notary", data, environment, notary_port))


def _process(name: str, data: DataDir, environment: Mapping[str, str], port: int) -> ServiceProcess:
    return ServiceProcess(
        name,
        [sys.executable, "-m", "casework.shared.cli", "run", name],
        {**environment, "CASEWORK_PORT": str(port)},
        data.logs / f"{name}.log",
        ready=lambda: _answers(f"http://127.0.0.1:{port}/health/live"),
    )


async def _is_ready(url: str) -> None:
    """Wait until the consumers have joined; not for ever, since HTTP serves without a broker too."""
    async with httpx.AsyncClient(timeout=10.0) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                while (await client.get(f"{url}/health/ready")).status_code != 200:
                    await asyncio.sleep(0.1)


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(timeout=2.0) as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
