"""`python -m benchmarks.verify`: how many events a second one core verifies, reading of the store left out.

Verified is everything, down to the Merkle trees, which are grown and held against a checkpoint.

The events are those of complaints that run straight through all four services, decided by the services' own rules,
with sealed words of the length people write, so that the bytes are like the ones an installation holds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, cast
from uuid import UUID

from casework.followup.consumers import FollowUpReactor
from casework.intake.consumers import IntakeReactor
from casework.intake.domain.commands import ReceiveComplaint
from casework.intake.handlers import straight_through
from casework.investigation.consumers import InvestigationReactor
from casework.resolution.consumers import ResolutionReactor
from casework.shared.audit.checkpoint import NO_PREVIOUS, Checkpoint, Held, Place, Tree, places
from casework.shared.audit.merkle import root_of
from casework.shared.audit.signed import GC_THRESHOLD, SignedTrees
from casework.shared.audit.verify import Beside, EventIds, Report, ShardCheck, report_repeated
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName
from casework.shared.contracts.inbox import PostedComplaint
from casework.shared.contracts.standing import parse_standing
from casework.shared.contracts.types import rfc3339
from casework.shared.contracts.wire import Placed, verify
from casework.shared.eventstore.store import EventStore, Origin, Recorded, Stream, Unit
from casework.shared.inbox.reactor import Reactor, Received
from casework.shared.keys.sealing import NONCE_BYTES, seal
from casework.shared.policies.shipped_hand_offs import hand_offs_of_package
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.runtime.database import Work
from casework.shared.runtime.discovery import installed

INSTALLATION = UUID("01a20000-0000-7000-8000-000000000001")
SEED = 7
POLICY = "straight-through-demo.toml"
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENTENCE = "The annual fee was taken twice and nobody answers me. 年费被重复扣取，无人回复。 "


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """`events` of `cases` complaints verified in `seconds` of one core's time; `bytes_per_event` on average."""

    cases: int
    events: int
    bytes_per_event: int
    seconds: float
    events_per_second: int
    faults: int


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event: its place and its bytes, with what the columns hold."""

    source: ServiceName
    position: int
    shardprev: bytes | None
    hash: bytes
    document: bytes
    beside: Beside


class Generator:
    """Four logs in memory, filled case by case: one every second, and the same ones each time."""

    def __init__(self) -> None:
        self._now = BEGAN
        self.shards: dict[int, list[Row]] = defaultdict(list)
        self._ends: dict[tuple[ServiceName, int], tuple[int, bytes | None]] = {}
        self._odds = random.Random(SEED)
        text = (files("casework.shared") / "policies" / POLICY).read_text()
        self._standing = parse_standing(text, POLICY)
        self._stores: Mapping[ServiceName, EventStore[Any, Any, Any]] = {
            each.name: EventStore(
                each.name,
                each.decider,
                state_type=each.state_type,
                state_version=each.state_version,
                shards=DEFAULT_SHARDS,
                mint=self._mint,
            )
            for each in installed()
        }
        actors: dict[ServiceName, Actor] = {service: Actor(f"casework-{service}", "service") for service in SERVICES}
        self._reactors: dict[ServiceName, Reactor[Any, Any]] = {
            "intake": IntakeReactor(actors["intake"], "UTC"),
            "investigation": InvestigationReactor(actors["investigation"], self._standing),
            "resolution": ResolutionReactor(actors["resolution"], self._standing, rulebook()),
            "followup": FollowUpReactor(
                actors["followup"], self._standing, DEFAULT_SHARDS, rulebook(), hand_offs_of_package()
            ),
        }

    async def add_case(self) -> None:
        """One complaint, from its receipt until no service answers any more."""
        self._now += timedelta(seconds=1)
        case_id, person, now = self._mint(), self._mint(), self._now
        units = {
            name: Unit(store, now, {case_id: Stream(case_id, 0, None, None, None, store.decider.initial)})
            for name, store in self._stores.items()
        }
        solution = self._odds.choice(self._standing)
        category = solution.categories[0].replace("*", "Other")
        words, nonce = SENTENCE * self._odds.randint(2, 12), self._odds.randbytes(NONCE_BYTES)
        posted = PostedComplaint(
            source="crm", source_reference=f"C-{case_id}", channel="web", category=category, words=words
        )
        key = self._odds.randbytes(32)
        complaint = ReceiveComplaint(
            source=posted.source,
            source_reference=posted.source_reference,
            channel=posted.channel,
            received_at=now,
            language="en",
            category=category,
            words=seal(words, key, person=person, case_id=case_id, field="words", nonce=nonce),
            owner="complaints-desk",
        )
        origin = Origin(Actor("crm", "integrator"), CommandCause(self._mint()))
        units["intake"].run(case_id, [complaint, *straight_through(posted, solution)], origin)
        waiting = [(record, self._place("intake", record)) for record in units["intake"].recorded]
        while waiting:
            record, placed = waiting.pop(0)
            delivery = verify(placed, DEFAULT_SHARDS)
            received = Received(delivery, record.envelope, record.event)
            for name, reactor in self._reactors.items():
                if name == placed.source or not reactor.cares_for(delivery.type):
                    continue
                # Nothing a complaint of a known kind leads to is looked up in a database.
                commands = await reactor.commands(cast(Work, None), units[name], received)
                origin = Origin(reactor.actor, received.point, record.envelope.correlation)
                happened = units[name].run(case_id, commands, origin)
                waiting.extend((effect, self._place(name, effect)) for effect in happened)

    def _mint(self) -> UUID:
        """A UUIDv7 (RFC 9562) of the moment that is played."""
        milliseconds = int(self._now.timestamp() * 1_000)
        low = self._odds.getrandbits(62) | 0b10 << 62
        return UUID(int=milliseconds << 80 | 7 << 76 | self._odds.getrandbits(12) << 64 | low)

    def _place(self, source: ServiceName, record: Recorded[Any]) -> Placed:
        position, before = self._ends.get((source, record.shard), (0, None))
        self._ends[source, record.shard] = position + 1, record.hash
        envelope = record.envelope
        beside = Beside(
            str(envelope.id), str(envelope.case_id), envelope.version, envelope.type, rfc3339(envelope.time)
        )
        row = Row(source, position, before, record.hash, record.document, beside)
        self.shards[record.shard].append(row)
        return Placed(INSTALLATION, source, record.shard, position, before, record.hash, record.document)


def verified(shards: Mapping[int, Sequence[Row]], signed: SignedTrees | None = None) -> Report:
    """The pure verification of everything that was generated."""
    report, ids = Report("generated"), EventIds()
    for shard, rows in shards.items():
        check = ShardCheck(shard, DEFAULT_SHARDS, report, ids, signed=signed)
        for row in rows:
            check.take(row.source, row.position, row.shardprev, row.hash, row.document, row.beside)
        check.close()
    report_repeated(report, ids)
    return report


def _checkpoint(generator: Generator) -> Checkpoint:
    """One over everything, so that the trees are grown and compared as well."""
    leaves: dict[Place, list[bytes]] = {place: [] for place in places(DEFAULT_SHARDS)}
    for shard, rows in generator.shards.items():
        for row in rows:
            leaves[row.source, shard].append(row.hash)
    trees = {place: Tree(len(own), root_of(own)) for place, own in leaves.items()}
    return Checkpoint(INSTALLATION, 1, "2026-01-01T00:00:00Z", NO_PREVIOUS, DEFAULT_SHARDS, trees)


async def measure(cases: int) -> VerifyResult:
    generator = Generator()
    for _ in range(cases):
        await generator.add_case()
    rows = [row for shard in generator.shards.values() for row in shard]
    size = sum(len(row.document) for row in rows) // len(rows)
    signed = SignedTrees(Held([_checkpoint(generator)], []))
    # As `casework audit verify` does: what is kept for the whole run holds no cycles.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    began = time.process_time()
    report = verified(generator.shards, signed)
    seconds = time.process_time() - began
    if report.unsigned:
        raise ValueError("the log is longer than its checkpoint")
    return VerifyResult(
        cases, report.events, size, round(seconds, 3), round(report.events / seconds), faults=report.faults
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description="What one core verifies.")
    parser.add_argument("cases", type=int, nargs="?", default=8_000)
    print(json.dumps(asdict(asyncio.run(measure(parser.parse_args().cases)))))


if __name__ == "__main__":
    main()
