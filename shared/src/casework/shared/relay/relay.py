"""The relay: sends what a store committed to its topic, in order, and remembers what the broker confirmed.

Invariants:

* A cursor moves only over records the broker has acknowledged, without a gap, and only under the epoch it
  was claimed with. A crash between send and cursor sends the same records again; consumers drop them.
* An acknowledged record, the anchor, is remembered by offset and hash. When the broker no longer has it there,
  the broker was wiped or cut, and everything is sent again from the beginning of the shard. An offset before
  the log's start is retention, not loss.
* A log can be cut behind the anchor, and grow again, only while the connection to its leader breaks or the leader
  changes. Such a session ends without moving a cursor, and the next one reads on from the anchor whether all that
  was acknowledged since is there.
* A record of ours on the topic that this store does not have means that the store was set back to an earlier
  day. The relay then sends nothing more for that shard and says so: continuing would write a second history.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.ids import ServiceName
from casework.shared.errors import Conflict
from casework.shared.relay import lease
from casework.shared.relay.lease import Claim, Record
from casework.shared.relay.outlet import Outgoing, Outlet, Sent
from casework.shared.relay.routes import ProducerLost, Route, connect, routes_of
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.messaging import discard_producer
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.topic_reader import TopicReader, TopicUnavailable, topic_reader

log = structlog.get_logger(__name__)

PAGE = 400
"""Records of one shard in one round."""
TAIL = 1_000
"""Records of the topic that are compared with the store at once: a log that is sent again is read to its end first."""
HEARTBEAT_S = 1.0
LOOK_BACK_S = 5.0
POLL_S = 0.05
"""Between looks when other replicas may append too. What this process appends wakes its relay at once."""
ALONE_POLL_S = 0.5
SEND_TIMEOUT_S = 20.0
HEALTHY_S = 10.0
ONE_BATCH = 1
"""Fetch bytes that make the broker give the one batch that holds an offset, and not all that follows it."""


class WrongPartitions(Exception):
    """The topic does not have the installation's number of partitions. Keys would land elsewhere: nothing is sent."""


_TRANSIENT = (KafkaError, OSError, StoreUnavailable, Conflict, ProducerLost, TopicUnavailable, WrongPartitions)


