"""Exporting the log as JSON Lines: the exact bytes of every event, and where each log ends.

The first line says what the file is. Then come the shards, one after the other: one line an event, each service's
in the order of positions, and after the last of a shard a line with the ends of its four logs. The last line counts
them all. So a line that is missing, changed or moved is found, and a tail that was cut off too. The file is closed
under causes. A file that was rewritten whole by somebody who knew how verifies by itself, but not against a checkpoint
that was signed before (`signed`).

Invariant: an export that was interrupted goes on where it stopped; under its own name there is only a whole one.
"""

from __future__ import annotations

import base64
import gzip
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from casework.shared.audit.checkpoint import Checkpoint
from casework.shared.audit.sources import Progress
from casework.shared.audit.walk import Page, Stores, count_events, walk_shard
from casework.shared.contracts.ids import SERVICES, ServiceName

FORMAT = "casework-export"
FORMAT_VERSION = 1


class CannotExport(Exception):
    """The export cannot be written or gone on with. The message says what to do."""


@dataclass(slots=True)
class _Done:
    """How far an export has come: kept beside the unfinished file, replaced after each page that is on the disk."""

    installation: str
    shards: int
    bytes: int = 0
    events: int = 0
    shard: int = 0
    after: dict[str, int] = field(default_factory=dict)
    """Position of the last event written of each service in `shard`."""
    hashes: dict[str, str] = field(default_factory=dict)
    checkpoint: int | None = None


async def export(
    stores: Stores, path: Path, *, until: Checkpoint | None = None, progress: Progress | None = None
) -> int:
    """Write every event to `path`, compressed when its name ends in .gz. Returns how many events it holds.

    With `until` it ends in each log where that checkpoint does, and not closed under causes: the logs were not read at
    one moment. Raises `CannotExport` when the file exists, or an unfinished one beside it is of another installation or
    checkpoint.
    """
    part, notes = path.with_name(path.name + ".part"), path.with_name(path.name + ".part.json")
    done = _resumed(stores, path, part, notes, until)
    total = await count_events(stores) if progress is not None else 0
    with part.open("ab") as file:
        file.truncate(done.bytes)
        file.seek(done.bytes)
        writer = _Writer(file, notes, done, packed=path.suffix == ".gz")
        if done.bytes == 0:
            writer.write(
                [first_line(done.installation, done.shards, done.checkpoint)],
            )
        while done.shard < done.shards:
            after: dict[ServiceName, int] = {name: done.after[name] for name in SERVICES if name in done.after}
            upto = None if until is None else {each: until.trees[each, done.shard].size - 1 for each in SERVICES}
            async for page in walk_shard(stores, done.shard, after=after, upto=upto):
                writer.write_page(page)
                if progress is not None:
                    progress(done.events, max(total, done.events))
            writer.end_shard()
        writer.write([last_line(done.events, done.shards)])
    part.replace(path)
    notes.unlink(missing_ok=True)
    return done.events


def first_line(installation: str, shards: int, checkpoint: int | None = None) -> dict[str, object]:
    """What the file is. `checkpoint` is the number of that where its logs end."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "installation": installation,
        "shards": shards,
        **({} if checkpoint is None else {"checkpoint": checkpoint}),
    }


def event_line(
    source: ServiceName, shard: int, position: int, shardprev: bytes | None, hash_: bytes, document: bytes
) -> dict[str, object]:
    """One event."""
    return {
        "source": source,
        "shard": shard,
        "position": position,
        "hash": hash_.hex(),
        "shardprev": None if shardprev is None else shardprev.hex(),
        **_text_of(document),
    }


def end_line(shard: int, ends: Mapping[ServiceName, tuple[int, str | None]]) -> dict[str, object]:
    """After the last event of a shard: of each service the next position, and the hash (hex) of the last event."""
    return {
        "end_of_shard": shard,
        "ends": {source: {"next": following, "hash": last} for source, (following, last) in ends.items()},
    }


def last_line(events: int, shards: int) -> dict[str, object]:
    """The count of all."""
    return {"end": {"events": events, "shards": shards}}


def _resumed(stores: Stores, path: Path, part: Path, notes: Path, until: Checkpoint | None) -> _Done:
    if path.exists():
        raise CannotExport(f"{path} exists; name another file, or move that one away first.")
    fresh = _Done(str(stores.installation.id), stores.installation.shards)
    fresh.checkpoint = None if until is None else until.number
    if not part.exists() or not notes.exists():
        return fresh
    found = _Done(**orjson.loads(notes.read_bytes()))
    if (found.installation, found.shards, found.checkpoint) != (fresh.installation, fresh.shards, fresh.checkpoint):
        raise CannotExport(
            f"{part} is an unfinished export of another installation or checkpoint; remove it and {notes.name} first."
        )
    return found


class _Writer:
    """Appends lines in pieces that are each on the disk, whole, before the notes say so."""

    def __init__(self, file: BinaryIO, notes: Path, done: _Done, *, packed: bool) -> None:
        self._file = file
        self._notes = notes
        self._done = done
        self._packed = packed

    def write_page(self, page: Page) -> None:
        done, shard = self._done, self._done.shard
        done.events += len(page.rows)
        done.after[page.source] = page.rows[-1][0]
        done.hashes[page.source] = page.rows[-1][2].hex()
        self.write([event_line(page.source, shard, row[0], row[1], row[2], row[3]) for row in page.rows])

    def end_shard(self) -> None:
        done = self._done
        line = end_line(
            done.shard,
            {source: (done.after.get(source, -1) + 1, done.hashes.get(source)) for source in SERVICES},
        )
        done.shard, done.after, done.hashes = done.shard + 1, {}, {}
        self.write([line])

    def write(self, lines: list[dict[str, object]]) -> None:
        text = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
        # A member of its own for each piece: members follow one another in a valid file, and none is ever torn.
        self._file.write(gzip.compress(text, 6, mtime=0) if self._packed else text)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._done.bytes = self._file.tell()
        fresh = self._notes.with_name(self._notes.name + ".new")
        fresh.write_bytes(orjson.dumps(asdict(self._done)))
        fresh.replace(self._notes)


def _text_of(document: bytes) -> dict[str, str]:
    """The bytes as text: as they are, or in base64 where somebody made them something that is no text."""
    try:
        return {"envelope": document.decode()}
    except UnicodeDecodeError:
        return {"envelope_base64": base64.b64encode(document).decode()}
