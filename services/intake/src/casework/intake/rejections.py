"""Refused messages over HTTP: what was wrong with each, and for who may see it, the message as it came.

Invariant: a system sees what it posted itself, and what came by the topic under its own name as CloudEvents source;
people with the scope see all. The original is personal: it is answered after its reading was written down.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from casework.intake.arrivals import INBOX_ACTOR, source_hash
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Sentence
from casework.shared.errors import Refusal
from casework.shared.http.access import requires
from casework.shared.http.idempotency import repeatable
from casework.shared.http.paging import PageSize
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


class UnknownRejection(Refusal):
    """There is no rejected message of that number, or it is another sender's."""

    code = "unknown-rejection"
    status = 404


class Rejection(BaseModel):
    """A refused message: its RFC 9457 problem, by which door it came, and the SHA-256 of its bytes, by which its
    sender finds it."""

    id: int
    rejected_at: datetime
    door: Literal["http", "topic"]
    sha256: str
    problem: dict[str, Any]


class Rejections(BaseModel):
    """One page, in the order in which they were committed. Ask on with `?after=` and the last id: none is missed."""

    items: list[Rejection]
    more: bool


class OpenRejection(Part):
    """What the original is read for. Nothing personal."""

    purpose: Sentence


class Original(BaseModel):
    """The message as it came: as text where it is UTF-8, else in base64."""

    id: int
    sha256: str
    encoding: Literal["utf-8", "base64"]
    original: str


_MINE = "($1::text IS NULL OR posted_by = $1 OR (posted_by = $2 AND source_sha256 = $3))"


def _mine(principal: Principal) -> tuple[str | None, str, bytes]:
    """The arguments of `_MINE`."""
    own = principal.actor.id if principal.actor.kind == "integrator" else None
    return own, INBOX_ACTOR.id, source_hash(principal.actor.id)


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of rejected messages."""
    api = APIRouter(prefix="/v1/rejections", tags=["complaints"])

    @api.get("", summary="Messages that were refused, and why")
    async def list_rejections(
        principal: Annotated[Principal, Depends(requires("rejections:read"))],
        after: Annotated[int, Query(ge=0, le=2**62, description="only those after this id")] = 0,
        limit: PageSize = 50,
    ) -> Rejections:
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT id, rejected_at, topic, sha256, problem::text AS problem FROM rejection"
                f" WHERE {_MINE} AND id > $4 ORDER BY id LIMIT $5",
                *_mine(principal),
                after,
                limit + 1,
            )
        items = [
            Rejection(
                id=row["id"],
                rejected_at=row["rejected_at"],
                door="http" if row["topic"] is None else "topic",
                sha256=row["sha256"].hex(),
                problem=orjson.loads(row["problem"]),
            )
            for row in rows[:limit]
        ]
        return Rejections(items=items, more=len(rows) > limit)

    @api.post("/{rejection}/openings", summary="Read a refused message as it came", dependencies=[Depends(repeatable)])
    async def open_rejection(
        rejection: Annotated[int, Path(ge=1, le=2**62)],
        body: OpenRejection,
        principal: Annotated[Principal, Depends(requires("personal:read"))],
    ) -> Original:
        """That it was read, by whom and what for, is written down first."""
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                f"SELECT id, sha256, original FROM rejection WHERE {_MINE} AND id = $4", *_mine(principal), rejection
            )
            if not rows:
                raise UnknownRejection(f"There is no rejected message {rejection} of yours.")
            await work.execute(
                "INSERT INTO rejection_reading (rejection, reader, purpose) VALUES ($1, $2, $3)",
                rejection,
                principal.actor.id,
                body.purpose,
            )
        original: bytes = rows[0]["original"]
        try:
            encoding, text = "utf-8", original.decode()
        except UnicodeDecodeError:
            encoding, text = "base64", base64.b64encode(original).decode()
        return Original.model_validate(
            {"id": rejection, "sha256": rows[0]["sha256"].hex(), "encoding": encoding, "original": text}
        )

    return api
