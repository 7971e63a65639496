"""An HTTP server inside a process that has more to end than the server.

Invariant: a signal ends the serving and nothing else. uvicorn's own server raises the signal again once it has
stopped, which ends the process then and there, with everything else still under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import HANDLED_SIGNALS

HTTP_GRACE_S = 2


class Server(uvicorn.Server):
    """Serves until SIGINT or SIGTERM: requests under way get `HTTP_GRACE_S` seconds. Serve in the main thread."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=HTTP_GRACE_S,
            )
        )

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
