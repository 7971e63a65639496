"""The Merkle tree against the published vectors of Certificate Transparency, and against a naive reference."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.shared.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    is_consistent,
    root_at,
    root_by_inclusion,
    root_of,
)
from casework.shared.contracts.canonical import leaf_hash

# RFC 6962's reference vectors: certificate-transparency's merkle_tree_test, for the trees over the first n of these.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
LEAVES = [leaf_hash(bytes.fromhex(each)) for each in INPUTS]


def naive_root(leaves: list[bytes]) -> bytes:
    """Section 2.1.1 of RFC 9162, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def nodes_of(leaves: list[bytes]) -> Any:
    """Whole subtrees, each worked out anew."""
    return lambda level, index: naive_root(leaves[index << level : index + 1 << level])


def hexes(path: list[bytes]) -> tuple[str, ...]:
    return tuple(each.hex() for each in path)


def test_the_published_roots() -> None:
    assert root_of([]) == EMPTY_ROOT
    assert [root_of(LEAVES[: n + 1]).hex() for n in range(8)] == list(ROOTS)
    assert [root_at(nodes_of(LEAVES), n + 1).hex() for n in range(8)] == list(ROOTS)


@pytest.mark.parametrize("index, size", INCLUSION)
def test_the_published_inclusion_proofs(index: int, size: int) -> None:
    assert hexes(inclusion_path(nodes_of(LEAVES), index, size)) == INCLUSION[index, size]
    path = [bytes.fromhex(each) for each in INCLUSION[index, size]]
    assert root_by_inclusion(LEAVES[index], index, size, path) == bytes.fromhex(ROOTS[size - 1])


@pytest.mark.parametrize("old, new", CONSISTENCY)
def test_the_published_consistency_proofs(old: int, new: int) -> None:
    assert hexes(consistency_path(nodes_of(LEAVES), old, new)) == CONSISTENCY[old, new]
    path = [bytes.fromhex(each) for each in CONSISTENCY[old, new]]
    assert is_consistent(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), path)


def leaf(number: int) -> bytes:
    return leaf_hash(b"%d" % number)


@given(st.lists(st.integers(0, 20), max_size=8), st.booleans())
def test_a_tree_grows_alike_in_pieces_and_one_by_one(pieces: list[int], one_by_one: bool) -> None:
    grown, leaves = Frontier(), [leaf(n) for n in range(sum(pieces))]
    for many in pieces:
        piece = leaves[grown.size : grown.size + many]
        if one_by_one and many % 2:
            for each in piece:
                grown.append(each)
        else:
            grown.extend(piece)
        assert grown.root() == naive_root(leaves[: grown.size])
    assert grown.size == len(leaves)


@given(st.integers(1, 90), st.data())
def test_every_inclusion_proof_proves_its_leaf_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = [leaf(n) for n in range(size)]
    root, index = naive_root(leaves), data.draw(st.integers(0, size - 1))
    path = inclusion_path(nodes_of(leaves), index, size)
    assert root_of(leaves) == root
    assert root_by_inclusion(leaves[index], index, size, path) == root
    assert root_by_inclusion(leaf(-1), index, size, path) != root
    other = data.draw(st.integers(-1, size))
    if other != index:
        assert root_by_inclusion(leaves[index], other, size, path) != root
    assert root_by_inclusion(leaves[index], index, size, [*path, leaf(0)]) is None
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert root_by_inclusion(leaves[index], index, size, path[:at] + path[at + 1 :]) != root
        wrong = [*path[:at], leaf(-2), *path[at + 1 :]]
        assert root_by_inclusion(leaves[index], index, size, wrong) != root


@given(st.integers(0, 90), st.data())
def test_every_consistency_proof_proves_growth_and_nothing_else(new: int, data: st.DataObject) -> None:
    leaves = [leaf(n) for n in range(new)]
    old = data.draw(st.integers(0, new))
    path = consistency_path(nodes_of(leaves), old, new)
    roots = naive_root(leaves[:old]), naive_root(leaves)
    assert is_consistent(old, roots[0], new, roots[1], path)
    if old:
        changed = data.draw(st.integers(0, old - 1))
        rewritten = [*leaves[:changed], leaf(-1), *leaves[changed + 1 :]]
        forged = consistency_path(nodes_of(rewritten), old, new)
        assert not is_consistent(old, roots[0], new, naive_root(rewritten), forged)
        assert not is_consistent(old, roots[0], new, naive_root(rewritten), path)
    assert not is_consistent(old, leaf(-3), new, roots[1], path)
    assert not is_consistent(old, roots[0], new, roots[1], [*path, leaf(0)])


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_path(nodes_of(LEAVES), index, size)
    with pytest.raises(ValueError, match="has not grown"):
        consistency_path(nodes_of(LEAVES), 4, 3)
