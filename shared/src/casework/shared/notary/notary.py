"""The notary: looks at the four logs from outside, and signs what they are.

Invariant: it never signs two checkpoints that contradict each other. Before it signs it proves to itself that each
new tree has grown out of the one it signed last: its own files still have that root, and the feed still holds its
last leaf. Where either fails it signs nothing, says what to do, and looks again; what it had read behind the last
signed size is thrown away, so that only what was signed can ever stand against a store.

It has no database. Its memory are two folders: `trees`, which can be read again from the feeds, and `checkpoints`,
which cannot and must be backed up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from casework.shared.audit.checkpoint import (
    NO_PREVIOUS,
    NOTHING,
    Checkpoint,
    Place,
    Tree,
    origin_of,
    places,
)
from casework.shared.audit.merkle import consistency_path, is_consistent
from casework.shared.audit.notes import PublicKey, Signers, raw_public, sign
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.eventstore.reading import HistoryDiffers
from casework.shared.inbox.feed import FeedAway, FeedClient, FeedEnds, FeedHead
from casework.shared.notary.book import Book
from casework.shared.notary.measures import Measures
from casework.shared.notary.trees import TreeDiffers, TreeFile, Trees

log = structlog.get_logger(__name__)


class Contradiction(Exception):
    """A log is not one that has grown out of what was signed. The message says which, and what to do."""


@dataclass(slots=True)
class _Installed:
    """What the first answer of a feed said, which must never change."""

    installation: UUID
    shards: int
    trees: Trees


class Notary:
    """Signs for one installation. `look` is one round; `run` makes one every `every` seconds."""

    def __init__(
        self,
        folder: Path,
        feed: FeedClient,
        signers: Signers,
        *,
        every: float,
        measures: Measures,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises `BookDiffers` when the last checkpoint in `folder` is not by one of the keys."""
        self.book = Book(folder / "checkpoints")
        self.signers = signers
        self.last = self.book.open([PublicKey(raw_public(signer)) for signer in signers])
        self.refusing: str | None = None
        self._folder = folder
        self._feed = feed
        self._every = every
        self._measures = measures
        self._now = now
        self._known: _Installed | None = None
        if self.last is not None:
            self._remember(self.last)

    @property
    def trees(self) -> Trees | None:
        """The trees, once the installation is known."""
        return None if self._known is None else self._known.trees

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(Contradiction):
                await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> Checkpoint | None:
        """One round: the new checkpoint, or None when nothing changed or nobody answers.

        Raises `Contradiction` when it refuses to sign.
        """
        try:
            signed = await self._round()
        except (TreeDiffers, Contradiction) as error:
            self._throw_away()
            self._refuse(str(error))
            raise Contradiction(str(error)) from error
        if self.refusing is not None:
            log.warning("notary.signs-again")
        self.refusing = None
        self._measures.refusing.set(0)
        return signed

    async def _round(self) -> Checkpoint | None:
        known: _Installed | None = None
        # Everything in a case follows from its receipt: intake is asked last, so that no log of the others is signed
        # with a case that intake's does not have yet.
        for source in reversed(SERVICES):
            try:
                ends = await self._feed.ends(source)
                known = self._installed(ends)
                await self._read(known.trees, source, ends)
            except FeedAway as error:
                log.warning("notary.feed-away", source=source, error=str(error))
                self._measures.feeds_away.labels(source).set(1)
                return None
            self._measures.feeds_away.labels(source).set(0)
        assert known is not None
        return await asyncio.to_thread(self._sign, known)

    def _installed(self, ends: FeedEnds) -> _Installed:
        known = self._known
        if known is None:
            trees = Trees(self._folder / "trees", places(len(ends.heads)))
            trees.open({})
            known = self._known = _Installed(ends.installation, len(ends.heads), trees)
        if (known.installation, known.shards) != (ends.installation, len(ends.heads)):
            raise Contradiction(
                f"The services are of installation {ends.installation}, and this notary signs for "
                f"{known.installation}: give each its own CASEWORK_NOTARY_FOLDER."
            )
        return known

    async def _read(self, trees: Trees, source: ServiceName, ends: FeedEnds) -> None:
        for shard, head in ends.heads.items():
            tree = trees[source, shard]
            while tree.size <= head.position:
                try:
                    leaves = await self._feed.leaves(source, shard, after=tree.size - 1, hash_after=tree.last())
                except HistoryDiffers as error:
                    raise Contradiction(_rewritten(source, shard)) from error
                if not leaves:
                    raise Contradiction(_set_back(source, shard, head.position + 1, tree.size))
                # What came since the heads were read waits for the next round: the logs are signed as they were then.
                tree.append(leaves[: head.position + 1 - tree.size])
            _require_end(tree, head)

    def _sign(self, known: _Installed) -> Checkpoint | None:
        last = self.last
        now: dict[Place, Tree] = {}
        for place in places(known.shards):
            before = NOTHING if last is None else last.trees[place]
            now[place] = _grown(known.trees[place], before)
        if last is not None and now == last.trees:
            return None
        for place, grown in now.items():
            if last is None or grown != last.trees[place]:
                known.trees[place].sync()
        number = 1 if last is None else last.number + 1
        checkpoint = Checkpoint(
            installation=known.installation,
            number=number,
            time=_later(self._now(), None if last is None else last.time),
            previous=NO_PREVIOUS if last is None else last.hash,
            shards=known.shards,
            trees=now,
        )
        self.book.write(number, sign(checkpoint.text, origin_of(known.installation), self.signers))
        self.last = checkpoint
        self._measures.signed(checkpoint)
        log.info("notary.signed", checkpoint=number, events=checkpoint.events)
        return checkpoint

    def _remember(self, last: Checkpoint) -> None:
        """Open the trees as they were last signed. What is wrong with them is found, and told, by each round."""
        trees = Trees(self._folder / "trees", places(last.shards))
        self._known = _Installed(last.installation, last.shards, trees)
        try:
            trees.open(dict(last.trees))
        except TreeDiffers as error:
            self._refuse(str(error))
        self._measures.signed(last)

    def _throw_away(self) -> None:
        if self._known is not None:
            with suppress(TreeDiffers):  # the round has said so
                self._known.trees.open({} if self.last is None else dict(self.last.trees))

    def _refuse(self, why: str) -> None:
        if why != self.refusing:
            log.error("notary.refuses-to-sign", action=why)
        self.refusing = why
        self._measures.refusing.set(1)


