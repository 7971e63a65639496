"""How the door looks from outside: rates, security headers, browsers, and one form for whatever is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from casework.shared.platform.rates import FAILURES
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

PAGE = "https://desk.example"


@pytest_asyncio.fixture(scope="session")
async def strict(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with low limits, no pages about itself, and a web page that may call it."""
    settings = {"rate_per_minute": 40, "rate_costly_per_minute": 2, "docs": False, "cors_origins": PAGE}
    async with (
        postgres_server.database("door") as url,
        stack_on(url, tmp_path_factory.mktemp("door"), more_settings=settings) as stack,
    ):
        yield stack


async def test_one_more_than_the_limit_is_told_to_wait(strict: Stack) -> None:
    """A new minute may begin in between: then as many again are let in, and no more."""
    async with strict.client(await strict.key("cases:read")) as http:
        answers = [await http.get("/v1/case-counts") for _ in range(81)]
    statuses = [each.status_code for each in answers]
    assert set(statuses) == {200, 429}
    assert statuses[:40] == [200] * 40
    assert statuses.count(200) <= 80
    refused = next(each for each in answers if each.status_code == 429)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert answers[0].headers["ratelimit-policy"] == '"any";q=40;w=60'
    assert answers[0].headers["ratelimit"].startswith('"any";r=39;t=')
    async with strict.client(await strict.key("cases:read")) as http:
        assert (await http.get("/v1/case-counts")).status_code == 200, "another key is not held up"


async def test_what_costs_much_has_a_limit_of_its_own(strict: Stack) -> None:
    async with strict.client(await strict.key("cases:read")) as http:
        statuses = [(await http.get("/v1/clock-report")).status_code for _ in range(5)]
        assert statuses[:2] == [200, 200]
        assert 429 in statuses
        assert (await http.get("/v1/case-counts")).status_code == 200


async def test_whoever_tries_keys_is_slowed_down_and_nobody_else(strict: Stack) -> None:
    async with strict.client("cw_22222222_" + "k" * 43) as http:
        statuses = {(await http.get("/v1/case-counts")).status_code for _ in range(2 * FAILURES + 1)}
        assert statuses == {401, 429}
    async with strict.client(await strict.key("cases:read")) as http:
        assert (await http.get("/v1/case-counts")).status_code == 200


async def test_the_services_key_is_not_slowed_down(strict: Stack) -> None:
    async with strict.client(await strict.key("feeds:read", kind="service")) as http:
        assert {(await http.get("/v1/feeds/intake/heads")).status_code for _ in range(90)} == {200}


async def test_headers_keep_browsers_from_harm(stack: Stack) -> None:
    async with stack.client(await stack.key("cases:read")) as http:
        for path in ("/v1/case-counts", "/v1/nothing", "/health/live", "/docs", "/openapi.json"):
            headers = (await http.get(path, headers={"origin": PAGE})).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "strict-transport-security" not in headers
            assert not any(name.startswith("access-control-") for name in headers)
        by_tls = await http.get("/v1/case-counts", headers={"x-forwarded-proto": "https"})
        assert by_tls.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        asked_before = {"origin": PAGE, "access-control-request-method": "POST"}
        assert (await http.options("/v1/complaints", headers=asked_before)).status_code == 405


async def test_pages_of_a_named_origin_may_call_and_others_not(strict: Stack) -> None:
    async with strict.client(await strict.key("cases:read")) as http:
        mine = await http.get("/v1/case-counts", headers={"origin": PAGE})
        assert mine.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in mine.headers
        asked = {
            "origin": PAGE,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,idempotency-key",
        }
        allowed = await http.options("/v1/complaints", headers=asked)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, PAGE)
        for origin in ("https://evil.example", "null", PAGE + ".evil"):
            answer = await http.get("/v1/case-counts", headers={"origin": origin})
            assert "access-control-allow-origin" not in answer.headers


async def test_without_pages_it_does_not_describe_itself(strict: Stack) -> None:
    async with strict.client(None) as http:
        for path in ("/docs", "/openapi.json", "/static/swagger-ui.css", "/asyncapi", "/asyncapi.json"):
            assert (await http.get(path)).status_code == 404, path
        assert (await http.get("/problems/too-many-requests")).status_code == 200


async def test_whatever_is_refused_is_a_problem(stack: Stack) -> None:
    key = {"idempotency-key": str(uuid4())}
    async with stack.client(await stack.key()) as http:
        answers = {
            404: await http.get("/nothing/here"),
            405: await http.request("DELETE", "/v1/complaints"),
            415: await http.post("/v1/complaints", content=b"a=1", headers=key | {"content-type": "text/plain"}),
            413: await http.post("/v1/complaints", content=b" " * 1_048_577, headers=key),
            422: await http.post("/v1/complaints", json=complaint(unknown=1), headers=key),
            400: await http.post("/v1/complaints", json=complaint()),
        }
        trace = await http.request("TRACE", "/v1/complaints")
    for status, answer in answers.items():
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert {"type", "title", "status", "detail"} <= answer.json().keys()
    assert trace.headers["content-type"] == "application/problem+json"
