"""A checkpoint: what the logs of an installation were at one moment, in a note that the notary signed.

Invariant: the text is canonical: what is read and written again is the same text, and a text with a line more, less or
elsewhere is none. The text of number n names the hash of that of n - 1, so that the checkpoints are a chain: whoever
holds the last one can tell that none before it was exchanged.

    casework/<installation>
    checkpoint 17
    time 2026-11-22T19:00:00Z
    previous <SHA-256 of the text before it, base64; 32 zero bytes in that of number 1>
    shards 12
    intake 0 1234 <root, base64>            one line a service and shard: the size of its tree, and the root
    ...
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from casework.shared.audit.merkle import EMPTY_ROOT, HASH_BYTES
from casework.shared.audit.notes import NotSigned, PublicKey, open_note, split_notes, text_of
from casework.shared.contracts.ids import SERVICES, ServiceName

NO_PREVIOUS = bytes(HASH_BYTES)
SUFFIX = ".note"
MOST_SHARDS = 4_096

Place: TypeAlias = tuple[ServiceName, int]
"""A service and a shard: one tree."""

_NUMBER = r"(0|[1-9][0-9]{0,18})"
_HASH = r"([A-Za-z0-9+/]{43}=)"
_HEAD = re.compile(
    rf"casework/([0-9a-f-]{{36}})\ncheckpoint {_NUMBER}\n"
    rf"time ([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z)\n"
    rf"previous {_HASH}\nshards {_NUMBER}\n"
)
_LINE = re.compile(rf"([a-z]+) {_NUMBER} {_NUMBER} {_HASH}")


class NotACheckpoint(Exception):
    """The text is not that of a checkpoint."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of one shard of one service: how many events, and the root over them."""

    size: int
    root: bytes


NOTHING = Tree(0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Sizes and roots of all trees of an installation. `time` is the notary's clock, in whole seconds, UTC."""

    installation: UUID
    number: int
    time: str
    previous: bytes
    shards: int
    trees: Mapping[Place, Tree]

    @property
    def events(self) -> int:
        """How many events it stands for."""
        return sum(tree.size for tree in self.trees.values())

    @property
    def text(self) -> str:
        """What is signed."""
        lines = [
            origin_of(self.installation),
            f"checkpoint {self.number}",
            f"time {self.time}",
            f"previous {_text(self.previous)}",
            f"shards {self.shards}",
        ]
        for place in places(self.shards):
            tree = self.trees[place]
            lines.append(f"{place[0]} {place[1]} {tree.size} {_text(tree.root)}")
        return "\n".join(lines) + "\n"

    @property
    def hash(self) -> bytes:
        """By which the next one names it."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Refused:
    """A note that counts for nothing, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """Checkpoints somebody has: those that are signed, by number, and what is wrong with the rest of them."""

    checkpoints: Sequence[Checkpoint]
    refused: Sequence[Refused]

    @property
    def newest(self) -> Checkpoint | None:
        return self.checkpoints[-1] if self.checkpoints else None


def origin_of(installation: UUID) -> str:
    """The first line of its checkpoints, and the name its notary signs with."""
    return f"casework/{installation}"


def places(shards: int) -> list[Place]:
    """Every tree of an installation, in the order of a checkpoint's lines."""
    return [(service, shard) for service in SERVICES for shard in range(shards)]


def parse_checkpoint(text: str) -> Checkpoint:
    """Raises `NotACheckpoint`."""
    head = _HEAD.match(text)
    if head is None:
        raise NotACheckpoint("its first lines are not those of a checkpoint")
    shards = int(head[5])
    if not 1 <= shards <= MOST_SHARDS:
        raise NotACheckpoint("it names an impossible number of shards")
    trees: dict[Place, Tree] = {}
    wanted = places(shards)
    lines = text[head.end() :].split("\n")
    if len(lines) != len(wanted) + 1 or lines.pop():
        raise NotACheckpoint("it has not one line for each service and shard")
    try:
        for place, line in zip(wanted, lines, strict=True):
            found = _LINE.fullmatch(line)
            if found is None or (found[1], int(found[2])) != place:
                raise NotACheckpoint(f"its line for {place[0]} {place[1]} is malformed")
            trees[place] = Tree(int(found[3]), _hash(found[4]))
        parsed = Checkpoint(UUID(head[1]), int(head[2]), head[3], _hash(head[4]), shards, trees)
    except (ValueError, binascii.Error):
        raise NotACheckpoint("an id or a hash in it is malformed") from None
    if parsed.text != text:
        raise NotACheckpoint("it is not in its canonical form")
    return parsed


def open_checkpoint(note: bytes, trusted: Sequence[PublicKey]) -> Checkpoint:
    """The checkpoint of a note that a trusted key signed. Raises `NotSigned`, `NotACheckpoint`."""
    return parse_checkpoint(open_note(note, trusted))


def checkpoint_of(note: bytes) -> Checkpoint:
    """The checkpoint of a note, whoever signed it: for what only passes it on. Raises as `open_checkpoint`."""
    return parse_checkpoint(text_of(note))


def notes_at(path: Path) -> list[tuple[str, bytes]]:
    """The notes in a file, or in all files *.note below a folder, each with where it stands. Raises OSError."""
    files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    found = []
    for file in files:
        for number, note in enumerate(split_notes(file.read_bytes()), start=1):
            found.append((f"{file.name}, note {number}" if number > 1 else file.name, note))
    return found


def hold(notes: Sequence[tuple[str, bytes]], trusted: Sequence[PublicKey]) -> Held:
    """Verify the checkpoints somebody has, each by itself and against each other.

    Two of the same number with different texts, a link to another text than that of the number before, a size that
    shrank, another installation: each is a contradiction that no honest notary ever signs.
    """
    found: dict[int, tuple[str, Checkpoint]] = {}
    refused: list[Refused] = []
    for where, note in notes:
        try:
            checkpoint = open_checkpoint(note, trusted)
        except (NotSigned, NotACheckpoint) as error:
            refused.append(Refused(where, str(error)))
            continue
        stem = where.partition(SUFFIX)[0].rpartition("/")[2]
        if stem.isdigit() and int(stem) != checkpoint.number and where.endswith(SUFFIX):
            refused.append(Refused(where, f"it holds checkpoint {checkpoint.number}, and not the one of its name"))
        known = found.get(checkpoint.number)
        if known is not None and known[1] != checkpoint:
            refused.append(Refused(where, f"there are two checkpoints {checkpoint.number}, and they differ"))
        found.setdefault(checkpoint.number, (where, checkpoint))
    numbers = sorted(found)
    for before, number in pairwise(numbers):
        why = contradiction(found[before][1], found[number][1])
        if why:
            refused.append(Refused(found[number][0], why))
    return Held([found[number][1] for number in numbers], refused)


def contradiction(old: Checkpoint, new: Checkpoint) -> str:
    """Why these two, the earlier number first, cannot both be an honest notary's; empty where they can."""
    if (old.installation, old.shards) != (new.installation, new.shards):
        return f"it is of another installation than checkpoint {old.number}"
    if new.number == old.number + 1 and new.previous != old.hash:
        return f"the checkpoint before it is not checkpoint {old.number} as it is here"
    if new.time < old.time:
        return f"it is older than checkpoint {old.number}, by its time"
    for place, tree in old.trees.items():
        later = new.trees[place]
        if later.size < tree.size or (later.size == tree.size and later.root != tree.root):
            return f"its tree of {place[0]} shard {place[1]} has not grown out of that of checkpoint {old.number}"
    return ""


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _hash(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
