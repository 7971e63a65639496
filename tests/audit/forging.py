"""Histories in memory, the checkpoints that were signed over them, and somebody who rewrites them with every right.

The events are those of complaints that ran through the services' own rules. `rewritten` does what a careful forger
does: positions, versions, causes, hashes and links are all worked out anew, so that the log by itself is flawless.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from benchmarks.verify import INSTALLATION, Generator
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.shared.audit.checkpoint import NO_PREVIOUS, SUFFIX, Checkpoint, Place, Tree, origin_of, places
from casework.shared.audit.export import end_line, event_line, first_line, last_line
from casework.shared.audit.merkle import Frontier, inclusion_path
from casework.shared.audit.notes import PublicKey, raw_public, sign
from casework.shared.audit.statement import Statement
from casework.shared.contracts.canonical import canonical_trusted, leaf_hash
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName, shard_of
from casework.shared.notary.trees import TreeFile

Raw: TypeAlias = dict[str, Any]
Logs: TypeAlias = dict[Place, list[bytes]]
"""The bytes of each log, by service and shard."""


def generated(cases: int) -> Logs:
    """The logs of so many complaints."""

    async def work() -> Generator:
        generator = Generator()
        for _ in range(cases):
            await generator.add_case()
        return generator

    generator = asyncio.run(work())
    logs: Logs = {place: [] for place in places(DEFAULT_SHARDS)}
    for shard, rows in generator.shards.items():
        for row in rows:
            logs[row.source, shard].append(row.document)
    return logs


def cut(logs: Logs, sizes: Mapping[Place, int]) -> Logs:
    """The logs as they were when they had these sizes."""
    return {place: documents[: sizes[place]] for place, documents in logs.items()}


def rewritten(logs: Logs, shards: Sequence[int], change: Callable[[dict[ServiceName, list[Raw]]], None]) -> Logs:
    """The logs after somebody changed some shards and made everything fit again."""
    new = dict(logs)
    for shard in shards:
        raws = {service: [orjson.loads(each) for each in logs[service, shard]] for service in SERVICES}
        change(raws)
        at = {raw["id"]: (service, index) for service in SERVICES for index, raw in enumerate(raws[service])}
        for service in SERVICES:
            ends: dict[str, tuple[int, str]] = {}
            documents = []
            for raw in raws[service]:
                if "causeposition" in raw:
                    cause = at.get(raw["causationid"])
                    raw.pop("causeposition")
                    raw.pop("causesource")
                    if cause is not None:
                        raw["causesource"], raw["causeposition"] = f"/casework/{cause[0]}", cause[1]
                version, before = ends.get(raw["subject"], (0, ""))
                raw.pop("prevhash", None)
                raw["streamversion"] = version + 1
                if version:
                    raw["prevhash"] = before
                document = canonical_trusted(raw)
                ends[raw["subject"]] = version + 1, leaf_hash(document).hex()
                documents.append(document)
            new[service, shard] = documents
    return new


def lines_of(logs: Logs, *, checkpoint: int | None = None) -> list[bytes]:
    """An export of the logs, line by line."""
    lines = [first_line(str(INSTALLATION), DEFAULT_SHARDS, checkpoint)]
    events = 0
    for shard in range(DEFAULT_SHARDS):
        ends: dict[ServiceName, tuple[int, str | None]] = {}
        for service in SERVICES:
            before: bytes | None = None
            for position, document in enumerate(logs[service, shard]):
                leaf = leaf_hash(document)
                lines.append(event_line(service, shard, position, before, leaf, document))
                before = leaf
            events += len(logs[service, shard])
            ends[service] = len(logs[service, shard]), None if before is None else before.hex()
        lines.append(end_line(shard, ends))
    lines.append(last_line(events, DEFAULT_SHARDS))
    return [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines]


@dataclass(frozen=True)
class Signer:
    """Who signs the checkpoints of these histories."""

    key: Ed25519PrivateKey

    @property
    def trusted(self) -> list[PublicKey]:
        return [PublicKey(raw_public(self.key))]

    def note(self, checkpoint: Checkpoint) -> bytes:
        return sign(checkpoint.text, origin_of(checkpoint.installation), [self.key])

    def chain(self, logs: Logs, sizes: Sequence[Mapping[Place, int]]) -> list[Checkpoint]:
        """Checkpoints over the logs when they had these sizes, one after the other."""
        found: list[Checkpoint] = []
        for number, each in enumerate(sizes, start=1):
            found.append(
                Checkpoint(
                    installation=INSTALLATION,
                    number=number,
                    time=f"2026-11-{number:02}T09:00:00Z",
                    previous=found[-1].hash if found else NO_PREVIOUS,
                    shards=DEFAULT_SHARDS,
                    trees={place: tree_of(documents) for place, documents in cut(logs, each).items()},
                )
            )
        return found

    def statement(self, checkpoint: Checkpoint, logs: Logs, case_id: str) -> str:
        """The notary's word on a case."""
        streams = {
            service: (len(own), leaf_hash(own[-1][1]))
            for service in SERVICES
            if (own := of_case(logs, checkpoint, service, case_id))
        }
        said = Statement(checkpoint.installation, UUID(case_id), checkpoint.number, streams)
        return sign(said.text, origin_of(checkpoint.installation), [self.key]).decode()


