"""What a batch of events does to a service's store, inside the transaction that the consumer opened.

Invariant: decisions, projections, parked events, moved cursors and the append are written together, the append last,
since from then on every other writer of the shards waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import structlog

from casework.shared.contracts.envelope import envelope_of, parse_document
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.wire import Delivery
from casework.shared.errors import Conflict
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import EventStore, Origin, Unit
from casework.shared.inbox import guard, parking
from casework.shared.inbox.reactor import Reactor, Received
from casework.shared.runtime.database import StoreUnavailable, Work
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


class Waiting(NamedTuple):
    """What waits in a parked case: the events that have yet to have their effect, in order, and how many lie there."""

    once: Sequence[Delivery]
    events: int

    @property
    def duplicates(self) -> int:
        return self.events - len(self.once)


class Effects(Generic[C, S, E]):
    """Decides on events that may take effect now. Holds no connection."""

    def __init__(self, store: EventStore[C, S, E], reactor: Reactor[C, E], metrics: Metrics) -> None:
        self._store = store
        self._reactor = reactor
        self._metrics = metrics

    async def take(
        self,
        work: Work,
        shards: Iterable[int],
        deliveries: Sequence[Delivery],
        moves: Sequence[guard.Move],
        *,
        by_case: bool,
    ) -> bool:
        """Take `deliveries` of these shards in, and move the cursors. Returns whether anything was appended.

        Without `by_case` whatever a case raises is raised; with it that case alone is parked, and `BadRelease` raised
        when too many were.
        """
        consumer = self._reactor.consumer
        parked = await parking.parked_of(work, consumer, shards)
        behind = [d for d in deliveries if d.case_id in parked]
        flowing = [d for d in deliveries if d.case_id not in parked]
        wanted = [d for d in flowing if d.type not in EVENT_TYPES or self._reactor.cares_for(d.type)]
        unit = await self._store.open(work, {d.case_id for d in wanted})
        if by_case:
            behind.extend(await self._case_by_case(work, unit, flowing, wanted))
        else:
            await self._together(work, unit, wanted)
        failpoint("consumer.decided")
        await parking.wait_behind(work, consumer, behind)
        await guard.move_cursors(work, consumer, moves)
        await self._store.append(work, unit)
        return bool(unit.recorded)

    async def take_up(self, work: Work, case_id: UUID, waiting: Waiting) -> None:
        """Take in what waits in a parked case, and release it. Raises what the case raises."""
        consumer = self._reactor.consumer
        wanted = [d for d in waiting.once if d.type not in EVENT_TYPES or self._reactor.cares_for(d.type)]
        unit = await self._store.open(work, {case_id})
        await self._together(work, unit, wanted)
        await parking.release(work, consumer, case_id)
        await self._store.append(work, unit)

    async def waiting(self, work: Work, case_id: UUID, shard: int) -> Waiting:
        """What waits in a parked case, with the shard's guard rows locked until the transaction's end."""
        await guard.lock_cursors(work, self._reactor.consumer, [shard])
        found = await parking.waiting_of(work, self._reactor.consumer, case_id, self._store.shards)
        # Whatever this service recorded of the case because of an event shows that the event has had its effect.
        own = await reading.of_case(work, case_id)
        done = {str(parse_document(event.document)["causationid"]) for event in own}
        once: dict[str, Delivery] = {}
        for delivery in found:
            event_id = str(delivery.raw["id"])
            if event_id not in done:
                once.setdefault(event_id, delivery)
        return Waiting(tuple(once.values()), len(found))

    async def _together(self, work: Work, unit: Unit[C, S, E], deliveries: Sequence[Delivery]) -> None:
        """Every event of the batch; the first that fails undoes the whole transaction."""
        received = [await self._decide(work, unit, delivery) for delivery in deliveries]
        await self._reactor.project(work, unit, received, unit.recorded)

    async def _case_by_case(
        self, work: Work, unit: Unit[C, S, E], flowing: Sequence[Delivery], wanted: Sequence[Delivery]
    ) -> list[Delivery]:
        """Each case under its own savepoint. Returns the events of the cases that failed and are parked now."""
        cases: dict[UUID, list[Delivery]] = defaultdict(list)
        for delivery in wanted:
            cases[delivery.case_id].append(delivery)
        failed: set[UUID] = set()
        for case_id, deliveries in cases.items():
            stream, mark = unit.streams[case_id], len(unit.recorded)
            culprit = deliveries[0]
            try:
                async with work.savepoint():
                    received: list[Received] = []
                    for culprit in deliveries:
                        received.append(await self._decide(work, unit, culprit))
                    await self._reactor.project(work, unit, received, unit.recorded[mark:])
            except (StoreUnavailable, Conflict):
                raise
            except Exception as error:  # noqa: BLE001  the culprit is parked with the failure's class; see `parking`
                unit.streams[case_id] = stream
                del unit.recorded[mark:]
                unknown = culprit.type if culprit.type not in EVENT_TYPES else None
                await parking.park(work, self._reactor.consumer, culprit, type(error).__name__, unknown)
                self._metrics.cases_parked.labels(self._store.service).inc()
                log.error(
                    "consumer.case-parked",
                    consumer=self._reactor.consumer,
                    case_id=str(case_id),
                    event_type=culprit.type,
                    error=type(error).__name__,
                    action="see `casework parked list`, mend the cause, then `casework parked retry`",
                )
                failed.add(case_id)
        return [d for d in flowing if d.case_id in failed]

    async def _decide(self, work: Work, unit: Unit[C, S, E], delivery: Delivery) -> Received:
        envelope = envelope_of(delivery.raw)
        received = Received(delivery, envelope, from_data(envelope.type, envelope.data))
        commands = await self._reactor.commands(work, unit, received)
        if commands:
            origin = Origin(
                actor=self._reactor.actor,
                cause=received.point,
                correlation=envelope.correlation,
                # What follows from the past followed then: an imported history is judged by business time throughout.
                occurred_at=envelope.occurred_at,
                traceparent=envelope.traceparent,
            )
            unit.run(envelope.case_id, commands, origin)
        return received
