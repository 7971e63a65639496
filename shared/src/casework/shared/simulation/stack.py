"""All four services on one real database, called in memory, with events delivered only when the caller says so.

Relays and consumers do not run and no broker is needed; what services ask each other over HTTP goes to the same
application.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import ActorKind
from casework.shared.contracts.ids import DEFAULT_SHARDS, ServiceName
from casework.shared.http.app import make_app
from casework.shared.keys.vault import KeyFile
from casework.shared.migrations.run import migrate
from casework.shared.platform.api_keys import SCOPES, Scope, mint_key, store_key
from casework.shared.platform.authentication import authentication, rates_of
from casework.shared.runtime.database import Clock, admin_engine, begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.settings import Settings
from casework.shared.simulation.calls import client_of
from casework.shared.simulation.delivery import settle


@dataclass(frozen=True, slots=True)
class Stack:
    """The four services, the one application in front of them, and an engine with the migrator's rights."""

    runtimes: Mapping[ServiceName, ServiceRuntime]
    app: FastAPI
    admin: AsyncEngine
    away: set[ServiceName]
    """Who is cut off from the others: nothing is delivered to them, and nobody answers what they ask."""
    beside: dict[str, FastAPI]
    """What else the services ask, such as a notary, by the name of its host."""

    async def key(
        self,
        *scopes: Scope,
        actor: str = "handler-1",
        kind: ActorKind = "person",
        role: str = "handler",
        rank: int = 1,
    ) -> str:
        """A new API key of `actor`, who is of that role and rank, for `scopes` or for everything."""
        return await _new_key(self.admin, actor, kind, *(scopes or SCOPES), role=role, rank=rank)

    def client(self, key: str | None) -> httpx2.AsyncClient:
        """A client that sends `key`. Use it as a context manager."""
        return client_of(self.app, key=key)

    async def settle(self) -> None:
        """Let every event reach every service that is not away."""
        await settle(self.runtimes.values(), away=self.away)


class _Loopback(httpx2.AsyncBaseTransport):
    """Carries requests to an application that is made after those who call it."""

    app: FastAPI

    def __init__(self) -> None:
        self.beside: dict[str, FastAPI] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        app = self.beside.get(request.url.host, self.app)
        return await httpx2.ASGITransport(app).handle_async_request(request)


class _Line(httpx2.AsyncBaseTransport):
    """What one service asks the others by. Dead while that service is away."""

    def __init__(self, loopback: _Loopback, service: ServiceName, away: Collection[ServiceName]) -> None:
        self._loopback, self._service, self._away = loopback, service, away

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._service in self._away:
            raise httpx2.ConnectError(f"{self._service} is away")
        return await self._loopback.handle_async_request(request)


@asynccontextmanager
async def stack_on(
    database_url: str,
    folder: Path,
    *,
    straight_through: Path | None = None,
    institution: Path | None = None,
    rules: Rulebook | None = None,
    shards: int = DEFAULT_SHARDS,
    hand_offs: Path | None = None,
    codes: Path | None = None,
    people: Path | None = None,
    clock: Clock | None = None,
    away: Collection[ServiceName] = (),
    more_settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[Stack]:
    """Migrate the database and assemble the services on it. Secrets are in `folder`, written the first time.

    Done again with the same database and folder, the services start again. `rules` go before the `institution` file.
    `away` are cut off from the start. `more_settings` are any others, by their names."""
    admin = admin_engine(database_url)
    services = installed()
    await migrate(admin, [service.schema for service in services], shards=shards)
    if not (folder / "person-keys").exists():
        KeyFile.create(folder / "person-keys")
    credential = folder / "services"
    credential.write_text(await _new_key(admin, "services", "service", "feeds:read", "keys:open"))
    settings = Settings(
        database_url=SecretStr(database_url),
        kafka_servers="127.0.0.1:1",
        key_file=folder / "person-keys",
        service_key_file=credential,
        straight_through=straight_through,
        institution=institution,
        hand_offs=hand_offs,
        codes=codes,
        people=people,
        **(more_settings or {}),
    )
    metrics, loopback, cut_off = Metrics.create(), _Loopback(), set(away)
    runtimes = {
        each.name: await assemble(
            each, settings, metrics, transport=_Line(loopback, each.name, cut_off), clock=clock, rules=rules
        )
        for each in services
    }

    async def readiness() -> Mapping[str, str | None]:
        return {name: found for each in runtimes.values() for name, found in (await each.checks()).items()}

    loopback.app = make_app(
        "Casework",
        [router for each in runtimes.values() for router in each.rooms.routers],
        authenticator=authentication(settings, runtimes["intake"].engine),
        readiness=readiness,
        registry=metrics.registry,
        alarms=lambda: [alarm for each in runtimes.values() for alarm in each.alarms.standing],
        rates=rates_of(settings, runtimes["intake"].engine),
        origins=settings.origins,
        docs=settings.docs,
    )
    for each in runtimes.values():
        await each.consumer.prepare()
    try:
        yield Stack(runtimes, loopback.app, admin, cut_off, loopback.beside)
    finally:
        for each in runtimes.values():
            await each.aclose()
        await admin.dispose()


async def _new_key(
    admin: AsyncEngine, actor: str, kind: ActorKind, *scopes: Scope, role: str = "handler", rank: int = 1
) -> str:
    plain, row = mint_key(actor, kind, role, rank, scopes)
    async with begin(admin) as work:
        await store_key(work, row)
    return plain
