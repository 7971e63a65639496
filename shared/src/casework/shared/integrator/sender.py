"""Sends messages to one topic through a producer that is replaced when it no longer delivers.

Invariant: `send` returns within a bounded time and never raises for a broker that is away. True promises nothing
but that the message was handed to a producer; whether it arrived, only an answer tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from casework.shared.runtime.messaging import discard_producer
from casework.shared.runtime.topics import MAX_RECORD_BYTES, Topic

log = structlog.get_logger(__name__)

MAX_VALUE_BYTES = MAX_RECORD_BYTES - 16_384
"""Leaves room for the key and the broker's framing."""

_ATTEMPT_S = 10.0
_RETRY_S = 0.5


class Sender:
    """One producer at a time, made when it is first needed."""

    def __init__(
        self, servers: str, topic: Topic, *, idempotent: bool, linger_ms: int, security: Mapping[str, Any]
    ) -> None:
        self.obstacle: Exception | None = None
        """Why the last attempt to make a producer failed."""
        self._options: dict[str, Any] = {
            "bootstrap_servers": servers,
            "acks": "all",
            "enable_idempotence": idempotent,
            "linger_ms": linger_ms,
            "max_batch_size": 256 * 1024,
            "max_request_size": MAX_RECORD_BYTES,
            "request_timeout_ms": int(_ATTEMPT_S * 1000),
            "metadata_max_age_ms": 10_000,
            **security,
        }
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._unacknowledged: dict[asyncio.Future[Any], float] = {}
        self._broken = False
        self._retry_at = 0.0

    async def send(self, key: bytes, value: bytes) -> bool:
        """Hand the message to the producer. False: there is none at present, try again later."""
        if self._is_dead():
            await self.close()
        producer = self._producer or await self._open()
        if producer is None:
            return False
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                delivery = await producer.send(self._topic.name, value, key)
        except (KafkaError, OSError, TimeoutError) as error:
            log.info("sender.refused", error=type(error).__name__)
            await self.close()
            return False
        self._unacknowledged[delivery] = asyncio.get_running_loop().time()
        delivery.add_done_callback(self._delivered)
        return True

    async def close(self) -> None:
        """Let go of the producer with whatever it still holds: who needs delivery sends again."""
        producer, self._producer = self._producer, None
        self._unacknowledged.clear()
        self._broken = False
        if producer is not None:
            await discard_producer(producer)

    def _is_dead(self) -> bool:
        """An idempotent producer whose broker is away keeps its records for ever without failing one."""
        oldest = next(iter(self._unacknowledged.values()), None)
        return self._broken or (oldest is not None and asyncio.get_running_loop().time() - oldest > _ATTEMPT_S)

    def _delivered(self, delivery: asyncio.Future[Any]) -> None:
        ours = self._unacknowledged.pop(delivery, None) is not None
        if not delivery.cancelled() and (error := delivery.exception()) is not None and ours:
            # After some errors a producer fails for ever; telling which is not worth it, a new one costs little.
            log.info("sender.undelivered", error=type(error).__name__)
            self._broken = True

    async def _open(self) -> AIOKafkaProducer | None:
        clock = asyncio.get_running_loop().time
        if clock() < self._retry_at:
            return None
        producer = AIOKafkaProducer(**self._options)
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            log.info("sender.no-producer", error=type(error).__name__)
            self.obstacle = error
            await discard_producer(producer)
            self._retry_at = clock() + _RETRY_S
            return None
        self._producer, self.obstacle = producer, None
        return producer
