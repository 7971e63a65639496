"""The inbox over HTTP: three modes, one answer a message, and what is refused comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from casework.intake.inbox_http import MOST_MESSAGES
from casework.shared.contracts.cloudevents import BATCH, STRUCTURED
from casework.shared.contracts.inbox import COMPLAINT_POSTED
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import complaint
from casework.shared.testing.stack import Stack

CANARY = "kingfisher-18"
BAD_DATE = "31/02/2026"


def event(**changes: Any) -> dict[str, Any]:
    """A message that nobody has sent before; `data` replaces fields of its complaint."""
    data = complaint(**changes.pop("data", {}))
    usual = {"specversion": "1.0", "id": str(uuid4()), "source": "shop", "type": COMPLAINT_POSTED, "data": data}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def binary(document: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """The same message in binary mode: headers and body."""
    headers = {f"ce-{name}": value for name, value in document.items() if name != "data"}
    return headers | {"content-type": "application/json"}, json.dumps(document["data"]).encode()


class Sender:
    """An integrator with a key of its own."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def send(self, document: Any, kind: str = STRUCTURED, **headers: str) -> httpx2.Response:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return await self.http.post("/v1/inbox", content=body, headers={"content-type": kind} | headers)

    async def batch(self, *documents: Any, **headers: str) -> httpx2.Response:
        return await self.send(list(documents), BATCH, **headers)

    async def case_of(self, document: Mapping[str, Any]) -> str:
        data = document["data"]
        asked = {"source": data["source"], "source_reference": data["source_reference"]}
        return str((await self.http.get("/v1/complaints", params=asked)).json()["case_id"])

    async def rejections(self, after: int = 0) -> list[dict[str, Any]]:
        answer = await self.http.get("/v1/rejections", params={"after": after, "limit": 200})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def last(self) -> int:
        """The id of the last rejection until now."""
        return max((each["id"] for each in await self.rejections()), default=0)


@pytest_asyncio.fixture
async def shop(stack: Stack) -> AsyncIterator[Sender]:
    key = await stack.key(
        *("complaints:write", "complaints:read", "rejections:read", "cases:read"), actor="shop", kind="integrator"
    )
    async with stack.client(key) as http:
        yield Sender(http)


async def count(stack: Stack, document: Mapping[str, Any]) -> int:
    """How many cases there are of the complaint."""
    async with begin(stack.admin) as work:
        many: int = await work.fetch_value(
            "SELECT count(*) FROM intake.event WHERE type = 'casework.intake.complaint-received.v1'"
            " AND convert_from(envelope, 'UTF8') LIKE '%' || $1 || '%'",
            document["data"]["source_reference"],
        )
    return many


