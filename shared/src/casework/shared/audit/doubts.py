"""After a refill: which events of others a service may or may not have taken in before its store was lost.

What led to an event of ours is known to have been taken in, with all that had to come before it. What led to
nothing leaves no trace. To take such an event in again is harmless where it leads to nothing now either, and right
where it was never taken in; but where it led to nothing then and would lead to something now (the case was closed
meanwhile, say), it would bring about what never happened.

Invariant: an event is left to the consumer only when it would have the same effect as at the time, whenever that
was; it is passed over only when it was certainly taken in, or has no effect. A case with an event that is neither
is in doubt, and is parked for somebody to decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from casework.shared.audit.causality import INDEX, Clock, Timed, merged
from casework.shared.contracts.envelope import CausePoint, Envelope, envelope_of, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName, derived_id
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.wire import Delivery
from casework.shared.errors import CaseworkError
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import Origin, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

CHUNK = 200
CLOCKS_AGREE = timedelta(seconds=1)
"""How far the clocks of two services' databases may be apart."""


@dataclass(frozen=True, slots=True)
class Own:
    """An event of ours that was refilled: where and when, what caused it, and what that rests on."""

    position: int
    version: int
    time: datetime
    cause: CausePoint | None
    rests_on: Clock


@dataclass(slots=True)
class Taken:
    """What the refilled events of one shard prove about what was taken in, and when."""

    own: ServiceName
    clock: Clock
    """For each source, the last position that was certainly taken in."""
    cases: dict[UUID, list[Own]] = field(default_factory=lambda: defaultdict(list))
    _steps: dict[ServiceName, list[tuple[int, Own]]] = field(default_factory=lambda: {name: [] for name in SERVICES})

    def note(self, timed: Timed, envelope: Envelope) -> None:
        """One more event of ours, in order of position."""
        cause = timed.delivery.cause
        event = Own(timed.delivery.position, envelope.version, envelope.time, cause, timed.rests_on)
        self.cases[envelope.case_id].append(event)
        for source, index in INDEX.items():
            if timed.clock[index] > self.clock[index]:
                self._steps[source].append((timed.clock[index], event))
        self.clock = merged(self.clock, timed.clock)

    def covers(self, delivery: Delivery) -> bool:
        """Whether the event was certainly taken in: it had its effect, or none, or was parked."""
        return delivery.position <= self.clock[INDEX[delivery.source]]

    def went_on_after(self, delivery: Delivery) -> bool:
        """Whether the event's case certainly went on here after the event came in: then it was not parked by it."""
        index = INDEX[delivery.source]
        steps = self._steps[delivery.source]
        at = bisect_left(steps, delivery.position, key=lambda step: step[0])
        proof = steps[at][1] if at < len(steps) else None
        return any(
            event.rests_on[index] >= delivery.position
            # Of the events of one transaction, which have one time, the order proves nothing about another case.
            or (proof is not None and event.position > proof.position and event.time > proof.time)
            for event in self.cases.get(delivery.case_id, ())
        )

    def least_version(self, timed: Timed, recorded_at: datetime) -> int | None:
        """The version our stream of the case had at least when the event came in, or comes in; None where nothing
        was refilled in the case."""
        events = self.cases.get(timed.delivery.case_id)
        if not events:
            return None
        mine = INDEX[self.own]
        least = events[0].version - 1
        for event in events:
            if (
                event.position <= timed.clock[mine]
                or event.time < recorded_at - CLOCKS_AGREE
                or self._answers_earlier(event, timed)
            ):
                least = event.version
        return least

    def _answers_earlier(self, event: Own, timed: Timed) -> bool:
        """Whether what caused the event of ours had to come in before that other event could."""
        cause = event.cause
        return cause is not None and cause.source != self.own and cause.position <= timed.clock[INDEX[cause.source]]


