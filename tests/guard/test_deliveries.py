"""Duplicated, shuffled, with gaps, by two at once: what comes of it is what comes of every event once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from random import Random
from uuid import UUID

import orjson
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.guard.upstream import (
    BEFORE,
    Effects,
    Feeds,
    Taker,
    Upstream,
    Watching,
    Wrapped,
    effects,
    in_batches,
    scrambled,
    stop_the_clock,
    taker,
)

from casework.shared.contracts.canonical import canonical, leaf_hash
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Placed
from casework.shared.inbox import consumer
from casework.shared.inbox.consumer import Halted
from casework.shared.runtime.database import begin
from casework.shared.testing.parts import PostgresServer

Databases = Callable[[], Awaitable[str]]
TAKERS = tuple(BEFORE)
ONE_SOURCE_MATTERS: tuple[ServiceName, ...] = ("investigation", "resolution")
"""Each of their events is caused by one source's, so even the places in their logs are always the same."""
FEW = 64
"""Events of a transaction, so that what these tests bring does not fit into one."""


@pytest.fixture(autouse=True, scope="module")
def _stopped_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        stop_the_clock(monkeypatch)
        yield


InOrder = Callable[[ServiceName], Awaitable[Effects]]


@pytest_asyncio.fixture(scope="module")
async def in_order(
    upstream: Upstream, postgres_server: PostgresServer, installation_database: str
) -> AsyncIterator[InOrder]:
    """What comes of every event brought to a service once, in order; worked out once."""
    known: dict[ServiceName, Effects] = {}

    async def effects_in_order(service: ServiceName) -> Effects:
        if service not in known:
            name = f"{installation_database}_{service}"
            url = await postgres_server.create_database(name, template=installation_database)
            async with taker(url, service, upstream) as found:
                for source in BEFORE[service]:
                    await found.consumer.take(await upstream.log(source))
                assert found.alarms() == {}
                known[service] = await effects(found.runtime, places=service in ONE_SOURCE_MATTERS)
            await postgres_server.drop_database(name)
        return known[service]

    yield effects_in_order


async def heads(upstream: Upstream, service: ServiceName) -> dict[tuple[ServiceName, int], int]:
    """Where the cursors of a consumer of these logs have to come to stand."""
    last: dict[tuple[ServiceName, int], int] = {}
    for item in await upstream.log(*BEFORE[service]):
        last[item.source, item.shard] = item.position
    return last


def watch(service: ServiceName) -> type[Wrapped]:
    """Only follow-up cares for every event, so that every one can be watched."""
    return Watching if service == "followup" else Wrapped


@pytest.mark.parametrize("service", TAKERS)
async def test_any_delivery_has_the_effects_of_one_in_order(
    upstream: Upstream, databases: Databases, in_order: InOrder, service: ServiceName
) -> None:
    expected = await in_order(service)
    assert len(expected["streams"]) > 100
    assert {key: cursor.position for key, cursor in expected["cursors"].items() if cursor.position >= 0} == await heads(
        upstream, service
    )
    placed = await upstream.log(*BEFORE[service])
    for seed in range(2):
        odds = Random(seed)
        async with taker(await databases(), service, upstream, wrap=watch(service)) as found:
            for batch in in_batches(scrambled(placed, odds), odds):
                await found.consumer.take(batch)
            # The last events of a shard may be among the lost: nothing after them can show the gap.
            await found.consumer.compare_heads(at_once=True)
            assert await effects(found.runtime, places=service in ONE_SOURCE_MATTERS) == expected, f"seed {seed}"
            assert found.alarms() == {}


async def test_shards_of_which_little_came_share_a_transaction(
    upstream: Upstream, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "EVENTS_TOGETHER", FEW)
    placed = await upstream.log("intake")
    first = [item for item in placed if item.position == 0]
    assert len(first) > 3
    async with taker(await databases(), "investigation", upstream) as found:
        assert await _transactions(found, first) == 1
        assert len(placed) > FEW
        assert await _transactions(found, placed) > 1


async def _transactions(found: Taker, placed: list[Placed]) -> int:
    """How many it took to take these in."""
    await found.consumer.take(placed)
    async with begin(found.runtime.engine) as work:
        many: int = await work.fetch_value("SELECT count(DISTINCT xmin::text) FROM guard WHERE position >= 0")
    return many