@pytest.mark.practice("P018")
async def test_the_same_post_five_times_at_once_is_one_case_and_five_equal_answers(stack: Stack, shop: Sender) -> None:
    document = event()
    answers = await asyncio.gather(*(shop.send(document) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(stack, document) == 1
    # Also where it comes as a complaint, under one Idempotency-Key.
    posted, headers = complaint(), {"idempotency-key": str(uuid4())}
    answers = await asyncio.gather(*(shop.http.post("/v1/complaints", json=posted, headers=headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(stack, {"data": posted}) == 1


@pytest.mark.practice("P018")
async def test_a_date_that_does_not_exist_comes_back_and_the_next_message_is_processed(
    stack: Stack, shop: Sender
) -> None:
    before = await shop.last()
    bad, good = event(data={"received_at": BAD_DATE, "words": CANARY}), event()
    refused = await shop.send(bad)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/data/received_at"]
    assert CANARY not in refused.text
    assert (await shop.send(good)).status_code == 201
    (kept,) = await shop.rejections(before)
    assert (kept["door"], kept["problem"]) == ("http", refused.json())
    # What was sent comes back byte for byte, to who may read what people wrote; and the reading is on the record.
    opening = {"purpose": "to see what the shop sends"}
    path = f"/v1/rejections/{kept['id']}/openings"
    assert (await shop.http.post(path, json=opening)).status_code == 403
    async with stack.client(await stack.key("personal:read", actor="lena")) as staff:
        opened = await staff.post(path, json=opening)
    assert json.loads(opened.json()["original"]) == bad
    async with begin(stack.admin) as work:
        (read,) = await work.fetch(
            "SELECT reader, purpose FROM intake.rejection_reading WHERE rejection = $1", kept["id"]
        )
    assert tuple(read.values()) == ("lena", opening["purpose"])
    # Mended, under the same id, it is taken.
    mended = bad | {"data": bad["data"] | {"received_at": None}}
    assert (await shop.send(mended)).status_code == 201


async def test_the_modes_say_the_same(shop: Sender) -> None:
    document = event(source="/shops/köln")
    first = await shop.send(document)
    headers, body = binary(document)
    headers["ce-source"] = "/shops/k%C3%B6ln"
    second = await shop.send(body, **{"content-type": "application/json"} | headers)
    third = await shop.batch(document)
    assert (first.status_code, second.status_code, third.status_code) == (201, 201, 200)
    assert first.content == second.content
    assert third.json()["results"] == [
        {"id": document["id"], "source": "/shops/köln", "status": 201, "answer": first.json()}
    ]
    assert first.json()["case_id"] == await shop.case_of(document)
    assert first.headers["location"] == f"/v1/cases/{first.json()['case_id']}"
    assert first.headers["etag"] == f'"intake:{first.json()["version"]}"'


async def test_an_answer_names_the_recorded_events(shop: Sender) -> None:
    answer = (await shop.send(event())).json()
    events = (await shop.http.get(f"/v1/cases/{answer['case_id']}/events")).json()
    recorded = [
        {"id": each["event"]["id"], "type": each["event"]["type"], "service": "intake", "version": number}
        for number, each in enumerate(events, 1)
    ]
    assert answer["recorded"] == recorded != []


async def test_a_bad_message_harms_no_other_of_its_batch(stack: Stack, shop: Sender) -> None:
    before = await shop.last()
    good = [event(), event(), event()]
    refused: list[Any] = [
        event(data={"received_at": BAD_DATE}),
        event(type="another.type"),
        event(data={"words": "half \ud800"}),
        event(data={"received_at": "2020-01-01T00:00:00Z"}),
        17,
    ]
    broken = [b'{"specversion": "1.0", "id": tru}', b'{"id":"1","id":"2"}', b"[" * 40 + b"]" * 40]
    pieces = [json.dumps(each).encode() for each in (good[0], *refused, good[1])] + [
        *broken,
        json.dumps(good[2]).encode(),
    ]
    answer = await shop.send(b"[" + b" ,\n".join(pieces) + b"]", BATCH)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [201, 422, 422, 422, 422, 422, 201, 400, 400, 400, 201]
    assert [each.get("problem", {}).get("type") for each in results] == [
        None,
        *("/problems/invalid-message", "/problems/invalid-message", "/problems/unstorable-text", "/problems/backdated"),
        *("/problems/not-an-object", None, "/problems/malformed-json", "/problems/duplicate-key", "/problems/too-deep"),
        None,
    ]
    assert [error["pointer"] for error in results[1]["problem"]["errors"]] == ["/data/received_at"]
    assert [error["pointer"] for error in results[4]["problem"]["errors"]] == ["/data/received_at"]
    assert [each["answer"]["case_id"] for each in results if "answer" in each] == [
        await shop.case_of(document) for document in good
    ]
    kept = await shop.rejections(before)
    assert [each["problem"] for each in kept] == [each["problem"] for each in results if "problem" in each]
    # Sent again, the good ones get the answers they got, and nothing is kept a second time.
    again = await shop.send(b"[" + b" ,\n".join(pieces) + b"]", BATCH)
    assert again.json() == answer.json()
    assert await shop.rejections(before) == kept
    assert [await count(stack, document) for document in good] == [1, 1, 1]


async def test_one_message_twice_in_a_batch_is_one_and_another_under_its_id_is_refused(
    stack: Stack, shop: Sender
) -> None:
    document, other = event(), event()
    reused = other | {"id": document["id"]}
    answer = await shop.batch(document, document, reused)
    first, second, third = answer.json()["results"]
    assert first == second
    assert (first["status"], third["status"], third["problem"]["type"]) == (201, 422, "/problems/message-id-reused")
    assert (await shop.send(reused)).json()["type"] == "/problems/message-id-reused"
    # Another source may count as it likes.
    assert (await shop.send(reused | {"source": "branch"})).status_code == 201
    assert (await count(stack, document), await count(stack, other)) == (1, 1)


async def test_an_idempotency_key_stands_for_the_whole_request(shop: Sender) -> None:
    documents, key = [event(), event()], {"idempotency-key": str(uuid4())}
    first = await shop.batch(*documents, **key)
    assert (first.status_code, (await shop.batch(*documents, **key)).content) == (200, first.content)
    other = await shop.batch(event(), **key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    # A request with a refusal may be mended under its key.
    bad, key = event(data={"channel": "pigeon"}), {"idempotency-key": str(uuid4())}
    assert (await shop.batch(documents[0], bad, **key)).status_code == 207
    mended = bad | {"data": bad["data"] | {"channel": "letter"}}
    assert (await shop.batch(documents[0], mended, **key)).status_code == 200


async def test_what_is_no_message_at_all_is_refused_whole(shop: Sender) -> None:
    before = await shop.last()
    document = event()
    for body, kind, status, code in (
        (document, "application/json", 415, "unsupported-media-type"),
        (document, "text/plain", 415, "unsupported-media-type"),
        ([], BATCH, 422, "empty"),
        ({}, BATCH, 400, "malformed-json"),
        (b"", BATCH, 400, "malformed-json"),
        (b"[1, 2", BATCH, 400, "malformed-json"),
        (b"[1] [2]", BATCH, 400, "malformed-json"),
        (b"\xff[]", BATCH, 400, "malformed-json"),
        ([1] * (MOST_MESSAGES + 1), BATCH, 422, "too-large"),
        (b"[" + b"," * 900_000 + b"]", BATCH, 422, "too-large"),
        (b" " * 1_048_577, STRUCTURED, 413, "too-large"),
    ):
        answer = await shop.send(body, kind)
        found = (answer.status_code, answer.json()["type"])
        assert found == (status, f"/problems/{code}"), (str(body)[:9], answer.text)
    assert await shop.rejections(before) == []


async def test_a_full_batch_is_taken(shop: Sender) -> None:
    answer = await shop.batch(*(event() for _ in range(MOST_MESSAGES)))
    assert answer.status_code == 200
    assert len({each["answer"]["case_id"] for each in answer.json()["results"]}) == MOST_MESSAGES


async def test_batches_at_once_that_share_messages_agree(stack: Stack, shop: Sender) -> None:
    documents = [event() for _ in range(6)]
    orders: list[list[dict[str, Any]]] = [documents, documents[::-1], documents[2:] + documents[:2]]
    answers = await asyncio.gather(*(shop.batch(*order) for order in orders))
    assert [answer.status_code for answer in answers] == [200] * 3
    said = [{each["id"]: each["answer"] for each in answer.json()["results"]} for answer in answers]
    assert said[0] == said[1] == said[2]
    assert [await count(stack, document) for document in documents] == [1] * 6


async def test_a_sender_sees_its_own_rejections_page_by_page_and_nobody_elses(stack: Stack, shop: Sender) -> None:
    before = await shop.last()
    for _ in range(3):
        assert (await shop.send(event(data={"channel": "pigeon"}))).status_code == 422
    key = await stack.key("complaints:write", "rejections:read", actor="crm", kind="integrator")
    async with stack.client(key) as http:
        crm = Sender(http)
        assert await crm.rejections() == []
        assert (await crm.send(event(data={"channel": "raven"}))).status_code == 422
        (own,) = await crm.rejections()
    async with stack.client(await stack.key("rejections:read", actor="lena")) as http:
        everything = await Sender(http).rejections(before)
    assert [each["id"] for each in everything][-1] == own["id"]
    seen: list[int] = []
    while True:
        page = (await shop.http.get("/v1/rejections", params={"after": (seen or [before])[-1], "limit": 2})).json()
        seen += [each["id"] for each in page["items"]]
        if not page["more"]:
            break
    assert seen == [each["id"] for each in everything if each["id"] != own["id"]]
    assert len(seen) == 3
    key = await stack.key("personal:read", actor="shop", kind="integrator")
    async with stack.client(key) as http:
        answer = await http.post(f"/v1/rejections/{own['id']}/openings", json={"purpose": "curiosity"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-rejection")
