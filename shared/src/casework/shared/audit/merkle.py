"""The Merkle tree of RFC 9162, section 2.1: roots, proofs, and their verification.

Invariant: pure arithmetic over hashes. A leaf's hash is that of its event as it is (`leaf_hash`: 0x00 and the bytes);
a node's is SHA-256(0x01 || left || right); the tree over nothing is SHA-256 of nothing. Whoever verifies needs only
the functions below, and believes no size, index or path that does not end in a root that was signed.

Published vectors (those of Certificate Transparency) and a naive reference: shared/tests/test_merkle.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256

Nodes: TypeAlias = Callable[[int, int], bytes]
"""The hash at (level, index): that of the whole subtree over the leaves `index << level` up to the next. Level 0 are
the leaves."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows, as the roots of the whole subtrees on its right edge: 32 bytes for each bit of its
    size. Appending costs two hashes, whatever the size."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One leaf more."""
        size, level, peaks = self.size, 0, self._peaks
        while size & 1:
            leaf = _sha256(b"\x01" + peaks[level] + leaf).digest()
            size >>= 1
            level += 1
        if level == len(peaks):
            peaks.append(leaf)
        else:
            peaks[level] = leaf
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """As `append` for each, in order, but level by level: three times as quick."""
        self.size, size = self.size + len(leaves), self.size
        nodes, level, peaks = leaves, 0, self._peaks
        while nodes:
            if size & 1:
                nodes = [peaks[level], *nodes]
            if level == len(peaks):
                peaks.append(nodes[-1])
            elif len(nodes) & 1:
                peaks[level] = nodes[-1]
            nodes = [
                _sha256(b"\x01" + left + right).digest()
                for left, right in zip(nodes[::2], nodes[1::2], strict=False)  # an odd one is the peak
            ]
            size >>= 1
            level += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        found: bytes | None = None
        for level, peak in enumerate(self._peaks):
            if self.size >> level & 1:
                found = peak if found is None else node_hash(peak, found)
        return EMPTY_ROOT if found is None else found


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(list(leaves))
    return frontier.root()


def root_at(nodes: Nodes, size: int) -> bytes:
    """The root the tree had when it had `size` leaves, out of its whole subtrees."""
    return EMPTY_ROOT if size == 0 else _range_root(nodes, 0, size)


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D_size) of section 2.1.3.1: the siblings on the way to the root, the lowest first.

    Raises ValueError for an index outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(nodes, middle, end))
            end = middle
        else:
            path.append(_range_root(nodes, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D_new) of section 2.1.4.1; empty when one of them is empty or nothing was appended.

    Raises ValueError when `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} has not grown out of one of {old}")
    if old in (0, new):
        return []
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(nodes, middle, end))
            end = middle
        else:
            path.append(_range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(nodes, start, end))
    path.reverse()
    return path


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a tree of `size` has if `leaf` stands at `index` and `path` is true: section 2.1.3.2.

    None when the path cannot be one for this place. Compare the root with one that was signed.
    """
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0 or len(sibling) != HASH_BYTES:
            return None
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` shows that the tree of `new` leaves begins with that of `old`: section 2.1.4.2."""
    if not 0 <= old <= new or any(len(each) != HASH_BYTES for each in path):
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not path and old_root == new_root
    if not path:
        return False
    rest = list(path)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """The root over the leaves from `start` to before `end`, of a range that the tree has as a subtree."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return node_hash(_range_root(nodes, start, middle), _range_root(nodes, middle, end))
