"""FastStream, set up so that nothing is lost: the one place where brokers, subscribers and producers are made.

Invariant: every subscriber is a batch subscriber with NACK_ON_ERROR, an explicit group, `earliest`, its own
parser and no reply. The library's defaults acknowledge first (at most once), decode what strangers wrote
before any handler runs, and publish a handler's answer to whatever topic a record's `reply_to` names.
`tests/contract/` holds these behaviours to the wire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, ProducerClosed
from faststream import AckPolicy
from faststream.exceptions import StopConsume
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from casework.shared.runtime.settings import KafkaSettings, Settings
from casework.shared.runtime.stopping import stop_consumers
from casework.shared.runtime.topic_reader import TopicReader, TopicUnavailable, topic_reader
from casework.shared.runtime.topics import MAX_RECORD_BYTES, Topic
from casework.shared.runtime.wires import kafka_wire

log = structlog.get_logger(__name__)

Records = Sequence[ConsumerRecord[Any, Any]]
Handler = Callable[[Records], Awaitable[None]]

GRACEFUL_S = 30.0
DISCARD_S = 2.0
SESSION_MS = 6_000
"""The shortest that Apache Kafka takes by default: a dead replica's partitions wait this long. The embedded broker
lets a group's first member wait half of it."""
HEARTBEAT_MS = 1_000
"""A member learns by its heartbeat that another one is gone: part of how long a takeover lasts."""
MAX_POLL_MS = 300_000
BATCH_TIMEOUT_MS = 50
"""How long a fetch waits for records. The embedded broker answers only when it ends or something came, so shorter is
sooner but for the processors that all of them share: at 100 commands a second 20 ms took longer than 50."""
MAX_RECORDS = 1_500
WATCH_S = 1.0
WATCH_TIMEOUT_S = 15.0
STUCK_S = 20.0
FAULT_PAUSE_S = 5.0


def kafka_security(settings: KafkaSettings) -> dict[str, Any]:
    """aiokafka's connection arguments for the broker that the settings name. Raises `PlaintextRefused`, OSError."""
    return kafka_wire(settings, settings.kafka_servers).options()


def make_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """A producer that counts a record as sent when every in-sync replica has it."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_servers,
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_batch_size=512 * 1024,
        max_request_size=MAX_RECORD_BYTES,
        request_timeout_ms=15_000,
        **kafka_security(settings),
    )


async def discard_producer(producer: AIOKafkaProducer) -> None:
    """Let a producer go whose unacknowledged records are not wanted any more, also when its broker is away."""
    # `stop` waits for a last flush, which without a broker never ends, and cutting it short leaves the producer's
    # tasks behind, to send at some later time. So first there must be nothing left to flush.
    accumulator = producer._message_accumulator
    abandoned = [*chain.from_iterable(accumulator._batches.values()), *accumulator._pending_batches]
    accumulator.fail_all(ProducerClosed())
    # An idempotent sender stumbles over a batch that is done before it was sent.
    accumulator._batches.clear()
    for batch in abandoned:
        # Whoever sent these has gone; an exception that nobody fetches is reported as a fault of the process.
        batch.future.exception()
        batch._drain_waiter.exception()
    try:
        async with asyncio.timeout(DISCARD_S):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError, KeyError):
        # The KeyError: a batch was under way when the broker died, and aiokafka would send it again, but nothing is
        # left to be sent. Its sender has ended then; the connections have not.
        await producer.client.close()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One batch subscriber: a topic, the group that divides it, and who takes the records."""

    topic: Topic
    group: str
    handler: Handler


def make_broker(settings: Settings, middlewares: Sequence[Any] = ()) -> KafkaBroker:
    """A FastStream broker without any of the defaults that lose or leak messages."""
    return KafkaBroker(
        settings.kafka_servers,
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        allow_auto_create_topics=False,
        # Its own producer is never used, and would be left open by each start that finds the broker away.
        consumer_only=True,
        graceful_timeout=GRACEFUL_S,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        apply_types=False,
        logger=logging.getLogger("faststream"),
        middlewares=middlewares,
        security=kafka_wire(settings, settings.kafka_servers).faststream(),
    )


@dataclass(slots=True)
class Watched:
    """A subscriber, and whether its handler is at work: standing still is then its own doing."""

    subscription: Subscription
    subscriber: Any
    busy: bool = False
    ended: bool = False
    failures: int = 0
    """Batches in a row that the handler raised on."""