@pytest.mark.parametrize("service", TAKERS)
async def test_without_any_topic_the_feeds_are_enough(
    upstream: Upstream, databases: Databases, in_order: InOrder, service: ServiceName
) -> None:
    expected = await in_order(service)
    async with taker(await databases(), service, upstream) as found:
        await found.consumer.prepare()
        assert await effects(found.runtime, places=service in ONE_SOURCE_MATTERS) == expected
        # Everything again, as from a topic that is read from its beginning: nothing happens.
        await found.consumer.take(await upstream.log(*BEFORE[service]))
        assert await effects(found.runtime, places=service in ONE_SOURCE_MATTERS) == expected


def within_reach(log: list[Placed], *, without: ServiceName) -> dict[tuple[ServiceName, int], int]:
    """How far each shard of each source can be taken while nothing comes from `without`: up to the first event whose
    cause cannot be had."""
    reached: dict[tuple[ServiceName, int], int] = {}
    before = -1
    while len(reached) + sum(reached.values()) > before:
        before = len(reached) + sum(reached.values())
        for item in log:
            event = orjson.loads(item.document)
            cause = (event.get("causesource", "").removeprefix("/casework/"), item.shard)
            known = "causesource" not in event or reached.get(cause, -1) >= event["causeposition"]
            if item.source != without and known and reached.get((item.source, item.shard), -1) == item.position - 1:
                reached[item.source, item.shard] = item.position
    return reached


@pytest.mark.parametrize("delayed", BEFORE["followup"])
async def test_while_a_source_is_away_only_what_waits_for_it_waits(
    upstream: Upstream, databases: Databases, in_order: InOrder, delayed: ServiceName
) -> None:
    expected = await in_order("followup")
    sources = BEFORE["followup"]
    async with taker(await databases(), "followup", upstream, wrap=Watching) as found:
        upstream.away.add(delayed)
        try:
            for source in reversed(sources):
                if source != delayed:
                    await found.consumer.take(await upstream.log(source))
            await found.consumer.compare_heads(at_once=True)
        finally:
            upstream.away.discard(delayed)
        cursors = (await effects(found.runtime))["cursors"]
        taken = {place: cursor.position for place, cursor in cursors.items() if cursor.hash}
        assert taken == within_reach(await upstream.log(*sources), without=delayed)
        assert delayed not in {source for source, _ in taken}
        await found.consumer.compare_heads(at_once=True)
        assert await effects(found.runtime) == expected
        assert found.alarms() == {}


async def test_two_at_once_do_nothing_twice(upstream: Upstream, databases: Databases, in_order: InOrder) -> None:
    """Two replicas, each brought everything in an order of its own at the same time: a rebalance at its worst."""
    expected = await in_order("followup")
    placed = await upstream.log(*BEFORE["followup"])
    url = await databases()
    async with taker(url, "followup", upstream) as one, taker(url, "followup", upstream) as other:

        async def bring(seed: int) -> None:
            odds = Random(seed)
            for batch in in_batches(scrambled(placed, odds, lose=0.0), odds, most=200):
                await (one if seed else other).consumer.take(batch)

        with capture_logs() as logs:
            await asyncio.gather(bring(0), bring(1))
        assert await effects(one.runtime) == expected
        # They waited for each other, and never in a circle: nothing had to be run again.
        assert [entry for entry in logs if entry["event"] == "consumer.again"] == []
        assert one.alarms() == other.alarms() == {}


def changed(item: Placed) -> Placed:
    """Other bytes that say the same shard and source, with a hash that is right: what only the guard can notice."""
    document = item.document.replace(b'"datacontenttype":"application/json",', b"", 1)
    assert document != item.document
    return item._replace(document=document, hash=leaf_hash(document))


def caused_by_what_we_never_had(item: Placed) -> Placed:
    """An event that rests on one of investigation's own that investigation does not have."""
    cause = {"causesource": "/casework/investigation", "causeposition": 10**6}
    document = canonical(orjson.loads(item.document) | cause)
    return item._replace(document=document, hash=leaf_hash(document))


