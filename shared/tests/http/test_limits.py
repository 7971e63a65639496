"""What the middleware refuses before an application sees it. Spoken to as a server would, message by message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from casework.shared.http import limits
from casework.shared.http.limits import MAX_BODY_BYTES, PARSED, Limits

JSON = [(b"content-type", b"application/json")]


class Spoken:
    """One request, chunk by chunk, and what came of it."""

    def __init__(self, chunks: Iterable[bytes], headers: list[tuple[bytes, bytes]], *, stalls: bool = False) -> None:
        self.waiting: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        if not stalls:
            self.waiting[-1]["more_body"] = False
        self.headers = headers
        self.taken = self.taken_for_the_answer = 0
        self.sent: list[Message] = []
        self.seen: bytes | None = None
        self.parsed: object = None

    async def receive(self) -> Message:
        if self.waiting:
            self.taken += 1
            return self.waiting.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        if not self.sent:
            self.taken_for_the_answer = self.taken
        self.sent.append(message)

    async def through(self, *, body_seconds: float = 10.0) -> Spoken:
        async def inner(scope: Scope, receive: Receive, send: Send) -> None:
            message = await receive()
            assert not message["more_body"]
            self.seen, self.parsed = message["body"], scope.get(PARSED)
            await send({"type": "http.response.start", "status": 200, "headers": []})

        scope = {"type": "http", "method": "POST", "path": "/", "headers": self.headers}
        await Limits(inner, body_seconds=body_seconds)(scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def problem(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.sent[1]["body"])
        return document

    def header(self, name: bytes) -> bytes | None:
        return dict(self.sent[0]["headers"]).get(name)


async def test_a_body_arrives_whole_and_parsed() -> None:
    spoken = await Spoken([b'{"a"', b":", b"1}"], JSON).through()
    assert (spoken.seen, spoken.parsed) == (b'{"a":1}', {"a": 1})


async def test_a_body_of_exactly_the_limit_is_let_in() -> None:
    body = b'"' + b"a" * (MAX_BODY_BYTES - 2) + b'"'
    assert (await Spoken([body], JSON).through()).status == 200


async def test_bytes_are_counted_as_they_come() -> None:
    chunk = b"a" * 65_536
    spoken = await Spoken([chunk] * 1_000, JSON).through()
    assert spoken.status == 413
    assert spoken.taken_for_the_answer == 17, "reading went on after the limit"
    assert spoken.taken < 200, "nobody may send for ever"
    assert spoken.header(b"connection") == b"close"
    assert spoken.seen is None


async def test_an_announced_length_is_refused_before_reading() -> None:
    spoken = await Spoken([b"{}"], [*JSON, (b"content-length", str(MAX_BODY_BYTES + 1).encode())]).through()
    assert (spoken.status, spoken.taken_for_the_answer) == (413, 0)


async def test_a_lying_length_is_no_way_around() -> None:
    spoken = await Spoken([b"a" * MAX_BODY_BYTES, b"a"], [*JSON, (b"content-length", b"2")]).through()
    assert spoken.status == 413


async def test_who_still_sends_can_read_the_answer() -> None:
    """Hanging up on a client in the middle of its body resets the connection, and the answer with it."""
    spoken = await Spoken([b"a" * 65_536] * 40, JSON).through()
    assert spoken.waiting == []
    assert [message.get("more_body") for message in spoken.sent] == [None, True, False]


async def test_a_body_that_does_not_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINGER_SECONDS", 0.05)
    spoken = await Spoken([b"{"], JSON, stalls=True).through(body_seconds=0.05)
    assert (spoken.status, spoken.header(b"connection")) == (408, b"close")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-type", b"application/json; charset=utf-8")], 200),
        ([(b"content-type", b"application/cloudevents+json")], 200),
        ([(b"content-type", b"Application/JSON")], 200),
        ([*JSON, (b"content-encoding", b"identity")], 200),
        ([*JSON, (b"content-encoding", b"gzip")], 415),
        ([*JSON, (b"content-encoding", b"br")], 415),
        ([], 415),
        ([(b"content-type", b"text/plain")], 415),
        ([(b"content-type", b"application/x-www-form-urlencoded")], 415),
    ],
)
async def test_only_plain_json_is_taken(headers: list[tuple[bytes, bytes]], status: int) -> None:
    assert (await Spoken([b"{}"], headers).through()).status == status


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{", 400, None),
        (b'{"a":1,"a":1}', 400, None),
        (b"[" * 40, 400, None),
        (b'{"a":["\\u0000"]}', 422, "/a/0"),
        (b'{"a":"\\ud800"}', 422, "/a"),
    ],
)
async def test_json_is_checked_before_the_application(body: bytes, status: int, pointer: str | None) -> None:
    spoken = await Spoken([body], JSON).through()
    assert spoken.status == status
    assert spoken.seen is None
    assert [error["pointer"] for error in spoken.problem.get("errors", [])] == ([pointer] if pointer else [])


async def test_a_request_without_a_body_needs_no_type() -> None:
    assert (await Spoken([b""], []).through()).status == 200


async def test_somebody_who_hangs_up_is_not_answered() -> None:
    spoken = Spoken([b"{"], JSON, stalls=True)
    spoken.waiting.append({"type": "http.disconnect"})
    await spoken.through()
    assert (spoken.sent, spoken.seen) == ([], None)


async def test_what_comes_after_the_body_still_reaches_the_application() -> None:
    async def inner(_scope: Scope, receive: Receive, _send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    spoken = Spoken([b""], [])
    spoken.waiting.append({"type": "http.disconnect"})
    await Limits(inner)({"type": "http", "headers": []}, spoken.receive, spoken.send)


async def test_in_an_application(http: httpx2.AsyncClient) -> None:
    answer = await http.post(
        "/v1/things", content=b"{", headers={"content-type": "application/json", "idempotency-key": "k"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")
    assert answer.headers["x-content-type-options"] == "nosniff"
