"""What every application has around its routes: headers, health, metrics, documentation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from io import StringIO

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import StreamingResponse
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry
from starlette.types import Message

from casework.shared.http import app as app_module
from casework.shared.http.access import open_route
from casework.shared.testing.calls import client_of

Sample = Callable[..., FastAPI]


@pytest.mark.parametrize("path", ["/v1/things", "/nowhere", "/v1/errors/fault", "/health/live", "/openapi.json"])
async def test_security_headers_are_on_every_answer(http: httpx2.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_no_other_site_is_let_in(http: httpx2.AsyncClient) -> None:
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "GET"}
    for answer in (await http.options("/v1/things", headers=asked), await http.get("/v1/things", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_health_needs_no_key(sample: Sample) -> None:
    async with client_of(sample(), key=None) as http:
        assert (await http.get("/health/live")).json() == {"status": "live"}
        answer = await http.get("/health/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": {"database": "ok"}})


async def test_one_failing_check_is_not_ready(sample: Sample) -> None:
    app = sample(ready={"database": None, "kafka": "the broker does not answer; start it"})
    async with client_of(app, key=None) as http:
        answer = await http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "kafka": "the broker does not answer; start it"}


async def test_a_check_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "READINESS_SECONDS", 0.05)

    async def readiness() -> dict[str, str | None]:
        await asyncio.Event().wait()
        return {}

    app = FastAPI()
    app.include_router(app_module._operations_router(readiness, CollectorRegistry()))
    async with client_of(app) as http:
        assert (await http.get("/health/ready")).status_code == 503


@pytest.mark.parametrize(
    ("key", "address", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "::1", {}, 200),
        (None, "127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 401),
        (None, "127.0.0.1", {"forwarded": "for=192.0.2.7"}, 401),
        (None, "192.0.2.7", {}, 401),
        ("feeds", "192.0.2.7", {}, 403),
        ("metrics", "192.0.2.7", {}, 200),
    ],
)
async def test_metrics_are_for_this_machine_or_the_scope(
    sample: Sample, key: str | None, address: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(sample(), key=key, address=address) as http:
        answer = await http.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("sample_total 41.0" in answer.text) is (status == 200)


async def test_the_pages_ask_nobody_else(sample: Sample) -> None:
    async with client_of(sample(), key=None) as http:
        for page, loosened in (("/docs", False), ("/asyncapi", True)):
            answer = await http.get(page)
            assert answer.headers["content-type"].startswith("text/html")
            assert "//" not in answer.text
            assert ("unsafe-eval" in answer.headers["content-security-policy"]) is loosened
            names = [part.split('"')[0] for part in answer.text.split("/static/")[1:]]
            assert len(names) == 3
            for name in names:
                asset = await http.get(f"/static/{name}")
                assert asset.status_code == 200
                assert asset.headers["content-type"].startswith(("text/css", "text/javascript"))
                assert "@import" not in asset.text
                assert "url(http" not in asset.text
        assert (await http.get("/static/..%2fapp.py")).status_code == 404
        assert (await http.get("/static/README.md")).status_code == 404
        assert (await http.get("/asyncapi.json")).json() == {"asyncapi": "3.0.0"}


async def test_the_openapi_document_is_valid_and_names_problems(http: httpx2.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"] == "3.2.0"
    validate(document)
    post = document["paths"]["/v1/things"]["post"]
    assert "application/problem+json" in post["responses"]["default"]["content"]
    assert "422" not in post["responses"], "FastAPI's own shape of a validation error, which nobody ever gets"
    assert post["security"] == [{"apiKey": []}, {"accessToken": []}]
    key = next(each for each in post["parameters"] if each["name"] == "Idempotency-Key")
    assert key["required"]


async def test_a_fault_in_the_middle_of_an_answer_is_contained(sample: Sample, logged: StringIO) -> None:
    router = APIRouter()

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("Jane Canary")

    @router.get("/v1/stream", dependencies=[Depends(open_route)])
    async def stream() -> StreamingResponse:
        return StreamingResponse(parts())

    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/v1/stream", "query_string": b"", "headers": []}
    await sample(router)(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"], "the answer must not look complete: the server then cuts the connection"
    assert "http.fault" in logged.getvalue()
