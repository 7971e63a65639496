"""A written installation, copied for each test that does something to it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from casework.shared.testing.desk import Desk, complaint
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import stack_on

STRAIGHT_THROUGH = 24
POLICY = """
[[solution]]
name = "collection-explained"
version = 1
categories = ["Debt collection"]
severity = "medium"
complexity = "simple"
finding = "The debt is documented."
outcome = "not-upheld"
remedy = "explanation"
answer = "We have looked at every contact: the debt is yours. 欠款属实。"
reply = "accepted"
"""


@pytest_asyncio.fixture(scope="session")
async def written(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The name of a database with cases of every kind in it: run straight through, walked by staff, contested,
    withdrawn. Nobody is connected to it."""
    name = f"audit_{secrets.token_hex(4)}"
    url = await postgres_server.create_database(name)
    folder = tmp_path_factory.mktemp("audit")
    await _write(url, folder)
    yield name
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def copy(postgres_server: PostgresServer, written: str) -> AsyncIterator[str]:
    """The superuser's URL of a copy of it."""
    async with postgres_server.database(written, template=written) as url:
        yield url


@pytest_asyncio.fixture
async def tampering(copy: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to the copy for somebody with every right, whom no trigger, key or check stops."""
    connection = await asyncpg.connect(copy)
    await connection.execute("SET session_replication_role = replica")
    for service in ("intake", "investigation", "resolution", "followup"):
        for constraint in ("event_hash_is_of_envelope", "event_position", "event_stream", "event_id"):
            await connection.execute(f"ALTER TABLE {service}.event DROP CONSTRAINT {constraint}")
    yield connection
    await connection.close()


async def _write(url: str, folder: Path) -> None:
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    async with (
        stack_on(url, folder, straight_through=policy) as stack,
        stack.client(await stack.key()) as http,
    ):
        desk = Desk(http, stack.settle)
        for _ in range(STRAIGHT_THROUGH):
            await desk.post("/v1/complaints", complaint(category="Debt collection"))
        await desk.walk(await desk.receive(), until="closure")
        contested = await desk.receive()
        await desk.walk(contested, until="resolution/decision")
        await desk.do(contested, "resolution/reply", {"reply": "contested", "channel": "phone", "reason": "Not all."})
        withdrawn = await desk.receive()
        answer = await desk.post(f"/v1/cases/{withdrawn}/withdrawal", {"reason": "Settled.", "channel": "phone"})
        assert answer.status_code == 200, answer.text
        await stack.settle()
