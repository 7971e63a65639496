"""The order in which a service can have taken in what the others recorded, worked out from the logs alone.

Invariant: what is said here holds for every order that the order guard allows: each source in its own order, and
no event before its cause. A clock says of an event which positions of all four logs had to be there, and taken in,
for that event to be recorded, or to be taken in itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from casework.shared.audit.spool import CannotRefill, Spool
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Delivery, Placed, verify
from casework.shared.inbox.guard import Cursor

Clock: TypeAlias = tuple[int, ...]
"""A position of each log, in the order of `SERVICES`."""
INDEX: Mapping[ServiceName, int] = {service: index for index, service in enumerate(SERVICES)}


@dataclass(frozen=True, slots=True)
class Timed:
    """An event of the shard with its clock, and the clock of its cause alone (of the beginning, without one)."""

    delivery: Delivery
    clock: Clock
    rests_on: Clock


def in_causal_order(
    spool: Spool, shard: int, own: ServiceName, cursors: Mapping[ServiceName, Cursor]
) -> Iterator[Timed]:
    """The shard's events after the cursors of all four logs, causes before effects.

    Raises `CannotRefill` when an event of `own`, or a cause in it that another service's event names, is missing:
    then its log would be refilled to another end than it had. What else is missing ends that source's part.
    """
    base: Clock = tuple(cursors[service].position for service in SERVICES)
    clocks: dict[ServiceName, dict[int, Clock]] = {service: {} for service in SERVICES}
    last = dict(cursors)
    logs = {service: spool.after(service, shard, cursors[service].position) for service in SERVICES}
    heads = {service: _following(logs[service], last[service], spool.shards) for service in SERVICES}
    progress = True
    while progress:
        progress = False
        for service in SERVICES:
            while (delivery := heads[service]) is not None:
                cause = delivery.cause
                if cause is not None and cause.position > last[cause.source].position:
                    break
                rests_on = base if cause is None else clocks[cause.source].get(cause.position, base)
                clock = merged(clocks[service].get(delivery.position - 1, base), rests_on)
                clock = _with(clock, INDEX[service], delivery.position)
                clocks[service][delivery.position] = clock
                yield Timed(delivery, clock, rests_on)
                last[service] = Cursor(delivery.position, delivery.hash)
                heads[service] = _following(logs[service], last[service], spool.shards)
                progress = True
    _refuse_when_incomplete(spool, shard, own, heads, last)


def merged(left: Clock, right: Clock) -> Clock:
    """What both say, together."""
    return tuple(map(max, left, right))


def _with(clock: Clock, index: int, position: int) -> Clock:
    return (*clock[:index], position, *clock[index + 1 :])


def _following(log: Iterator[Placed], last: Cursor, shards: int) -> Delivery | None:
    placed = next(log, None)
    if placed is None:
        return None
    if placed.shardprev != last.hash:
        raise CannotRefill(
            f"{placed.source} has another history after position {last.position} of shard {placed.shard} than the one "
            "known here: events were written after the restore, or one of the two logs was changed. Compare them with "
            "`casework audit verify`; a store can only be refilled before it is written to again."
        )
    return verify(placed, shards)


def _refuse_when_incomplete(
    spool: Spool,
    shard: int,
    own: ServiceName,
    heads: Mapping[ServiceName, Delivery | None],
    last: Mapping[ServiceName, Cursor],
) -> None:
    end = last[own].position
    missing = end + 1 if spool.beyond(own, shard) > end else None
    for waiting in heads.values():
        if waiting is not None and waiting.cause is not None and waiting.cause.source == own:
            missing = end + 1
    blocked = heads[own]
    if blocked is not None and blocked.cause is not None:
        raise CannotRefill(
            f"Position {blocked.position} of {own}, shard {shard}, was caused by position {blocked.cause.position} of "
            f"{blocked.cause.source}, which is neither in the records nor in its store. Refill {blocked.cause.source} "
            "first, or give newer records."
        )
    if missing is not None:
        raise CannotRefill(
            f"Position {missing} of {own}, shard {shard}, is not in the records, and later events rest on it. Give "
            "records that hold all of the log: the topic, or an export made after the last event."
        )
