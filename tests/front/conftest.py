"""Services and a front on ports of their own, as they run split."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import TracerProvider
from starlette.types import ASGIApp

from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName
from casework.shared.http.app import make_app
from casework.shared.http.asyncapi import asyncapi_document
from casework.shared.keys.vault import KeyFile
from casework.shared.migrations.run import migrate
from casework.shared.platform.api_keys import SCOPES, SERVICE_SCOPES, ApiKeys, Scope, mint_key, store_key
from casework.shared.runtime.alarms import Alarm
from casework.shared.runtime.claims import LOOPBACK
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.front import make_front
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.serving import Server
from casework.shared.runtime.settings import FrontSettings, Settings
from casework.shared.testing.delivery import settle
from casework.shared.testing.parts import PostgresServer

START_S = 10.0


class _Server(Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they are pytest's


def bound() -> socket.socket:
    """A socket on a free port, which nobody else can have from now on."""
    listener = socket.socket()
    listener.bind((LOOPBACK, 0))
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a server with this socket answers."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """The URL at which `app` answers until the end of the block."""
    listener = listener or bound()
    state = getattr(app, "state", None)
    server = _Server(app, LOOPBACK, 0, ending=getattr(state, "ending", None))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(START_S):
        while not server.started:
            assert not running.done()
            await asyncio.sleep(0.01)
    try:
        yield url_of(listener)
    finally:
        server.end()
        await running


@asynccontextmanager
async def front_of(urls: Mapping[ServiceName, str]) -> AsyncIterator[str]:
    """The URL of a front of the services at `urls`."""
    settings = FrontSettings.model_validate({f"{service}_url": url for service, url in urls.items()})
    async with serving(make_front(settings)) as url:
        yield url


@pytest_asyncio.fixture
async def front_before() -> AsyncIterator[Callable[[ASGIApp], object]]:
    """`await front_before(app)`: a client of a front behind which `app` is all four services."""
    async with AsyncExitStack() as stack:

        async def start(app: ASGIApp) -> httpx2.AsyncClient:
            url = await stack.enter_async_context(serving(app))
            front = await stack.enter_async_context(front_of(dict.fromkeys(SERVICES, url)))
            return await stack.enter_async_context(httpx2.AsyncClient(base_url=front, trust_env=False))

        yield start


def _standing(runtime: ServiceRuntime) -> Sequence[Alarm]:
    return runtime.alarms.standing


@dataclass(frozen=True, slots=True)
class Split:
    """The four services, each a server of its own on a real database, and the front before them."""

    url: str
    runtimes: Mapping[ServiceName, ServiceRuntime]
    owner: str
    """A key for everything."""
    other: str
    """A key that may read cases and nothing else."""
    servers: Mapping[ServiceName, AsyncExitStack]

    async def stop(self, service: ServiceName) -> None:
        """Let a service answer nobody any more."""
        await self.servers[service].aclose()

    def client(self, key: str | None = None) -> httpx2.AsyncClient:
        """A client of the front with `key`, or with the owner's."""
        headers = {"authorization": f"Bearer {key or self.owner}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, trust_env=False)

    async def settle(self) -> None:
        """Let every event reach every service."""
        await settle(self.runtimes.values())


@pytest_asyncio.fixture(scope="session")
async def split(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Split]:
    """A split stack without a broker: events travel when the test says so."""
    async with postgres_server.database("front") as url, split_on(url, tmp_path_factory.mktemp("front")) as running:
        yield running


@asynccontextmanager
async def split_on(
    database_url: str,
    folder: Path,
    *,
    metrics: Metrics | None = None,
    tracer_provider: TracerProvider | None = None,
    kafka: Mapping[str, object] | None = None,
) -> AsyncIterator[Split]:
    """A split stack on an empty database. `metrics` are those of all services, where they shall share them; `kafka`
    are the settings of a broker to work with."""
    admin = admin_engine(database_url)
    await migrate(admin, [service.schema for service in installed()], shards=DEFAULT_SHARDS)
    keys: dict[str, str] = {}
    wanted: Mapping[str, tuple[Scope, ...]] = {
        "services": SERVICE_SCOPES,
        "owner": tuple(SCOPES),
        "other": ("cases:read",),
    }
    async with begin(admin) as work:
        for actor, scopes in wanted.items():
            keys[actor], row = mint_key(actor, "person", "handler", 1, scopes)
            await store_key(work, row)
    await admin.dispose()
    KeyFile.create(folder / "person-keys")
    (folder / "services").write_text(keys["services"])
    listeners = {service: bound() for service in SERVICES}
    urls = {service: url_of(listener) for service, listener in listeners.items()}
    settings = Settings.model_validate(
        {
            "database_url": database_url,
            "key_file": folder / "person-keys",
            "service_key_file": folder / "services",
            **{f"{service}_url": url for service, url in urls.items()},
            **(kafka or {"kafka_servers": "127.0.0.1:1"}),
        }
    )
    runtimes: dict[ServiceName, ServiceRuntime] = {}
    servers: dict[ServiceName, AsyncExitStack] = {}
    async with AsyncExitStack() as stack:
        for service in installed():
            counted = metrics or Metrics.create()
            runtime = await assemble(service, settings, counted, tracer_provider=tracer_provider)
            stack.push_async_callback(runtime.aclose)
            app = make_app(
                "Casework",
                runtime.rooms.routers,
                authenticator=ApiKeys(runtime.engine),
                readiness=runtime.checks,
                registry=counted.registry,
                alarms=partial(_standing, runtime),
                asyncapi=partial(asyncapi_document, runtime.topics),
            )
            servers[service.name] = await stack.enter_async_context(AsyncExitStack())
            await servers[service.name].enter_async_context(serving(app, listeners[service.name]))
            runtimes[service.name] = runtime
        for runtime in runtimes.values():
            await runtime.consumer.prepare()
        front = await stack.enter_async_context(front_of(urls))
        yield Split(front, runtimes, keys["owner"], keys["other"], servers)
