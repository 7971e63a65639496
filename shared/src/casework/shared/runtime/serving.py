"""An HTTP server inside a process that has more to end than the server.

Invariant: a signal ends the serving and nothing else. uvicorn's own server raises the signal again once it has
stopped, which ends the process then and there, with everything else still under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import HANDLED_SIGNALS

HTTP_GRACE_S = 2
UNREAD_S = 30.0
"""How long an answer may wait for its reader to take `LEAST_READ` of it."""
LEAST_READ = 65_536
"""As much as is written ahead: of an answer that comes bit by bit, a reader who takes that is up to date."""
MAX_HEAD_BYTES = 65_536
"""A request's line and headers. The longest that is ours, with an API key and an Idempotency-Key, has a few hundred."""


class HeadTooLong(Exception):
    """The server answers 400 and hangs up. Its text goes nowhere."""


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 with a bound on a request's head, and on the patience with who does not read the answer: the parser
    itself would keep whatever anybody sends, and an answer that cannot go on never ends."""

    _head = 0
    _head_ends = True
    _unparsed = 0
    _unread: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """As it says."""
        super().data_received(data)
        # A line that does not end reaches none of the callbacks below.
        self._unparsed = 0 if self._head_ends else self._unparsed + len(data)
        if self._unparsed > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head, self._head_ends, self._unparsed = 0, False, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers, whole."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head ends."""
        self._head_ends = True
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """More is written than its reader takes."""
        super().pause_writing()
        self._read_on(self.transport.get_write_buffer_size() + LEAST_READ)

    def resume_writing(self) -> None:
        """Its reader took it."""
        self._forgive()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """As it says."""
        self._forgive()
        super().connection_lost(exc)

    def _read_on(self, before: int) -> None:
        """Hang up on whoever has not read enough since so many bytes waited; else look again after a while."""
        waiting = self.transport.get_write_buffer_size()
        if before - waiting < LEAST_READ:
            self.transport.abort()  # an orderly end would wait until what is written is read
        else:
            self._unread = self.loop.call_later(UNREAD_S, self._read_on, waiting)

    def _forgive(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD_BYTES:
            raise HeadTooLong


class Server(uvicorn.Server):
    """Serves until SIGINT or SIGTERM: requests under way get `HTTP_GRACE_S` seconds. Serve in the main thread."""

    def __init__(self, app: ASGIApp, host: str, port: int, *, ending: asyncio.Event | None = None) -> None:
        self._ending = ending
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=BoundedHttp,
                ws="none",
                proxy_headers=False,  # who calls is who connected, whatever a header says
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=HTTP_GRACE_S,
            )
        )

    def end(self) -> None:
        """Stop serving. Answers that would go on for ever are told by `ending`: none of them waits for the grace."""
        self.should_exit = True
        if self._ending is not None:
            self._ending.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        super().handle_exit(sig, frame)
        self.end()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in HANDLED_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in HANDLED_SIGNALS:
                loop.remove_signal_handler(number)
