"""Offices for these tests: real database, no broker, a time that the test tells, and webhooks to this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.clocks.conftest import Open, installed_database, open_office
from tests.webhooks.hooks import Hooks
from tests.webhooks.receiver import Receiver, receiving

__all__ = ["installed_database", "open_office"]


@pytest.fixture(autouse=True)
def to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWORK_WEBHOOK_LOOPBACK", "true")


@pytest_asyncio.fixture
async def hooks(open_office: Open) -> AsyncIterator[Hooks]:
    """An office with nothing in it, and its webhooks."""
    async with open_office() as office:
        yield Hooks(office)


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened
