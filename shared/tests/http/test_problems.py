"""Every error is an RFC 9457 answer that says what to do and quotes nobody."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import httpx2
import pytest

POST = {"idempotency-key": "k1"}


def problem(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "en"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"].startswith("/problems/")
    assert document["detail"]
    assert document["title"]
    return document


@pytest.mark.parametrize(
    ("name", "status", "code", "retry_after"),
    [
        ("refusal", 409, "out-of-hours", None),
        ("refusal-422", 422, "not-a-number", None),
        ("conflict", 409, "conflict", None),
        ("serialization", 409, "busy", "1"),
        ("duplicate", 409, "duplicate", None),
        ("away", 503, "unavailable", "2"),
        ("invalid", 422, "invalid-message", None),
        ("gone", 410, "gone", None),
        ("own-words", 404, "not-found", None),
        ("precondition", 412, "version-changed", None),
        ("fault", 500, "fault", None),
    ],
)
async def test_the_table(http: httpx2.AsyncClient, name: str, status: int, code: str, retry_after: str | None) -> None:
    answer = await http.get(f"/v1/errors/{name}")
    document = problem(answer)
    assert (answer.status_code, document["type"]) == (status, f"/problems/{code}")
    assert answer.headers.get("retry-after") == retry_after
    for internal in ("Deadlock", "event_case_id_version_key", "ConnectionRefused", "Canary", "RuntimeError"):
        assert internal not in answer.text


async def test_a_refusal_is_read_out_as_it_was_written(http: httpx2.AsyncClient) -> None:
    assert "nine to five" in problem(await http.get("/v1/errors/refusal"))["detail"]
    assert problem(await http.get("/v1/errors/own-words"))["detail"] == "there is no such case; ask intake"


async def test_pointers_of_an_invalid_message(http: httpx2.AsyncClient) -> None:
    document = problem(await http.get("/v1/errors/invalid"))
    assert document["errors"] == [{"pointer": "/facts/0", "detail": "is unknown"}]


async def test_what_http_itself_refuses(http: httpx2.AsyncClient) -> None:
    assert problem(await http.get("/nowhere"))["status"] == 404
    answer = await http.delete("/v1/things")
    assert problem(answer)["status"] == 405
    assert answer.headers["allow"] in ("GET", "POST")
    assert (await http.get("/v1/things/")).status_code == 404, "no redirect built from the Host header"


async def test_fields_are_pointed_at_and_never_quoted(http: httpx2.AsyncClient) -> None:
    sent = {
        "lines": [
            {"amount": 1},
            {"amount": "Jane Canary"},
            {"amount": 2, "note": "Jane Canary wrote this"},
            {"amount": 3, "extra/field": "Jane Canary"},
            "Jane Canary",
        ],
    }
    answer = await http.post("/v1/things", json=sent, headers=POST)
    document = problem(answer)
    assert answer.status_code == 422
    assert [error["pointer"] for error in document["errors"]] == [
        "/name",
        "/lines/1/amount",
        "/lines/2/note",
        "/lines/3/extra~1field",
        "/lines/4",
    ]
    assert document["errors"][0]["detail"] == "this field is required"
    assert "Canary" not in answer.text


async def test_parameters_are_named(http: httpx2.AsyncClient) -> None:
    document = problem(await http.get("/v1/things", params={"limit": "Jane Canary"}))
    assert document["errors"][0]["query"] == "limit"
    assert "Canary" not in json.dumps(document)


async def test_the_answer_stays_small(http: httpx2.AsyncClient) -> None:
    sent = {"name": "a", "lines": [{"amount": "x", "y" * 2_000: 1}] * 400}
    answer = await http.post("/v1/things", json=sent, headers=POST)
    document = problem(answer)
    assert len(document["errors"]) == 50
    assert len(answer.content) < 50_000


async def test_a_post_without_a_key_is_told_to_send_one(http: httpx2.AsyncClient) -> None:
    for headers in ({}, {"idempotency-key": ""}, {"idempotency-key": "a" * 201}, {"idempotency-key": "a b"}):
        answer = await http.post("/v1/things", json={"name": "a"}, headers=headers)
        assert answer.status_code == 400
        assert problem(answer)["type"] == "/problems/idempotency-key-missing"


async def test_a_fault_is_logged_under_the_id_that_the_caller_gets(http: httpx2.AsyncClient, logged: StringIO) -> None:
    first, second = [problem(await http.get("/v1/errors/fault")) for _ in range(2)]
    assert first["id"] != second["id"]
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    fault = next(line for line in lines if line.get("fault_id") == first["id"])
    assert (fault["event"], fault["error"]) == ("http.fault", "RuntimeError")
    assert re.search(r"http/conftest\.py:\d+$", fault["trace"][-1])
    assert [line["status"] for line in lines if line["event"] == "http.request"] == [500, 500]


async def test_a_request_is_logged_by_its_route_without_what_was_asked(
    http: httpx2.AsyncClient, logged: StringIO
) -> None:
    await http.get("/v1/errors/refusal", params={"who": "Jane Canary"})
    (line,) = map(json.loads, logged.getvalue().splitlines())
    assert (line["route"], line["method"], line["status"]) == ("/v1/errors/{name}", "GET", 409)


async def test_the_type_leads_to_an_explanation(http: httpx2.AsyncClient) -> None:
    kind = problem(await http.get("/v1/errors/refusal"))["type"]
    answer = await http.get(kind)
    assert answer.status_code == 200
    assert "nine to five" in answer.text
