"""Makes the deliveries: reads the logs of all four services in causal order, and writes one row for each event and
webhook that wants it.

Invariants:

* Its cursors are a consumer of their own (`webhooks.v1`) in the table of the order guard, and move in the transaction
  that makes the deliveries: no event is missed and none is told twice, whatever is killed.
* It goes no further than followup's own consumer has come, so it asks nobody whether something is new: while no webhook
  collects, it costs one small query a second, and the path from commit to status costs nothing.
* A webhook is told what was recorded after it began, and an effect never before its cause.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
import structlog

from casework.followup.webhooks import queue, subscriptions
from casework.followup.webhooks.payload import body_of, delivery_id
from casework.followup.webhooks.queue import New
from casework.followup.webhooks.subscriptions import Webhook
from casework.shared.contracts.envelope import envelope_of
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Delivery, Placed, verify
from casework.shared.errors import Conflict, InvalidMessage
from casework.shared.eventstore import reading
from casework.shared.eventstore.reading import HistoryDiffers
from casework.shared.inbox import guard
from casework.shared.inbox.feed import FEED_PAGE, FeedAway, FeedClient
from casework.shared.inbox.guard import Cursor
from casework.shared.runtime.database import StoreUnavailable, Work, begin
from casework.shared.runtime.failpoints import failpoint

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

CONSUMER = "webhooks.v1"
IDLE_S = 1.0
"""Between two looks whether a webhook collects at all."""
CATCH_UP_S = 5.0
"""How long a change of a webhook waits for what was recorded before it to be gathered."""
LOOK_S = 0.25
"""Between two looks whether something is new, while one does."""

_NEW = (
    "SELECT w.shard, w.source, w.position, w.hash, coalesce(o.next - 1, f.position) AS until FROM guard w"
    " LEFT JOIN guard f ON f.consumer = $2 AND f.shard = w.shard AND f.source = w.source AND w.source <> $3"
    " LEFT JOIN log_head o ON o.shard = w.shard AND w.source = $3"
    " WHERE w.consumer = $1 AND coalesce(o.next - 1, f.position) > w.position ORDER BY w.shard, w.source"
)


class Gatherer:
    """Makes the deliveries of all webhooks, for as long as the service runs."""

    def __init__(self, runtime: ServiceRuntime) -> None:
        self._runtime = runtime
        self._feeds = FeedClient(runtime.http, runtime.settings.url_of, runtime.credential)
        self._stopped: set[tuple[str, int]] = set()

    async def run(self) -> None:
        while True:
            pause = IDLE_S
            try:
                if await self._wanted():
                    await self.gather()
                    pause = LOOK_S
            except (StoreUnavailable, Conflict) as error:
                log.warning("webhooks.not-gathered", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def gather(self) -> int:
        """Make the deliveries for everything that followup has taken in until now. Returns how many."""
        made, moved = 0, True
        while moved:
            async with begin(self._runtime.engine) as work:
                rows = await work.fetch(_NEW, CONSUMER, self._runtime.reactor.consumer, self._runtime.name)
            behind: dict[int, dict[ServiceName, tuple[Cursor, int]]] = defaultdict(dict)
            for row in rows:
                if (row["source"], row["shard"]) not in self._stopped:
                    behind[row["shard"]][row["source"]] = Cursor(row["position"], row["hash"]), row["until"]
            moved = False
            for shard, sources in behind.items():
                done = await self._gather_shard(shard, sources)
                made, moved = made + done[0], moved or done[1]
        return made

    async def catch_up(self) -> None:
        """As `gather`, if any webhook collects, for `CATCH_UP_S` at most: what cannot be had now is left."""
        try:
            async with asyncio.timeout(CATCH_UP_S):
                if await self._wanted():
                    await self.gather()
        except (TimeoutError, StoreUnavailable, Conflict) as error:
            log.warning("webhooks.not-caught-up", error=type(error).__name__)

    async def _wanted(self) -> bool:
        async with begin(self._runtime.engine) as work:
            return await subscriptions.any_collecting(work)

    async def _gather_shard(self, shard: int, sources: Mapping[ServiceName, tuple[Cursor, int]]) -> tuple[int, bool]:
        """How many deliveries were made, and whether a cursor moved."""
        found: list[Delivery] = []
        for source, (cursor, until) in sources.items():
            try:
                page = await self._page(source, shard, cursor)
                found += [
                    verify(item, self._runtime.shards)
                    for item in page
                    if item.position <= until and item.installation == self._runtime.installation
                ]
            except FeedAway:
                continue  # its events wait; so does what they caused, until it is back
            except (HistoryDiffers, InvalidMessage) as error:
                self._stop(source, shard, type(error).__name__)
        if not found:
            return 0, False
        async with begin(self._runtime.engine) as work:
            held = await guard.lock_cursors(work, CONSUMER, [shard])
            cursors = held[shard].cursors
            planned = guard.plan(found, cursors, own=None, own_head=-1)
            for source, position in planned.diverged.items():
                self._stop(source, shard, f"position {position}")
            moves = list(guard.moves(shard, cursors, planned.cursors))
            made = await queue.add(work, await deliveries(work, planned.apply))
            failpoint("webhooks.made")
            await guard.move_cursors(work, CONSUMER, moves)
        return made, bool(moves)

    async def _page(self, source: ServiceName, shard: int, cursor: Cursor) -> Sequence[Placed]:
        if source != self._runtime.name:
            return await self._feeds.page(source, shard, after=cursor.position, hash_after=cursor.hash)
        async with begin(self._runtime.engine) as work:
            own = await reading.page(work, shard, after=cursor.position, limit=FEED_PAGE, hash_after=cursor.hash)
        return [
            Placed(self._runtime.installation, source, shard, e.position, e.shardprev, e.hash, e.document) for e in own
        ]

    def _stop(self, source: str, shard: int, why: str) -> None:
        """That source's history is not the one that was told: nothing more of it is, until a start."""
        self._stopped.add((source, shard))
        self._runtime.metrics.guard_alarms.labels(self._runtime.name, "webhooks-history-differs").inc()
        log.error("webhooks.history-differs", source=source, shard=shard, reason=why)


