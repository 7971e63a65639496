"""Keeping checkpoints: what somebody outside does now and then, so that nothing before them is ever changed unseen.

Invariant: a checkpoint is taken into the folder only after it was seen to be signed by a key that came by another way,
and to have grown, tree by tree, out of the newest that is kept there already.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from casework.shared.audit.checkpoint import (
    SUFFIX,
    Checkpoint,
    Held,
    NotACheckpoint,
    contradiction,
    hold,
    notes_at,
    open_checkpoint,
)
from casework.shared.audit.merkle import is_consistent
from casework.shared.audit.notes import NotSigned, PublicKey


class Contradicts(Exception):
    """What the notary says does not fit what is kept. The message says how: keep both."""


def kept_in(folder: Path, trusted: Sequence[PublicKey]) -> Held:
    """What is kept, checked. Raises `Contradicts` when something in the folder counts for nothing, and OSError."""
    held = hold(notes_at(folder), trusted)
    for refused in held.refused:
        raise Contradicts(f"{folder}: {refused.where}: {refused.why}.")
    return held


def new_ones(kept: Held, notes: Iterable[bytes], trusted: Sequence[PublicKey]) -> list[tuple[Checkpoint, bytes]]:
    """Those of the notes that are not kept yet, by number. Raises `Contradicts`."""
    known = {each.number: each for each in kept.checkpoints}
    found: dict[int, tuple[Checkpoint, bytes]] = {}
    for note in notes:
        try:
            checkpoint = open_checkpoint(note, trusted)
        except (NotSigned, NotACheckpoint) as error:
            raise Contradicts(f"The notary gave a checkpoint that counts for nothing: {error}.") from None
        if known.get(checkpoint.number, checkpoint) != checkpoint:
            raise Contradicts(f"The notary's checkpoint {checkpoint.number} is not the one that is kept.")
        if kept.newest is not None and checkpoint.number < kept.newest.number and checkpoint.number not in known:
            raise Contradicts(
                f"The notary's newest checkpoint is {checkpoint.number}, and {kept.newest.number} is kept: the record "
                "was set back."
            )
        if checkpoint.number not in known:
            found[checkpoint.number] = checkpoint, note
    chain = sorted([*known.values(), *(checkpoint for checkpoint, _ in found.values())], key=lambda each: each.number)
    for before, after in pairwise(chain):
        why = contradiction(before, after)
        if why:
            raise Contradicts(f"The notary's checkpoint {after.number} contradicts what is kept: {why}.")
    return [found[number] for number in sorted(found)]


def require_grown(old: Checkpoint, new: Checkpoint, proofs: Sequence[Mapping[str, Any]]) -> None:
    """That each tree of `new` has grown out of that of `old`, of the same installation, by consistency proofs.

    Raises `Contradicts`.
    """
    paths = {(each["source"], each["shard"]): [bytes.fromhex(step) for step in each["path"]] for each in proofs}
    for place, before in old.trees.items():
        now = new.trees[place]
        if not is_consistent(before.size, before.root, now.size, now.root, paths.get(place, [])):
            raise Contradicts(
                f"The log of {place[0]}, shard {place[1]}, has not grown out of checkpoint {old.number} of {old.time}: "
                f"it is not proved at checkpoint {new.number} of {new.time}."
            )


def keep(folder: Path, checkpoint: Checkpoint, note: bytes) -> Path:
    """Write it, whole or not at all. Returns where it lies. Raises OSError."""
    path = folder / f"{checkpoint.number:09}{SUFFIX}"
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return path
