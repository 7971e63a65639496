"""What is committed late is found late, and never lost: dense shards under writers that pause and give up.

Beside every event, in the same transaction, each writer takes a number from a serial column, as logs are often
kept. A reader that remembers the last number it saw loses events in the same run. That shows that the run was one
in which there was something to lose.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest_asyncio
from tests.store.log import SHARDS, Log, assert_one_history, case_in, fact, log_on, origin, receive
from uuid_utils.compat import uuid7

from casework.shared.eventstore import reading
from casework.shared.eventstore.reading import StoredEvent
from casework.shared.runtime.database import Work, begin

SEED = 20_260_302
WRITERS, TURNS, CASES = 16, 40, 40
ROLLED_BACK = 0.06
NAIVE_PAGE = "SELECT number, event_id FROM intake.numbered WHERE number > $1 ORDER BY number"


class GivenUp(Exception):
    """What a writer raises to have its transaction rolled back."""


@dataclass
class Journal:
    """What the client knows: the ids of events whose commit it has seen, and of those that were rolled back."""

    committed: set[UUID] = field(default_factory=set)
    given_up: set[UUID] = field(default_factory=set)


@dataclass
class Readers:
    """Two readers of the same log, each with its own way to remember how far it came."""

    log: Log
    dense: list[StoredEvent] = field(default_factory=list)
    naive: list[UUID] = field(default_factory=list)
    number: int = 0
    after: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(SHARDS), -1))

    async def read(self) -> int:
        """Everything that is new to each of them. Returns how many events the dense reader found."""
        async with begin(self.log.engine) as work:
            for row in await work.fetch(NAIVE_PAGE, self.number):
                self.number = row["number"]
                self.naive.append(row["event_id"])
            found = []
            for shard, after in self.after.items():
                found += await reading.page(work, shard, after=after, limit=500)
        for event in found:
            self.after[event.shard] = event.position
        self.dense += found
        return len(found)

    async def run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(0)


@pytest_asyncio.fixture
async def numbered(log: Log) -> AsyncIterator[Log]:
    """The log, with the table of the naive reader beside it and room for all writers."""
    async with begin(log.admin) as work:
        await work.execute("CREATE TABLE intake.numbered (number bigserial PRIMARY KEY, event_id uuid NOT NULL)")
        await work.execute("GRANT SELECT, INSERT ON intake.numbered TO casework_intake")
        await work.execute("GRANT USAGE ON SEQUENCE intake.numbered_number_seq TO casework_intake")
    async with log_on(log.url, pool_size=WRITERS + 1) as wide:
        yield wide


async def number(work: Work, event_id: UUID) -> None:
    await work.execute("INSERT INTO intake.numbered (event_id) VALUES ($1)", event_id)


async def write(log: Log, cases: list[UUID], odds: Random, journal: Journal) -> None:
    """One writer: pauses after it has taken its number, and after it has its position."""
    for turn in range(TURNS):
        chosen = odds.sample(cases, odds.choice((1, 1, 1, 3)))
        ids: set[UUID] = set()
        try:
            async with begin(log.engine) as work:
                unit = await log.store.open(work, chosen)
                for case_id in chosen:
                    unit.run(case_id, [fact(f"{id(odds)} {turn}")], origin())
                ids = {record.envelope.id for record in unit.recorded}
                for event_id in sorted(ids):
                    await number(work, event_id)
                await asyncio.sleep(odds.choice((0, 0, 0.002, 0.02)))
                await log.store.append(work, unit)
                await asyncio.sleep(odds.choice((0, 0, 0, 0.005)))
                if odds.random() < ROLLED_BACK:
                    raise GivenUp
        except GivenUp:
            journal.given_up |= ids
        else:
            journal.committed |= ids


async def test_sixteen_writers_lose_nothing_and_a_serial_number_does(numbered: Log) -> None:
    cases = [uuid7() for _ in range(CASES)]
    for case_id in cases:
        await numbered.record(case_id, receive(str(case_id)))
    readers = Readers(numbered)
    await readers.read()
    before = len(readers.dense)
    journal = Journal()
    reading_on = asyncio.create_task(readers.run())
    await asyncio.gather(*(write(numbered, cases, Random(SEED + n), journal) for n in range(WRITERS)))
    reading_on.cancel()
    await asyncio.gather(reading_on, return_exceptions=True)
    while await readers.read():
        pass

    seen = [event.event_id for event in readers.dense[before:]]
    assert len(journal.committed) > 500
    assert len(journal.given_up) > 10
    assert len(seen) == len(set(seen)), "read twice"
    assert set(seen) == journal.committed, "lost, or never committed"
    for shard in range(SHARDS):
        of_shard = [event for event in readers.dense if event.shard == shard]
        assert_one_history(of_shard)
        assert of_shard == await numbered.events([shard]), "read in another order than it is stored"
    lost = journal.committed - set(readers.naive)
    assert lost, "nobody committed late: this run shows nothing"


async def test_a_transaction_held_open_delays_nobody_elsewhere_and_is_read_when_it_commits(numbered: Log) -> None:
    slow, other, behind = case_in(3), case_in(4), case_in(3)
    readers = Readers(numbered)
    async with begin(numbered.engine) as work:
        unit = await numbered.decide(work, slow, receive("slow"))
        slow_id = unit.recorded[0].envelope.id
        await number(work, slow_id)
        # It has its number and no position yet: whoever commits now is before it in the log, and behind it by number.
        for case_id in (other, behind):
            async with begin(numbered.engine) as quick:
                passed = await numbered.decide(quick, case_id, receive(str(case_id)))
                await number(quick, passed.recorded[0].envelope.id)
                await numbered.store.append(quick, passed)
        assert await readers.read() == 2
        await numbered.store.append(work, unit)
        # Now it has its position: others of its shard wait for it, those of other shards do not.
        waiting = asyncio.create_task(numbered.record(behind, fact("after the slow one")))
        await numbered.record(other, fact("meanwhile"))
        assert await readers.read() == 1
        assert not waiting.done()
    await waiting
    assert await readers.read() == 2
    assert [event.case_id for event in readers.dense if event.shard == 3] == [behind, slow, behind]
    # The other reader was past the slow one's number when it came, and never looks back.
    assert set(readers.naive) == {event.event_id for event in readers.dense if event.version == 1} - {slow_id}


async def test_what_is_rolled_back_leaves_no_hole(log: Log) -> None:
    first, second = case_in(5), case_in(5)
    await log.record(first, receive("1"))
    try:
        async with begin(log.engine) as work:
            unit = await log.decide(work, second, receive("2"), fact("a"), fact("b"))
            await log.store.append(work, unit)
            raise GivenUp
    except GivenUp:
        pass
    await log.record(second, receive("3"))
    events = await log.events([5])
    assert [(event.position, event.case_id) for event in events] == [(0, first), (1, second)]
    assert_one_history(events)
    async with begin(log.engine) as work:
        heads = {head.shard: (head.position, head.hash) for head in await reading.heads(work)}
    assert heads[5] == (1, events[-1].hash)
    assert heads[6] == (-1, None)
