"""A reader of `GET /v1/status/stream`, as an integrator would write one: by the specification, on plain HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2

PATH = "/v1/status/stream"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it came, and when (monotonic seconds)."""

    event: str
    id: str
    data: Any
    at: float


class Reader:
    """What one connection has brought so far. `last_id` is what a reconnect sends."""

    def __init__(self, last_id: str = "") -> None:
        self.told: list[Told] = []
        self.comments: list[str] = []
        self.last_id = last_id
        self._more = asyncio.Event()
        self.opened = asyncio.Event()
        self.alive = True

    @property
    def statuses(self) -> list[Any]:
        """The documents, in the order in which they came."""
        return [each.data for each in self.told if each.event == "status"]

    def steps(self) -> list[tuple[str, int]]:
        """Which case, and in which version."""
        return [(each["case_id"], each["statusversion"]) for each in self.statuses]

    async def until(self, many: int, within: float = 5.0) -> list[Any]:
        """Wait until so many statuses have come."""
        async with asyncio.timeout(within):
            while len(self.statuses) < many:
                self._more.clear()
                await self._more.wait()
        return self.statuses

    async def version(self, case_id: str, version: int, within: float = 5.0) -> Any:
        """Wait for a document of a case in this version or a later one."""
        async with asyncio.timeout(within):
            while not (
                found := [e for e in self.statuses if e["case_id"] == case_id and e["statusversion"] >= version]
            ):
                self._more.clear()
                await self._more.wait()
        return found[0]

    async def follow(self, lines: AsyncIterator[str]) -> None:
        """Take in every line until the stream ends or is cut."""
        try:
            await self._follow(lines)
        finally:
            self.alive = False
            self._more.set()

    async def _follow(self, lines: AsyncIterator[str]) -> None:
        event, data = "message", list[str]()
        async for line in lines:
            if not line:
                if data:
                    self.told.append(Told(event, self.last_id, json.loads("\n".join(data)), time.monotonic()))
                event, data = "message", []
                self._more.set()
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    self.comments.append(value)
                case "id":
                    self.last_id = value
                    self.opened.set()
                case "event":
                    event = value
                case "data":
                    data.append(value)
                case _:
                    pass


@asynccontextmanager
async def reading(http: httpx2.AsyncClient, last_id: str = "", **query: Any) -> AsyncIterator[Reader]:
    """An open stream; the end of the block cuts it, as a lost connection does."""
    reader = Reader(last_id)
    headers = {"last-event-id": last_id} if last_id else {}
    async with http.stream("GET", PATH, params=query, headers=headers, timeout=30.0) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        following = asyncio.create_task(reader.follow(answer.aiter_lines()))
        try:
            async with asyncio.timeout(5.0):
                await reader.opened.wait()
            yield reader
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError, httpx2.HTTPError):
                await following
