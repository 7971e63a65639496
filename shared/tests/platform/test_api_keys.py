"""Keys: found by prefix, dead when revoked, cached but not for long, and never more than so many."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.actors import Actor
from casework.shared.platform import api_keys as module
from casework.shared.platform.api_keys import ApiKeys, KeyRow, Unauthenticated, mint_key, revoke_key, store_key
from casework.shared.platform.tables import api_key
from casework.shared.runtime.database import begin, service_engine


class Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


async def given_key(admin: AsyncEngine, change: Callable[[KeyRow], KeyRow] = lambda row: row) -> tuple[str, KeyRow]:
    plain, row = mint_key("clerk-7", "person", "case handler", 3, ["cases:read", "staff:write"])
    row = change(row)
    async with begin(admin) as work:
        await store_key(work, row)
    return plain, row


async def refused(keys: ApiKeys, token: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        await keys.principal_of(token)
    return str(error.value)


def test_a_key_is_random_and_only_its_hash_is_kept() -> None:
    plain, row = mint_key("a", "person", "r", 1, ["cases:read"])
    assert re.fullmatch(r"cw_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", plain)
    assert row.hash == hashlib.sha256(plain.encode()).digest()
    assert plain.split("_", 2)[2] not in repr(row)
    assert mint_key("a", "person", "r", 1, ["cases:read"])[0] != plain


def test_a_key_has_scopes_that_exist() -> None:
    for scopes in ([], ["*"], ["cases:read", "everything"]):
        with pytest.raises(ValueError, match="complaints:write"):
            mint_key("a", "person", "r", 1, scopes)  # type: ignore[arg-type]  # what a command line may pass


async def test_the_principal_is_what_the_key_is_bound_to(admin: AsyncEngine, intake: AsyncEngine) -> None:
    plain, _ = await given_key(admin)
    who = await ApiKeys(intake).principal_of(plain)
    assert who.actor == Actor("clerk-7", "person")
    assert (who.role, who.rank) == ("case handler", 3)
    assert who.scopes == {"cases:read", "staff:write"}


async def test_a_stored_key_of_an_auditor_allows_no_more_than_the_role(admin: AsyncEngine, intake: AsyncEngine) -> None:
    plain, _ = await given_key(admin, lambda row: replace(row, role="auditor"))
    assert (await ApiKeys(intake).principal_of(plain)).scopes == {"cases:read"}


async def test_what_is_not_a_key(intake: AsyncEngine) -> None:
    keys = ApiKeys(intake)
    for token in ("", "cw_", "cw_aaaaaaaa_short", "Bearer x", "cw_aaaaaaaa_" + "a" * 43 + "\n", "\x00" * 55):
        await refused(keys, token)


async def test_every_reason_reads_the_same(admin: AsyncEngine, intake: AsyncEngine) -> None:
    plain, _ = await given_key(admin)
    past, _ = await given_key(admin, lambda row: replace(row, expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    keys = ApiKeys(intake)
    wrong = plain[:-1] + ("A" if plain[-1] != "A" else "B")
    unknown = "cw_22222222_" + "a" * 43
    assert len({await refused(keys, token) for token in (wrong, past, unknown)}) == 1


async def test_a_revoked_key_dies_with_the_cache(admin: AsyncEngine, intake: AsyncEngine, clock: Clock) -> None:
    plain, row = await given_key(admin)
    keys = ApiKeys(intake, clock=clock)
    await keys.principal_of(plain)
    async with begin(admin) as work:
        assert await revoke_key(work, row.prefix)
    async with begin(admin) as work:
        assert not await revoke_key(work, row.prefix)
    clock.now += module.CACHE_SECONDS - 1
    await keys.principal_of(plain)
    clock.now += 1
    await refused(keys, plain)
    assert module.CACHE_SECONDS <= 30


async def test_a_key_expires_inside_the_cache(admin: AsyncEngine, intake: AsyncEngine, clock: Clock) -> None:
    plain, _ = await given_key(admin, lambda row: replace(row, expires_at=datetime.now(UTC) + timedelta(seconds=20)))
    keys = ApiKeys(intake, clock=clock)
    await keys.principal_of(plain)
    clock.now += 20.5
    await refused(keys, plain)


async def test_the_cache_answers_without_the_database(admin: AsyncEngine, clock: Clock, kit_database: str) -> None:
    engine = service_engine(kit_database, "intake", pool_size=2)
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    event.listen(engine.sync_engine, "begin", count)
    plain, _ = await given_key(admin)
    keys = ApiKeys(engine, clock=clock)
    for _ in range(5):
        await keys.principal_of(plain)
        await refused(keys, plain[:-1] + ("A" if plain[-1] != "A" else "B"))
    assert asked == 1
    for _ in range(5):
        await refused(keys, "cw_77777777_" + "a" * 43)
    assert asked == 2
    clock.now += module.UNKNOWN_SECONDS
    await refused(keys, "cw_77777777_" + "a" * 43)
    assert asked == 3
    await engine.dispose()


async def test_the_cache_is_bounded(
    admin: AsyncEngine, intake: AsyncEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_ENTRIES", 3)
    monkeypatch.setattr(module, "UNKNOWN_ENTRIES", 4)
    keys = ApiKeys(intake, clock=clock)
    for _ in range(5):
        plain, _ = await given_key(admin)
        await keys.principal_of(plain)
    for letter in "abcdefgh":
        await refused(keys, f"cw_{letter * 8}_" + "a" * 43)
    assert (len(keys._known), len(keys._unknown)) == (3, 4)


async def test_a_service_may_read_keys_and_nothing_else(admin: AsyncEngine, intake: AsyncEngine) -> None:
    _, row = await given_key(admin)
    async with intake.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(api_key).where(api_key.c.prefix == row.prefix))
    for statement in (
        f"update platform.api_key set rank = 99 where prefix = '{row.prefix}'",
        "delete from platform.api_key",
        "insert into platform.installation (id, shards) values (gen_random_uuid(), 1)",
    ):
        async with intake.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))
