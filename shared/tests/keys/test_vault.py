"""One key a person, minted once, and never again after erasure, whatever runs at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.keys.sealing import ERASED, Opened
from casework.shared.keys.vault import KeyFile, KeyFileError, PersonErased, Vault
from casework.shared.runtime.database import Work, begin


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(KeyFile.create(tmp_path / "key"))


async def minted(engine: AsyncEngine, vault: Vault, *persons: UUID) -> dict[UUID, bytes]:
    async with begin(engine) as work:
        return await vault.mint(work, persons)


async def opened(engine: AsyncEngine, vault: Vault, *persons: UUID) -> dict[UUID, Opened]:
    async with begin(engine) as work:
        return await vault.open(work, persons)


async def erased(engine: AsyncEngine, vault: Vault, person: UUID) -> bool:
    async with begin(engine) as work:
        return await vault.erase(work, person)


async def until_waiting(engine: AsyncEngine, *tasks: asyncio.Future[Any]) -> None:
    """Return when as many transactions as there are `tasks` wait for others; fail when a task ends instead."""
    async with asyncio.timeout(10):
        while True:
            assert not any(task.done() for task in tasks), "it did not wait"
            async with begin(engine) as work:
                if await work.fetch_value("select count(*) from pg_locks where not granted") >= len(tasks):
                    return


async def test_a_person_keeps_one_key(intake: AsyncEngine, vault: Vault) -> None:
    ann, bob, carol = uuid4(), uuid4(), uuid4()
    first = await minted(intake, vault, ann, bob)
    again = await minted(intake, vault, bob, carol, ann, ann)
    assert {ann: again[ann], bob: again[bob]} == first
    assert len(set(again.values())) == 3
    assert await opened(intake, vault, ann, carol, uuid4()) == {ann: first[ann], carol: again[carol]}


async def test_the_database_never_holds_a_key(intake: AsyncEngine, admin: AsyncEngine, vault: Vault) -> None:
    person = uuid4()
    key = (await minted(intake, vault, person))[person]
    async with begin(admin) as work:
        row = (await work.fetch("select * from vault.person_key where person = $1", person))[0]
    assert key not in row["wrapped_key"]
    assert row["kek_id"] == _kek_id(vault)


def _kek_id(vault: Vault) -> str:
    assert isinstance(vault.key_file, KeyFile)
    return vault.key_file.kek_id


async def test_two_who_mint_at_once_get_the_same_key(intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()
    async with begin(intake) as work:
        ours = await vault.mint(work, [person])
        theirs = asyncio.create_task(minted(intake, vault, person))
        await until_waiting(intake, theirs)
    assert await theirs == ours


async def test_when_the_first_gives_up_the_second_mints(intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()
    async with begin(intake) as work:
        lost = await vault.mint(work, [person])
        theirs = asyncio.create_task(minted(intake, vault, person))
        await until_waiting(intake, theirs)
        await work.core.rollback()
    assert (await theirs)[person] != lost[person]
    assert await opened(intake, vault, person) == await theirs


async def test_two_who_mint_the_same_in_other_orders_do_not_deadlock(intake: AsyncEngine, vault: Vault) -> None:
    first, middle, last = sorted(uuid4() for _ in range(3))
    async with begin(intake) as work:
        # Both stop at the middle one. Had each taken its own end first, they would then wait for each other.
        await vault.mint(work, [middle])
        one = asyncio.create_task(minted(intake, vault, first, middle, last))
        other = asyncio.create_task(minted(intake, vault, last, middle, first))
        await until_waiting(intake, one, other)
    assert await one == await other


async def test_an_erased_person_gets_no_key_again(intake: AsyncEngine, vault: Vault) -> None:
    person, other = uuid4(), uuid4()
    await minted(intake, vault, person)
    assert await erased(intake, vault, person)
    assert not await erased(intake, vault, person)
    assert await opened(intake, vault, person) == {person: ERASED}
    with pytest.raises(PersonErased):
        await minted(intake, vault, other, person)
    assert await opened(intake, vault, person, other) == {person: ERASED}


async def test_the_fence_stands_for_one_who_never_had_a_key(intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()
    assert await erased(intake, vault, person)
    with pytest.raises(PersonErased):
        await minted(intake, vault, person)


@pytest.mark.parametrize("known", [False, True])
async def test_a_mint_that_meets_an_erasure_is_refused(intake: AsyncEngine, vault: Vault, known: bool) -> None:
    person = uuid4()
    if known:
        await minted(intake, vault, person)

    async def mint() -> object:
        return await minted(intake, vault, person)

    async with begin(intake) as work:
        await vault.erase(work, person)
        if not known:
            task = asyncio.create_task(mint())
            await until_waiting(intake, task)
    if known:
        task = asyncio.create_task(mint())
    with pytest.raises(PersonErased):
        await task
    assert await opened(intake, vault, person) == {person: ERASED}


async def test_an_erasure_that_meets_a_mint_destroys_what_it_minted(intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()

    async def erase() -> object:
        return await erased(intake, vault, person)

    async with begin(intake) as work:
        await vault.mint(work, [person])
        task = asyncio.create_task(erase())
        await until_waiting(intake, task)
    assert await task
    assert await opened(intake, vault, person) == {person: ERASED}


async def test_a_storm_of_mints_and_one_erasure(intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()

    async def mint() -> Opened:
        try:
            return (await minted(intake, vault, person))[person]
        except PersonErased:
            return ERASED

    outcomes = await asyncio.gather(
        *(mint() for _ in range(8)), erased(intake, vault, person), *(mint() for _ in range(8))
    )
    keys = {each for each in outcomes if isinstance(each, bytes)}
    assert len(keys) <= 1, "a key came back"
    assert await mint() is ERASED


async def test_the_fence_holds_against_every_role(admin: AsyncEngine, intake: AsyncEngine, vault: Vault) -> None:
    person = uuid4()
    await minted(intake, vault, person)
    await erased(intake, vault, person)
    for statement in (
        "update vault.person_key set wrapped_key = '\\x00', erased_at = null where person = $1",
        "delete from vault.person_key where person = $1",
    ):
        async with admin.connect() as connection:
            with pytest.raises(DBAPIError, match="stays"):
                await connection.execute(text(statement.replace("$1", f"'{person}'")))


async def test_half_an_erasure_is_no_row(admin: AsyncEngine) -> None:
    for values in ("null, null", "'\\x00', now()"):
        async with admin.connect() as connection:
            with pytest.raises(DBAPIError, match="erased_or_kept"):
                await connection.execute(
                    text(
                        "insert into vault.person_key (person, kek_id, wrapped_key, erased_at)"
                        f" values (gen_random_uuid(), 'x', {values})"
                    )
                )


async def test_no_other_service_reaches_the_vault(resolution: AsyncEngine) -> None:
    async with resolution.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied for schema vault"):
            await connection.execute(text("select * from vault.person_key"))


async def test_a_wrapped_key_belongs_to_one_person(intake: AsyncEngine, vault: Vault) -> None:
    ann, bob = uuid4(), uuid4()
    await minted(intake, vault, ann, bob)
    async with begin(intake) as work:
        await _swap(work, ann, bob)
    with pytest.raises(KeyFileError):
        await opened(intake, vault, bob)


async def _swap(work: Work, ann: UUID, bob: UUID) -> None:
    await work.execute(
        "update vault.person_key set wrapped_key = (select wrapped_key from vault.person_key where person = $1)"
        " where person = $2",
        ann,
        bob,
    )


async def test_another_key_file_opens_nothing(intake: AsyncEngine, vault: Vault, tmp_path: Path) -> None:
    person = uuid4()
    await minted(intake, vault, person)
    with pytest.raises(KeyFileError, match=_kek_id(vault)):
        await opened(intake, Vault(KeyFile.create(tmp_path / "other")), person)


def test_a_key_file_is_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = KeyFile.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert KeyFile.load(path) == made
    assert len(made.kek_id) == 8
    assert made.kek.hex() not in repr(made)
    assert str(made.kek) not in repr(made)
    with pytest.raises(FileExistsError):
        KeyFile.create(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        KeyFile.load(path)


@pytest.mark.parametrize("content", ["", "abc", "A" * 42, "A" * 44, "!" * 43, "ü" * 43])
def test_a_damaged_key_file_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(KeyFileError, match="not a key file"):
        KeyFile.load(path)


def test_a_missing_key_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="CASEWORK_KEY_FILE"):
        KeyFile.load(tmp_path / "none")
