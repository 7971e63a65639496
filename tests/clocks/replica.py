"""A second replica of an office's followup, on connections of its own; services can be away for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from tests.clocks.office import Office

from casework.shared.contracts.ids import ServiceName
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble


class Network(httpx2.AsyncBaseTransport):
    """Reaches the office's services, but those that are `away`."""

    def __init__(self, office: Office) -> None:
        self.away: set[ServiceName] = set()
        self._inside = httpx2.ASGITransport(office.stack.app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if any(request.url.path.startswith(f"/v1/feeds/{name}") for name in self.away):
            raise httpx2.ConnectError("away", request=request)
        return await self._inside.handle_async_request(request)


@asynccontextmanager
async def replica(office: Office) -> AsyncIterator[tuple[ServiceRuntime, Network]]:
    """Another followup beside the office's, in the same time."""
    first, network = office.stack.runtimes["followup"], Network(office)
    second = await assemble(
        first.service, first.settings, Metrics.create(), transport=network, clock=office.time, rules=first.rulebook
    )
    try:
        yield second, network
    finally:
        await second.aclose()
