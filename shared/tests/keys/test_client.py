"""The key client against intake's own route, in memory of HTTP but on a real vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.http.app import make_app
from casework.shared.keys import client as module
from casework.shared.keys.client import PATH, KeyClient, KeysUnavailable, PersonKeyFound, person_keys_router
from casework.shared.keys.sealing import ERASED
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.testing.calls import KeysInMemory, client_of, principal


class Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile.create(tmp_path / "key")


@pytest.fixture
def app(intake: AsyncEngine, key_file: KeyFile) -> FastAPI:
    async def readiness() -> dict[str, str | None]:
        return {}

    return make_app(
        "Keys",
        [person_keys_router(intake, key_file)],
        authenticator=KeysInMemory({"opener": principal("keys:open"), "other": principal("feeds:read")}),
        readiness=readiness,
        registry=CollectorRegistry(),
    )


class Counted(httpx2.AsyncBaseTransport):
    """Counts the requests that reach the application."""

    def __init__(self, app: FastAPI) -> None:
        self.inner = httpx2.ASGITransport(app)
        self.count = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        return await self.inner.handle_async_request(request)


@pytest.fixture
def wire(app: FastAPI) -> Counted:
    return Counted(app)


@pytest.fixture
async def keys(wire: Counted, clock: Clock) -> AsyncIterator[KeyClient]:
    client = KeyClient("http://intake.test", "opener", clock=clock, transport=wire)
    yield client
    await client.aclose()


async def test_keys_come_over_the_wire_as_they_are_in_the_vault(
    keys: KeyClient, intake: AsyncEngine, key_file: KeyFile
) -> None:
    ann, bob, nobody = uuid4(), uuid4(), uuid4()
    async with begin(intake) as work:
        minted = await Vault(key_file).mint(work, [ann, bob])
        await Vault(key_file).erase(work, bob)
    assert await keys.open([ann, bob, nobody]) == {ann: minted[ann], bob: ERASED}


async def test_an_erasure_reaches_everybody_within_a_minute(
    keys: KeyClient, wire: Counted, intake: AsyncEngine, key_file: KeyFile, clock: Clock
) -> None:
    person = uuid4()
    async with begin(intake) as work:
        minted = await Vault(key_file).mint(work, [person])
    for _ in range(3):
        assert await keys.open([person]) == minted
    assert wire.count == 1
    async with begin(intake) as work:
        await Vault(key_file).erase(work, person)
    clock.now += module.CACHE_SECONDS
    assert await keys.open([person]) == {person: ERASED}
    assert module.CACHE_SECONDS < 60


async def test_who_has_no_key_yet_is_asked_for_again(
    keys: KeyClient, wire: Counted, intake: AsyncEngine, key_file: KeyFile
) -> None:
    person = uuid4()
    assert await keys.open([person]) == {}
    async with begin(intake) as work:
        minted = await Vault(key_file).mint(work, [person])
    assert await keys.open([person]) == minted
    assert wire.count == 2


async def test_many_are_asked_for_in_parts_and_few_are_kept(
    keys: KeyClient, wire: Counted, intake: AsyncEngine, key_file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_ENTRIES", 10)
    persons = [uuid4() for _ in range(module.MOST_PERSONS + 1)]
    async with begin(intake) as work:
        minted = await Vault(key_file).mint(work, persons)
    assert await keys.open(persons) == minted
    assert wire.count == 2
    assert len(keys._kept) == 10


async def test_the_scope_is_needed(app: FastAPI) -> None:
    async with client_of(app, key="other") as http:
        answer = await http.post(PATH, json={"persons": [str(uuid4())]})
    assert (answer.status_code, answer.json()["scope"]) == (403, "keys:open")
    stranger = KeyClient("http://intake.test", "other", transport=httpx2.ASGITransport(app))
    with pytest.raises(KeysUnavailable, match="403"):
        await stranger.open([uuid4()])
    await stranger.aclose()


@pytest.mark.parametrize("persons", [[], ["Jane Canary"], [str(uuid4())] * (module.MOST_PERSONS + 1), None])
async def test_a_wrong_question_is_refused(app: FastAPI, persons: object) -> None:
    async with client_of(app, key="opener") as http:
        answer = await http.post(PATH, json={"persons": persons})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/persons")
    assert "Canary" not in answer.text


@pytest.mark.parametrize("answer", [httpx2.Response(503), httpx2.Response(200, text="{}"), httpx2.ConnectError("no")])
async def test_what_goes_wrong_is_transient(answer: httpx2.Response | Exception) -> None:
    def reply(_request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = KeyClient("http://intake.test", "opener", transport=httpx2.MockTransport(reply))
    with pytest.raises(StoreUnavailable):
        await client.open([uuid4()])
    await client.aclose()


def test_a_key_is_in_no_repr() -> None:
    assert "c2VjcmV0" not in repr(PersonKeyFound(person=uuid4(), key="c2VjcmV0"))
