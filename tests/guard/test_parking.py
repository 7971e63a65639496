"""One case that cannot be processed waits, with everything that follows in it; everybody else goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.guard.upstream import (
    BEFORE,
    CASES,
    Feeds,
    Poisoned,
    Taker,
    Upstream,
    effects,
    in_batches,
    stop_the_clock,
    taker,
)

from casework.shared.contracts import registry
from casework.shared.contracts.canonical import canonical, leaf_hash
from casework.shared.contracts.envelope import parse_document
from casework.shared.contracts.ids import shard_of
from casework.shared.contracts.wire import Placed
from casework.shared.eventstore.store import CaseParked
from casework.shared.inbox import consumer, parking
from casework.shared.inbox.consumer import Halted
from casework.shared.runtime.database import Serialization, StoreUnavailable, begin

Databases = Callable[[], Awaitable[str]]
SOURCES = BEFORE["followup"]


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


@asynccontextmanager
async def poisoned(url: str, upstream: Upstream) -> AsyncIterator[tuple[Taker, Poisoned]]:
    """Follow-up, whose reactor fails when the test wants it to."""
    made: list[Poisoned] = []

    def wrap(inner: Any) -> Poisoned:
        made.append(Poisoned(inner))
        return made[0]

    async with taker(url, "followup", upstream, wrap=wrap) as found:
        yield found, made[0]


async def waiting(found: Taker) -> dict[UUID, Counter[str]]:
    """How many events of each source wait behind each parked case."""
    async with begin(found.runtime.engine) as work:
        rows = await work.fetch(
            "SELECT c.case_id, e.source FROM parked_case c LEFT JOIN parked_event e USING (consumer, case_id)"
        )
    counted: dict[UUID, Counter[str]] = {}
    for row in rows:
        counted.setdefault(row["case_id"], Counter())[row["source"]] += 1
    return counted


def case_of(item: Placed) -> UUID:
    return UUID(parse_document(item.document)["subject"])


def closed_cases(placed: list[Placed]) -> list[UUID]:
    """Cases that went the whole way, so that every source has events of them."""
    return sorted({case_of(item) for item in placed if item.source == "resolution"})


async def test_a_poison_event_parks_its_case_of_every_source_and_delays_no_other(
    upstream: Upstream, databases: Databases
) -> None:
    placed = await upstream.log(*SOURCES)
    async with taker(await databases(), "followup", upstream) as plain:
        await plain.consumer.take(placed)
        expected = await effects(plain.runtime)
    sick = set(closed_cases(placed)[:2])
    async with poisoned(await databases(), upstream) as (found, reactor):
        reactor.cases = set(sick)
        for batch in in_batches(placed, Random(1)):
            await found.consumer.take(batch)
        now = await effects(found.runtime)
        # Of the two cases every event of every source waits; of the others none, and every cursor is at its end.
        assert await waiting(found) == {
            case_id: Counter(item.source for item in placed if case_of(item) == case_id) for case_id in sick
        }
        assert all(len(counts) == len(SOURCES) for counts in (await waiting(found)).values())
        assert now["cursors"] == expected["cursors"]
        assert now["streams"] == {k: v for k, v in expected["streams"].items() if k[0] not in sick}
        assert now["status"] == [row for row in expected["status"] if row[0] not in sick]
        # A retry that fails again leaves it as it was; one that does not takes everything up, in order.
        first = min(sick)
        assert not await found.consumer.retry(first, shard_of(first, 12))
        assert set(await waiting(found)) == sick
        reactor.cases.clear()
        for case_id in sick:
            assert await found.consumer.retry(case_id, shard_of(case_id, 12))
        assert await effects(found.runtime) == expected
        assert found.consumer.halted is None


async def test_a_command_on_a_parked_case_is_told_so(upstream: Upstream, databases: Databases) -> None:
    placed = await upstream.log(*SOURCES)
    sick, well = closed_cases(placed)[:2]
    async with poisoned(await databases(), upstream) as (found, reactor):
        reactor.cases = {sick}
        await found.consumer.take(placed)
        store, consumer = found.runtime.store, reactor.consumer
        async with begin(found.runtime.engine) as work:
            await store.open(work, [well], refuse_parked_by=consumer)
            with pytest.raises(CaseParked, match="waits for an operator"):
                await store.open(work, [well, sick], refuse_parked_by=consumer)
            # Another service's parked case is no obstacle here.
            await store.open(work, [sick], refuse_parked_by="resolution.v1")


async def test_what_passes_by_itself_parks_nothing(upstream: Upstream, databases: Databases) -> None:
    placed = await upstream.log("intake")
    async with poisoned(await databases(), upstream) as (found, reactor):
        reactor.failures = [StoreUnavailable("restarted"), Serialization("deadlock"), StoreUnavailable("restarting")]
        await found.consumer.take(placed)
        assert reactor.failures == []
        now = await effects(found.runtime)
        assert len(now["status"]) == CASES
        assert now["parked"] == []


async def test_a_failure_that_happens_once_parks_nobody(upstream: Upstream, databases: Databases) -> None:
    """The batch is run again case by case before anybody is judged."""
    async with poisoned(await databases(), upstream) as (found, reactor):
        reactor.failures = [LookupError("once")]
        await found.consumer.take(await upstream.log("intake"))
        now = await effects(found.runtime)
        assert (len(now["status"]), now["parked"]) == (CASES, [])


async def test_a_bad_release_stops_the_consumer_and_loses_nothing(
    upstream: Upstream, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Several transactions for what comes here: one alone would undo all that it had parked.
    monkeypatch.setattr(consumer, "EVENTS_TOGETHER", 64)
    placed = await upstream.log(*SOURCES)
    url = await databases()
    async with taker(await databases(), "followup", upstream) as plain:
        await plain.consumer.take(placed)
        expected = await effects(plain.runtime)
    async with poisoned(url, upstream) as (found, reactor):
        reactor.everything = True
        with pytest.raises(ExceptionGroup) as stopped:
            await found.consumer.take(placed)
        assert Halted in {type(error) for error in stopped.value.exceptions}
        assert found.consumer.halted == "bad-release"
        assert found.alarms()["bad-release"] >= 1
        parked = set(await waiting(found))
        # Those of the transactions before the one that was too much; that one is undone.
        assert 0 < len(parked) < CASES
        before = await effects(found.runtime)
        with pytest.raises(ExceptionGroup):
            await found.consumer.take(placed)
        assert await effects(found.runtime) == before
        assert before["streams"] == {}
    # The release before it, or the next one, understands the cases again.
    async with taker(url, "followup", upstream) as found:
        await found.consumer.prepare()
        for case_id in sorted(parked):
            assert await found.consumer.retry(case_id, shard_of(case_id, 12))
        assert await effects(found.runtime) == expected


@dataclass(frozen=True)
class ApologyWritten:
    """What a newer release records."""

    wording: str


def newer_type(source: str) -> str:
    return f"casework.{source}.apology-written.v1"


def newer_event(last: Placed, of_case: Placed) -> Placed:
    """An event of a type that this release does not know, at the end of its shard, in the case of `of_case`."""
    before = parse_document(of_case.document)
    document = canonical(
        before
        | {
            "id": str(UUID(int=77)),
            "type": newer_type(last.source),
            "dataschema": f"/schemas/casework.{last.source}.apology-written/1.json",
            "data": {"wording": "Sorry."},
            "streamversion": before["streamversion"] + 1,
            "prevhash": of_case.hash.hex(),
        }
    )
    return Placed(
        last.installation, last.source, last.shard, last.position + 1, last.hash, leaf_hash(document), document
    )


async def test_a_type_of_a_newer_release_waits_for_a_process_that_knows_it(
    upstream: Upstream, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await upstream.log(*SOURCES)
    case_id = closed_cases(placed)[0]
    shard = shard_of(case_id, 12)
    last = [item for item in placed if (item.source, item.shard) == ("resolution", shard)][-1]
    newer = newer_event(last, [item for item in placed if item.source == "resolution" and case_of(item) == case_id][-1])
    async with taker(await databases(), "followup", upstream) as found:
        await found.consumer.take(placed)
        await found.consumer.take([newer])
        assert await waiting(found) == {case_id: Counter({"resolution": 1})}
        async with begin(found.runtime.engine) as work:
            [parked] = await parking.list_parked(work, "followup.v1")
        assert (parked.unknown_type, parked.reason, parked.waiting) == (newer_type("resolution"), "UnknownType", 1)
        before = await effects(found.runtime)
        assert before["cursors"]["resolution", shard].position == newer.position
        # Nobody has to do anything: the next process that knows the type takes the case up when it starts.
        feeds = Feeds(upstream, ())
        again = found.again(found.runtime.reactor, feeds)
        await again.prepare()
        assert set(await waiting(found)) == {case_id}
        monkeypatch.setitem(registry.EVENT_TYPES, newer_type("resolution"), ApologyWritten)
        await again.prepare()
        after = await effects(found.runtime)
        assert after["parked"] == []
        assert (after["streams"], after["cursors"]) == (before["streams"], before["cursors"])


async def test_many_unknown_types_are_no_bad_release(upstream: Upstream, databases: Databases) -> None:
    """Readers are deployed first, but one that was forgotten must not be stopped for it: its cases wait."""
    placed = await upstream.log("intake")
    last = {item.shard: item for item in placed}
    async with taker(await databases(), "followup", upstream) as found:
        await found.consumer.take(placed)
        for item in [item for item in placed if parse_document(item.document)["streamversion"] == 1]:
            last[item.shard] = newer_event(last[item.shard], item)
            await found.consumer.take([last[item.shard]])
        assert len(await waiting(found)) == CASES > parking.PARKED_LIMIT
        assert found.consumer.halted is None
