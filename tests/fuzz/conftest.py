"""One stack behind a real port, with a notary beside it, for what is generated from the description."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI

from casework.shared.cli.checkpoint_keys import ensure_checkpoint_key
from casework.shared.contracts.ids import SERVICES
from casework.shared.notary.serve import make_notary
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.serving import Server
from casework.shared.runtime.settings import NotarySettings
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import stack_on


@dataclass(frozen=True)
class Served:
    """Where it answers, what it says about itself, a key for everything, and a case that is there."""

    url: str
    description: dict[str, Any]
    key: str
    case_id: str


@asynccontextmanager
async def _behind(app: FastAPI, port: int) -> AsyncIterator[None]:
    server = Server(app, "127.0.0.1", port)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _notary_settings(folder: Path, services: str) -> NotarySettings:
    key = folder / "checkpoint-key"
    ensure_checkpoint_key(key)
    return NotarySettings.model_validate(
        {
            **{f"{service}_url": services for service in SERVICES},
            "kafka_servers": "127.0.0.1:1",
            "service_key_file": folder / "services",
            "checkpoint_key_file": key,
            "notary_folder": folder / "notary",
        }
    )


@pytest_asyncio.fixture(scope="session")
async def served(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder, port = tmp_path_factory.mktemp("fuzz"), free_port()
    base = f"http://127.0.0.1:{port}"
    no_limits = {"rate_per_minute": 0, "rate_costly_per_minute": 0, "notary_url": "http://notary"}
    async with (
        postgres_server.database("fuzz") as url,
        stack_on(url, folder, more_settings=no_limits) as stack,
        httpx2.AsyncClient() as client,
    ):
        key = await stack.key()
        async with stack.client(key) as http:
            posted = await http.post("/v1/complaints", json=complaint(), headers={"idempotency-key": str(uuid4())})
        await stack.settle()
        async with _behind(stack.app, port):
            notary, stack.beside["notary"], _ = make_notary(_notary_settings(folder, base), client)
            assert await notary.look() is not None
            yield Served(base, stack.app.openapi(), key, posted.json()["case_id"])