class Relay:
    """One service's relay to one topic. `run` until cancelled; `wake` after a commit."""

    def __init__(
        self,
        service: ServiceName,
        engine: AsyncEngine,
        outlet: Outlet,
        *,
        servers: str,
        make_producer: Callable[[], AIOKafkaProducer],
        replica: str,
        metrics: Metrics,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        self.service: ServiceName = service
        self.outlet = outlet
        self.topic = outlet.topic
        self.set_back: dict[int, int] = {}
        """Shards that send nothing any more because the topic holds a later history: shard -> position seen."""
        self.inspected = asyncio.Event()
        """Set when the topic was first compared with the store: a set-back store is known before work starts."""
        self._engine = engine
        self._servers = servers
        self._security = security or {}
        self._make_producer = make_producer
        self._replica = replica
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._claims: dict[int, Claim] = {}
        self._unwritten: set[int] = set()
        """Shards whose claim says more than the store does: acknowledged since the last transaction."""
        self._looks: dict[int, Look] = {}
        self._alone = False
        self._routes: Mapping[int, Route] = {}

    def wake(self) -> None:
        """Something was committed in this process: look now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        """Relay until cancelled; whatever fails on the way is met with a new session and a longer pause."""
        pause = 0.1
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._session()
            except _TRANSIENT as error:
                log.warning("relay.session-ended", topic=self.topic.name, error=type(error).__name__, retry_s=pause)
            if asyncio.get_running_loop().time() - started > HEALTHY_S:
                pause = 0.1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _session(self) -> None:
        """One life of a producer."""
        async with begin(self._engine) as work:
            await lease.prepare(work, self.topic.name, self.topic.partitions)
        async with topic_reader(self._servers, **self._security) as reader:
            found = await reader.partitions(self.topic.name)
            if len(found) != self.topic.partitions:
                raise WrongPartitions(
                    f"{self.topic.name} has {len(found)} partitions instead of {self.topic.partitions}"
                )
            producer = self._make_producer()
            try:
                await producer.start()
                self._routes = await connect(producer, self.topic)
                self._claims = {}
                self._unwritten.clear()
                self._looks.clear()
                await self._rounds(producer, reader)
            finally:
                await discard_producer(producer)

    async def _rounds(self, producer: AIOKafkaProducer, reader: TopicReader) -> None:
        loop = asyncio.get_running_loop()
        # Looking back reads the topic, which can take a while: beside the rounds, not between them.
        watcher = asyncio.create_task(self._watch())
        heartbeat = 0.0
        try:
            while True:
                self._wake.clear()
                if watcher.done():
                    watcher.result()
                if loop.time() >= heartbeat:
                    heartbeat = loop.time() + HEARTBEAT_S
                    await self._take_part(reader)
                await self._heed_looks()
                if not await self._round(producer):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), ALONE_POLL_S if self._alone else POLL_S)
        finally:
            watcher.cancel()
            # Whatever it met ends this session anyway; an exception that nobody fetches is reported as a fault.
            await asyncio.gather(watcher, return_exceptions=True)

    async def _watch(self) -> None:
        async with topic_reader(self._servers, fetch_bytes=ONE_BATCH, **self._security) as reader:
            while True:
                # The newest records as of before the look: what the look proves, it proves of them too.
                before = dict(self._claims)
                there, missing = await self._look_back(reader, list(before.values()))
                self._looks.update(
                    {s: Look(before[s].anchor, before[s].last, s in there) for s in there.keys() | missing}
                )
                await self._measure()
                await asyncio.sleep(LOOK_BACK_S)

    async def _heed_looks(self) -> None:
        """Move the anchors whose records were found on, and send the shards of the others again."""
        looks, self._looks = self._looks, {}
        # A shard may have been claimed anew or sent again since: a look at an older anchor says nothing about it.
        held = {s: look for s, look in looks.items() if s in self._claims and self._claims[s].anchor == look.anchor}
        for shard, look in held.items():
            if look.found and look.last is not None:
                self._claims[shard] = replace(self._claims[shard], anchor=look.last)
        await self._send_again({shard for shard, look in held.items() if not look.found})

    async def _take_part(self, reader: TopicReader) -> None:
        """Tell that we live; give up what falls to others now, claim what falls to us."""
        async with begin(self._engine) as work:
            await self._write(work)  # before a shard may be given up
            members = await lease.live_members(work, self.topic.name, self._replica)
            self._alone = members == [self._replica]
            mine = lease.share(members, self._replica, self.topic.partitions) if self._replica in members else set()
            for shard in set(self._claims) - mine:
                del self._claims[shard]
            new = await lease.claim(work, self.topic.name, self._replica, mine - set(self._claims) - set(self.set_back))
        if new:
            log.info("relay.claimed", topic=self.topic.name, shards=sorted(c.shard for c in new))
            self._claims.update({c.shard: c for c in new})
            there, missing = await self._look_back(reader, new)
            await self._send_again(missing)
            if self.outlet.history:
                await self._read_tail(reader, [self._claims[c.shard] for c in new], there)
            else:
                # Which rows changed since is not kept: those that did are sent once more.
                doubted = [(c, position) for c in new if (position := there.get(c.shard)) is not None]
                await self._advance([replace(c, position=position) for c, position in doubted if position < c.position])
        self.inspected.set()

    async def _look_back(self, reader: TopicReader, claims: Sequence[Claim]) -> tuple[dict[int, int | None], set[int]]:
        """The shards whose anchor is on the topic where it was, with its position (None where only retention has
        taken it), and those where it certainly is not any more.

        A shard that the broker said nothing about is in neither.
        """
        anchored = {c.shard: c.anchor for c in claims if c.anchor is not None}
        if not anchored:
            return {}, set()
        first = await reader.beginnings(self.topic.name, list(anchored))
        # Below the log's start it was there once, and retention took it.
        there: dict[int, int | None] = {s: None for s, anchor in anchored.items() if anchor.offset < first[s]}
        missing: set[int] = set()
        asked = {shard: anchor.offset for shard, anchor in anchored.items() if shard not in there}
        for shard, record in (await reader.at(self.topic.name, asked)).items():
            sent = None if record is None else self.outlet.recognise(shard, record.headers, record.value)
            if sent is not None and sent.hash == anchored[shard].hash:
                there[shard] = sent.position
            else:
                missing.add(shard)
        return there, missing

    async def _send_again(self, shards: set[int]) -> None:
        """The broker was wiped or cut: start the shards' logs from their beginning."""
        again = [self._claims[shard] for shard in sorted(shards) if shard in self._claims]
        if again:
            log.warning("relay.broker-lost-records", topic=self.topic.name, shards=[c.shard for c in again])
            self._metrics.relay_rewinds.labels(self.service).inc(len(again))
            await self._advance([replace(c, position=-1, anchor=None, last=None) for c in again])

    async def _read_tail(self, reader: TopicReader, claims: Sequence[Claim], anchors: Mapping[int, int | None]) -> None:
        """What is on the topic after the remembered record: sends whose cursor never moved, or a later history; or
        less than was acknowledged. `anchors` are the positions of the remembered records."""
        ends = await reader.ends(self.topic.name, [c.shard for c in claims])
        moved: list[Claim] = []
        for held in claims:
            first, after = ends[held.shard]
            start = first if held.anchor is None else max(first, held.anchor.offset + 1)
            current, seen = held, set[int]()
            beyond: list[tuple[Sent, int]] = []
            async for record in reader.read(self.topic.name, held.shard, start, after):
                sent = self.outlet.recognise(held.shard, record.headers, record.value)
                if sent is None:
                    continue
                if sent.position <= held.position:
                    seen.add(sent.position)
                    continue
                beyond.append((sent, record.offset))
                if len(beyond) == TAIL:
                    current, beyond = await self._compared(current, beyond), []
                    if held.shard in self.set_back:
                        break
            if beyond:
                current = await self._compared(current, beyond)
            if (anchor := anchors.get(held.shard)) is not None:
                hole = next((p for p in range(anchor + 1, held.position + 1) if p not in seen), None)
                if hole is not None:
                    log.warning("relay.broker-lost-records", topic=self.topic.name, shards=[held.shard], position=hole)
                    self._metrics.relay_rewinds.labels(self.service).inc()
                    current = replace(held, position=hole - 1)
            if current is not held and held.shard in self._claims:
                moved.append(current)
        if moved:
            await self._advance(moved)

    async def _compared(self, held: Claim, beyond: Sequence[tuple[Sent, int]]) -> Claim:
        """The claim after records (and their offsets) that were met behind its cursor. Stops the shard at one that
        this store does not have."""
        async with begin(self._engine) as work:
            ours = await self.outlet.hashes_at(work, held.shard, [sent.position for sent, _ in beyond])
        for sent, offset in beyond:
            if ours.get(sent.position) != sent.hash:
                self._stop_shard(held.shard, sent.position)
                break
            if sent.position == held.position + 1 and not held.rewound:
                held = _acknowledged(held, sent.position, Record(offset, sent.hash))
        return held

    def _stop_shard(self, shard: int, position: int) -> None:
        self.set_back[shard] = position
        self._claims.pop(shard, None)
        self._metrics.relay_set_back.labels(self.service).inc()
        log.error(
            "relay.store-set-back",
            topic=self.topic.name,
            shard=shard,
            position=position,
            action="run `casework store refill --from kafka`, then start this service again",
        )

    async def _round(self, producer: AIOKafkaProducer) -> bool:
        """Write down what the round before sent, and send one page of every held shard. Returns whether anything was
        sent."""
        async with begin(self._engine) as work:
            written = await self._write(work)
            for shard in await lease.lost(work, self.topic.name, self._claims):
                log.info("relay.shard-lost", topic=self.topic.name, shard=shard)
                del self._claims[shard]
            after = [(c.shard, c.position) for c in self._claims.values()]
            outgoing = await self.outlet.pending(work, after, PAGE)
        if written:
            failpoint("relay.advanced")
        if not outgoing:
            return False
        failpoint("relay.read")
        by_shard: dict[int, list[Outgoing]] = defaultdict(list)
        for record in outgoing:
            by_shard[record.shard].append(record)
        results = await asyncio.gather(*(self._send_shard(producer, s, r) for s, r in by_shard.items()))
        log.debug("relay.sent", topic=self.topic.name, count=len(outgoing), shards=sorted(by_shard))
        failpoint("relay.sent")
        if any(self._routes[shard] != route for shard, route in routes_of(producer, self.topic).items()):
            raise ProducerLost("reconnected")
        moved = {claim.shard: claim for claim, _ in results if claim is not None}
        self._claims |= moved
        self._unwritten |= moved.keys()
        failed = next((error for _, error in results if error is not None), None)
        if failed is not None:
            async with begin(self._engine) as work:
                await self._write(work)
            raise ProducerLost(type(failed).__name__) from failed
        return True

    async def _write(self, work: Work) -> bool:
        """Move the cursors to what was acknowledged. Returns whether there was anything to write."""
        # What is written is what the claims say by now: an anchor may have moved since, or a shard begun anew.
        moved = [self._claims[shard] for shard in sorted(self._unwritten & self._claims.keys())]
        self._unwritten.clear()
        if moved:
            for shard in await lease.advance(work, self.topic.name, moved):
                del self._claims[shard]
        return bool(moved)

    async def _send_shard(
        self, producer: AIOKafkaProducer, shard: int, records: Sequence[Outgoing]
    ) -> tuple[Claim | None, BaseException | None]:
        """Send one shard's page in batches, one after the other. Returns the claim as far as it was acknowledged."""
        held = self._claims[shard]
        moved: Claim | None = None
        start = 0
        try:
            while start < len(records):
                batch = producer.create_batch()
                end = start
                while end < len(records):
                    record = records[end]
                    if batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers) is None:
                        break
                    end += 1
                if end == start:
                    raise ProducerLost(f"position {records[start].position} does not fit an empty batch")
                done = await producer.send_batch(batch, self.topic.name, partition=shard)
                metadata = await asyncio.wait_for(done, SEND_TIMEOUT_S)
                last = records[end - 1]
                record_offset = metadata.offset + (end - start) - 1
                moved = _acknowledged(moved or held, last.position, Record(record_offset, last.hash))
                start = end
        except (KafkaError, TimeoutError, ProducerLost) as error:
            return moved, error
        return moved, None

    async def _advance(self, moved: Sequence[Claim]) -> None:
        """Claims that were moved otherwise than by sending: at once."""
        self._claims |= {held.shard: held for held in moved}
        self._unwritten |= {held.shard for held in moved}
        async with begin(self._engine) as work:
            await self._write(work)

    async def _measure(self) -> None:
        async with begin(self._engine) as work:
            many, age = await self.outlet.backlog(work)
        self._metrics.relay_backlog_events.labels(self.service, self.topic.name).set(many)
        self._metrics.relay_backlog_age_seconds.labels(self.service, self.topic.name).set(age)

    async def leave(self) -> None:
        """At a graceful stop: let the other replicas take over at once."""
        async with begin(self._engine) as work:
            await lease.leave(work, self.topic.name, self._replica)


def _acknowledged(held: Claim, position: int, record: Record) -> Claim:
    """The claim after the broker took the records up to `position`. The first of them becomes the anchor."""
    return replace(held, position=position, last=record, anchor=held.anchor or record)


class Look(NamedTuple):
    """Whether an anchor was found where it was, and the newest record as of before the look."""

    anchor: Record | None
    last: Record | None
    found: bool
