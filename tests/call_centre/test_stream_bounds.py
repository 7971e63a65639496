"""What a reader of the stream can hold of the server: readers that do not read, and bursts of them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import orjson
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.front.conftest import Split, bound, serving

from casework.followup import status_stream
from casework.followup.app import SERVICE as FOLLOWUP
from casework.followup.status_feed import StatusFeed
from casework.shared.http.app import make_app
from casework.shared.platform.api_keys import ApiKeys
from casework.shared.runtime import serving as server
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import assemble
from casework.shared.testing.desk import Desk

from .streams import PATH, reading

SMALL = 4_096
"""Of the buffers of the system: what is not read is soon felt."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A replica of followup with small buffers, and what it remembers for its listeners."""

    url: str
    key: str
    feed: StatusFeed

    def client(self) -> httpx2.AsyncClient:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, trust_env=False)

    async def ask(self, query: str = "", last_id: str = "") -> socket.socket:
        """A connection that has asked for the stream and has read nothing."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        connection.setblocking(False)
        where = urlsplit(self.url)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, (where.hostname, where.port))
        lines = [f"GET {PATH}{query} HTTP/1.1", f"host: {where.netloc}", f"authorization: Bearer {self.key}"]
        lines += [f"last-event-id: {last_id}"] if last_id else []
        await loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode())
        return connection

    async def listeners(self, many: int) -> None:
        """Wait until so many listen."""
        async with asyncio.timeout(20.0):
            while self.feed.listeners != many:
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def alone(split: Split) -> AsyncIterator[Alone]:
    runtime = await assemble(FOLLOWUP, split.runtimes["followup"].settings, Metrics.create())
    app = make_app(
        "Casework",
        runtime.rooms.routers,
        authenticator=ApiKeys(runtime.engine),
        readiness=runtime.checks,
        registry=runtime.metrics.registry,
    )
    (feed,) = (owner for each in runtime.on_commit if isinstance(owner := getattr(each, "__self__", None), StatusFeed))
    listener = bound()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    async with serving(app, listener) as url:
        yield Alone(url, split.other, feed)
    await runtime.aclose()


async def _make_large(split: Split, case_ids: list[str]) -> None:
    """Let the documents of these cases have 200 kB, as a change of its own each."""
    admin = admin_engine(split.runtimes["followup"].settings.database_of("followup"))
    for case_id in case_ids:
        async with begin(admin) as work:
            shard = await work.fetch_value("SELECT shard FROM followup.case_status WHERE case_id = $1", UUID(case_id))
            change = await work.fetch_value(
                "UPDATE followup.status_head SET next = next + 1 WHERE shard = $1 RETURNING next - 1", shard
            )
            document = await work.fetch_value(
                "SELECT document FROM followup.case_status WHERE case_id = $1", UUID(case_id)
            )
            large = orjson.dumps(orjson.loads(document) | {"padding": "x" * 200_000})
            await work.execute(
                "UPDATE followup.case_status SET change = $2, document = $3 WHERE case_id = $1",
                UUID(case_id),
                change,
                large,
            )
    await admin.dispose()


async def test_a_reader_that_does_not_read_is_ended(
    desk: Desk, split: Split, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_S", 0.5)
    silent = [await alone.ask() for _ in range(3)]
    await alone.listeners(3)
    async with alone.client() as http, reading(http) as good:
        await alone.listeners(4)
        cases = [await desk.receive() for _ in range(6)]
        with capture_logs() as logged:
            await _make_large(split, cases)
            await alone.listeners(1)
        assert [each for each in logged if each["log_level"] == "error"] == []
        # Who reads is left alone.
        async with asyncio.timeout(20.0):
            while {each["case_id"] for each in good.statuses if "padding" in each} != set(cases):
                await asyncio.sleep(0.05)
        assert good.alive
    await alone.listeners(0)
    for each in silent:
        each.close()


async def test_a_stream_ends_in_time_also_in_the_midst_of_what_was_missed(
    desk: Desk, split: Split, alone: Alone
) -> None:
    async with alone.client() as http:
        async with reading(http) as before:
            pass
        cases = [await desk.receive() for _ in range(16)]
        await _make_large(split, cases)
        slow = await alone.ask("?seconds=1", before.last_id)
        await asyncio.sleep(1.5)  # the stream's time; what is tested is what comes when it is over
        loop, came = asyncio.get_running_loop(), b""
        async with asyncio.timeout(20.0):
            while b'"why"' not in came:
                came += await loop.sock_recv(slow, 1_000_000)
        slow.close()
        told = came.count(b"event: status")
        assert 0 < told < len(cases)
        assert b'"time"' in came
        last = [line[4:].decode() for line in came.splitlines() if line.startswith(b"id: ")][-1]
        async with reading(http, last) as after:
            await after.until(len(cases) - told)
    assert len(after.statuses) == len(cases) - told


async def test_a_burst_gets_no_more_streams_than_one_may_have(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_stream, "MOST_OF_ONE", 2)
    async with alone.client() as http:
        answers = await asyncio.gather(*(http.get(PATH, params={"seconds": 3}) for _ in range(20)))
        assert sorted(each.status_code for each in answers) == [200] * 2 + [429] * 18
        # Who was gone before the first byte is counted out, too.
        for connection in [await alone.ask() for _ in range(10)]:
            connection.close()
        await alone.listeners(0)
        for _ in range(2):
            async with asyncio.timeout(10.0):
                while (await http.get(PATH, params={"seconds": 1})).status_code != 200:
                    await asyncio.sleep(0.05)
