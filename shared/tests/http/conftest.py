"""An application made as a service makes its own, with a route for each thing that can go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from io import StringIO
from typing import Annotated, ClassVar

import httpx2
import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI, Query
from prometheus_client import CollectorRegistry, Counter
from pydantic import BaseModel, Field, field_validator
from starlette.exceptions import HTTPException

from casework.shared.errors import Conflict, FieldError, InvalidMessage, Refusal
from casework.shared.http.access import requires
from casework.shared.http.app import make_app
from casework.shared.http.idempotency import Once, once
from casework.shared.runtime.database import Duplicate, Serialization, StoreUnavailable
from casework.shared.runtime.logging import own_lines_to
from casework.shared.testing.calls import KeysInMemory, client_of, principal


class OutOfHours(Refusal):
    """Complaints are taken from nine to five."""

    code: ClassVar[str] = "out-of-hours"


class NotANumber(Refusal):
    """A rule about the content."""

    code: ClassVar[str] = "not-a-number"
    status: ClassVar[int] = 422


class Line(BaseModel, extra="forbid"):
    """A part of what is posted."""

    amount: int
    note: str = "-"

    @field_validator("note")
    @classmethod
    def _short(cls, note: str) -> str:
        if len(note) > 12:
            raise ValueError(f"{note} is too long")
        return note


class Posted(BaseModel, extra="forbid"):
    """What is posted."""

    name: Annotated[str, Field(min_length=1, max_length=20)]
    lines: list[Line] = []


ERRORS: Mapping[str, Exception] = {
    "refusal": OutOfHours("complaints are taken from nine to five; call again tomorrow"),
    "refusal-422": NotANumber("say how many"),
    "conflict": Conflict("somebody else has taken the case; read it again"),
    "serialization": Serialization("DeadlockDetectedError"),
    "duplicate": Duplicate("event_case_id_version_key"),
    "away": StoreUnavailable("ConnectionRefusedError"),
    "invalid": InvalidMessage("the facts do not fit", (FieldError("/facts/0", "is unknown"),)),
    "gone": HTTPException(410),
    "own-words": HTTPException(404, "there is no such case; ask intake"),
    "precondition": HTTPException(412),
    "fault": RuntimeError("could not save Jane Canary"),
}


def _router() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/things", status_code=201)
    async def post(posted: Posted, asked: Annotated[Once, Depends(once("complaints:write"))]) -> dict[str, str]:
        return {"by": asked.principal.actor.id, "hash": asked.request_hash.hex()}

    @router.get("/things", dependencies=[Depends(requires("cases:read"))])
    async def read(limit: Annotated[int, Query(ge=1, le=200)] = 10) -> dict[str, int]:
        return {"limit": limit}

    @router.get("/errors/{name}", dependencies=[Depends(requires("cases:read"))])
    async def fail(name: str) -> None:
        raise ERRORS[name]

    return router


def _sample(*routers: APIRouter, ready: Mapping[str, str | None] | None = None) -> FastAPI:
    async def readiness() -> Mapping[str, str | None]:
        return {"database": None} if ready is None else ready

    registry = CollectorRegistry()
    Counter("sample", "counts", registry=registry).inc(41)
    return make_app(
        "Sample",
        [_router(), *routers],
        authenticator=KeysInMemory(
            {"all": principal(), "feeds": principal("feeds:read"), "metrics": principal("metrics:read")}
        ),
        readiness=readiness,
        registry=registry,
        asyncapi=lambda: {"asyncapi": "3.0.0"},
    )


@pytest.fixture(autouse=True)
def logged() -> Iterator[StringIO]:
    """What the test logged. Nobody's name is ever in it."""
    before = structlog.get_config()
    out = StringIO()
    own_lines_to(out)
    yield out
    structlog.configure(**before)
    assert "Canary" not in out.getvalue()


@pytest.fixture
def sample() -> Callable[..., FastAPI]:
    """Makes the application: `sample(*more_routers, ready={...})`."""
    return _sample


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """A client that may do everything, from another machine."""
    async with client_of(_sample()) as client:
        yield client
