"""One running Casework for all that is thrown at it here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files

import httpx2
import pytest
import pytest_asyncio

from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services


@pytest_asyncio.fixture(scope="package")
async def running(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """All four services in one process, with standing solutions for some complaints, and none for all others."""
    folder = tmp_path_factory.mktemp("bad_input")
    demo = (files("casework.shared") / "policies" / "straight-through-demo.toml").read_text(encoding="utf-8")
    policy = folder / "straight-through.toml"
    policy.write_text(demo.replace('"*"', '"Nothing else"'), encoding="utf-8")
    async with running_services(
        postgres_server, kafka_server, folder, CASEWORK_STRAIGHT_THROUGH=str(policy), CASEWORK_LOG_LEVEL="DEBUG"
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="package")
async def http(running: Running) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who may do everything."""
    async with running.client(await running.key()) as client:
        yield client
