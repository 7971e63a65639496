"""Checkpoints and proofs over HTTP: for auditors, with the scope `audit:read`.

The notary answers them on a port of its own, which takes the services' credential and no other: it has no database in
which to look up keys. Followup has the same routes for everybody who may read them, and passes the question on.
Nothing in an answer has to be believed: each is verified against a public key that came by another way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar
from uuid import UUID

import httpx2 as httpx
from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ValidationError

from casework.shared.contracts.ids import ServiceName
from casework.shared.errors import FieldError, InvalidMessage, Refusal
from casework.shared.http.access import requires
from casework.shared.runtime.database import StoreUnavailable

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

MAX_CHECKPOINTS = 200
MOST = 2**53 - 1

M = TypeVar("M", bound=BaseModel)


class NoSuchCheckpoint(Refusal):
    """There is no checkpoint of that number, or none yet."""

    code = "no-such-checkpoint"
    status = 404


class NotSignedYet(Refusal):
    """The event is not in that checkpoint. A change is in a checkpoint within a minute."""

    code = "not-signed-yet"
    status = 404


class NotaryAway(StoreUnavailable):
    """The notary does not answer, or none is configured."""


class CheckpointFound(BaseModel):
    """One checkpoint. `note` is the signed note as it lies in the notary's folder; the rest is read out of it."""

    number: int
    time: str
    events: int
    note: str


class LatestCheckpoint(CheckpointFound):
    """The newest checkpoint, the public keys it can be verified with (never trust those alone), and why the notary
    refuses to sign, while it does."""

    public_keys: list[str]
    refusing: str | None


class CheckpointList(BaseModel):
    """Checkpoints by number. `next` is the number to give as `after` for those that follow."""

    checkpoints: list[CheckpointFound]
    next: int | None


class InclusionProof(BaseModel):
    """An event's place, its hash and the path of RFC 9162 from there to the root (hex, the lowest sibling first)."""

    source: str
    shard: int
    position: int
    size: int
    hash: str
    path: list[str]
    envelope: str | None = None


class InclusionProofs(BaseModel):
    """Proofs against one checkpoint. Of a case: all its events with their bytes, the notary's statement of how many
    there are, and how many came after the checkpoint."""

    checkpoint: CheckpointFound
    events: list[InclusionProof]
    statement: str | None = None
    unsigned: int = 0


class ConsistencyProof(BaseModel):
    """That the tree of one shard has grown out of the earlier one: the path of RFC 9162 (hex)."""

    source: str
    shard: int
    old_size: int
    new_size: int
    path: list[str]


class ConsistencyProofs(BaseModel):
    """That a checkpoint has grown out of an earlier one: a proof for each shard of each service."""

    old: CheckpointFound
    new: CheckpointFound
    proofs: list[ConsistencyProof]


class Proofs(Protocol):
    """Who answers."""

    async def latest(self) -> LatestCheckpoint:
        """Raises `NoSuchCheckpoint`, `NotaryAway`."""
        ...

    async def listed(self, after: int, limit: int) -> CheckpointList:
        """Raises `NotaryAway`."""
        ...

    async def one(self, number: int) -> CheckpointFound:
        """Raises `NoSuchCheckpoint`, `NotaryAway`."""
        ...

    async def of_case(self, case_id: UUID, number: int | None) -> InclusionProofs:
        """Raises `NoSuchCheckpoint`, `NotaryAway`, `FeedAway`."""
        ...

    async def of_place(self, source: ServiceName, shard: int, position: int, number: int | None) -> InclusionProofs:
        """Raises `NoSuchCheckpoint`, `NotSignedYet`, `NotaryAway`."""
        ...

    async def between(self, old: int, new: int) -> ConsistencyProofs:
        """Raises `NoSuchCheckpoint`, `NotaryAway`, `InvalidMessage`."""
        ...


