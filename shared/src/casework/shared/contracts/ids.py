"""Ids and shards: where a case lives, and how an effect gets the same id each time it is worked out."""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias, get_args
from uuid import UUID

ServiceName: TypeAlias = Literal["intake", "investigation", "resolution", "followup"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)

DEFAULT_SHARDS = 12


def shard_of(case_id: UUID, shards: int) -> int:
    """f(case_id) mod S of DESIGN 5: the first eight bytes, big-endian, of SHA-256 over the id's 16 bytes.

    Never change it: positions, topic partitions and Merkle trees all rest on it. Vectors: tests/test_ids.py.
    """
    return int.from_bytes(hashlib.sha256(case_id.bytes).digest()[:8], "big") % shards


def derived_id(cause: UUID, consumer: str, ordinal: int) -> UUID:
    """The id of the `ordinal`-th event that `consumer` records because of `cause`: a UUIDv8 (RFC 9562, 5.8)
    from SHA-256, so that doing the work again gives the same id and the store refuses the second."""
    digest = hashlib.sha256(b"%b|%b|%d" % (cause.bytes, consumer.encode(), ordinal)).digest()
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | (0x8 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)
