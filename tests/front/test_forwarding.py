"""What the front does to a request and its answer on their way: nothing that either end could notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.http import forwarding

from .conftest import bound, front_of, serving, url_of

FrontBefore = Callable[[Callable[[Scope, Receive, Send], Awaitable[None]]], Awaitable[httpx2.AsyncClient]]
DEADLINE_S = 20.0


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def app_of(handle: Callable[[Scope, Receive, Send], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A service that handles requests so."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (_lifespan(receive, send) if scope["type"] == "lifespan" else handle(scope, receive, send))

    return app


async def begin_answer(send: Send, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def answer_with(send: Send, body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    await begin_answer(send, *headers, (b"content-length", b"%d" % len(body)), status=status)
    await send({"type": "http.response.body", "body": body})


async def whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was asked, as it came."""
    seen = {
        "method": scope["method"],
        "target": f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}",
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": (await whole_body(receive)).decode(),
    }
    await answer_with(send, json.dumps(seen).encode(), (b"content-type", b"application/json"))


@pytest.mark.parametrize(
    "target",
    [
        "/v1/cases/a%20b%C3%A9?x=%20&x=+&y=%2F;z",
        "/v1/cases/%2e%2e?cursor=eyJh==",
        "/v1/cases?",
    ],
)
async def test_the_target_arrives_as_it_was_sent(front_before: FrontBefore, target: str) -> None:
    front = await front_before(app_of(echo))
    seen = (await front.get("/", extensions={"target": target.encode()})).json()
    assert seen["target"].rstrip("?") == target.rstrip("?")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_is_passed_on(front_before: FrontBefore, method: str) -> None:
    front = await front_before(app_of(echo))
    assert (await front.request(method, "/v1/complaints")).json()["method"] == method


async def test_headers_between_neighbours_end_here(front_before: FrontBefore) -> None:
    front = await front_before(app_of(echo))
    sent = {
        "authorization": "Bearer cw_x",
        "idempotency-key": "k-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cookie": "a=1",
        "connection": "keep-alive, x-between",
        "x-between": "1",
        "keep-alive": "timeout=5",
        "te": "trailers",
        "proxy-authorization": "Basic eA==",
        "host": "elsewhere.example",
        "x-forwarded-for": "192.0.2.7",
    }
    seen = dict((await front.post("/v1/complaints", headers=sent, content=b"{}")).json()["headers"])
    for name in ("authorization", "idempotency-key", "traceparent", "cookie"):
        assert seen[name] == sent[name]
    assert seen["content-length"] == "2"
    for name in ("x-between", "keep-alive", "te", "proxy-authorization", "transfer-encoding"):
        assert name not in seen
    assert seen["host"].startswith("127.0.0.1:")
    assert seen["via"] == forwarding.VIA
    assert seen["x-forwarded-for"] == "192.0.2.7, 127.0.0.1"


async def test_an_answer_comes_back_as_it_was(front_before: FrontBefore) -> None:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"etag", b'"intake:3"'),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"x-frame-options", b"X"),
        ]
        await answer_with(send, b"\x00\xff", *headers, (b"connection", b"close"), status=418)

    answer = await (await front_before(app_of(handle))).get("/v1/cases")
    assert (answer.status_code, answer.content) == (418, b"\x00\xff")
    assert answer.headers["etag"] == '"intake:3"'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-length"] == "2"
    assert answer.headers["x-frame-options"] == "X"
    assert len(answer.headers.get_list("date")) == 1
    assert "connection" not in answer.headers


async def test_an_answer_without_a_body(front_before: FrontBefore) -> None:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await begin_answer(send, (b"content-length", b"7"))
        await send({"type": "http.response.body", "body": b""})

    answer = await (await front_before(app_of(handle))).head("/v1/cases")
    assert (answer.content, answer.headers["content-length"]) == (b"", "7")


async def test_an_answer_flows(front_before: FrontBefore) -> None:
    """The second part is not made before the first has arrived."""
    arrived = asyncio.Event()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await begin_answer(send, (b"content-type", b"text/event-stream"))
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await arrived.wait()
        await send({"type": "http.response.body", "body": b"two"})

    front = await front_before(app_of(handle))
    async with asyncio.timeout(DEADLINE_S), front.stream("GET", "/v1/cases") as answer:
        parts = answer.aiter_raw()
        assert await anext(parts) == b"one"
        arrived.set()
        assert b"".join([part async for part in parts]) == b"two"


async def test_a_body_flows(front_before: FrontBefore) -> None:
    """The second part is not sent before the first has arrived."""
    arrived = asyncio.Event()
    lengths: list[bytes | None] = []

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        lengths.append(dict(scope["headers"]).get(b"content-length"))
        first = await receive()
        arrived.set()
        await answer_with(send, first["body"] + await whole_body(receive))

    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        await arrived.wait()
        yield b"two"

    front = await front_before(app_of(handle))
    async with asyncio.timeout(DEADLINE_S):
        assert (await front.post("/v1/complaints", content=body())).content == b"onetwo"
    assert lengths == [None]


