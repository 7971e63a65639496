"""The notary's own copy of every tree: 32 bytes an event, in flat files that only grow.

Invariant: level 0 holds the leaves of a tree in the order of positions, level k the roots over each 2^k of them, so
that a proof reads one node of each level, whatever the size of the log. Only level 0 is the truth: what is above is
cut or written again out of what is below, and what is behind the last signed size is not believed after a start, but
fetched again. A size is signed after its leaves are on the disk.

One process writes; it may be killed at any moment.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from casework.shared.audit.checkpoint import NOTHING, Place, Tree
from casework.shared.audit.merkle import HASH_BYTES, node_hash, root_at
from casework.shared.durable import sync_path

PIECE = 65_536 * HASH_BYTES


class TreeDiffers(Exception):
    """A tree on the disk is not the one that was signed. The message says what to do."""


class TreeFile:
    """One tree in one folder, its levels in files `00`, `01`, ..."""

    def __init__(self, folder: Path, place: Place) -> None:
        self._folder = folder
        self.place = place
        self.size = 0

    def open(self, signed: Tree) -> None:
        """Go back to what was last signed, and see that it is what is here. Raises `TreeDiffers`.

        A tree that has fewer leaves than were signed was moved away: it starts from nothing, to be read from the feed
        again. Its root at the signed size is asked for before anything is signed.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._count(0) < signed.size:
            for file in self._folder.iterdir():
                file.unlink()
            self.size = 0
            return
        _cut(self._file(0), signed.size)
        self.size = signed.size
        self._fit_levels()
        if root_at(self.node, self.size) != signed.root:
            # Only the leaves were sure to be on the disk: whatever is above them is worked out again.
            for level in range(1, max(1, self.size.bit_length()) + 1):
                self._file(level).unlink(missing_ok=True)
            self._fit_levels()
        if root_at(self.node, self.size) != signed.root:
            raise TreeDiffers(
                f"{self._folder} holds other hashes than were signed: it was changed from outside, or its disk fails. "
                "Nothing is signed. Put it back from its copy, or move the folder `trees` away: then the notary reads "
                "the feeds again, and goes on only if they give the tree that was signed."
            )

    def append(self, leaves: Sequence[bytes]) -> None:
        """More leaves, at the end."""
        if leaves:
            _append(self._file(0), b"".join(leaves))
            self.size += len(leaves)
            self._fit_levels()

    def sync(self) -> None:
        """Return when the leaves are on the disk."""
        if self.size:
            for path in (self._file(0), self._folder):
                sync_path(path)

    def node(self, level: int, index: int) -> bytes:
        """The root over the leaves `index << level` up to the next. Raises OSError, `TreeDiffers`."""
        with self._file(level).open("rb") as file:
            file.seek(index * HASH_BYTES)
            found = file.read(HASH_BYTES)
        if len(found) != HASH_BYTES:
            raise TreeDiffers(f"{self._file(level)} has no node {index}")
        return found

    def last(self) -> bytes | None:
        """The last leaf."""
        return None if self.size == 0 else self.node(0, self.size - 1)

    def root(self, size: int) -> bytes:
        """The root at a size that the tree has or had."""
        return root_at(self.node, size)

    def _fit_levels(self) -> None:
        """Every level above the leaves has what `size` says: no more, no less."""
        level = 1
        while self.size >> level or self._file(level).exists():
            wanted = self.size >> level
            _cut(self._file(level), wanted)
            have = self._count(level)
            if have < wanted:
                with self._file(level - 1).open("rb") as below, self._file(level).open("ab") as above:
                    below.seek(2 * have * HASH_BYTES)
                    while have < wanted:
                        piece = below.read(min(PIECE, 2 * (wanted - have) * HASH_BYTES))
                        nodes = _paired(piece)
                        if not nodes:
                            raise TreeDiffers(f"{self._file(level - 1)} is shorter than it must be")
                        above.write(b"".join(nodes))
                        have += len(nodes)
            level += 1

    def _count(self, level: int) -> int:
        try:
            return self._file(level).stat().st_size // HASH_BYTES
        except FileNotFoundError:
            return 0

    def _file(self, level: int) -> Path:
        return self._folder / f"{level:02}"


class Trees:
    """All trees of an installation, in one folder."""

    def __init__(self, folder: Path, places: Sequence[Place]) -> None:
        self._trees = {place: TreeFile(folder / f"{place[0]}-{place[1]:03}", place) for place in places}

    def __getitem__(self, place: Place) -> TreeFile:
        return self._trees[place]

    def open(self, signed: dict[Place, Tree]) -> None:
        """Go back to what was last signed. Raises `TreeDiffers`."""
        for place, tree in self._trees.items():
            tree.open(signed.get(place, NOTHING))


def _paired(piece: bytes) -> list[bytes]:
    step = 2 * HASH_BYTES
    return [
        node_hash(piece[at : at + HASH_BYTES], piece[at + HASH_BYTES : at + step])
        for at in range(0, len(piece) - step + 1, step)
    ]


def _cut(path: Path, count: int) -> None:
    """At most `count` hashes in the file."""
    try:
        if path.stat().st_size > count * HASH_BYTES:
            os.truncate(path, count * HASH_BYTES)
        elif path.stat().st_size % HASH_BYTES:
            os.truncate(path, path.stat().st_size // HASH_BYTES * HASH_BYTES)
    except FileNotFoundError:
        return


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)