FORGERIES: dict[str, tuple[str, Callable[[Placed], Placed]]] = {
    "one bit of the bytes": ("forged", lambda item: item._replace(document=item.document + b" ")),
    "another shard": ("forged", lambda item: item._replace(shard=(item.shard + 1) % 12)),
    "a shard below zero": ("forged", lambda item: item._replace(shard=-1)),
    "a shard nobody has": ("forged", lambda item: item._replace(shard=4_000)),
    "another source": ("forged", lambda item: item._replace(source="followup")),
    "no event": ("not-an-event", lambda item: item._replace(document=b"[]", hash=leaf_hash(b"[]"))),
    "another installation": ("foreign-installation", lambda item: item._replace(installation=UUID(int=1))),
    "another hash before it": ("diverged", lambda item: item._replace(shardprev=b"\x01" * 32)),
    "an effect of what we never recorded": ("ahead", caused_by_what_we_never_had),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_record_is_told_and_the_feed_is_believed(
    upstream: Upstream, databases: Databases, in_order: InOrder, name: str
) -> None:
    kind, forge = FORGERIES[name]
    expected = await in_order("investigation")
    async with taker(await databases(), "investigation", upstream) as found:
        placed = await upstream.log("intake")
        first = next(item for item in placed if item.position == 0)
        await found.consumer.take([forge(first), *(item for item in placed if item is not first)])
        assert found.alarms().keys() == {kind}
        assert found.consumer.stopped == set()
        await found.consumer.compare_heads(at_once=True)
        assert await effects(found.runtime, places=True) == expected


async def test_a_history_that_was_changed_stops_its_source_there_and_nowhere_else(
    upstream: Upstream, databases: Databases
) -> None:
    """The consumer took an event that the source says it never recorded: one of the two logs is not what it was."""
    placed = await upstream.log("intake")
    # One in which more follows, which is what shows the change.
    shard = next(item.shard for item in placed if item.position == 1)
    first = next(item for item in placed if (item.shard, item.position) == (shard, 0))
    async with taker(await databases(), "investigation", upstream) as found:
        await found.consumer.take([changed(first)])
        await found.consumer.take([item for item in placed if item is not first])
        assert found.consumer.stopped == {("intake", shard)}
        assert found.alarms()["history-differs"] == 1
        cursors = (await effects(found.runtime))["cursors"]
        expected = await heads(upstream, "investigation")
        assert cursors["intake", shard].position == 0
        assert {key: cursors[key].position for key in expected if key[1] != shard} == {
            key: position for key, position in expected.items() if key[1] != shard
        }
        # A look at the heads says it too, also to a consumer that was started anew.
        again = found.again(found.runtime.reactor, Feeds(upstream, BEFORE["investigation"]))
        await again.compare_heads(at_once=True)
        assert again.stopped == {("intake", shard)}


async def test_a_source_whose_log_is_shorter_than_what_was_taken_was_set_back(
    upstream: Upstream, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taker(await databases(), "investigation", upstream) as found:
        await found.consumer.take(await upstream.log("intake"))
        feeds = Feeds(upstream, BEFORE["investigation"])
        shorter = await feeds.heads("intake")
        shard = next(shard for shard, head in shorter.items() if head.position >= 0)
        shorter[shard] = replace(shorter[shard], position=shorter[shard].position - 1)

        async def heads_of_yesterday(source: ServiceName) -> object:
            return shorter if source == "intake" else {}

        monkeypatch.setattr(feeds, "heads", heads_of_yesterday)
        again = found.again(found.runtime.reactor, feeds)
        await again.compare_heads()
        assert again.stopped == {("intake", shard)}


async def test_a_consumer_whose_own_log_was_set_back_halts(upstream: Upstream, databases: Databases) -> None:
    """Others know effects of events that we do not have, and their feeds say so: going on would write a second
    history."""
    feeds = Feeds(upstream, ["intake", "resolution"])
    async with taker(await databases(), "investigation", upstream, feeds=feeds) as found:
        with pytest.raises(ExceptionGroup) as halted:
            await found.consumer.take(await upstream.log("resolution"))
        assert {type(error) for error in halted.value.exceptions} == {Halted}
        assert found.consumer.halted == "store-set-back"
        # Nothing more is taken, whatever comes, until somebody has looked.
        before = await effects(found.runtime)
        with pytest.raises(ExceptionGroup):
            await found.consumer.take(await upstream.log("intake"))
        assert await effects(found.runtime) == before
        assert len(before["streams"]) < len(await upstream.log("investigation"))