def subscribe(broker: KafkaBroker, subscription: Subscription) -> Watched:
    """Register a batch subscriber on `broker`. The only way a subscriber is made.

    A handler that raises gets the same records again, after a pause that grows to a few seconds; one that raises
    `faststream.exceptions.StopConsume` ends its subscription without committing.
    """
    subscriber = broker.subscriber(
        subscription.topic.name,
        batch=True,
        group_id=subscription.group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
        max_records=MAX_RECORDS,
        batch_timeout_ms=BATCH_TIMEOUT_MS,
        fetch_max_wait_ms=BATCH_TIMEOUT_MS,
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        max_poll_interval_ms=MAX_POLL_MS,
        isolation_level="read_committed",
    )

    async def parse(records: tuple[ConsumerRecord[Any, Any], ...]) -> StreamMessage[Any]:
        # FastStream's own parser decodes every header as UTF-8: one stranger's record would fail for ever.
        return KafkaAckableMessage(
            # What the middlewares measure; the handler takes the records themselves.
            body=[record.value or b"" for record in records],
            headers={},
            batch_headers=[],
            raw_message=records,
            consumer=subscriber.consumer,
            message_id=f"{records[0].offset}-{records[-1].offset}",
            correlation_id=None,
        )

    async def raw(message: StreamMessage[Any]) -> Any:
        return message.raw_message

    async def handle(records: Records) -> None:
        watched.busy = True
        try:
            await subscription.handler(records)
            watched.failures = 0
        except StopConsume:
            watched.ended = True
            raise
        except Exception:
            # The same records come again at once; a fault that no handler foresaw must not occupy a processor.
            watched.failures += 1
            await asyncio.sleep(min(0.05 * 2**watched.failures, FAULT_PAUSE_S))
            raise
        finally:
            watched.busy = False

    watched = Watched(subscription, subscriber)
    subscriber(handle, parser=parse, decoder=raw)
    return watched


class Messaging:
    """Keeps a broker session alive for a set of subscriptions: connects, watches progress, begins anew."""

    def __init__(
        self, settings: Settings, subscriptions: Sequence[Subscription], middlewares: Sequence[Any] = ()
    ) -> None:
        self.connected = False
        self.joined = asyncio.Event()
        """Set when every subscription has been given partitions for the first time."""
        self._settings = settings
        self._subscriptions = subscriptions
        self._middlewares = middlewares

    async def run(self) -> None:
        """Consume until cancelled. A broker that is away, or a consumer that stands still, begins a new session."""
        pause = 0.2
        while True:
            broker = make_broker(self._settings, self._middlewares)
            subscribers = [subscribe(broker, subscription) for subscription in self._subscriptions]
            if not subscribers:
                await asyncio.Event().wait()
            try:
                await asyncio.wait_for(broker.start(), 30.0)
                self.connected = True
                pause = 0.2
                await self._watch(subscribers)
            except (KafkaError, OSError, TimeoutError, TopicUnavailable) as error:
                log.warning("messaging.session-ended", error=type(error).__name__, retry_s=pause)
            finally:
                self.connected = False
                self._subscriptions = [watched.subscription for watched in subscribers if not watched.ended]
                consumers = [each.subscriber.consumer for each in subscribers if each.subscriber.consumer is not None]
                with suppress(KafkaError, OSError):
                    await stop_consumers(broker.stop, consumers)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)

    async def _watch(self, subscribers: Sequence[Watched]) -> None:
        """Return when a subscriber no longer moves although there is something to read."""
        progress = {index: _Progress() for index in range(len(subscribers))}
        async with topic_reader(
            self._settings.kafka_servers, fetch_bytes=1, **kafka_security(self._settings)
        ) as reader:
            while True:
                await asyncio.sleep(WATCH_S if self.joined.is_set() else WATCH_S / 10)
                waiting = False
                for index, watched in enumerate(subscribers):
                    consumer = watched.subscriber.consumer
                    if consumer is None:
                        return  # stopped by its handler
                    assigned = consumer.assignment()
                    waiting = waiting or not assigned
                    if assigned and self.joined.is_set():
                        async with asyncio.timeout(WATCH_TIMEOUT_S):
                            stuck = await progress[index].look(consumer, assigned, reader)
                        if stuck and not watched.busy:
                            log.warning("messaging.stuck", topic=watched.subscription.topic.name)
                            return
                if not waiting:
                    self.joined.set()


class _Progress:
    """What one consumer's positions have done since the last look."""

    def __init__(self) -> None:
        self._seen: dict[TopicPartition, tuple[int, float]] = {}
        self._confirmed: set[TopicPartition] = set()

    async def look(self, consumer: Any, assigned: Iterable[TopicPartition], reader: TopicReader) -> bool:
        """Reset positions beyond a lost log's end. True when one has stood still too long with records before it."""
        # Positions first: an end that is read later can never lie before them, unless the log was lost.
        positions = {tp: await consumer.position(tp) for tp in assigned}
        ends = await consumer.end_offsets(list(positions))
        # One that still moves has lost nothing; brokers differ in what they call the end, so look for the record
        # before the position itself.
        resting = {
            tp: position
            for tp, position in positions.items()
            if position > ends[tp] and self._seen.get(tp, (-1, 0.0))[0] == position and tp not in self._confirmed
        }
        if resting:
            topic = next(iter(resting)).topic
            there = await reader.at(topic, {tp.partition: position - 1 for tp, position in resting.items()})
            for tp in resting:
                if tp.partition not in there:
                    continue
                if there[tp.partition] is not None:
                    self._confirmed.add(tp)
                    continue
                # A broker that lost its data counts anew, and never resets a consumer that is ahead of it.
                log.warning("messaging.position-past-end", topic=tp.topic, partition=tp.partition)
                await consumer.seek_to_beginning(tp)
        now = asyncio.get_running_loop().time()
        stuck = False
        for tp, position in positions.items():
            last, since = self._seen.get(tp, (-1, now))
            if position != last:
                self._confirmed.discard(tp)
            if position != last or position >= ends[tp]:
                self._seen[tp] = (position, now)
            else:
                stuck = stuck or now - since > STUCK_S
        return stuck
