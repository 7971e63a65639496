"""Hostile values in every parameter and every body of every route that the description names: never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest

from casework.shared.http.paging import cursor_after
from casework.shared.testing.bad_posts import CANARY, complaint
from casework.shared.testing.desk import STEPS
from casework.shared.testing.running import Running

pytestmark = pytest.mark.wire

CASE = "00000000-0000-7000-8000-000000000000"
PROOFS = ("/v1/checkpoints", "/v1/proofs")
"""Answered by a notary, which does not run here; with one, they are tried in tests/fuzz."""
WORDS = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "\uffff",
        "null",
        "true",
        "NaN",
        "1e999",
        "-1",
        "0",
        "9" * 40,
        "99999999999",
    ),
    *("'; DROP SCHEMA intake; --", "%", "../../etc/passwd", "{}", "[]", "\r\nx-evil: 1", f"{CANARY} {CANARY}", "你好"),
    *("k" * 10_000, "urn:uuid:" + CASE, "intake:999999999", "followup:1", "0" * 64, "2026-01-01T00:00:00"),
    cursor_after("cases", "2026-01-01T00:00:00", CASE),
    cursor_after("cases", "0001-01-01T00:00:00+12:00", CASE),
    cursor_after("cases", "yesterday", "nobody"),
    cursor_after("cases", "\ud800", "\x00"),
    cursor_after("parked", 2**70, CASE),
)
"""Half a surrogate is sent as the bytes that a careless client would send."""
BODIES: tuple[Any, ...] = (
    *(None, [], {}, "x", {"": ""}, {"facts": {}}, {"persons": [CASE] * 501}, {"persons": ["nobody"]}),
    {CANARY: CANARY},
)
HOSTILE: tuple[Any, ...] = (None, 1.5, "", "\x00", [CANARY], {}, "x" * 100_001, 10**400)


@dataclass(frozen=True)
class Operation:
    """A method on a path of the description."""

    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    schema: Mapping[str, Any] | None

    def named(self, where: str) -> Iterator[str]:
        return (each["name"] for each in self.parameters if each["in"] == where)

    def url(self, given: Mapping[str, str]) -> str:
        path = self.path
        for name in self.named("path"):
            path = path.replace(f"{{{name}}}", quote(_sendable(given.get(name, CASE)), safe=""))
        return path


def _sendable(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


async def _operations(http: httpx2.AsyncClient) -> list[Operation]:
    described = (await http.get("/openapi.json")).json()
    schemas = described["components"]["schemas"]
    found = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            name = str(content.get("$ref", "")).rpartition("/")[2]
            parameters = tuple(operation.get("parameters", ()))
            found.append(Operation(method.upper(), path, parameters, schemas.get(name)))
    return found


def _bodies(operation: Operation, turn: Iterator[Any]) -> Iterator[Any]:
    """Bodies that are nothing, and for each field bodies that are right but for it: three of the hostile values, in
    turn, so that every value meets hundreds of fields. All of them for every field took over five minutes."""
    yield from BODIES
    if operation.schema is None:
        return
    fields = operation.schema.get("properties", {})
    right = STEPS.get(operation.path.removeprefix("/v1/cases/{case_id}/"), dict.fromkeys(fields, "x"))
    yield from ({**right, name: value} for name in fields for value in islice(turn, 3))


async def test_no_parameter_and_no_body_is_a_fault(http: httpx2.AsyncClient, running: Running) -> None:
    posted = await http.post(
        "/v1/complaints",
        json=complaint(source_reference=str(uuid4()), category="Borrowed umbrellas"),
        headers={"idempotency-key": str(uuid4())},
    )
    usual = {"case_id": str(posted.json()["case_id"])}
    operations, asked, turn = await _operations(http), 0, cycle(HOSTILE)
    words = cycle(WORDS)
    assert len(operations) > 20
    for operation in operations:
        for name in operation.named("path"):
            for word in WORDS[::4]:  # they are all ids of cases
                answer = await _ask(http, operation, operation.url({**usual, name: word}), {})
                _check(operation, f"{name}={word!r}", answer)
                asked += 1
        for name in operation.named("query"):
            for word in islice(words, 10):
                query = f"{operation.url(usual)}?{quote(name)}={quote(_sendable(word), safe='')}"
                if operation.path.endswith("/stream") and name != "seconds":
                    query += "&seconds=1"  # else it goes on for an hour
                _check(operation, f"{name}={word!r}", await _ask(http, operation, query, {}))
                asked += 1
        if operation.method == "POST":
            for body in _bodies(operation, turn):
                answer = await _ask(http, operation, operation.url(usual), body)
                _check(operation, f"body {json.dumps(body)[:80]}", answer)
                asked += 1
    assert asked > 1_000
    assert running.process.exit_code is None
    assert [line for line in running.lines() if line["event"] == "http.fault"] == []


async def _ask(http: httpx2.AsyncClient, operation: Operation, url: str, body: Any) -> httpx2.Response:
    if operation.method != "POST":
        return await http.request(operation.method, url)
    headers = {"idempotency-key": str(uuid4()), "content-type": "application/json"}
    return await http.post(url, content=json.dumps(body), headers=headers)


def _check(operation: Operation, what: str, answer: httpx2.Response) -> None:
    about = f"{operation.method} {operation.path} with {what}: {answer.status_code} {answer.text[:300]}"
    if operation.path.startswith(PROOFS):
        assert answer.status_code < 500 or answer.json()["type"] == "/problems/unavailable", about
    else:
        assert answer.status_code < 500, about
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", about
        assert answer.json()["status"] == answer.status_code, about
    # What an earlier body said and was taken in may be read where it was recorded; nothing is quoted to who sent it.
    if answer.status_code >= 400 or CANARY in what:
        assert CANARY not in answer.text.replace(f"/{CANARY}", ""), about


HEADERS: dict[str, tuple[str, ...]] = {
    "authorization": ("", "Bearer", f"Basic {CANARY}", f"Bearer {CANARY}", "Bearer " + "k" * 10_000),
    "idempotency-key": ("", "two words", "k" * 201, "\u00e9", f"{CANARY}\t{CANARY}"),
    "if-match": ("", "*", f'"{CANARY}"', 'W/"intake:1"', '"intake:99999999999"', '"intake:-1"'),
    "content-type": ("", "application", f"application/{CANARY}", "application/json; charset=utf-16"),
    "accept": ("", "text/html;q=a", f"application/{CANARY}"),
    "last-event-id": ("-1", CANARY),
    "traceparent": ("00", CANARY, "00-" + "0" * 32 + "-" + "0" * 16 + "-00"),
}


@pytest.mark.parametrize("name", HEADERS)
async def test_no_header_is_a_fault(name: str, http: httpx2.AsyncClient) -> None:
    for value in HEADERS[name]:
        given = {"idempotency-key": str(uuid4()), "content-type": "application/json", name: value}
        headers = [(each.encode(), text.encode("latin-1")) for each, text in given.items()]
        answer = await http.post(f"/v1/cases/{CASE}/acknowledgement", content=b'{"a":1}', headers=headers)
        assert 400 <= answer.status_code < 500, (value, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text
