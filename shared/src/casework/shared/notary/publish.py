"""The checkpoints on their topic: one partition, by number.

Invariant: the topic is made to follow the book, never the other way about. Before each send the last record is looked
at, and what comes after it is sent; so a broker that was wiped is filled again from the first, and a checkpoint may
come twice but never out of order. A broker that is away keeps nothing from being signed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka.errors import KafkaError

from casework.shared.audit.checkpoint import NotACheckpoint, checkpoint_of, open_checkpoint
from casework.shared.audit.notes import NotSigned, PublicKey
from casework.shared.notary.book import Book, BookDiffers
from casework.shared.notary.measures import Measures
from casework.shared.runtime.messaging import discard_producer, kafka_security, make_producer
from casework.shared.runtime.settings import NotarySettings
from casework.shared.runtime.topic_reader import TopicUnavailable, topic_reader
from casework.shared.runtime.topics import Topics

LOOK_S = 2.0
LOOK_AGAIN_S = 60.0
"""How often the broker is looked at although nothing is new: it may have been wiped."""
FAILED_PAUSE_S = 5.0
NO_SHARDS = 1

log = structlog.get_logger(__name__)


class Publisher:
    """Sends what is in the book and not on the topic."""

    def __init__(self, settings: NotarySettings, book: Book, measures: Measures) -> None:
        self._settings = settings
        # The other topics' partitions are of no account here.
        self._topic = Topics.of(settings.topic_prefix, NO_SHARDS).checkpoints.name
        self._book = book
        self._measures = measures

    async def run(self) -> None:
        """Until cancelled."""
        sent, looked = -1, 0.0
        loop = asyncio.get_running_loop()
        while True:
            if self._book.count > sent or loop.time() - looked > LOOK_AGAIN_S:
                try:
                    sent, looked = await self.catch_up(), loop.time()
                except (KafkaError, TopicUnavailable, OSError) as error:
                    log.warning("notary.not-published", error=type(error).__name__)
                    self._measures.unpublished.set(self._book.count - max(0, sent))
                    await asyncio.sleep(FAILED_PAUSE_S)
            await asyncio.sleep(LOOK_S)

    async def require_no_chain(self, keys: Sequence[PublicKey]) -> None:
        """Before the first checkpoint of an empty book: the topic has none by this notary's keys. Otherwise the book
        was lost, and a second chain would contradict the first. Waits for the broker. Raises `BookDiffers`."""
        while True:
            try:
                value = await self._last_value()
                break
            except (KafkaError, TopicUnavailable, OSError) as error:
                log.warning("notary.waiting-for-broker", error=type(error).__name__)
                await asyncio.sleep(FAILED_PAUSE_S)
        try:
            found = open_checkpoint(value, keys)
        except (NotSigned, NotACheckpoint):
            return
        raise BookDiffers(
            f"{self._book.folder} is empty, and {self._topic} has checkpoint {found.number} by this notary's key: a "
            "second chain would contradict it. Nothing is signed. Put the folder back from its copy, or sign with a "
            "new key and tell the auditors so."
        )

    async def catch_up(self) -> int:
        """Send what the topic does not have. Returns the number of the last that it has. Raises `KafkaError`,
        `TopicUnavailable`."""
        last, upto = await self._last_number(), self._book.count
        if last < upto:
            producer = make_producer(self._settings)
            try:
                await producer.start()
                for number in range(last + 1, upto + 1):
                    headers = [("content-type", b"text/plain; charset=utf-8"), ("checkpoint", b"%d" % number)]
                    await producer.send_and_wait(self._topic, self._book.note(number), partition=0, headers=headers)
            finally:
                await discard_producer(producer)
        self._measures.unpublished.set(0)
        return upto

    async def _last_number(self) -> int:
        """The number of the last checkpoint on the topic; 0 when there is none, or when it is not our own."""
        value = await self._last_value()
        try:
            found = checkpoint_of(value)
            return found.number if value == self._book.note(found.number) else 0
        except (NotSigned, NotACheckpoint, OSError):
            return 0

    async def _last_value(self) -> bytes:
        """What the last record on the topic holds; nothing where there is none."""
        async with topic_reader(self._settings.kafka_servers, **kafka_security(self._settings)) as reader:
            if 0 not in await reader.partitions(self._topic):
                raise TopicUnavailable(f"{self._topic} is not there: run `casework migrate`")
            start, end = (await reader.ends(self._topic, [0]))[0]
            value = b""
            if end > start:
                async for record in reader.read(self._topic, 0, end - 1, end):
                    value = record.value or b""
            return value
