"""FastStream, set up so that nothing is lost: the one place where brokers, subscribers and producers are made.

Invariant: every subscriber is a batch subscriber with NACK_ON_ERROR, an explicit group, `earliest`, its own
parser and no reply. The library's defaults acknowledge first (at most once), decode what strangers wrote
before any handler runs, and publish a handler's answer to whatever topic a record's `reply_to` names.
`tests/contract/` holds these behaviours to the wire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.exceptions import StopConsume
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import MAX_RECORD_BYTES, Topic

log = structlog.get_logger(__name__)

Records = Sequence[ConsumerRecord[Any, Any]]
Handler = Callable[[Records], Awaitable[None]]

GRACEFUL_S = 30.0
SESSION_MS = 10_000
HEARTBEAT_MS = 3_000
MAX_POLL_MS = 300_000
BATCH_TIMEOUT_MS = 20
MAX_RECORDS = 1_500
WATCH_S = 1.0
STUCK_S = 20.0


def kafka_security(settings: Settings) -> dict[str, Any]:
    """Connection arguments for the broker's security. Plain text for now: loopback, or a network of one's own."""
    del settings
    return {}


def make_producer(settings: Settings) -> AIOKafkaProducer:
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
        graceful_timeout=GRACEFUL_S,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        apply_types=False,
        logger=logging.getLogger("faststream"),
        middlewares=middlewares,
        **kafka_security(settings),
    )


@dataclass(slots=True)
class Watched:
    """A subscriber, and whether its handler is at work: standing still is then its own doing."""

    subscription: Subscription
    subscriber: Any
    busy: bool = False
    ended: bool = False


def subscribe(broker: KafkaBroker, subscription: Subscription) -> Watched:
    """Register a batch subscriber on `broker`. The only way a subscriber is made.

    A handler that raises gets the same records again at once, so it must back off by itself; one that raises
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
            body=b"",
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
        except StopConsume:
            watched.ended = True
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
        self.assigned: set[int] = set()
        """Partitions of the first subscription that are ours now."""
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
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("messaging.session-ended", error=type(error).__name__, retry_s=pause)
            finally:
                self.connected = False
                self.assigned = set()
                self._subscriptions = [watched.subscription for watched in subscribers if not watched.ended]
                with suppress(KafkaError, OSError):
                    await broker.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)

    async def _watch(self, subscribers: Sequence[Watched]) -> None:
        """Return when a subscriber no longer moves although there is something to read."""
        loop = asyncio.get_running_loop()
        moved: dict[TopicPartition, tuple[int, float]] = {}
        while True:
            await asyncio.sleep(WATCH_S)
            for index, watched in enumerate(subscribers):
                consumer = watched.subscriber.consumer
                if consumer is None:
                    return  # stopped by its handler
                assigned = consumer.assignment()
                if index == 0:
                    self.assigned = {tp.partition for tp in assigned}
                if not assigned:
                    continue
                ends = await asyncio.wait_for(consumer.end_offsets(list(assigned)), 10.0)
                for tp, end in ends.items():
                    position = await asyncio.wait_for(consumer.position(tp), 10.0)
                    if position > end:
                        # A broker that lost its data starts counting anew and never resets us by itself.
                        log.warning("messaging.position-past-end", topic=tp.topic, partition=tp.partition)
                        await consumer.seek_to_beginning(tp)
                        moved.pop(tp, None)
                        continue
                    last, since = moved.get(tp, (-1, loop.time()))
                    if position != last or position >= end:
                        moved[tp] = (position, loop.time())
                    elif loop.time() - since > STUCK_S and not watched.busy:
                        log.warning("messaging.stuck", topic=tp.topic, partition=tp.partition)
                        return

