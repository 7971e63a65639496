"""The key file while it is changed: no key in it or on its way into it is lost, whatever ends the change."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.keys.rotation import LeftBehind, StillNeeded, add_new_key, changing, take_former_out
from casework.shared.keys.vault import Vault
from casework.shared.keys.wrapping import KeyFile, KeyRing, new_key, read_ring, write_ring
from casework.shared.runtime.claims import AlreadyRunning
from casework.shared.runtime.database import begin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    KeyFile.create(tmp_path / "key")
    return tmp_path / "key"


def _leave_behind(path: Path, keys: Sequence[KeyFile]) -> Path:
    """A file as it lies there when the power fails before its new name is on the disk."""
    beside = path.with_name("key.new")
    write_ring(path.with_name("made"), keys)
    path.with_name("made").rename(beside)
    return beside


def _ids(path: Path) -> list[str]:
    return [each.kek_id for each in read_ring(path)]


async def test_a_new_key_whose_name_did_not_reach_the_disk_is_taken_up(
    path: Path, intake: AsyncEngine, admin: AsyncEngine
) -> None:
    """Person keys may be wrapped with it by then: another one in its place would lose them all."""
    async with begin(admin) as work:
        await work.execute("TRUNCATE vault.person_key")
    before = read_ring(path)
    ahead = new_key(before[0].root_key)
    left = _leave_behind(path, (ahead, *before))
    assert add_new_key(path)
    assert _ids(path) == [ahead.kek_id, before[0].kek_id]
    assert not left.exists()
    assert not add_new_key(path)
    # And what would take keys out takes it up before, too, and counts what is still under a former one.
    write_ring(path, before)
    person = uuid4()
    async with begin(intake) as work:
        await Vault(KeyRing(path)).mint(work, [person])
    _leave_behind(path, (ahead, *before))
    with pytest.raises(StillNeeded, match="1 person keys"):
        await take_former_out(admin, path)
    assert _ids(path) == [ahead.kek_id, before[0].kek_id]
    async with begin(intake) as work:
        assert await Vault(KeyRing(path)).open(work, [person])


@pytest.mark.parametrize("keeps_the_others", (False, True))
async def test_a_key_that_nobody_can_place_is_left_where_it_is(
    path: Path, admin: AsyncEngine, keeps_the_others: bool
) -> None:
    """Also one that has the keys of this file, but hands down another root: what is derived would change with it."""
    before = read_ring(path)
    stranger = KeyFile.create(path.with_name("stranger"))
    left = _leave_behind(path, (stranger, *before) if keeps_the_others else (stranger,))
    content = left.read_bytes(), path.read_bytes()
    with pytest.raises(LeftBehind, match=r"key\.new.*" + stranger.kek_id):
        add_new_key(path)
    with pytest.raises(LeftBehind, match=r"key\.new"):
        await take_former_out(admin, path)
    assert (left.read_bytes(), path.read_bytes()) == content


def test_a_file_that_others_can_read_is_no_half_written_one(path: Path) -> None:
    """What cannot be looked into is not thrown away."""
    left = _leave_behind(path, (new_key(b"r" * 32),))
    left.chmod(0o644)
    with pytest.raises(LeftBehind, match="chmod 600"):
        add_new_key(path)
    assert left.exists()


@pytest.mark.parametrize("content", ("", "A" * 42, f"{'A' * 43}\nroot AAA", f"{'A' * 43}\nroot {'A' * 43}\nform"))
def test_half_a_file_is_thrown_away(path: Path, content: str) -> None:
    """Nothing is wrapped with a key before the whole of its file is on the disk."""
    before = read_ring(path)
    left = path.with_name("key.new")
    left.touch(0o600)
    left.write_text(content)
    assert add_new_key(path)
    assert _ids(path)[1:] == [before[0].kek_id]
    assert not left.exists()


def test_what_holds_no_more_than_the_file_is_thrown_away(path: Path) -> None:
    before = read_ring(path)
    left = _leave_behind(path, before)
    assert add_new_key(path)
    assert _ids(path)[1:] == [before[0].kek_id]
    assert not left.exists()


async def test_one_change_at_a_time(path: Path, admin: AsyncEngine) -> None:
    """Of two at once one would put its new key in the place of the other's."""
    content = path.read_bytes()
    with changing(path):
        with pytest.raises(AlreadyRunning, match=rf"key file {path}.*pid {os.getpid()}.*wait until it has ended"):
            add_new_key(path)
        with pytest.raises(AlreadyRunning):
            await take_former_out(admin, path)
    assert path.read_bytes() == content
    assert add_new_key(path)


def test_the_name_of_a_key_file_is_on_the_disk_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are wrapped with it at once, in a database that is on the disk."""
    path, really = tmp_path / "key", os.fsync
    synced: list[tuple[str, tuple[str, ...]]] = []

    def record(descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            assert found.st_ino == tmp_path.stat().st_ino
            synced.append(("folder", tuple(_ids(path))))
        else:
            synced.append(("file", tuple(_ids(path)) if path.exists() and path.stat().st_size else ()))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    first = KeyFile.create(path).kek_id
    assert synced[-1] == ("folder", (first,))
    synced.clear()
    add_new_key(path)
    assert synced == [("file", (first,)), ("folder", tuple(_ids(path)))]
    assert len(_ids(path)) == 2
    # One that is taken up had a name that may be on the disk or not.
    synced.clear()
    write = read_ring(path)
    path.unlink()
    write_ring(path, write[1:])
    _leave_behind(path, write)
    synced.clear()
    add_new_key(path)
    assert synced == [("folder", tuple(_ids(path)))]
