"""Installations whose stores are going to be set back, and refilled."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from casework.shared.audit.export import export
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import assemble
from casework.shared.runtime.settings import Settings
from casework.shared.testing.backups import Backup, back_up, contents
from casework.shared.testing.delivery import settle
from casework.shared.testing.desk import Desk, complaint
from casework.shared.testing.stack import Stack, stack_on

KNOWN = "Debt collection"
POLICY = """
[[solution]]
name = "collection-explained"
version = 1
categories = ["Debt collection"]
severity = "medium"
complexity = "simple"
finding = "The debt is documented."
outcome = "not-upheld"
remedy = "explanation"
answer = "The debt is yours."
reply = "accepted"
"""
# What a refill leaves to be worked out when it is next needed, or cannot know, and what it does not restore.
LEFT_OPEN = (
    *("state", "state_version", "previous", "change", "words_mac", "post_id", "taken"),
    *("idempotency", "relay_cursor", "relay_member", "status_head"),
    # What callers are found by is made anew at the next start of intake (tests/call_centre/test_search.py).
    *("intake.search_key", "intake.search_index"),
)
# What the next start of the service brings up to date.
BEHIND = ("guard", "case_status", "case_end")


@dataclass(frozen=True)
class Store:
    """The database of an installation, and the settings its services run with."""

    url: str
    settings: Settings
    folder: Path

    async def backed_up(self) -> Backup:
        return await back_up(self.url, [*SERVICES, "vault"])

    async def exported(self) -> Path:
        path = self.folder / f"{secrets.token_hex(4)}.jsonl.gz"
        async with open_stores(self.url) as stores:
            await export(stores, path)
        return path

    async def contents(self, schemas: Collection[str] = SERVICES, *, settled: bool) -> dict[str, list[str]]:
        """Everything that a refill restores; `settled`, once the services have caught up too."""
        return await contents(self.url, schemas, without=LEFT_OPEN if settled else (*LEFT_OPEN, *BEHIND))

    async def catch_up(self) -> None:
        """Let the services take in what they have not, as they do when they start."""
        runtimes = [await assemble(service, self.settings, Metrics.create()) for service in installed()]
        try:
            await settle(runtimes)
        finally:
            for runtime in runtimes:
                await runtime.aclose()


@dataclass(frozen=True)
class Office(Store):
    """An installation at work, and its staff."""

    stack: Stack
    desk: Desk

    async def known(self, many: int) -> None:
        """Complaints that run straight through."""
        for _ in range(many):
            await self.received()
        await self.stack.settle()

    async def received(self) -> None:
        """A complaint that runs straight through, before any other service has taken it in."""
        answer = await self.desk.post("/v1/complaints", complaint(category=KNOWN))
        assert answer.status_code == 201


def settings_of(url: str, folder: Path) -> Settings:
    """The settings of the services on a database whose secrets lie in `folder`."""
    return Settings(
        database_url=SecretStr(url),
        kafka_servers="127.0.0.1:1",
        key_file=folder / "person-keys",
        service_key_file=folder / "services",
        straight_through=folder / "policy.toml",
    )


@asynccontextmanager
async def office_on(url: str, folder: Path, *, shards: int = DEFAULT_SHARDS) -> AsyncIterator[Office]:
    """Set up the empty database and open the office.

    Which shard a case falls in is chance. What a refill can prove of one case rests on the others of its shard: a
    test that expects a certain proof asks for one shard.
    """
    (folder / "policy.toml").write_text(POLICY)
    async with (
        stack_on(url, folder, straight_through=folder / "policy.toml", shards=shards) as stack,
        stack.client(await stack.key()) as http,
    ):
        yield Office(url, settings_of(url, folder), folder, stack, Desk(http, stack.settle))