async def doubtful_cases(
    work: Work, runtime: ServiceRuntime, taken: Taken, events: Iterable[Timed]
) -> dict[UUID, list[Delivery]]:
    """The cases in doubt, given all `events` of a shard in causal order. With each, those of its events that were
    taken in and may have to be taken in again: they are to wait in the case."""
    found: dict[UUID, list[Delivery]] = {}
    chunk: list[Timed] = []
    for timed in events:
        if _may_act(runtime, taken, timed.delivery):
            chunk.append(timed)
        if len(chunk) == CHUNK:
            await _judge(work, runtime, taken, chunk, found)
            chunk = []
    await _judge(work, runtime, taken, chunk, found)
    return found


def _may_act(runtime: ServiceRuntime, taken: Taken, delivery: Delivery) -> bool:
    if delivery.source == runtime.name or taken.went_on_after(delivery):
        return False
    return delivery.type not in EVENT_TYPES or runtime.reactor.cares_for(delivery.type)


async def _judge(
    work: Work, runtime: ServiceRuntime, taken: Taken, events: Sequence[Timed], found: dict[UUID, list[Delivery]]
) -> None:
    envelopes = [envelope_of(timed.delivery.raw) for timed in events]
    first_effects = [derived_id(envelope.id, runtime.name, 0) for envelope in envelopes]
    rows = await work.fetch("SELECT event_id FROM event WHERE event_id = ANY($1)", first_effects)
    effects = {row["event_id"] for row in rows}
    unit = await runtime.store.open(work, {envelope.case_id for envelope in envelopes})
    for timed, envelope, effect in zip(events, envelopes, first_effects, strict=True):
        if effect in effects:
            continue
        if envelope.case_id not in found and await _is_doubtful(work, runtime, taken, unit, timed, envelope):
            found[envelope.case_id] = []
        if envelope.case_id in found and taken.covers(timed.delivery):
            found[envelope.case_id].append(timed.delivery)


async def _is_doubtful(
    work: Work,
    runtime: ServiceRuntime,
    taken: Taken,
    unit: Unit[Any, Any, Any],
    timed: Timed,
    envelope: Envelope,
) -> bool:
    covered = taken.covers(timed.delivery)
    if envelope.type not in EVENT_TYPES:
        return covered  # it was parked for its type; one that was not taken in yet will be
    received = Received(timed.delivery, envelope, from_data(envelope.type, envelope.data))
    if not await _acts(work, runtime, unit, received):
        return False
    if covered:
        return True
    least = taken.least_version(timed, envelope.time)
    return least is not None and not await _acts_from(work, runtime, unit, received, least)


async def _acts(work: Work, runtime: ServiceRuntime, unit: Unit[Any, Any, Any], received: Received) -> bool:
    """Whether the event would lead to anything on the unit's state. Nothing of it stays."""
    case_id = received.envelope.case_id
    stream, mark = unit.streams[case_id], len(unit.recorded)
    try:
        commands = await runtime.reactor.commands(work, unit, received)
        return bool(unit.run(case_id, commands, Origin(runtime.actor, received.point)))
    except CaseworkError:
        return True  # it would be parked
    finally:
        unit.streams[case_id] = stream
        del unit.recorded[mark:]


async def _acts_from(
    work: Work, runtime: ServiceRuntime, unit: Unit[Any, Any, Any], received: Received, least: int
) -> bool:
    """Whether the event would have led to something on every state that our stream had from version `least` on."""
    case_id = received.envelope.case_id
    now = unit.streams[case_id]
    states = [runtime.store.decider.initial]
    for stored in await reading.of_case(work, case_id):
        envelope = open_envelope(stored.document)
        states.append(runtime.store.decider.evolve(states[-1], from_data(envelope.type, envelope.data)))
    try:
        for version in range(least, now.version):
            unit.streams[case_id] = now._replace(version=version, state=states[version])
            if not await _acts(work, runtime, unit, received):
                return False
    finally:
        unit.streams[case_id] = now
    return True
