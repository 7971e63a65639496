"""A service's feed over HTTP: its log by shard position, its heads, and one case's stream.

What the order guards of the other services heal from, and what is read without Kafka. Envelopes travel as
text inside the page, so that the exact bytes come out at the other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from casework.shared.errors import FieldError, InvalidMessage
from casework.shared.eventstore import reading
from casework.shared.eventstore.reading import StoredEvent
from casework.shared.http.access import requires
from casework.shared.runtime.database import begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

MAX_PAGE = 500
MAX_LEAVES = 5_000


class FeedEvent(BaseModel):
    """One event: where it stands, its hash and that of the one before it in the shard (hex), and its bytes as text."""

    position: int
    hash: str
    shardprev: str | None
    envelope: str


class FeedPage(BaseModel):
    """Events of one shard after a position, in order and without holes. An empty page is the end for now."""

    installation: UUID
    service: str
    shard: int
    events: list[FeedEvent]


class FeedLeaves(BaseModel):
    """The hashes (hex) of the events of one shard after a position, in order and without holes."""

    installation: UUID
    service: str
    shard: int
    leaves: list[str]


class FeedHead(BaseModel):
    """The last position of a shard (-1 when empty) and its hash (hex)."""

    shard: int
    position: int
    hash: str | None


class FeedHeads(BaseModel):
    """The ends of all shards of one service."""

    installation: UUID
    service: str
    heads: list[FeedHead]


class CaseStream(BaseModel):
    """One case's events in one service, by version."""

    service: str
    case_id: UUID
    events: list[FeedEvent]


def feed_router(runtime: ServiceRuntime) -> APIRouter:
    """The feed routes of one service."""
    router = APIRouter(tags=["feeds"])
    base = f"/v1/feeds/{runtime.name}"

    @router.get(base, summary="Events of a shard after a position", dependencies=[Depends(requires("feeds:read"))])
    async def feed(
        shard: Annotated[int, Query(ge=0)],
        after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
        hash_after: Annotated[str | None, Query(alias="hash", pattern="^[0-9a-f]{64}$")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
    ) -> FeedPage:
        _require_shard(runtime, shard)
        async with begin(runtime.engine) as work:
            events = await reading.page(
                work,
                shard,
                after=after,
                limit=limit,
                hash_after=None if hash_after is None else bytes.fromhex(hash_after),
            )
        return FeedPage(
            installation=runtime.installation, service=runtime.name, shard=shard, events=[_item(e) for e in events]
        )

    @router.get(
        f"{base}/leaves",
        summary="Hashes of the events of a shard after a position",
        dependencies=[Depends(requires("feeds:read"))],
    )
    async def leaves(
        shard: Annotated[int, Query(ge=0)],
        after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
        hash_after: Annotated[str | None, Query(alias="hash", pattern="^[0-9a-f]{64}$")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LEAVES)] = MAX_LEAVES,
    ) -> FeedLeaves:
        _require_shard(runtime, shard)
        async with begin(runtime.engine) as work:
            found = await reading.leaves(
                work,
                shard,
                after=after,
                limit=limit,
                hash_after=None if hash_after is None else bytes.fromhex(hash_after),
            )
        return FeedLeaves(
            installation=runtime.installation, service=runtime.name, shard=shard, leaves=[each.hex() for each in found]
        )

    @router.get(f"{base}/heads", summary="The ends of all shards", dependencies=[Depends(requires("feeds:read"))])
    async def heads() -> FeedHeads:
        async with begin(runtime.engine) as work:
            ends = await reading.heads(work)
        return FeedHeads(
            installation=runtime.installation,
            service=runtime.name,
            heads=[
                FeedHead(shard=end.shard, position=end.position, hash=None if end.hash is None else end.hash.hex())
                for end in ends
            ],
        )

    @router.get(
        f"{base}/cases/{{case_id}}",
        summary="One case's events in this service",
        dependencies=[Depends(requires("feeds:read"))],
    )
    async def case(case_id: UUID) -> CaseStream:
        async with begin(runtime.engine) as work:
            events = await reading.of_case(work, case_id)
        return CaseStream(service=runtime.name, case_id=case_id, events=[_item(e) for e in events])

    return router


def _require_shard(runtime: ServiceRuntime, shard: int) -> None:
    if shard >= runtime.shards:
        raise InvalidMessage(
            f"this installation has the shards 0 to {runtime.shards - 1}", (FieldError("/shard", "no such shard"),)
        )


def _item(event: StoredEvent) -> FeedEvent:
    return FeedEvent(
        position=event.position,
        hash=event.hash.hex(),
        shardprev=None if event.shardprev is None else event.shardprev.hex(),
        envelope=event.document.decode(),
    )
