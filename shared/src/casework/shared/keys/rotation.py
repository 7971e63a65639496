"""A new wrapping key: into the key file, then every person's key under it in small steps, then the former one goes.

Invariant: at every moment the file opens every key in the store. So the new key stands in the file before anything is
wrapped with it, on the disk and under its name, and a former key is taken out only when nothing is wrapped with it
any more, while nothing can be added. One process at a time changes the file, and none throws away a key that may be in
use. Nobody waits for a step: it takes only rows that nobody holds, at most `STEP` of them, each step a transaction
of its own; a kill undoes at most one, and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.keys.wrapping import (
    KeyFile,
    KeyFileError,
    KeyRing,
    NotAKeyFile,
    Wrapped,
    fresh_beside,
    new_key,
    put_in_place,
    read_ring,
    write_ring,
)
from casework.shared.runtime.claims import FileLock
from casework.shared.runtime.database import Work, begin

STEP = 200


class StillNeeded(Exception):
    """Keys are wrapped with what was to be taken out of the file. The message says how many, and what to do."""


class LeftBehind(Exception):
    """An earlier change left a file with a key that is not in the key file. The message says what to do."""


def add_new_key(path: Path) -> bool:
    """Put a new key into the file, unless one is there that has not replaced the former ones yet. Returns whether it
    did. Raises `KeyFileError`, `LeftBehind`, `AlreadyRunning`, OSError."""
    with changing(path) as (keys, taken_up):
        if len(keys) == 1:
            write_ring(path, (new_key(keys[0].root_key), *keys))
        return taken_up or len(keys) == 1


@contextmanager
def changing(path: Path) -> Iterator[tuple[tuple[KeyFile, ...], bool]]:
    """Have the key file until the end of the block: its keys, and whether one of them was only on its way into it.

    Raises `AlreadyRunning` while another process has it, `LeftBehind`, `KeyFileError`, OSError."""
    # Beside it, for the file itself is another one after each change.
    lock = FileLock(path.with_name(f"{path.name}.lock"), f"The key file {path}", "wait until it has ended")
    lock.acquire()
    try:
        taken_up = _take_up(path)
        yield read_ring(path), taken_up
    finally:
        lock.release()


def _take_up(path: Path) -> bool:
    """End what a crash cut short. Where the power failed before the new name was on the disk, person keys may be
    wrapped with what stands in the fresh file only. Returns whether its keys were taken up."""
    fresh, keys = fresh_beside(path), read_ring(path)
    try:
        left = read_ring(fresh) if fresh.exists() else ()
    except NotAKeyFile:
        left = ()  # half of a file: nothing was wrapped with its key yet
    except KeyFileError as error:
        raise LeftBehind(f"an earlier change of {path} left {fresh} behind, and it cannot be read: {error}") from None
    there = {each.kek_id for each in keys}
    more = [each.kek_id for each in left if each.kek_id not in there]
    if not more:
        fresh.unlink(missing_ok=True)
        return False
    if not there.issubset(each.kek_id for each in left) or left[0].root_id != keys[0].root_id:
        raise LeftBehind(
            f"{fresh} holds the key {more[0]}, which is not in {path}, and does not go on from it; nothing was changed."
            f" If person keys are wrapped with it (SELECT count(*) FROM vault.person_key WHERE kek_id = '{more[0]}'),"
            f" find out which file the installation goes by; if none is, move {fresh} away."
        )
    put_in_place(path)
    return True


async def rewrap(engine: AsyncEngine, path: Path, done: Callable[[int], None], step: int = STEP) -> int:
    """Wrap every key with the newest key of the file. `done` is told how many after each step. Returns how many in all.

    `engine` may write the key store. Raises `KeyNotInFile` where one was wrapped with none of the file's keys."""
    ring, total = KeyRing(path), 0
    while True:
        async with begin(engine) as work:
            count = await _step(work, ring, step)
        if count:
            total += count
            done(count)
            continue
        async with begin(engine) as work:
            # Whoever wrapped with the former key before reading the new file has ended when this is given.
            await work.execute("LOCK TABLE vault.person_key IN SHARE MODE")
            if not await wrapped_otherwise(work, [ring.newest.kek_id]):
                return total


async def _step(work: Work, ring: KeyRing, step: int) -> int:
    newest = ring.newest
    rows = await work.fetch(
        "SELECT person, wrapped_key, kek_id FROM vault.person_key WHERE kek_id <> $1 AND erased_at IS NULL"
        " LIMIT $2 FOR UPDATE SKIP LOCKED",
        newest.kek_id,
        step,
    )
    if not rows:
        return 0
    keys = await ring.unwrap_all(
        {UUID(int=row["person"].int): Wrapped(row["wrapped_key"], row["kek_id"]) for row in rows}
    )
    wrapped = await newest.wrap_all(keys)
    return await work.execute(
        "UPDATE vault.person_key k SET wrapped_key = n.key, kek_id = $3"
        " FROM unnest($1::uuid[], $2::bytea[]) AS n(person, key) WHERE k.person = n.person AND k.erased_at IS NULL",
        list(wrapped),
        [each.key for each in wrapped.values()],
        newest.kek_id,
    )


async def wrapped_otherwise(work: Work, known: Sequence[str]) -> int:
    """How many keys are wrapped with none of these."""
    found: int = await work.fetch_value(
        "SELECT count(*) FROM vault.person_key WHERE kek_id <> ALL($1) AND erased_at IS NULL", list(known)
    )
    return found


async def take_former_out(engine: AsyncEngine, path: Path) -> int:
    """Leave only the newest key in the file. Returns how many went. Raises `StillNeeded`, and what
    `changing` raises."""
    with changing(path) as ((newest, *former), _):
        async with begin(engine) as work:
            # Nobody adds a key meanwhile; whoever wrapped one before has committed it, and it is counted.
            await work.execute("LOCK TABLE vault.person_key IN SHARE MODE")
            left = await wrapped_otherwise(work, [newest.kek_id])
            if left:
                raise StillNeeded(f"{left} person keys are wrapped with another key; run `casework keys rotate` first.")
            if former:
                write_ring(path, (newest,))
        return len(former)
