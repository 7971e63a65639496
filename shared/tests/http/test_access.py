"""Deny by default: no route without a declared scope, no call without a key that has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI

from casework.shared.http.access import open_route, requires, undeclared_routes
from casework.shared.http.app import UndeclaredAccess
from casework.shared.http.idempotency import once, posts_without_key, repeatable
from casework.shared.platform.api_keys import NotAllowed, Principal
from casework.shared.testing.calls import client_of, principal

Sample = Callable[..., FastAPI]


async def test_without_a_key(http: httpx2.AsyncClient) -> None:
    for headers in ({"authorization": ""}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer cw_wrong"}):
        answer = await http.get("/v1/things", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "/problems/unauthenticated"


async def test_with_a_key_that_lacks_the_scope(sample: Sample) -> None:
    async with client_of(sample(), key="feeds") as http:
        answer = await http.get("/v1/things")
        assert answer.status_code == 403
        assert answer.json()["scope"] == "cases:read"
        assert 'scope="cases:read"' in answer.headers["www-authenticate"]
        posted = await http.post("/v1/things", json={"name": "a"}, headers={"idempotency-key": "k"})
        assert posted.json()["scope"] == "complaints:write"


async def test_the_actor_comes_from_the_key(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/v1/things", json={"name": "a"}, headers={"idempotency-key": "k", "actor": "forged"})
    assert answer.json()["by"] == "handler-1"


async def test_access_is_checked_before_the_content(sample: Sample) -> None:
    async with client_of(sample(), key=None) as http:
        answer = await http.post("/v1/things", json={"wrong": 1})
        assert answer.status_code == 401


async def test_the_scheme_is_read_in_any_case(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/v1/things", headers={"authorization": "bearer all"})).status_code == 200


def _routes(*, declared: bool) -> APIRouter:
    guard = [Depends(requires("cases:read"))] if declared else []
    router = APIRouter(prefix="/v1", dependencies=guard)

    @router.get("/cases/{case_id}")
    async def read(case_id: str) -> None: ...

    return router


def test_a_route_that_declares_nothing_stops_the_application(sample: Sample) -> None:
    with pytest.raises(UndeclaredAccess, match=r"GET /v1/cases/\{case_id\}"):
        sample(_routes(declared=False))
    sample(_routes(declared=True))


def test_a_post_that_takes_no_key_stops_the_application(sample: Sample) -> None:
    router = APIRouter()

    @router.post("/v1/again", dependencies=[Depends(requires("cases:read"))])
    async def again() -> None: ...

    with pytest.raises(UndeclaredAccess, match="POST /v1/again"):
        sample(router)


def test_every_way_to_declare() -> None:
    app = FastAPI(openapi_url=None)
    nested = APIRouter()

    async def unrelated() -> None: ...

    @app.get("/a", dependencies=[Depends(unrelated)])
    async def bare() -> None: ...

    @app.get("/b", dependencies=[Depends(open_route)])
    async def public() -> None: ...

    @app.get("/c")
    async def asked(_who: Annotated[Principal, Depends(requires("audit:read"))]) -> None: ...

    @app.post("/d")
    async def posted(_once: Annotated[object, Depends(once("staff:write"))]) -> None: ...

    @app.post("/e", dependencies=[Depends(requires("staff:write")), Depends(repeatable)])
    async def repeated() -> None: ...

    @app.put("/f")
    async def bare_put() -> None: ...

    @nested.get("/g")
    async def inner() -> None: ...

    app.include_router(nested, prefix="/open", dependencies=[Depends(open_route)])
    app.include_router(nested, prefix="/bare")
    app.mount("/mounted", FastAPI())
    assert undeclared_routes(app) == ["GET /a", "PUT /f", "GET /bare/g", "ANY /mounted"]
    assert posts_without_key(app) == []


def test_a_right_that_depends_on_the_content() -> None:
    principal("import").require("import")
    with pytest.raises(NotAllowed, match="import"):
        principal("complaints:write").require("import")
