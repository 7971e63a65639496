"""A receiver of webhooks: a real HTTP server on this machine that answers as a test says, and remembers what came."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Came:
    """One request: its line, its headers by lower-case name, and its body."""

    line: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """`answer` is asked what to answer to each request: the status, and headers; None lets it hang."""

    port: int = 0
    came: list[Came] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[Came], tuple[int, Mapping[str, str]] | None] = lambda _came: (204, {})
    body: bytes = b""
    taken: list[Came] = field(default_factory=list)
    """What was answered with a status of success."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            came = Came(head[0], headers, await reader.readexactly(int(headers.get("content-length", "0"))))
            self.came.append(came)
            answer = self.answer(came)
            if answer is None:
                await asyncio.sleep(60)
                return
            status, more = answer
            if 200 <= status < 300:
                self.taken.append(came)
            lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(self.body)}"]
            lines += [f"{name}: {value}" for name, value in more.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
            await writer.drain()


@asynccontextmanager
async def receiving(port: int = 0, context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that is there for the block."""
    receiver, serving = Receiver(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await receiver.serve(reader, writer)
        finally:
            serving.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await server.wait_closed()