def new_signer(name: str = "notary") -> Signer:
    """Somebody with a key: the same one for the same name, so that a seed gives the same trial again."""
    return Signer(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def tree_of(documents: Sequence[bytes]) -> Tree:
    frontier = Frontier()
    for document in documents:
        frontier.append(leaf_hash(document))
    return Tree(frontier.size, frontier.root())


def sizes_at(logs: Logs, share: float) -> dict[Place, int]:
    """How far the logs had come when this share of all time had passed."""
    times = sorted(orjson.loads(each)["time"] for documents in logs.values() for each in documents)
    moment = times[min(len(times) - 1, int(share * len(times)))]
    return {
        place: next((at for at, each in enumerate(documents) if orjson.loads(each)["time"] > moment), len(documents))
        for place, documents in logs.items()
    }


def sizes_of(logs: Logs) -> dict[Place, int]:
    return {place: len(documents) for place, documents in logs.items()}


def subjects(logs: Logs) -> list[str]:
    """Every case, in the order of receipt within its shard."""
    return list(dict.fromkeys(orjson.loads(each)["subject"] for place in logs for each in logs[place]))


def of_case(logs: Logs, checkpoint: Checkpoint, service: ServiceName, case_id: str) -> list[tuple[int, bytes]]:
    """Positions and bytes of a case's events in a service, as far as the checkpoint goes."""
    place = (service, shard_of(UUID(case_id), DEFAULT_SHARDS))
    marked = f'"subject":"{case_id}"'.encode()
    signed = logs[place][: checkpoint.trees[place].size]
    return [(position, each) for position, each in enumerate(signed) if marked in each]


def trees_on_disk(logs: Logs, folder: Path) -> dict[Place, TreeFile]:
    """The notary's files over these logs."""
    trees = {}
    for place, documents in logs.items():
        tree = trees[place] = TreeFile(folder / f"{place[0]}-{place[1]}", place)
        tree.open(Tree(0, tree_of([]).root))
        tree.append([leaf_hash(each) for each in documents])
    return trees


def case_lines(
    signer: Signer, checkpoint: Checkpoint, logs: Logs, trees: Mapping[Place, TreeFile], cases: Sequence[str]
) -> list[Raw]:
    """What the notary answers for these cases, as a bundle holds it."""
    lines: list[Raw] = []
    for case_id in cases:
        lines.append({"case": case_id, "statement": signer.statement(checkpoint, logs, case_id)})
        shard = shard_of(UUID(case_id), DEFAULT_SHARDS)
        for service in SERVICES:
            size = checkpoint.trees[service, shard].size
            for position, document in of_case(logs, checkpoint, service, case_id):
                path = inclusion_path(trees[service, shard].node, position, size)
                lines.append(
                    {
                        "source": service,
                        "shard": shard,
                        "position": position,
                        "hash": leaf_hash(document).hex(),
                        "path": [each.hex() for each in path],
                        "envelope": document.decode(),
                    }
                )
    return lines


def notes_in(notes: Mapping[str, bytes], folder: Path) -> Path:
    """The notes as files of a folder."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, note in notes.items():
        (folder / name).write_bytes(note)
    return folder


def name_of(number: int) -> str:
    return f"{number:09}{SUFFIX}"


def flipped(content: bytes, odds: random.Random) -> bytes:
    """One byte of it is another one."""
    at = odds.randrange(len(content))
    return content[:at] + bytes([content[at] ^ odds.randrange(1, 256)]) + content[at + 1 :]
