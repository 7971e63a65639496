"""One running system for these tests, made anew after a test that did not end well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from tests.faults.rig import SECOND, Rig, rig


class Keeper:
    """Has one rig at a time."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._stack = AsyncExitStack()
        self._rig: Rig | None = None

    async def sound(self) -> Rig:
        """The kept rig if its last test ended well, else a new one; all four services run, one replica each."""
        if self._rig is None or not self._rig.is_sound:
            await (await self.fresh()).start()
        assert self._rig is not None
        if spare := [service for service, letter in self._rig.lives if letter == SECOND]:
            await self._rig.end(*spare, letter=SECOND)
        self._rig.is_sound = False
        return self._rig

    async def fresh(self) -> Rig:
        """A new rig in place of the kept one, without services."""
        await self.close()
        self._rig = await self._stack.enter_async_context(rig(self._factory.mktemp("faults")))
        self._rig.is_sound = False
        return self._rig

    async def close(self) -> None:
        self._rig = None
        await self._stack.aclose()


@pytest_asyncio.fixture(scope="session")
async def rigs(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Keeper]:
    keeper = Keeper(tmp_path_factory)
    try:
        yield keeper
    finally:
        await keeper.close()


@pytest_asyncio.fixture
async def system(rigs: Keeper) -> Rig:
    """The running system: four services on an embedded PostgreSQL and a broker, some cases already closed in it."""
    return await rigs.sound()


@pytest_asyncio.fixture
async def fresh(rigs: Keeper) -> Rig:
    """A system of which nothing runs yet but PostgreSQL and the broker."""
    return await rigs.fresh()
