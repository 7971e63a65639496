"""The installation's identity.

Invariant: minted once, by `casework migrate`, and never changed: positions, topic partitions and
checkpoints of every service rest on its shard count, and its id tells one installation's records from another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from casework.shared.runtime.database import Work


@dataclass(frozen=True, slots=True)
class Installation:
    """`id` is carried in headers, feeds and checkpoints; `shards` is the partition count of the case log."""

    id: UUID
    shards: int


class NotInstalled(Exception):
    """The database has no installation yet."""


class ShardsAreFixed(Exception):
    """Another shard count was asked for than the one the installation was minted with."""


async def mint(work: Work, shards: int) -> Installation:
    """The installation, made now with `shards` (1 to 256) when there is none. Doing it again is harmless.

    Raises `ShardsAreFixed` when it exists with another count. Needs the migrator's rights.
    """
    await work.execute(
        "insert into platform.installation (id, shards) values ($1, $2) on conflict do nothing", uuid4(), shards
    )
    found = await read(work)
    if found.shards != shards:
        raise ShardsAreFixed(
            f"this installation has {found.shards} shards and keeps them for life; "
            f"ask for {found.shards}, or use an empty database for {shards}"
        )
    return found


async def read(work: Work) -> Installation:
    """The installation of this database. Raises `NotInstalled` before `casework migrate` has run."""
    rows = await work.fetch("select id, shards from platform.installation")
    if not rows:
        raise NotInstalled("this database holds no installation; run `casework migrate` against it first")
    # The driver's UUID is a subclass of the standard one; equality and hashing agree.
    return Installation(UUID(int=rows[0]["id"].int), rows[0]["shards"])