async def _until_gone(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


@pytest.mark.parametrize("begun", [False, True])
async def test_a_caller_who_leaves_is_not_worked_for(front_before: FrontBefore, begun: bool) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await begin_answer(send)
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
        asked.set()
        await _until_gone(receive, gone)

    front = await front_before(app_of(handle))
    asking = asyncio.create_task(front.get("/v1/cases"))
    async with asyncio.timeout(DEADLINE_S):
        await asked.wait()
        asking.cancel()
        await gone.wait()
    await asyncio.gather(asking, return_exceptions=True)


async def test_a_caller_who_leaves_while_sending(front_before: FrontBefore) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = await receive()
        assert message["body"] == b"one"
        begun.set()
        await _until_gone(receive, gone)

    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    front = await front_before(app_of(handle))
    sending = asyncio.create_task(front.post("/v1/complaints", content=body()))
    async with asyncio.timeout(DEADLINE_S):
        await begun.wait()
        sending.cancel()
        await gone.wait()
    await asyncio.gather(sending, return_exceptions=True)


async def test_an_answer_that_is_cut_is_not_passed_off_as_whole(front_before: FrontBefore) -> None:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await begin_answer(send)
        await send({"type": "http.response.body", "body": b"one", "more_body": True})

    front = await front_before(app_of(handle))
    with pytest.raises(httpx2.RemoteProtocolError):
        await front.get("/v1/cases")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_refused_whatever_the_service_does(
    front_before: FrontBefore, announced: bool
) -> None:
    front = await front_before(app_of(echo))
    parts = [b"x" * 65_536] * 17

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    answer = await front.post("/v1/complaints", content=b"".join(parts) if announced else body())
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_a_body_of_the_limit_is_passed_on(front_before: FrontBefore) -> None:
    front = await front_before(app_of(echo))
    answer = await front.post("/v1/complaints", content=b"x" * 1_048_576)
    assert len(answer.json()["body"]) == 1_048_576


async def test_a_body_that_does_not_come_is_refused(front_before: FrontBefore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "BODY_SECONDS", 0.05)

    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    front = await front_before(app_of(echo))
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(front.base_url.host, front.base_url.port)
        writer.write(b"POST /v1/complaints HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\none")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head


async def test_a_service_that_is_away_is_a_problem_that_says_so(front_before: FrontBefore) -> None:
    away = bound()  # bound, but nobody listens
    async with serving(app_of(echo)) as url:
        urls: dict[ServiceName, str] = dict.fromkeys(SERVICES, url) | {"resolution": url_of(away)}
        async with front_of(urls) as front_url, httpx2.AsyncClient(base_url=front_url) as front:
            answer = await front.post("/v1/cases/1/resolution/decision", content=b"{}")
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.headers["retry-after"] == "1"
            assert answer.json()["type"] == "/problems/unavailable"
            assert "resolution" in answer.json()["detail"]
            # The others are not concerned, and what any of them can say is said.
            assert (await front.get("/v1/cases/1")).status_code == 200
            assert (await front.get("/docs")).status_code == 200
    away.close()


async def test_the_next_service_is_asked_what_the_first_does_not_know() -> None:
    async def knows_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await answer_with(send, b"first", status=404)

    async with serving(app_of(knows_nothing)) as first, serving(app_of(echo)) as second:
        urls: dict[ServiceName, str] = dict.fromkeys(SERVICES, first) | {"resolution": second}
        async with front_of(urls) as front_url, httpx2.AsyncClient(base_url=front_url) as front:
            assert (await front.get("/problems/no-remedy")).json()["target"] == "/problems/no-remedy?"
            assert (await front.get("/v1/cases/1")).status_code == 404
        async with front_of(dict.fromkeys(SERVICES, first)) as url, httpx2.AsyncClient(base_url=url) as front:
            assert (await front.get("/problems/no-remedy")).content == b"first"


async def test_what_no_service_has_is_not_found(front_before: FrontBefore) -> None:
    front = await front_before(app_of(echo))
    answer = await front.get("/v1/unheard-of")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_who_is_away_is_counted() -> None:
    away = bound()
    async with front_of(dict.fromkeys(SERVICES, url_of(away))) as url, httpx2.AsyncClient(base_url=url) as front:
        assert (await front.get("/v1/cases")).status_code == 503
        families = {
            family.name: family for family in text_string_to_metric_families((await front.get("/metrics")).text)
        }
    away.close()
    counted = {sample.labels["upstream"]: sample.value for sample in families["casework_front_unanswered"].samples}
    assert counted == {"followup": 1.0}
    answers = {sample.labels["service"]: sample.value for sample in families["casework_service_answers"].samples}
    assert answers == dict.fromkeys(SERVICES, 0.0)
