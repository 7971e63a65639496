"""The client's side of a source's feed: what the order guard heals from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2 as httpx
import orjson

from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Placed
from casework.shared.eventstore.reading import HistoryDiffers

FEED_PAGE = 500
HASH_BYTES = 32


class FeedAway(Exception):
    """The source does not answer, or not with a feed. Its events wait; everything else goes on."""


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The end of one shard as its source tells it."""

    position: int
    hash: bytes | None


@dataclass(frozen=True, slots=True)
class FeedEnds:
    """The ends of all shards of a source, and which installation it is of."""

    installation: UUID
    heads: dict[int, FeedHead]


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One event of a case as its source gives it: where it stands, its hash, its bytes."""

    position: int
    hash: bytes
    document: bytes


class FeedClient:
    """Reads the feeds of the other services with this service's credential."""

    def __init__(self, client: httpx.AsyncClient, url_of: Callable[[ServiceName], str], credential: str) -> None:
        self._client = client
        self._url_of = url_of
        self._headers = {"authorization": f"Bearer {credential}"}

    async def heads(self, source: ServiceName) -> dict[int, FeedHead]:
        """The end of every shard of a source. Raises `FeedAway`."""
        return (await self.ends(source)).heads

    async def ends(self, source: ServiceName) -> FeedEnds:
        """As `heads`, with the installation it is. Raises `FeedAway`."""
        body = await self._get(source, f"/v1/feeds/{source}/heads", {})
        try:
            heads = {h["shard"]: FeedHead(h["position"], _unhex(h.get("hash"))) for h in body["heads"]}
            return FeedEnds(UUID(body["installation"]), heads)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FeedAway(f"{source}: unreadable heads") from error

    async def leaves(self, source: ServiceName, shard: int, *, after: int, hash_after: bytes | None) -> list[bytes]:
        """The hashes of events of a shard after a position. Raises as `page` does."""
        params: dict[str, str | int] = {"shard": shard, "after": after}
        if hash_after is not None:
            params["hash"] = hash_after.hex()
        body = await self._get(source, f"/v1/feeds/{source}/leaves", params)
        try:
            found = [bytes.fromhex(each) for each in body["leaves"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FeedAway(f"{source}: unreadable leaves") from error
        if any(len(each) != HASH_BYTES for each in found):
            raise FeedAway(f"{source}: unreadable leaves")
        return found

    async def case(self, source: ServiceName, case_id: UUID) -> list[CaseEvent]:
        """The events of one case in one service, by version. Raises `FeedAway`."""
        body = await self._get(source, f"/v1/feeds/{source}/cases/{case_id}", {})
        try:
            return [
                CaseEvent(item["position"], bytes.fromhex(item["hash"]), item["envelope"].encode())
                for item in body["events"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FeedAway(f"{source}: unreadable case") from error

    async def page(self, source: ServiceName, shard: int, *, after: int, hash_after: bytes | None) -> list[Placed]:
        """Events of a shard after a position. Raises `FeedAway`, or `HistoryDiffers` when the source has
        another event than the one we hold at `after`."""
        params: dict[str, str | int] = {"shard": shard, "after": after, "limit": FEED_PAGE}
        if hash_after is not None:
            params["hash"] = hash_after.hex()
        body = await self._get(source, f"/v1/feeds/{source}", params)
        try:
            installation = UUID(body["installation"])
            return [
                Placed(
                    installation,
                    source,
                    shard,
                    item["position"],
                    _unhex(item.get("shardprev")),
                    bytes.fromhex(item["hash"]),
                    item["envelope"].encode(),
                )
                for item in body["events"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FeedAway(f"{source}: unreadable page") from error

    async def _get(self, source: ServiceName, path: str, params: Mapping[str, str | int]) -> Any:
        try:
            response = await self._client.get(self._url_of(source) + path, params=dict(params), headers=self._headers)
        except httpx.HTTPError as error:
            raise FeedAway(f"{source}: {type(error).__name__}") from error
        if response.status_code == 409:
            raise HistoryDiffers(f"{source} has another history than the one taken from it")
        if response.status_code != 200:
            raise FeedAway(f"{source}: HTTP {response.status_code}")
        return orjson.loads(response.content)


def _unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