def _grown(tree: TreeFile, before: Tree) -> Tree:
    """The tree as it is now, after proof that it has grown out of what was signed. Raises `Contradiction`."""
    if tree.size < before.size:
        raise Contradiction(_set_back(*tree.place, tree.size, before.size))
    now = Tree(tree.size, tree.root(tree.size))
    path = consistency_path(tree.node, before.size, now.size)
    if tree.root(before.size) != before.root or not is_consistent(before.size, before.root, now.size, now.root, path):
        raise Contradiction(
            f"The log of {tree.place[0]}, shard {tree.place[1]}, has not grown out of the checkpoint signed last, "
            f"of {before.size} events there. Nothing is signed. Run `casework audit verify --checkpoints` over "
            "the stores: it names the place that was changed."
        )
    return now


def _require_end(tree: TreeFile, head: FeedHead) -> None:
    source, shard = tree.place
    if head.position + 1 < tree.size:
        raise Contradiction(_set_back(source, shard, head.position + 1, tree.size))
    if head.hash != tree.last():
        raise Contradiction(_rewritten(source, shard))


def _rewritten(source: ServiceName, shard: int) -> str:
    return (
        f"The last event that was read of {source}, shard {shard}, is another one there now. Nothing is signed. "
        "Run `casework audit verify --checkpoints` over the stores: it names the place that was changed."
    )


def _set_back(source: ServiceName, shard: int, found: int, known: int) -> str:
    return (
        f"The log of {source}, shard {shard}, ends after {found} events, and {known} were read there before: the store "
        "was set back. Nothing is signed. Put the missing events back with `casework store refill`."
    )


def _later(now: datetime, last: str | None) -> str:
    """The time of a checkpoint: never before that of the one before it, whatever the clock does."""
    text = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return text if last is None or text >= last else last
