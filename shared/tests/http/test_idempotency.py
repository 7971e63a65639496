"""A POST happens once, however often and however simultaneously it is sent."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.http.idempotency import (
    KeyReused,
    Once,
    StillRunning,
    StoredAnswer,
    claim,
    once,
    purge,
    request_hash,
    store,
)
from casework.shared.runtime.database import Work, begin
from casework.shared.testing.calls import client_of

HASH, OTHER_HASH = b"a" * 32, b"b" * 32
ANSWER = StoredAnswer(201, b'{"id":7}', "/v1/cases/7", '"intake-1"')


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


async def age(admin: AsyncEngine, key: str, days: float) -> None:
    async with admin.begin() as connection:
        await connection.execute(
            text(f"update intake.idempotency set created_at = now() - interval '{days} days' where key = '{key}'")
        )


async def test_the_same_request_gets_the_same_answer(intake: AsyncEngine, key: str) -> None:
    async with begin(intake) as work:
        assert await claim(work, key, "ann", HASH) is None
        await store(work, key, "ann", HASH, ANSWER)
    async with begin(intake) as work:
        assert await claim(work, key, "ann", HASH) == ANSWER


async def test_another_request_under_the_key_is_refused(intake: AsyncEngine, key: str) -> None:
    async with begin(intake) as work:
        await claim(work, key, "ann", HASH)
        await store(work, key, "ann", HASH, ANSWER)
    async with begin(intake) as work:
        with pytest.raises(KeyReused, match="new key"):
            await claim(work, key, "ann", OTHER_HASH)


async def test_the_second_does_not_wait_for_the_first(intake: AsyncEngine, key: str) -> None:
    async with begin(intake) as first:
        assert await claim(first, key, "ann", HASH) is None
        async with begin(intake) as second, asyncio.timeout(4):  # under the lock timeout
            with pytest.raises(StillRunning):
                await claim(second, key, "ann", HASH)
        await store(first, key, "ann", HASH, ANSWER)
    async with begin(intake) as second:
        assert await claim(second, key, "ann", HASH) == ANSWER


async def test_a_failed_request_leaves_the_key_free(intake: AsyncEngine, key: str) -> None:
    async with begin(intake) as work:
        await claim(work, key, "ann", HASH)
        await store(work, key, "ann", HASH, ANSWER)
        await work.core.rollback()
    async with begin(intake) as work:
        assert await claim(work, key, "ann", OTHER_HASH) is None


async def test_a_key_is_the_principals_own_and_the_services_own(
    intake: AsyncEngine, resolution: AsyncEngine, key: str
) -> None:
    async with begin(intake) as ann, begin(intake) as bob, begin(resolution) as elsewhere:
        for work, who in ((ann, "ann"), (bob, "bob"), (elsewhere, "ann")):
            assert await claim(work, key, who, HASH) is None
            await store(work, key, who, HASH, ANSWER)


async def test_an_answer_is_kept_two_weeks(intake: AsyncEngine, admin: AsyncEngine, key: str) -> None:
    async with begin(intake) as work:
        await claim(work, key, "ann", HASH)
        await store(work, key, "ann", HASH, ANSWER)
    await age(admin, key, 13.9)
    async with begin(intake) as work:
        assert await purge(work) == 0
        assert await claim(work, key, "ann", HASH) == ANSWER
    await age(admin, key, 14.1)
    async with begin(intake) as work:
        assert await claim(work, key, "ann", OTHER_HASH) is None
        await store(work, key, "ann", OTHER_HASH, ANSWER)
    await age(admin, key, 14.1)
    async with begin(intake) as work:
        assert await purge(work, most=1) == 1
        assert await purge(work, most=1) == 0


def test_the_same_json_is_the_same_request() -> None:
    def hashed(body: object, key: str = "k", who: str = "ann", path: str = "/a?") -> bytes:
        return request_hash(key, who, "POST", path, body)

    assert hashed({"a": 1, "b": [1, "é"]}) == hashed({"b": [1, "é"], "a": 1})
    different = [hashed({"a": 1}), hashed({"a": 2}), hashed({"a": "1"}), hashed([1]), hashed(None)]
    different += [hashed({"a": 1}, key="l"), hashed({"a": 1}, who="bob"), hashed({"a": 1}, path="/b?")]
    assert len(set(different)) == len(different)
    assert {len(each) for each in different} == {32}


class Note(BaseModel):
    """What is posted."""

    text: str


@pytest.fixture
async def posting(
    intake: AsyncEngine, admin: AsyncEngine, sample: Callable[..., FastAPI]
) -> AsyncIterator[httpx2.AsyncClient]:
    """An application whose POST adds a row, the way a handler is to be written."""
    async with admin.begin() as connection:
        await connection.execute(text("create table if not exists intake.note (id serial, text text)"))
        await connection.execute(text("grant select, insert on intake.note to casework_intake"))
        await connection.execute(text("grant usage on sequence intake.note_id_seq to casework_intake"))
    router = APIRouter()

    async def effect(work: Work, note: Note) -> StoredAnswer:
        number = await work.fetch_value("insert into note (text) values ($1) returning id", note.text)
        return StoredAnswer(201, b'{"id":%d}' % number, f"/notes/{number}")

    @router.post("/notes")
    async def post(note: Note, asked: Annotated[Once, Depends(once("complaints:write"))]) -> Response:
        async with begin(intake) as work:
            before = await asked.claim(work)
            if before is not None:
                return before.response(replayed=True)
            answer = await effect(work, note)
            await asked.store(work, answer)
        return answer.response()

    async with client_of(sample(router)) as client:
        yield client


async def test_fifty_at_once_are_one_effect(posting: httpx2.AsyncClient, intake: AsyncEngine, key: str) -> None:
    async def post(text: str) -> httpx2.Response:
        return await posting.post("/notes", json={"text": text}, headers={"idempotency-key": key})

    answers = await asyncio.gather(*(post(key) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "idempotency-replayed" not in answer.headers]) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "/problems/request-in-flight"
            assert answer.headers["retry-after"] == "1"
    async with begin(intake) as work:
        assert await work.fetch_value("select count(*) from note where text = $1", key) == 1
    again = await post(key)
    assert (again.content, again.headers["location"]) == (done[0].content, done[0].headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    other = await post("something else")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
