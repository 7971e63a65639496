"""The running system, to be hurt: PostgreSQL, a broker and the four services, each a process of its own.

Invariant: only what was started here is ever signalled, and nothing of it is left when `stop` has returned. Nobody
starts a service again but the test: what a service can do about a fault it does itself.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import asyncpg
import httpx2 as httpx
import psutil

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.integrator.journal import Journal
from casework.shared.keys.vault import KeyFile
from casework.shared.migrations.run import migrate
from casework.shared.platform.api_keys import SCOPES, Scope, mint_key, store_key
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.processes import ManagedProcess, tail
from casework.shared.runtime.supervisor import ServiceProcess
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topics
from casework.shared.testing.apache_kafka import ApacheKafka, fetch
from casework.shared.testing.parts import KAFKA_VARIABLE

T = TypeVar("T")

SHARDS = 12
FIRST, SECOND = "a", "b"
"""How the replicas of a service are called."""
POLICY = Path(str(files("casework.shared") / "policies" / "straight-through-demo.toml"))
ALTERED = Path(__file__).with_name("altered.py")


class Broker(Protocol):
    """What the rig needs of a broker: of either kind."""

    @property
    def servers(self) -> str: ...

    @property
    def process(self) -> ManagedProcess: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Life:
    """One service process, from its start to its end."""

    service: ServiceName
    letter: str
    url: str
    child: ServiceProcess

    @property
    def pid(self) -> int:
        return self.child.process.pid


class Rig:
    """Starts and hurts the parts. Replicas are lettered; services find each other by their first replica."""

    def __init__(self, folder: Path, logs: Path, broker: Broker, *, is_durable: bool) -> None:
        self.logs = logs
        self.is_durable = is_durable
        """Whether the broker keeps what it has when it dies. The embedded one forgets everything."""
        self.broker = broker
        self.topics = Topics.of("", SHARDS)
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.journal = Journal(folder / "journal.sqlite")
        self.lives: dict[tuple[ServiceName, str], Life] = {}
        self.installation: UUID
        self.key = ""
        self.policy = POLICY
        """The standing solutions of the services that are started next."""
        self.institution: Path | None = None
        """The institution file of the services that are started next; the shipped one where there is none."""
        self.is_sound = True
        """False while a test works on it, and for ever after one that did not end well."""
        self._folder = folder
        self._urls = {service: f"http://127.0.0.1:{free_port()}" for service in SERVICES}
        self._spare: dict[tuple[ServiceName, str], str] = {}

    async def start_parts(self) -> None:
        """PostgreSQL and the broker, installed and empty."""
        await asyncio.gather(self.postgres.start(), self.start_broker())
        keys = self._folder / "keys"
        keys.mkdir()
        KeyFile.create(keys / "person-keys")
        engine = admin_engine(self.postgres.url)
        try:
            found = await migrate(engine, [service.schema for service in installed()], shards=SHARDS)
            self.installation = found.id
            wanted: Mapping[str, tuple[Scope, ...]] = {"services": ("feeds:read", "keys:open"), "owner": tuple(SCOPES)}
            for name, scopes in wanted.items():
                plain, row = mint_key(name, "service" if name == "services" else "person", "desk", 100, scopes)
                async with begin(engine) as work:
                    await store_key(work, row)
                (keys / name).write_text(plain)
        finally:
            await engine.dispose()
        self.key = (keys / "owner").read_text()

    async def start_broker(self) -> None:
        """The broker with its topics."""
        await self.broker.start()
        await ensure_topics(self.broker.servers, self.topics.all())

    def life(self, service: ServiceName, letter: str = FIRST) -> Life:
        return self.lives[service, letter]

    async def start(
        self,
        *services: ServiceName,
        letter: str = FIRST,
        failpoint: str | None = None,
        altered: tuple[str, ...] = (),
        wait: bool = True,
    ) -> None:
        """Start the services (all four by default); with `wait` return when they answer and have joined."""
        chosen = services or SERVICES
        for service in chosen:
            self.lives[service, letter] = self._life(service, letter, failpoint, altered)
        await asyncio.gather(*(self.lives[service, letter].child.start() for service in chosen))
        if wait:
            await asyncio.gather(*(self.joined(self.lives[service, letter]) for service in chosen))

    async def joined(self, life: Life, seconds: float = 40.0) -> None:
        """Until a service says that it is ready."""

        async def ready() -> bool:
            return (await self.readiness(life))[0] == 200

        await until(ready, seconds, f"{life.service}.{life.letter} is not ready: {tail(self._log(life), 5)}")

    async def readiness(self, life: Life) -> tuple[int, str]:
        """Status and body of /health/ready; status 0 while it does not answer."""
        async with httpx.AsyncClient(timeout=5.0) as client:
            try:
                answer = await client.get(f"{life.url}/health/ready")
                return answer.status_code, answer.text
            except httpx.HTTPError:
                return 0, ""

    async def metric(self, life: Life, name: str) -> float:
        """The sum of a metric over its labels."""
        async with httpx.AsyncClient(timeout=5.0) as client:
            answer = await client.get(f"{life.url}/metrics")
        lines = [line for line in answer.text.splitlines() if line.startswith((name + "{", name + " "))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    async def kill(self, service: ServiceName, letter: str = FIRST) -> None:
        """SIGKILL; returns when the process is gone."""
        life = self.lives.pop((service, letter))
        os.kill(life.pid, signal.SIGKILL)
        await life.child.wait()
        await life.child.stop()

    async def end(self, *services: ServiceName, letter: str = FIRST) -> None:
        """SIGTERM, as at an orderly stop."""
        await asyncio.gather(*(self.lives.pop((service, letter)).child.stop() for service in services or SERVICES))

    async def ended(self, service: ServiceName, seconds: float, letter: str = FIRST) -> int:
        """Until the process ends by itself; its exit code."""
        life = self.lives[service, letter]
        code = await asyncio.wait_for(life.child.wait(), seconds)
        del self.lives[service, letter]
        await life.child.stop()
        return code

    @asynccontextmanager
    async def paused(self, *services: ServiceName, letter: str = FIRST) -> AsyncIterator[None]:
        """The processes stand still inside the block, as on a machine that swaps."""
        chosen = [self.lives[service, letter] for service in services or SERVICES]
        for life in chosen:
            os.kill(life.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for life in chosen:
                if life in self.lives.values():  # else it was killed meanwhile
                    os.kill(life.pid, signal.SIGCONT)

    async def kill_postgres(self) -> None:
        """SIGKILL to the whole server: the first process and every session."""
        process = self.postgres.process
        server = psutil.Process(process.pid)
        for part in [server, *server.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                part.kill()
        await process.wait()

    async def kill_broker(self) -> None:
        """SIGKILL."""
        process = self.broker.process
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows, read with every right."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()

    async def stop(self) -> None:
        """End everything."""
        for life in self.lives.values():
            if life.child.process.exit_code is None:
                os.kill(life.pid, signal.SIGKILL)
            await life.child.stop()
        self.lives.clear()
        self.journal.close()
        await asyncio.gather(self.broker.stop(), self.postgres.stop())

    def environment(self) -> dict[str, str]:
        """What a process of this installation finds in its environment."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        if self.institution is not None:
            env["CASEWORK_INSTITUTION"] = str(self.institution)
        return env | {
            "CASEWORK_DATABASE_URL": self.postgres.url,
            "CASEWORK_KAFKA_SERVERS": self.broker.servers,
            "CASEWORK_KAFKA_IDEMPOTENCE": str(self.is_durable).lower(),
            "CASEWORK_KEY_FILE": str(self._folder / "keys" / "person-keys"),
            "CASEWORK_SERVICE_KEY_FILE": str(self._folder / "keys" / "services"),
            "CASEWORK_STRAIGHT_THROUGH": str(self.policy),
            **{f"CASEWORK_{name.upper()}_URL": first for name, first in self._urls.items()},
        }

    def _life(self, service: ServiceName, letter: str, failpoint: str | None, altered: tuple[str, ...]) -> Life:
        url = self._url(service, letter)
        env = self.environment() | {
            "CASEWORK_PORT": url.rpartition(":")[2],
            "CASEWORK_REPLICA": f"{service}.{letter}",
        }
        if failpoint is not None:
            env["CASEWORK_FAILPOINT"] = failpoint
        program = [str(ALTERED), *altered, "--"] if altered else ["-m", "casework.shared.cli", "run"]
        # One that is going to die may do so before it answers.
        ready = None if failpoint is not None else (lambda: _answers(url))
        log = self.logs / f"{service}.{letter}.log"
        child = ServiceProcess(service, [sys.executable, *program, service], env, log, ready=ready, grace=10.0)
        return Life(service, letter, url, child)

    def _url(self, service: ServiceName, letter: str) -> str:
        if letter == FIRST:
            return self._urls[service]
        return self._spare.setdefault((service, letter), f"http://127.0.0.1:{free_port()}")

    def _log(self, life: Life) -> Path:
        return self.logs / f"{life.service}.{life.letter}.log"


