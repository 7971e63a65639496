"""The front of a stack of several processes: one port, and the paths of all four services.

Invariant: it needs no secret and no database. A request goes, as it came, to the service that answers its path; who
may do what is decided there. Only what all four together can say is put together here, out of their own answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.middleware import Middleware
from starlette.routing import Route

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.http import problems
from casework.shared.http.app import READINESS_SECONDS, Edge, from_this_machine
from casework.shared.http.forwarding import CONNECT_SECONDS, VIA, Forwarder, unavailable
from casework.shared.http.merging import merge_metrics, merge_openapi
from casework.shared.runtime.alarms import service_away
from casework.shared.runtime.logging import configure_logging, guard_loop
from casework.shared.runtime.processes import exit_with_parent
from casework.shared.runtime.serving import Server
from casework.shared.runtime.settings import FrontSettings

KEEP_CONNECTIONS = 64
KEEP_SECONDS = 2.0
"""Shorter than a service keeps an idle connection (5 s): none is used in the moment in which it is closed."""

Answers = Mapping[ServiceName, httpx.Response | None]


def run_front(settings: FrontSettings) -> int:
    """Serve until a signal ends it. Returns the exit code."""
    configure_logging(settings.log_level, service="front")
    exit_with_parent()
    server = Server(make_front(settings), settings.host, settings.port)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        guard_loop(runner.get_loop())
        runner.run(server.serve())
    return 0 if server.started else 1


def make_front(settings: FrontSettings) -> FastAPI:
    """The application. It connects to nobody before it is asked something."""
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=KEEP_CONNECTIONS, keepalive_expiry=KEEP_SECONDS
    )
    transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    unanswered = Counter(
        "casework_front_unanswered", "requests that a service did not answer", ("upstream",), registry=registry
    )
    services = _Services(settings, transport, registry)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with services.http:
            yield

    app = FastAPI(
        title="Casework",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Edge)],
    )
    problems.install(app)
    app.include_router(_router(services))
    # Every other path, by any method.
    app.router.routes.append(Route("/{path:path}", Forwarder(settings.url_of, transport, unanswered)))
    return app


class _Services:
    """The four services, asked the same thing at once."""

    def __init__(
        self, settings: FrontSettings, transport: httpx.AsyncBaseTransport, registry: CollectorRegistry
    ) -> None:
        self._url_of = settings.url_of
        # Their own checks take so long at most.
        timeout = httpx.Timeout(READINESS_SECONDS + 1.0, connect=CONNECT_SECONDS)
        self.http = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)
        self.registry = registry
        self._answers = Gauge("casework_service_answers", "1 while it answers", ("service",), registry=registry)

    async def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answers:
        """What each of them answers to GET; None for one that does not."""
        found = await asyncio.gather(*(self._ask(service, path, headers) for service in SERVICES))
        return dict(zip(SERVICES, found, strict=True))

    async def _ask(self, service: ServiceName, path: str, headers: Mapping[str, str] | None) -> httpx.Response | None:
        try:
            answer = await self.http.get(self._url_of(service) + path, headers=headers)
        except httpx.TransportError:
            answer = None
        self._answers.labels(service).set(answer is not None)
        return answer


def _router(services: _Services) -> APIRouter:
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        checks: dict[str, str] = {}
        for service, answer in (await services.ask("/health/ready")).items():
            if answer is None:
                checks[f"{service}.answers"] = "the service does not answer; look at its log if that stays so"
            else:
                found: dict[str, str] = answer.json()["checks"]
                checks |= {name if "." in name else f"{service}.{name}": well for name, well in found.items()}
        all_well = set(checks.values()) == {"ok"}
        document = {"status": "ready" if all_well else "not ready", "checks": checks}
        return JSONResponse(document, status_code=200 if all_well else 503)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name == "authorization"}
        here = from_this_machine(request)
        if not here:
            # Then a service on this machine does not take the front for the one who asks.
            headers["via"] = VIA
        answers = await services.ask("/metrics", headers)
        texts = {service: answer for service, answer in answers.items() if answer is not None}
        for answer in texts.values():
            if answer.status_code != httpx.codes.OK:
                return _as_answered(answer)
        if not texts and not here:
            return unavailable(SERVICES[0]).response()  # nobody there to say who may read
        own = generate_latest(services.registry).decode()
        merged = merge_metrics({"front": own} | {service: answer.text for service, answer in texts.items()})
        return Response(merged, media_type=CONTENT_TYPE_LATEST)

    @router.get("/v1/alarms")
    async def alarms(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name == "authorization"}
        answers = await services.ask("/v1/alarms", headers)
        there = {service: answer for service, answer in answers.items() if answer is not None}
        for answer in there.values():
            if answer.status_code != httpx.codes.OK:
                return _as_answered(answer)
        if not there:
            return unavailable(SERVICES[0]).response()  # nobody there to say who may read
        found = [alarm for answer in there.values() for alarm in answer.json()["alarms"]]
        found += [service_away(each).model_dump(mode="json") for each in SERVICES if each not in there]
        return JSONResponse({"alarms": found})

    @router.get("/openapi.json")
    async def openapi() -> Response:
        documents: dict[str, Any] = {}
        for service, answer in (await services.ask("/openapi.json")).items():
            if answer is None:
                return unavailable(service).response()
            if answer.status_code != httpx.codes.OK:
                return _as_answered(answer)
            documents[service] = answer.json()
        return JSONResponse(merge_openapi(documents))

    return router


def _as_answered(answer: httpx.Response) -> Response:
    told = {name: value for name, value in answer.headers.items() if name in ("www-authenticate", "retry-after")}
    return Response(answer.content, answer.status_code, told, answer.headers.get("content-type"))
