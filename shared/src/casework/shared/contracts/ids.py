"""Ids and shards: where a case lives, and how an effect gets the same id each time it is worked out."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as _QuickUUID

ServiceName: TypeAlias = Literal["intake", "investigation", "resolution", "followup"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)

DEFAULT_SHARDS = 12


@lru_cache(maxsize=10_000)
def shard_of(case_id: UUID, shards: int) -> int:
    """The shard a case lives on: the first eight bytes, big-endian, of SHA-256 over the
    id's 16 bytes, modulo S.

    Never change it: positions, topic partitions and Merkle trees all rest on it. Vectors: shared/tests/test_ids.py.
    """
    return int.from_bytes(hashlib.sha256(case_id.bytes).digest()[:8], "big") % shards


def derived_id(cause: UUID, consumer: str, ordinal: int) -> UUID:
    """The id of the `ordinal`-th event that `consumer` records because of `cause`: a UUIDv8 (RFC 9562, 5.8)
    from SHA-256, so that doing the work again gives the same id and the store refuses the second."""
    digest = bytearray(hashlib.sha256(b"%b|%b|%d" % (cause.bytes, consumer.encode(), ordinal)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return uuid_of(bytes(digest))


def uuid_of(value: str | bytes) -> UUID:
    """The UUID of its text or of its 16 bytes. Raises ValueError.

    The driver's class is a subclass of the standard one, equal to it and hashing alike, and is read several
    times as fast: every event carries four ids, and is read by three services.
    """
    quick: UUID = _QuickUUID(value)
    return quick


@lru_cache(maxsize=64)
def installation_of(header: bytes) -> UUID:
    """The installation id in a header. A process meets few of them, each very often; strangers may send many."""
    return uuid_of(header.decode())
