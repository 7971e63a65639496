"""The key file with more than one key in it: what opens, what wraps, what stays the same."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.cli.options import explained
from casework.shared.keys.rotation import StillNeeded, add_new_key, rewrap, take_former_out
from casework.shared.keys.vault import Vault
from casework.shared.keys.wrapping import KeyFile, KeyFileError, KeyNotInFile, KeyRing, Wrapped, read_ring, write_ring
from casework.shared.runtime.database import StoreUnavailable, begin

KEY = b"k" * 32
ANN = UUID(int=1)


def _count(_: int) -> None:
    pass


async def test_a_running_ring_takes_up_a_new_key_and_still_opens_what_the_former_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "key"
    first = KeyFile.create(path)
    ring = KeyRing(path)
    before = await ring.wrap_all({ANN: KEY})
    assert add_new_key(path)
    assert not add_new_key(path), "one change at a time"
    after = await ring.wrap_all({ANN: KEY})
    assert (before[ANN].kek_id, after[ANN].kek_id) == (first.kek_id, ring.newest.kek_id)
    assert first.kek_id != ring.newest.kek_id
    assert await ring.unwrap_all(before) == await ring.unwrap_all(after) == {ANN: KEY}
    # What else is derived stays, and so do the marks and the index that are made with it.
    assert ring.root_id == first.root_id == KeyRing(path).root_id
    assert ring.derive(b"marks") == first.derive(b"marks") == KeyRing(path).derive(b"marks")
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.kek.hex() not in repr(read_ring(path))


async def test_a_file_that_became_unreadable_stops_nobody_who_runs(tmp_path: Path) -> None:
    path = tmp_path / "key"
    KeyFile.create(path)
    ring = KeyRing(path)
    wrapped = await ring.wrap_all({ANN: KEY})
    for content in ("", "newest\n", "root AAAA\n", f"{'A' * 43}\n{'B' * 43}\n", f"older {'A' * 43}\n"):
        path.write_text(content)
        assert await ring.unwrap_all(wrapped) == {ANN: KEY}
        with pytest.raises(KeyFileError, match="is not a key file"):
            KeyRing(path)
    path.unlink()
    assert await ring.unwrap_all(wrapped) == {ANN: KEY}
    KeyFile.create(path)
    with pytest.raises(KeyFileError, match="does not open"):
        await ring.unwrap_all(wrapped)


async def test_a_file_that_was_refused_is_taken_up_once_its_rights_are_right(tmp_path: Path) -> None:
    """`chmod` changes neither inode nor size nor the time of the content."""
    path = tmp_path / "key"
    KeyFile.create(path)
    ring = KeyRing(path)
    add_new_key(path)
    fresh = read_ring(path)[0].kek_id
    path.chmod(0o644)
    with structlog.testing.capture_logs() as said:
        refused = [ring.newest.kek_id for _ in range(3)]
    assert fresh not in refused
    assert [line["event"] for line in said] == ["keys.file-unreadable"], "said once, not at every use"
    path.chmod(0o600)
    assert ring.newest.kek_id == fresh
    # One that is gone is reported, too, and one that comes back as it was is not complained of.
    path.rename(tmp_path / "away")
    with structlog.testing.capture_logs() as said:
        assert (ring.newest.kek_id, ring.newest.kek_id) == (fresh, fresh)
    assert len(said) == 1
    (tmp_path / "away").rename(path)
    with structlog.testing.capture_logs() as said:
        assert ring.newest.kek_id == fresh
    assert said == []


async def test_a_key_that_the_file_lacks_is_waited_for_and_a_damaged_row_is_not(tmp_path: Path) -> None:
    path = tmp_path / "key"
    first, later = KeyFile.create(path), KeyFile.create(tmp_path / "later")
    ring = KeyRing(path)
    ahead = await later.wrap_all({ANN: KEY})
    with pytest.raises(StoreUnavailable) as missing:
        await ring.unwrap_all(ahead)
    assert isinstance(missing.value, KeyNotInFile)
    assert all(word in str(missing.value) for word in (later.kek_id, first.kek_id, "CASEWORK_KEY_FILE"))
    # The file is handed out, and what was waited for opens.
    write_ring(path, (later, first))
    assert await ring.unwrap_all(ahead) == {ANN: KEY}
    # No other file makes this one good: whoever waited for it would wait for good.
    damaged = {ANN: Wrapped(ahead[ANN].key[:-1] + bytes([ahead[ANN].key[-1] ^ 1]), later.kek_id)}
    with pytest.raises(KeyFileError, match="was changed") as changed:
        await ring.unwrap_all(damaged)
    assert not isinstance(changed.value, StoreUnavailable)


def test_a_command_says_of_a_missing_key_what_to_do_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not that the database is away, which is what it says of whatever else is passing."""
    one, other = KeyFile.create(tmp_path / "key"), KeyFile.create(tmp_path / "other")
    with pytest.raises(typer.Exit), explained(StoreUnavailable, KeyFileError):
        one.unwrap(other.wrap(KEY, ANN), ANN, other.kek_id)
    said = capsys.readouterr().err
    assert other.kek_id in said
    assert "CASEWORK_KEY_FILE" in said
    assert "database" not in said


async def test_all_keys_are_wrapped_anew_and_the_erased_stay_erased(
    intake: AsyncEngine, admin: AsyncEngine, tmp_path: Path
) -> None:
    async with begin(admin) as work:
        await work.execute("TRUNCATE vault.person_key")
    path = tmp_path / "key"
    former = KeyFile.create(path)
    vault = Vault(KeyRing(path))
    people = [uuid4() for _ in range(25)]
    async with begin(intake) as work:
        keys = await vault.mint(work, people)
        await vault.erase(work, people[0])
    add_new_key(path)
    with pytest.raises(StillNeeded, match="24 person keys"):
        await take_former_out(admin, path)
    steps: list[int] = []
    assert await rewrap(admin, path, steps.append, step=10) == 24
    assert steps == [10, 10, 4]
    assert await rewrap(admin, path, steps.append) == 0
    assert await take_former_out(admin, path) == 1
    assert await take_former_out(admin, path) == 0
    async with begin(intake) as work:
        opened = await vault.open(work, people)
        # What lies in an older backup needs the former key, of which there is no copy left here.
        with pytest.raises(KeyFileError):
            await Vault(former).open(work, people[1:])
    assert {person: key for person, key in opened.items() if isinstance(key, bytes)} == {
        person: keys[person] for person in people[1:]
    }
    assert sorted(os.listdir(tmp_path)) == ["key", "key.lock"]


async def test_a_key_of_another_file_stops_the_change_before_it_harms(
    intake: AsyncEngine, admin: AsyncEngine, tmp_path: Path
) -> None:
    async with begin(admin) as work:
        await work.execute("TRUNCATE vault.person_key")
    path, person = tmp_path / "key", uuid4()
    KeyFile.create(path)
    stranger = KeyFile.create(tmp_path / "other")
    async with begin(intake) as work:
        keys = await Vault(stranger).mint(work, [person])
    add_new_key(path)
    with pytest.raises(KeyFileError, match=stranger.kek_id):
        await rewrap(admin, path, _count)
    async with begin(intake) as work:
        assert await Vault(stranger).open(work, [person]) == keys
