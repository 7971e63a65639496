"""Trimming of the inbox topic: what intake has committed is deleted there, since people wrote it in the clear.

Invariant: only records below the committed offset of intake's group are deleted, so nothing is lost that was not
taken in. A post is there for at most `EVERY_S` after its answer was sent and its offset committed, where the broker can
delete records and is there; otherwise until the topic's retention takes it.

Deleting moves the start of the log: no client can read what lies before. The broker removes the bytes with the segment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError

from casework.intake.erasing import erase_again
from casework.shared.errors import Conflict
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.messaging import kafka_security
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.runtime.settings import KafkaSettings
from casework.shared.runtime.topic_admin import admin
from casework.shared.runtime.topics import Topic

log = structlog.get_logger(__name__)

EVERY_S = 20.0
ANSWER_S = 20.0
MOST_FAILURES = 3
"""In a row, before the broker counts as one that cannot delete records."""
NOT_ABLE_S = 600.0
"""Before a broker that did not delete is asked again."""


class InboxTrimming:
    """Deletes what was taken in, for as long as the service runs. `group` is that of intake's inbox."""

    def __init__(self, runtime: ServiceRuntime, group: str, *, every_s: float = EVERY_S) -> None:
        self._runtime, self._group, self._every_s = runtime, group, every_s

    async def run(self) -> None:
        """Look again and again. What a broker cannot do is said in the log, and is no reason to stop."""
        failures = 0
        while True:
            pause = self._every_s
            try:
                await self.trim()
                failures = 0
            except (KafkaError, OSError, TimeoutError) as error:
                # A broker that has only just come up is soon able; one that never answers this is not asked often.
                failures += 1
                pause = self._every_s if failures <= MOST_FAILURES else NOT_ABLE_S
                log.warning("inbox.not-trimmed", error=type(error).__name__, retry_s=pause)
            except (StoreUnavailable, Conflict) as error:
                log.warning("inbox.trimming-again", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def trim(self) -> Mapping[int, int]:
        """One pass. Returns the first record that is left of each partition that has a committed offset.

        Raises KafkaError, OSError or TimeoutError where the broker does not delete, and `StoreUnavailable`."""
        topic = self._runtime.topics.inbox
        # Taken before the offsets are asked for: what is said to be trimmed at a time was committed before it.
        async with begin(self._runtime.engine) as work:
            looked_at = work.now
        trimmed = await delete_committed(self._runtime.settings, topic, self._group)
        async with begin(self._runtime.engine) as work:
            await _note(work, topic, trimmed, looked_at)
        return trimmed


async def delete_committed(settings: KafkaSettings, topic: Topic, group: str) -> Mapping[int, int]:
    """Delete of `topic` what `group` has committed. Returns the first record that is left of each such partition.

    The broker must let whoever asks delete records there (`deploy/kafka/acls.sh`). Raises KafkaError, OSError or
    TimeoutError."""
    async with (
        asyncio.timeout(ANSWER_S),
        admin(settings.kafka_servers, **kafka_security(settings)) as client,
    ):
        # Named one by one: asked for all of a group, the embedded broker answers what no client can read.
        asked = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
        committed = await client.list_consumer_group_offsets(group, partitions=asked)
        wanted = {
            partition: RecordsToDelete(before_offset=found.offset)
            for partition, found in committed.items()
            if found.offset > 0
        }
        if wanted:
            await client.delete_records(wanted)
    return {each.partition: found.before_offset for each, found in wanted.items()}


class SecondFence:
    """Erases again whoever a restored key store brought back, at the start and from then on.

    Such a key opens nothing meanwhile: whoever opens looks at both fences."""

    def __init__(self, runtime: ServiceRuntime, *, every_s: float = EVERY_S) -> None:
        self._runtime, self._every_s = runtime, every_s

    async def run(self) -> None:
        while True:
            try:
                async with begin(self._runtime.engine) as work:
                    again = await erase_again(work)
                if again:
                    log.warning(
                        "privacy.erased-again", count=again, action="the key store was set back; see its backup"
                    )
            except (StoreUnavailable, Conflict) as error:
                log.warning("privacy.fence-again", error=type(error).__name__)
            await asyncio.sleep(self._every_s)


async def _note(work: Work, topic: Topic, trimmed: Mapping[int, int], looked_at: datetime) -> None:
    partitions = range(topic.partitions)
    await work.execute(
        "INSERT INTO inbox_trim (topic, partition, trimmed_to, looked_at)"
        " SELECT $1, *, $4 FROM unnest($2::int[], $3::bigint[]) ON CONFLICT (topic, partition)"
        " DO UPDATE SET trimmed_to = greatest(excluded.trimmed_to, inbox_trim.trimmed_to),"
        " looked_at = excluded.looked_at",
        topic.name,
        list(partitions),
        [trimmed.get(partition, 0) for partition in partitions],
        looked_at,
    )


async def looked_at(work: Work, topic: Topic) -> datetime | None:
    """Since when everything that was committed before it is gone from all partitions; None before the first pass."""
    found: datetime | None = await work.fetch_value(
        "SELECT CASE WHEN count(*) >= $2 THEN min(looked_at) END FROM inbox_trim WHERE topic = $1",
        topic.name,
        topic.partitions,
    )
    return found