def proofs_router(proofs: Proofs) -> APIRouter:
    """The routes, whoever answers."""
    router = APIRouter(tags=["audit"], dependencies=[Depends(requires("audit:read"))])

    @router.get("/v1/checkpoints", summary="Signed checkpoints, by number")
    async def checkpoints(
        after: Annotated[int, Query(ge=0, le=MOST)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_CHECKPOINTS)] = MAX_CHECKPOINTS,
    ) -> CheckpointList:
        return await proofs.listed(after, limit)

    @router.get("/v1/checkpoints/latest", summary="The newest signed checkpoint")
    async def latest() -> LatestCheckpoint:
        return await proofs.latest()

    @router.get("/v1/checkpoints/{number}", summary="One signed checkpoint")
    async def checkpoint(number: Annotated[int, InPath(ge=1, le=MOST)]) -> CheckpointFound:
        return await proofs.one(number)

    @router.get("/v1/proofs/inclusion", summary="That a checkpoint holds a case's events, or the event at one position")
    async def inclusion(
        case_id: UUID | None = None,
        source: ServiceName | None = None,
        shard: Annotated[int | None, Query(ge=0, le=2**15 - 1)] = None,
        position: Annotated[int | None, Query(ge=0, le=MOST)] = None,
        checkpoint: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    ) -> InclusionProofs:
        if case_id is not None and (source, shard, position) == (None, None, None):
            return await proofs.of_case(case_id, checkpoint)
        if case_id is None and source is not None and shard is not None and position is not None:
            return await proofs.of_place(source, shard, position, checkpoint)
        raise InvalidMessage(
            "give case_id alone, or source, shard and position",
            (FieldError("/case_id", "a case, or a place, and not both"),),
        )

    @router.get("/v1/proofs/consistency", summary="That a checkpoint has grown out of an earlier one")
    async def consistency(
        old: Annotated[int, Query(alias="from", ge=1, le=MOST)], new: Annotated[int, Query(alias="to", ge=1, le=MOST)]
    ) -> ConsistencyProofs:
        if old > new:
            raise InvalidMessage(
                "`from` is the earlier checkpoint, `to` the later one", (FieldError("/from", "is after `to`"),)
            )
        return await proofs.between(old, new)

    return router


class PassedOn:
    """Proofs as the notary answers them: the question goes there with this service's credential."""

    def __init__(self, client: httpx.AsyncClient, url: str | None, credential: str) -> None:
        self._client = client
        self._url = url
        self._headers = {"authorization": f"Bearer {credential}"}

    async def latest(self) -> LatestCheckpoint:
        return await self._ask(LatestCheckpoint, "/v1/checkpoints/latest")

    async def listed(self, after: int, limit: int) -> CheckpointList:
        return await self._ask(CheckpointList, "/v1/checkpoints", after=after, limit=limit)

    async def one(self, number: int) -> CheckpointFound:
        return await self._ask(CheckpointFound, f"/v1/checkpoints/{number}")

    async def of_case(self, case_id: UUID, number: int | None) -> InclusionProofs:
        return await self._ask(InclusionProofs, "/v1/proofs/inclusion", case_id=str(case_id), checkpoint=number)

    async def of_place(self, source: ServiceName, shard: int, position: int, number: int | None) -> InclusionProofs:
        return await self._ask(
            InclusionProofs,
            "/v1/proofs/inclusion",
            source=source,
            shard=shard,
            position=position,
            checkpoint=number,
        )

    async def between(self, old: int, new: int) -> ConsistencyProofs:
        return await self._ask(ConsistencyProofs, "/v1/proofs/consistency", **{"from": old, "to": new})

    async def _ask(self, model: type[M], path: str, **params: str | int | None) -> M:
        if self._url is None:
            raise NotaryAway("no notary is configured: set CASEWORK_NOTARY_URL")
        given = {name: value for name, value in params.items() if value is not None}
        try:
            answer = await self._client.get(self._url + path, params=given, headers=self._headers)
        except httpx.HTTPError as error:
            raise NotaryAway(f"the notary does not answer ({type(error).__name__})") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise _refused(answer)
        if answer.status_code != httpx.codes.OK:
            raise NotaryAway(f"the notary answers {answer.status_code}")
        try:
            return model.model_validate_json(answer.content)
        except ValidationError:
            raise NotaryAway("the notary's answer cannot be read") from None


def passed_on(runtime: ServiceRuntime) -> APIRouter:
    """The routes of the service that has them for everybody."""
    return proofs_router(PassedOn(runtime.http, runtime.settings.notary_url, runtime.credential))


def _refused(answer: httpx.Response) -> Refusal:
    """The notary's own refusal, in its words."""
    try:
        problem = answer.json()
        kind = {f"/problems/{each.code}": each for each in (NoSuchCheckpoint, NotSignedYet)}[problem["type"]]
        return kind(str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        raise NotaryAway("the notary's answer cannot be read") from None
