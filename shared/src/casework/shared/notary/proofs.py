"""The notary's answers, out of its own files; of a case also what the four feeds have."""

from __future__ import annotations

import asyncio
from uuid import UUID

from casework.shared.audit.checkpoint import Checkpoint, Place, checkpoint_of, origin_of, places
from casework.shared.audit.merkle import consistency_path, inclusion_path, root_by_inclusion
from casework.shared.audit.notes import public_pem, sign
from casework.shared.audit.statement import Statement
from casework.shared.contracts.ids import SERVICES, ServiceName, shard_of
from casework.shared.http.proofs import (
    CheckpointFound,
    CheckpointList,
    ConsistencyProof,
    ConsistencyProofs,
    InclusionProof,
    InclusionProofs,
    LatestCheckpoint,
    NoSuchCheckpoint,
    NotaryAway,
    NotSignedYet,
)
from casework.shared.inbox.feed import CaseEvent, FeedAway, FeedClient
from casework.shared.notary.notary import Notary
from casework.shared.notary.trees import TreeDiffers, Trees

NONE_YET = "there is no checkpoint yet: the first one follows the first event within a minute"


class NotaryProofs:
    """Answers out of one notary's book and trees. A path that does not end in the signed root is never given."""

    def __init__(self, notary: Notary, feed: FeedClient) -> None:
        self._notary = notary
        self._feed = feed

    async def latest(self) -> LatestCheckpoint:
        checkpoint, note = self._checkpoint(None)
        return LatestCheckpoint(
            **_found(checkpoint, note).model_dump(),
            public_keys=[public_pem(signer) for signer in self._notary.signers],
            refusing=self._notary.refusing,
        )

    async def listed(self, after: int, limit: int) -> CheckpointList:
        last = min(self._notary.book.count, after + limit)
        found = [_found(*self._checkpoint(number)) for number in range(after + 1, last + 1)]
        return CheckpointList(checkpoints=found, next=last if last < self._notary.book.count else None)

    async def one(self, number: int) -> CheckpointFound:
        return _found(*self._checkpoint(number))

    async def of_place(self, source: ServiceName, shard: int, position: int, number: int | None) -> InclusionProofs:
        checkpoint, note = self._checkpoint(number)
        proof = await asyncio.to_thread(self._proof, checkpoint, (source, shard), position, None)
        return InclusionProofs(checkpoint=_found(checkpoint, note), events=[proof])

    async def of_case(self, case_id: UUID, number: int | None) -> InclusionProofs:
        # The checkpoint first: whatever it counts was committed before it was signed, so the feeds have it.
        checkpoint, note = self._checkpoint(number)
        try:
            streams = await asyncio.gather(*(self._feed.case(service, case_id) for service in SERVICES))
        except FeedAway as error:
            raise NotaryAway(f"a feed does not answer ({error})") from None
        return await asyncio.to_thread(self._case, case_id, checkpoint, note, dict(zip(SERVICES, streams, strict=True)))

    def _case(
        self, case_id: UUID, checkpoint: Checkpoint, note: bytes, streams: dict[ServiceName, list[CaseEvent]]
    ) -> InclusionProofs:
        shard = shard_of(case_id, checkpoint.shards)
        proofs: list[InclusionProof] = []
        said: dict[ServiceName, tuple[int, bytes]] = {}
        unsigned = 0
        for service, events in streams.items():
            size = checkpoint.trees[service, shard].size
            signed = [event for event in events if event.position < size]
            unsigned += len(events) - len(signed)
            proofs += (self._proof(checkpoint, (service, shard), event.position, event) for event in signed)
            if signed:
                said[service] = (len(signed), signed[-1].hash)
        statement = Statement(checkpoint.installation, case_id, checkpoint.number, said)
        signed_note = sign(statement.text, origin_of(checkpoint.installation), self._notary.signers)
        return InclusionProofs(
            checkpoint=_found(checkpoint, note), events=proofs, statement=signed_note.decode(), unsigned=unsigned
        )

    async def between(self, old: int, new: int) -> ConsistencyProofs:
        (first, first_note), (second, second_note) = self._checkpoint(old), self._checkpoint(new)
        trees = self._trees()
        proofs = []
        for place in places(first.shards):
            sizes = first.trees[place].size, second.trees[place].size
            path = consistency_path(trees[place].node, *sizes)
            proofs.append(
                ConsistencyProof(
                    source=place[0],
                    shard=place[1],
                    old_size=sizes[0],
                    new_size=sizes[1],
                    path=[each.hex() for each in path],
                )
            )
        return ConsistencyProofs(old=_found(first, first_note), new=_found(second, second_note), proofs=proofs)

    def _proof(self, checkpoint: Checkpoint, place: Place, position: int, event: CaseEvent | None) -> InclusionProof:
        signed = checkpoint.trees.get(place)
        if signed is None or position >= signed.size:
            raise NotSignedYet(
                f"checkpoint {checkpoint.number} does not reach position {position} of {place[0]}, shard {place[1]}"
            )
        tree = self._trees()[place]
        try:
            leaf, path = tree.node(0, position), inclusion_path(tree.node, position, signed.size)
        except (OSError, TreeDiffers):
            raise NotaryAway("the notary reads its trees again; ask once more in a minute") from None
        if root_by_inclusion(leaf, position, signed.size, path) != signed.root:
            raise NotaryAway("the notary's trees are damaged: restart it, and look at its log")
        if event is not None and event.hash != leaf:
            raise NotaryAway(f"{place[0]} has another event at position {position} than was signed: verify the stores")
        return InclusionProof(
            source=place[0],
            shard=place[1],
            position=position,
            size=signed.size,
            hash=leaf.hex(),
            path=[each.hex() for each in path],
            envelope=None if event is None else event.document.decode(),
        )

    def _checkpoint(self, number: int | None) -> tuple[Checkpoint, bytes]:
        book = self._notary.book
        wanted = book.count if number is None else number
        if book.count == 0:
            raise NoSuchCheckpoint(NONE_YET)
        if not 1 <= wanted <= book.count:
            raise NoSuchCheckpoint(f"the checkpoints are numbered from 1 to {book.count}")
        note = book.note(wanted)
        return checkpoint_of(note), note

    def _trees(self) -> Trees:
        trees = self._notary.trees
        if trees is None:
            raise NoSuchCheckpoint(NONE_YET)
        return trees


def _found(checkpoint: Checkpoint, note: bytes) -> CheckpointFound:
    return CheckpointFound(number=checkpoint.number, time=checkpoint.time, events=checkpoint.events, note=note.decode())
