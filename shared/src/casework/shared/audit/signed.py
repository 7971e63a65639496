"""Holding a log against checkpoints that were signed earlier and kept elsewhere.

Invariant: the tree over the events is grown from their bytes, shard by shard as they were read, and its root is
compared at every size that any checkpoint names. So whatever was changed, moved, dropped or cut below the newest
checkpoint is found, also where every hash and link was worked out anew. What came after it is counted, since nothing
vouches for it yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from casework.shared.audit.checkpoint import Checkpoint, Held, Place, hold, notes_at
from casework.shared.audit.merkle import Frontier
from casework.shared.audit.notes import NoKey, PublicKey, read_public
from casework.shared.audit.verify import Report
from casework.shared.contracts.ids import SERVICES, ServiceName

GC_THRESHOLD = (200_000, 20, 100)
"""For a process that verifies: what it keeps of each event holds no cycles, and is walked in vain."""


class NoCheckpoints(Exception):
    """The checkpoints or the public key cannot be read. The message says what to give."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    root: bytes
    checkpoint: Checkpoint


class SignedTrees:
    """The trees of a log that is being read, and the checkpoints that it must agree with."""

    def __init__(self, held: Held, *, as_of: str | None = None) -> None:
        """`as_of` is the time (RFC 3339, UTC) when the log was copied: it need not reach the checkpoints after it."""
        self._held = held
        self.checkpoints = [each for each in held.checkpoints if as_of is None or each.time <= as_of]
        self._wanted: dict[Place, dict[int, list[_Wanted]]] = defaultdict(lambda: defaultdict(list))
        for checkpoint in self.checkpoints:
            for place, tree in checkpoint.trees.items():
                known = self._wanted[place][tree.size]
                if all(each.root != tree.root for each in known):
                    known.append(_Wanted(tree.root, checkpoint))

    def begin(self, report: Report, installation: str, shards: int) -> None:
        """Before the first event: what the checkpoints say of themselves, and of which installation."""
        report.checkpoints = len(self.checkpoints)
        for refused in self._held.refused:
            report.fault("checkpoint", "checkpoints", None, None, f"{refused.where}: {refused.why}")
        if not self.checkpoints:
            report.fault("checkpoint", "checkpoints", None, None, "there is no checkpoint that a trusted key signed")
        for checkpoint in self.checkpoints[:1]:
            if (checkpoint.installation, checkpoint.shards) != (_uuid(installation), shards):
                detail = f"they are of installation {checkpoint.installation} with {checkpoint.shards} shards"
                report.fault("checkpoint", "checkpoints", None, None, detail)

    def end_shard(self, report: Report, shard: int, leaves: Mapping[ServiceName, Sequence[bytes]]) -> None:
        """When every event of the shard was read: the hashes of their bytes, in their order."""
        for source in SERVICES:
            place, own = (source, shard), leaves[source]
            size, wanted = len(own), self._wanted[place]
            agrees = self._agrees(report, place, own, wanted)
            largest = max(wanted, default=0)
            if largest > size and agrees:
                checkpoint = wanted[largest][0].checkpoint
                detail = (
                    f"there are {size} events, and checkpoint {checkpoint.number} of {checkpoint.time} counts {largest}"
                )
                report.fault("cut", source, shard, size, detail)
            report.unsigned += max(0, size - largest)

    def _agrees(
        self, report: Report, place: Place, leaves: Sequence[bytes], wanted: Mapping[int, Sequence[_Wanted]]
    ) -> bool:
        """Whether the tree had the root that was signed at each size; the first that differs is told."""
        frontier, agreed = Frontier(), 0
        for size in sorted(wanted):
            if size > len(leaves):
                break
            frontier.extend(leaves[frontier.size : size])
            for each in wanted[size]:
                if each.root != frontier.root():
                    checkpoint = each.checkpoint
                    detail = (
                        f"the events from here to position {size - 1} are not those "
                        f"that checkpoint {checkpoint.number} of {checkpoint.time} was signed over"
                    )
                    report.fault("rewritten", place[0], place[1], agreed, detail)
                    return False
            agreed = size
        return True


def read_trusted(path: Path) -> list[PublicKey]:
    """The public keys in a file. Raises `NoCheckpoints`."""
    try:
        return read_public(path.read_bytes())
    except OSError as error:
        raise NoCheckpoints(f"{path} cannot be read ({error.strerror}).") from None
    except NoKey as error:
        raise NoCheckpoints(f"{path}: {error}.") from None


def read_held(path: Path, trusted: Sequence[PublicKey]) -> Held:
    """The checkpoints in a file or folder. Raises `NoCheckpoints` when there is nothing to read."""
    return hold(read_notes(path), trusted)


def read_notes(path: Path) -> list[tuple[str, bytes]]:
    """The notes in a file or folder, unopened. Raises `NoCheckpoints` when there is nothing to read."""
    try:
        notes = notes_at(path)
    except OSError as error:
        raise NoCheckpoints(f"{path} cannot be read ({error.strerror}).") from None
    if not notes:
        raise NoCheckpoints(f"{path} holds no checkpoints: files *.note, as `casework audit checkpoints` keeps them.")
    return notes


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
