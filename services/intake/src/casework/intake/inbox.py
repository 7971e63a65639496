"""The inbox topic: what integrators post, accepted only when it is committed, and answered either way.

Invariant: the offset is committed after the answers are on their topics, and those are sent after the
transaction that they tell of. A crash in between makes the same posts come again; they then have no further
effect and get the same answers. Nothing that arrives here can stop what arrives after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from casework.intake.arrivals import (
    INBOX_ACTOR,
    Arrived,
    Place,
    keep_rejected,
    names_in,
    post_of,
    problem_document,
    read_record,
)
from casework.intake.handlers import Outcome, Receiving
from casework.shared.errors import CaseworkError, Conflict, InvalidMessage
from casework.shared.runtime.back_off import with_back_off
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.messaging import Records, discard_producer, make_producer
from casework.shared.runtime.retention import KEEP

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

CHUNK = 250
"""Posts of one transaction: while it commits, other writers of the same shards wait."""
SEND_TIMEOUT_S = 20.0
MAX_KEY_BYTES = 2_048


@dataclass(frozen=True, slots=True)
class _Taken:
    """A record, and the message that it is."""

    record: ConsumerRecord[Any, Any]
    message: Arrived


class Inbox:
    """Takes batches of the inbox topic in and answers each post on the receipts or the rejections topic."""

    def __init__(self, runtime: ServiceRuntime, receiving: Receiving) -> None:
        self._runtime = runtime
        self._receiving = receiving
        self._producer: AIOKafkaProducer | None = None

    async def take(self, records: Records) -> None:
        """The subscription's handler."""
        failpoint("inbox.received")
        for start in range(0, len(records), CHUNK):
            started = time.monotonic()
            arrived = [_arrive(record) for record in records[start : start + CHUNK]]
            outcomes = await with_back_off(partial(self._transaction, arrived), _again)
            log.debug("inbox.committed", count=len(arrived), seconds=round(time.monotonic() - started, 4))
            failpoint("inbox.committed")
            self._runtime.wake()
            # A broker that is away by now is no fault of the posts: they are in, and only want their answers.
            await with_back_off(partial(self._answer, outcomes), _again)
            failpoint("inbox.receipts-sent")
            log.debug("inbox.answered", count=len(arrived), seconds=round(time.monotonic() - started, 4))

    async def _transaction(self, arrived: Sequence[_Taken]) -> list[tuple[_Taken, Outcome | CaseworkError]]:
        try:
            return await self._together(arrived)
        except (StoreUnavailable, Conflict, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  one post's fault must not keep the others waiting: take each alone
            if len(arrived) > 1:
                log.warning("inbox.batch-failed", error=type(error).__name__)
                return [answer for item in arrived for answer in await self._transaction([item])]
            record = arrived[0].record
            message = replace(arrived[0].message, post=None, error=_unprocessable(record, error))
            return await self._together([_Taken(record, message)])

    async def _together(self, arrived: Sequence[_Taken]) -> list[tuple[_Taken, Outcome | CaseworkError]]:
        self._runtime.refuse_when_halted()
        answers: list[tuple[_Taken, Outcome | CaseworkError]] = []
        async with begin(self._runtime.engine) as work:
            posts = [item.message.post for item in arrived if item.message.post is not None]
            unit, outcomes = await self._receiving.receive(work, posts)
            following = iter(outcomes)
            for item in arrived:
                outcome = next(following) if item.message.post is not None else None
                if outcome is not None and outcome.error is None:
                    answers.append((item, outcome))
                else:
                    error = outcome.error if outcome is not None else item.message.error
                    assert error is not None
                    answers.append((item, error))
            await keep_rejected(work, [(item.message, answer) for item, answer in answers])
            await self._receiving.store.append(work, unit)
            failpoint("inbox.appended")
        return answers

    async def _answer(self, answers: Sequence[tuple[_Taken, Outcome | CaseworkError]]) -> None:
        """Send the receipts and rejections and wait until the broker has them all."""
        topics = self._runtime.topics
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                producer = await self._connected()
                sent = []
                for item, answer in answers:
                    if isinstance(answer, Outcome):
                        topic, value = topics.receipts, _receipt(answer)
                    else:
                        topic, value = topics.rejections, orjson.dumps(problem_document(item.message, answer))
                    sent.append(await producer.send(topic.name, key=_answer_key(item.record), value=value))
                await asyncio.gather(*sent)
        except (KafkaError, OSError, TimeoutError) as error:
            # The producer may be beyond repair: a new one sends all of them again.
            await self.close()
            raise StoreUnavailable(f"the broker took no answers ({type(error).__name__})") from error
        for _, answer in answers:
            kind = answer.kind if isinstance(answer, Outcome) else "rejected"
            self._runtime.metrics.inbox_posts.labels("intake", kind).inc()

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = make_producer(self._runtime.settings)
            try:
                await producer.start()
            except (KafkaError, OSError):
                await discard_producer(producer)
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Let the producer go."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard_producer(producer)

    async def run(self) -> None:
        """Lives as long as the service, to let the producer go at its end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()


def _again(error: Exception) -> None:
    log.warning("inbox.again", error=type(error).__name__)


def _arrive(record: ConsumerRecord[Any, Any]) -> _Taken:
    place = Place(record.topic, record.partition, record.offset)
    found = Arrived(record.value or b"", INBOX_ACTOR.id, place=place)
    try:
        document = read_record(record)
        source, message_id = names_in(document)
        found = replace(found, source=source, message_id=message_id)
        # Topics carry imports of past years as well as today's posts; who may write there may record the past.
        post = post_of(document, INBOX_ACTOR, may_backdate=True)
        return _Taken(record, replace(found, post=post))
    except InvalidMessage as error:
        return _Taken(record, replace(found, error=error))
    except Exception as error:  # noqa: BLE001  a post that our own reading fails on must not keep the others waiting
        return _Taken(record, replace(found, error=_unprocessable(record, error)))


def _unprocessable(record: ConsumerRecord[Any, Any], error: Exception) -> InvalidMessage:
    log.error("inbox.post-failed", error=type(error).__name__, partition=record.partition, offset=record.offset)
    return InvalidMessage("the post could not be processed; it was kept for our staff", code="unprocessable")


def _answer_key(record: ConsumerRecord[Any, Any]) -> bytes:
    """The post's own key, so that answers can be found like posts. One that is longer than any reference is left
    out: with the answer's own bytes it could be more than the broker takes, and the answer would never be sent."""
    key: bytes = record.key or b""
    return key if len(key) <= MAX_KEY_BYTES else b""


def _receipt(outcome: Outcome) -> bytes:
    return orjson.dumps(
        {
            "post_id": outcome.post.post_id,
            "source": outcome.post.complaint.source,
            "source_reference": outcome.post.complaint.source_reference,
            "case_id": str(outcome.case_id),
            "outcome": outcome.kind,
            "intake_version": outcome.version,
        }
    )


async def purge_rejections(work: Work, most: int) -> int:
    """Remove up to `most` rejected posts that were kept for `KEEP`: they hold what somebody wrote, in the clear."""
    return await work.execute(
        "DELETE FROM rejection WHERE ctid IN (SELECT ctid FROM rejection WHERE rejected_at < $1"
        " ORDER BY rejected_at LIMIT $2)",
        work.now - KEEP,
        most,
    )