@asynccontextmanager
async def rig(logs: Path) -> AsyncIterator[Rig]:
    """A rig whose parts run, without services. With CASEWORK_TEST_KAFKA in the environment its broker is an Apache
    Kafka of its own, since the one named there is not ours to kill."""
    # Not below pytest's own folder, which other users (PostgreSQL's among them) may not enter.
    folder = Path(tempfile.mkdtemp(prefix="casework-faults-"))
    is_durable = KAFKA_VARIABLE in os.environ
    topics = Topics.of("", SHARDS)
    broker: Broker = (
        ApacheKafka(fetch(Path(".kafka")), folder / "kafka")
        if is_durable
        else EmbeddedKafka(topics=topics.all(), log_path=logs / "kafka.log")
    )
    made = Rig(folder, logs, broker, is_durable=is_durable)
    try:
        await made.start_parts()
        yield made
    finally:
        try:
            await made.stop()
        finally:
            shutil.rmtree(folder)


async def until(holds: Callable[[], Awaitable[T]], seconds: float, otherwise: str) -> T:
    """Poll until `holds` returns something true; what it returned. Fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if found := await holds():
            return found
        assert time.monotonic() < deadline, f"after {seconds:.0f} s: {otherwise}"
        await asyncio.sleep(0.1)


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(timeout=2.0) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"{url}/health/live")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
