"""One installation a database, with one shard count for life."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.platform.installation import Installation, NotInstalled, ShardsAreFixed, mint, read
from casework.shared.runtime.database import begin


@pytest.fixture
async def empty(admin: AsyncEngine) -> AsyncEngine:
    async with admin.begin() as connection:
        await connection.execute(text("delete from platform.installation"))
    return admin


async def test_nothing_is_there_before_migrate(empty: AsyncEngine) -> None:
    async with begin(empty) as work:
        with pytest.raises(NotInstalled, match="casework migrate"):
            await read(work)


async def test_many_at_once_mint_one(empty: AsyncEngine, intake: AsyncEngine) -> None:
    async def one() -> Installation:
        async with begin(empty) as work:
            return await mint(work, 12)

    minted = set(await asyncio.gather(*(one() for _ in range(4))))
    assert len(minted) == 1
    async with begin(intake) as work:
        assert {await read(work)} == minted


async def test_the_shard_count_never_changes(empty: AsyncEngine) -> None:
    async with begin(empty) as work:
        first = await mint(work, 12)
    async with begin(empty) as work:
        with pytest.raises(ShardsAreFixed, match="12 shards"):
            await mint(work, 24)
    async with begin(empty) as work:
        assert await read(work) == first


async def test_the_table_itself_holds_one_row(empty: AsyncEngine) -> None:
    insert = text("insert into platform.installation (id, shards) values (gen_random_uuid(), 12)")
    async with empty.begin() as connection:
        await connection.execute(insert)
    with pytest.raises(IntegrityError, match="installation_is_one"):
        async with empty.begin() as connection:
            await connection.execute(insert)