async def begin_at_now(work: Work, consumer: str, own: ServiceName, shards: int) -> dict[str, list[int]]:
    """Where a webhook begins that is made, or taken up, in this transaction: of each service, the last position of each
    shard that it is not told. While no other collects, the cursors go there, so that nothing is read for nobody.

    Locks the guard rows of webhooks, first of all locks. `consumer` is followup's own."""
    await guard.prepare_cursors(work, CONSUMER, shards)
    held = await guard.lock_cursors(work, CONSUMER, range(shards))
    newest = await guard.read_cursors(work, consumer)
    newest |= {(own, head.shard): Cursor(head.position, head.hash) for head in await reading.heads(work)}
    starts: dict[str, list[int]] = {
        source: [
            max(newest.get((source, shard), Cursor(-1, None)).position, held[shard].cursors[source].position)
            for shard in range(shards)
        ]
        for source in SERVICES
    }
    if not await subscriptions.any_collecting(work):
        await guard.move_cursors(
            work,
            CONSUMER,
            [
                guard.Move(shard, source, cursor)
                for (source, shard), cursor in sorted(newest.items())
                if cursor.position > held[shard].cursors[source].position
            ],
        )
    return starts


async def deliveries(work: Work, events: Sequence[Delivery]) -> list[New]:
    """The deliveries that these events make, in their order."""
    webhooks = await subscriptions.collecting(work)
    of_cases = any(webhook.filters.of_cases for webhook in webhooks)
    cases = await _cases(work, {event.case_id for event in events}) if of_cases else {}
    new: list[New] = []
    for event in events:
        wanting = [webhook for webhook in webhooks if _wants(webhook, event, cases)]
        if wanting:
            body = body_of(envelope_of(event.raw), event.position)
            event_id = UUID(event.raw["id"])
            new += [
                New(delivery_id(each.id, event_id), each.id, event.case_id, event_id, event.type, body)
                for each in wanting
            ]
    return new


def _wants(webhook: Webhook, event: Delivery, cases: Mapping[UUID, tuple[str, str]]) -> bool:
    if not webhook.began_before(event.source, event.shard, event.position):
        return False
    if not webhook.filters.wants_type(event.type):
        return False
    # A case without a status is a parked one. It is told of: told too much does less harm than told nothing.
    return event.case_id not in cases or webhook.filters.wants_case(*cases[event.case_id])


async def _cases(work: Work, case_ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    """Category and source of cases, as their status has them."""
    rows = await work.fetch("SELECT case_id, document FROM case_status WHERE case_id = ANY($1)", sorted(case_ids))
    documents = {row["case_id"]: orjson.loads(row["document"]) for row in rows}
    return {case_id: (found["category"], found["source"]) for case_id, found in documents.items()}
