"""Passing a request on to the service that answers it, and its answer back.

Invariant: what is passed on is what came, byte for byte, but for the headers that are between two neighbours only;
bodies flow through and are counted, never kept; and when one side goes away, so does the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from typing import Any

import httpx2 as httpx
import structlog
from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from casework.shared.contracts.ids import ServiceName
from casework.shared.http.front_routes import services_for
from casework.shared.http.limits import BODY_SECONDS, MAX_BODY_BYTES
from casework.shared.http.problems import Problem, of_status

VIA = "1.1 casework-front"
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 60.0
"""How long a service may say nothing, before its answer or within it."""

_TIMEOUT = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS).as_dict()
_BETWEEN_NEIGHBOURS = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
_ANSWERED_HERE = frozenset({b"host", b"expect"})
_SET_HERE = frozenset({b"date"})

Header = tuple[bytes, bytes]

log = structlog.get_logger(__name__)


class Forwarder:
    """An ASGI application that is the services' own, by the table of `front_routes`.

    `transport` carries the requests; `unanswered` counts, by service, those that got no answer.
    """

    def __init__(
        self, url_of: Callable[[ServiceName], str], transport: httpx.AsyncBaseTransport, unanswered: Counter
    ) -> None:
        self._url_of = url_of
        self._transport = transport
        self._unanswered = unanswered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(scope, receive)
        exchange = asyncio.create_task(self._exchange(scope, body, send))
        gone = asyncio.create_task(body.caller_gone())
        try:
            await asyncio.wait({exchange, gone}, return_when=asyncio.FIRST_COMPLETED)
            if exchange.done():
                exchange.result()
        finally:
            exchange.cancel()
            gone.cancel()
            await asyncio.gather(exchange, gone, return_exceptions=True)

    async def _exchange(self, scope: Scope, body: _Body, send: Send) -> None:
        services = services_for(scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            services = services[:1]  # a body cannot be sent a second time
        problem = of_status(404)
        for service in services:
            try:
                answer = await self._transport.handle_async_request(self._request(service, scope, body))
            except _Refused as refused:
                problem = refused.problem
                break
            except httpx.LocalProtocolError:
                problem = of_status(400)
                break
            except httpx.TransportError as error:
                self._unanswered.labels(service).inc()
                log.warning("front.unanswered", part=service, error=type(error).__name__)
                problem = unavailable(service)
                continue
            async with aclosing(answer):
                if answer.status_code != httpx.codes.NOT_FOUND or service == services[-1]:
                    await _pass_back(answer, send)
                    return
        await problem.response()(scope, body.receive, send)

    def _request(self, service: ServiceName, scope: Scope, body: _Body) -> httpx.Request:
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        return httpx.Request(
            scope["method"],
            self._url_of(service),
            headers=list(_passed_on(scope)),
            content=body if body.announced else None,
            extensions={"target": target, "timeout": _TIMEOUT},
        )


def unavailable(service: ServiceName) -> Problem:
    """The answer for a service that gives none."""
    detail = (
        f"{service} does not answer; it is being started again, so send the same request again after a moment, "
        "with the same Idempotency-Key"
    )
    return of_status(503, detail, {"retry-after": "1"})


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class _Body:
    """The body of a request as it comes in. A service that refuses one does not read it to its end, and its answer
    is then lost with the connection: so the limits of size and time are counted here too."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        self.announced = b"transfer-encoding" in headers or length != b"0"
        self.receive = receive
        self._length = int(length) if length.isdigit() else 0
        self._ended = asyncio.Event()
        if not self.announced:
            self._ended.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        # The rest of a refused body would be read as the next request: the connection ends with the answer.
        close = {"connection": "close"}
        too_large = of_status(413, f"the body is over {MAX_BODY_BYTES} bytes; leave out what is not needed", close)
        if self._length > MAX_BODY_BYTES:
            raise _Refused(too_large)
        taken, more = 0, True
        while more:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await self.receive()
            except TimeoutError:
                raise _Refused(of_status(408, headers=close)) from None
            if message["type"] == "http.disconnect":
                self._ended.set()
                # Whoever waits for the caller to be gone ends this.
                await asyncio.Event().wait()
            part, more = message.get("body", b""), message.get("more_body", False)
            taken += len(part)
            if taken > MAX_BODY_BYTES:
                raise _Refused(too_large)
            if part:
                yield part
        self._ended.set()

    async def caller_gone(self) -> None:
        """Returns when the caller has closed the connection."""
        await self._ended.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _passed_on(scope: Scope) -> Iterable[Header]:
    chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    dropped = _ANSWERED_HERE | ({b"content-length"} if chunked else set())
    came_by = b""
    for name, value in _between_ends(scope["headers"], dropped):
        if name == b"x-forwarded-for":
            came_by += value + b", "
        else:
            yield name, value
    if scope["client"] is not None:
        yield b"x-forwarded-for", came_by + scope["client"][0].encode()
    yield b"via", VIA.encode()


def _between_ends(headers: Iterable[Header], dropped: frozenset[bytes] | set[bytes]) -> list[Header]:
    """The headers that are meant for the other end, not for the next neighbour."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {token.strip().lower() for name, value in lowered if name == b"connection" for token in value.split(b",")}
    return [(name, value) for name, value in lowered if name not in _BETWEEN_NEIGHBOURS | dropped | named]


async def _pass_back(answer: httpx.Response, send: Send) -> None:
    headers = _between_ends(answer.headers.raw, _SET_HERE)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    stream: Any = answer.stream
    try:
        async for part in stream:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    except httpx.TransportError as error:
        # Left unfinished: the server then closes the connection, and the caller sees that something is missing.
        log.warning("front.answer-cut", error=type(error).__name__)
        return
    await send({"type": "http.response.body", "body": b""})
