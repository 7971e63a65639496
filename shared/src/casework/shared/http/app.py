"""How every HTTP application of Casework is put together.

Invariant: each answer, also one to a fault, is a documented document with the security headers on it; each
request is one line in the log, without its query; and no route exists whose access is not declared.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import structlog
from anyio import BrokenResourceError
from fastapi import APIRouter, Depends, FastAPI, Request, Security
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.security import HTTPAuthorizationCredentials
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casework.shared.http import problems
from casework.shared.http.access import (
    RATE_HEADERS,
    Authenticator,
    access_token,
    bearer,
    open_route,
    principal_of,
    requires,
    undeclared_routes,
)
from casework.shared.http.docs import docs_router
from casework.shared.http.idempotency import posts_without_key
from casework.shared.http.limits import Limits
from casework.shared.platform.rates import Rates
from casework.shared.runtime.alarms import Alarm, Alarms

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

Readiness: TypeAlias = Callable[[], Awaitable[Mapping[str, str | None]]]
"""Each named check: None when it is well, else a sentence that says what to do. Anyone may read it."""
Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]

READINESS_SECONDS = 5.0
OPENAPI_VERSION = "3.2.0"  # FastAPI says 3.1.0 but writes words of 3.2 for streams

_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
_PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Anything else: an RFC 9457 problem that says what to do next",
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"detail": {"type": "string"}, "pointer": {"type": "string"}},
                            },
                        },
                    },
                }
            }
        },
    }
}

log = structlog.get_logger()


class UndeclaredAccess(Exception):
    """A route says neither which scope it needs nor that it is open, or a POST takes no Idempotency-Key."""


def make_app(
    title: str,
    routers: Sequence[APIRouter],
    *,
    authenticator: Authenticator,
    readiness: Readiness,
    registry: CollectorRegistry,
    asyncapi: Callable[[], Mapping[str, Any]] | None = None,
    alarms: Callable[[], Sequence[Alarm]] = tuple,
    lifespan: Lifespan | None = None,
    tracer_provider: TracerProvider | None = None,
    rates: Rates | None = None,
    origins: Sequence[str] = (),
    docs: bool = True,
) -> FastAPI:
    """The application: `routers` with problems, limits, access, health, metrics and documentation around them.

    `asyncapi` makes the AsyncAPI document, on request; `alarms` are those that stand now; without `rates` nobody is
    slowed down; web pages of `origins` may call it from a browser; without `docs` it does not describe itself. Raises
    `UndeclaredAccess`.
    """
    app = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # One schema a model. With two, the name depends on who else uses the model, and the description that a front
        # merges from four services would not be that of one process with all four.
        separate_input_output_schemas=False,
        redirect_slashes=False,  # a redirect would be built from the Host header, which anyone may set
        responses=_PROBLEM_RESPONSE,
        middleware=[Middleware(Edge), *_cross_origin(origins), Middleware(Limits)],
        # FastAPI's own telemetry: spans only, and only through a provider of ours. Its log records and its
        # configuration from the environment would carry texts of exceptions out.
        telemetry={
            "tracing": tracer_provider is not None,
            "tracer_provider": tracer_provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.openapi_version = OPENAPI_VERSION
    app.state.authenticator = authenticator
    app.state.ending = asyncio.Event()  # set when the process stops: answers that go on for ever end by it
    app.state.rates = rates
    problems.install(app)
    own = (_operations_router(readiness, registry), _alarms(alarms), docs_router(asyncapi, pages=docs))
    for router in (*routers, *own):
        app.include_router(router)
    undeclared = undeclared_routes(app) + posts_without_key(app)
    if undeclared:
        raise UndeclaredAccess(
            "declare a scope (`requires`, `once`) or `open_route`, and for a POST `once` or `repeatable`: "
            + ", ".join(undeclared)
        )
    return app


def _cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """Without origins there is nothing that would tell a browser to let anybody's page in."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "idempotency-key", "if-match", "last-event-id"],
            expose_headers=["etag", "location", "retry-after", "ratelimit", "ratelimit-policy"],
            allow_credentials=False,
        )
    ]


def _operations_router(readiness: Readiness, registry: CollectorRegistry) -> APIRouter:
    router = APIRouter(dependencies=[Depends(open_route)], tags=["operations"])

    @router.get("/health/live", summary="The process answers")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready", summary="What the service needs is there", responses={503: {}})
    async def ready() -> JSONResponse:
        try:
            async with asyncio.timeout(READINESS_SECONDS):
                checks = dict(await readiness())
        except TimeoutError:
            checks = {"readiness": f"the checks did not finish within {READINESS_SECONDS:g} s; look at the log"}
        well = not any(checks.values())
        document = {
            "status": "ready" if well else "not ready",
            "checks": {name: found or "ok" for name, found in checks.items()},
        }
        return JSONResponse(document, status_code=200 if well else 503)

    @router.get(
        "/metrics",
        summary="Prometheus metrics: from this machine, or with the scope metrics:read",
        response_class=PlainTextResponse,
    )
    async def metrics(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(access_token)],
    ) -> Response:
        if not from_this_machine(request):
            (await principal_of(request, credentials)).require("metrics:read")
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _alarms(standing: Callable[[], Sequence[Alarm]]) -> APIRouter:
    router = APIRouter(dependencies=[Depends(requires("metrics:read"))], tags=["operations"])

    @router.get("/v1/alarms", summary="What somebody has to look at now")
    async def alarms() -> Alarms:
        """Late relays and consumers, parked cases, cases without movement, orphans, clocks that fired late. Behind the
        front also services that do not answer."""
        return Alarms(alarms=list(standing()))

    return router


def from_this_machine(request: Request) -> bool:
    """A loopback client that is not a proxy speaking for someone else."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via")) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _came_by_tls(scope: Scope) -> bool:
    """To us, or to the proxy before us: a browser that is told so over a plain connection pays no heed."""
    return scope.get("scheme") == "https" or (b"x-forwarded-proto", b"https") in scope["headers"]


def _caller_gone(error: Exception) -> bool:
    """Whether all that happened is that a stream of events was cut while one of them was being handed on."""
    return isinstance(error, ExceptionGroup) and error.split(BrokenResourceError)[1] is None


class Edge:
    """ASGI middleware, the outermost of ours: security headers, the request's log line, and faults.

    A fault must not travel on to the server, which would print its text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        rate_headers: dict[str, str] = {}
        scope[RATE_HEADERS] = rate_headers
        started_at = time.monotonic()

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in (*_HEADERS.items(), *rate_headers.items()):
                    headers.setdefault(name, value)
                if _came_by_tls(scope):
                    headers.setdefault("strict-transport-security", STRICT_TRANSPORT)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001  (the supervising edge: whatever it is, the caller gets a problem)
            if not (status and _caller_gone(error)):
                problem = problems.problem_of(error)
                # An answer that has begun cannot become another one: the server closes the connection.
                if not status:
                    await problem.response()(scope, receive, guarded)
        log.info(
            "http.request",
            method=scope["method"],
            route=getattr(scope.get("route"), "path_format", None),
            status=status,
            seconds=round(time.monotonic() - started_at, 4),
        )
