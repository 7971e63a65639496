"""`python -m benchmarks.verify`: how many events a second one core verifies, reading of the store left out.

The events are those of complaints that run straight through all four services, decided by the services' own rules,
with sealed words of the length people write, so that the bytes are like the ones an installation holds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, cast

from uuid_utils.compat import uuid7

from casework.followup.consumers import FollowUpReactor
from casework.intake.consumers import IntakeReactor
from casework.intake.domain.commands import ReceiveComplaint
from casework.intake.handlers import straight_through
from casework.investigation.consumers import InvestigationReactor
from casework.resolution.consumers import ResolutionReactor
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
from casework.shared.keys.sealing import new_nonce, seal
from casework.shared.policies.shipped_hand_offs import hand_offs_of_package
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.runtime.database import Work
from casework.shared.runtime.discovery import installed

SEED = 7
POLICY = "straight-through-demo.toml"
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
    """Four logs in memory, filled case by case."""

    def __init__(self) -> None:
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
                mint=uuid7,
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
        case_id, person, now = uuid7(), uuid7(), datetime.now(UTC)
        units = {
            name: Unit(store, now, {case_id: Stream(case_id, 0, None, None, None, store.decider.initial)})
            for name, store in self._stores.items()
        }
        solution = self._odds.choice(self._standing)
        category = solution.categories[0].replace("*", "Other")
        words = SENTENCE * self._odds.randint(2, 12)
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
            words=seal(words, key, person=person, case_id=case_id, field="words", nonce=new_nonce()),
            owner="complaints-desk",
        )
        origin = Origin(Actor("crm", "integrator"), CommandCause(uuid7()))
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

    def _place(self, source: ServiceName, record: Recorded[Any]) -> Placed:
        position, before = self._ends.get((source, record.shard), (0, None))
        self._ends[source, record.shard] = position + 1, record.hash
        envelope = record.envelope
        beside = Beside(
            str(envelope.id), str(envelope.case_id), envelope.version, envelope.type, rfc3339(envelope.time)
        )
        row = Row(source, position, before, record.hash, record.document, beside)
        self.shards[record.shard].append(row)
        return Placed(uuid7(), source, record.shard, position, before, record.hash, record.document)


def verified(shards: Mapping[int, Sequence[Row]]) -> Report:
    """The pure verification of everything that was generated."""
    report, ids = Report("generated"), EventIds()
    for shard, rows in shards.items():
        check = ShardCheck(shard, DEFAULT_SHARDS, report, ids)
        for row in rows:
            check.take(row.source, row.position, row.shardprev, row.hash, row.document, row.beside)
        check.close()
    report_repeated(report, ids)
    return report


async def measure(cases: int) -> VerifyResult:
    generator = Generator()
    for _ in range(cases):
        await generator.add_case()
    rows = [row for shard in generator.shards.values() for row in shard]
    size = sum(len(row.document) for row in rows) // len(rows)
    began = time.process_time()
    report = verified(generator.shards)
    seconds = time.process_time() - began
    return VerifyResult(
        cases, report.events, size, round(seconds, 3), round(report.events / seconds), faults=report.faults
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description="What one core verifies.")
    parser.add_argument("cases", type=int, nargs="?", default=8_000)
    print(json.dumps(asdict(asyncio.run(measure(parser.parse_args().cases)))))


if __name__ == "__main__":
    main()
