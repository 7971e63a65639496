"""Refilling a store that was set back to an earlier day: the bytes that are missing, at their positions again.

Invariants:

* What is appended is what was recorded, byte for byte, at its position, linked to what is there. A store that has
  been written to since it was set back is refused, as are records with a hole.
* A shard is refilled in one transaction, with everything that rests on its events: heads, rows of state, read
  tables, and the cursors of the service's consumer. Interrupted, the same command goes on with the next shard.
* The cursors were set back too. They move to what the refilled events prove to have been taken in. Cases for which
  that leaves a doubt are parked; see `doubts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.audit.causality import INDEX, Timed, in_causal_order
from casework.shared.audit.doubts import Taken, doubtful_cases
from casework.shared.audit.spool import CannotRefill, Spool
from casework.shared.contracts.envelope import Envelope, envelope_of, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.contracts.wire import Delivery
from casework.shared.eventstore import reading
from casework.shared.inbox import guard, parking
from casework.shared.inbox.guard import Cursor
from casework.shared.relay.lease import MEMBER_TIMEOUT_S
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

CHUNK = 500
IN_DOUBT = "InDoubtAfterRestore"
"""The reason a case is parked for by a refill."""
STALE = -1
"""The version of a state that no release has: the events are folded again when the case is opened."""


class StillRuns(Exception):
    """The service runs. The message says how to stop it."""


@dataclass(slots=True)
class Refilled:
    """What a refill did for one service."""

    service: ServiceName
    events: int = 0
    cases: int = 0
    in_doubt: list[UUID] = field(default_factory=list)
    """Cases that are parked now, because nothing tells whether an event of theirs was taken in before."""
    notes: Counter[str] = field(default_factory=Counter)
    """What could not be made right, in words, with how often."""


class HasStore(Protocol):
    """A service by its name, and its store."""

    @property
    def name(self) -> ServiceName: ...

    @property
    def engine(self) -> AsyncEngine: ...


async def require_stopped(runtime: HasStore) -> None:
    """Raises `StillRuns` when a relay of the service has said lately that it lives."""
    async with begin(runtime.engine) as work:
        replica = await work.fetch_value(
            "SELECT replica FROM relay_member WHERE seen_at > clock_timestamp() - make_interval(secs => $1) LIMIT 1",
            MEMBER_TIMEOUT_S,
        )
    if replica is not None:
        raise StillRuns(
            f"{runtime.name} runs, or did within the last {MEMBER_TIMEOUT_S} seconds ({replica}). Stop every replica "
            "of it, and refill then: what it records meanwhile would take the places of what is missing."
        )


async def refill(runtime: ServiceRuntime, spool: Spool, progress: Callable[[int, int], None] | None = None) -> Refilled:
    """Append what the service's store lacks of the spool's records. The service must not run.

    Raises `StillRuns`, and `CannotRefill` before anything is written to the shard it names.
    """
    await require_stopped(runtime)
    result = Refilled(runtime.name)
    for shard in range(runtime.shards):
        # Everything is looked at before anything is written: a hole in the last shard must not be found half-way.
        async with begin(runtime.engine) as work:
            for _ in in_causal_order(spool, shard, runtime.name, await _cursors(work, runtime, shard)):
                pass
    for shard in range(runtime.shards):
        async with begin(runtime.engine) as work:
            await _Shard(runtime, spool, shard, work, result).refill()
        if progress is not None:
            progress(shard + 1, runtime.shards)
    return result


async def _cursors(work: Work, runtime: ServiceRuntime, shard: int) -> dict[ServiceName, Cursor]:
    """Where the service stood in all four logs: its own end, and what it had taken in of the others."""
    taken = (await guard.lock_cursors(work, runtime.reactor.consumer, [shard]))[shard].cursors
    head = next(head for head in await reading.heads(work) if head.shard == shard)
    return {**taken, runtime.name: Cursor(head.position, head.hash)}


class _Shard:
    """The refill of one shard, inside its transaction."""

    def __init__(self, runtime: ServiceRuntime, spool: Spool, shard: int, work: Work, result: Refilled) -> None:
        self._runtime = runtime
        self._spool = spool
        self._shard = shard
        self._work = work
        self._result = result
        self._streams: dict[UUID, Envelope] = {}
        self._hashes: dict[UUID, bytes] = {}

    async def refill(self) -> None:
        own = self._runtime.name
        # Working through a long shard takes its time, and leaves the connection waiting now and then.
        await self._work.fetch(
            "SELECT set_config(name, '0', true) FROM pg_settings"
            " WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
        )
        cursors = await _cursors(self._work, self._runtime, self._shard)
        if self._spool.beyond(own, self._shard) <= cursors[own].position:
            return
        taken = Taken(own, tuple(cursors[service].position for service in SERVICES))
        for chunk in _chunks(self._events(cursors)):
            mine = [(timed, envelope_of(timed.delivery.raw)) for timed in chunk if timed.delivery.source == own]
            for timed, envelope in mine:
                taken.note(timed, envelope)
            await self._append([timed.delivery for timed, _ in mine], [envelope for _, envelope in mine])
        await self._write_states()
        await self._release_parked(taken)
        parked = await parking.parked_of(self._work, self._runtime.reactor.consumer, [self._shard])
        # A second time through, now that it is known how far the others' logs had been taken in.
        for chunk in _chunks(self._events(cursors)):
            await self._rebuild(
                [timed.delivery for timed in chunk if self._was_projected(timed.delivery, taken, parked)]
            )
        await self._park_doubtful(taken, cursors)
        moved = {
            source: self._cursor_at(source, taken.clock[INDEX[source]], cursors[source])
            for source in SERVICES
            if source != own
        }
        before = {source: cursor for source, cursor in cursors.items() if source != own}
        moves = list(guard.moves(self._shard, before, moved))
        await guard.move_cursors(self._work, self._runtime.reactor.consumer, moves)
        last = self._cursor_at(own, taken.clock[INDEX[own]], cursors[own])
        await self._work.execute(
            "UPDATE log_head SET next = $2::bigint + 1, previous = hash, hash = $3 WHERE shard = $1",
            self._shard,
            last.position,
            last.hash,
        )
        self._result.events += last.position - cursors[own].position
        self._result.cases += len(taken.cases)

    def _events(self, cursors: Mapping[ServiceName, Cursor]) -> Iterator[Timed]:
        return in_causal_order(self._spool, self._shard, self._runtime.name, cursors)

    def _was_projected(self, delivery: Delivery, taken: Taken, parked: Collection[UUID]) -> bool:
        """Whether the read tables had the event: it was taken in, and did not wait behind a parked case."""
        return taken.covers(delivery) and (delivery.source == self._runtime.name or delivery.case_id not in parked)

    def _cursor_at(self, source: ServiceName, position: int, before: Cursor) -> Cursor:
        if position == before.position:
            return before
        placed = self._spool.get(source, self._shard, position)
        assert placed is not None, "a clock only names positions that were met"
        return Cursor(position, placed.hash)

    async def _append(self, deliveries: Sequence[Delivery], envelopes: Sequence[Envelope]) -> None:
        await self._load_streams({envelope.case_id for envelope in envelopes})
        for delivery, envelope in zip(deliveries, envelopes, strict=True):
            before = self._streams.get(envelope.case_id)
            links = (0, None) if before is None else (before.version, self._hashes[envelope.case_id])
            if (envelope.version - 1, envelope.prevhash) != links:
                raise CannotRefill(
                    f"Position {delivery.position} of {delivery.source}, shard {delivery.shard}, does not continue "
                    f"case {envelope.case_id} as this store has it. Compare the two with `casework audit verify`."
                )
            self._streams[envelope.case_id] = envelope
            self._hashes[envelope.case_id] = delivery.hash
        await self._work.execute(
            f"INSERT INTO event ({reading.COLUMNS}) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::uuid[],"
            " $4::int[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::bytea[], $10::timestamptz[])",
            [delivery.shard for delivery in deliveries],
            [delivery.position for delivery in deliveries],
            [envelope.case_id for envelope in envelopes],
            [envelope.version for envelope in envelopes],
            [envelope.id for envelope in envelopes],
            [envelope.type for envelope in envelopes],
            [delivery.document for delivery in deliveries],
            [delivery.hash for delivery in deliveries],
            [delivery.shardprev for delivery in deliveries],
            [envelope.time for envelope in envelopes],
        )

    async def _load_streams(self, cases: set[UUID]) -> None:
        rows = await self._work.fetch(
            "SELECT DISTINCT ON (case_id) case_id, envelope, hash FROM event WHERE case_id = ANY($1)"
            " ORDER BY case_id, version DESC",
            list(cases - self._streams.keys()),
        )
        for row in rows:
            self._streams[row["case_id"]] = open_envelope(row["envelope"])
            self._hashes[row["case_id"]] = row["hash"]

    async def _write_states(self) -> None:
        """Each case's row belongs to its last event. The state itself is folded when the case is next opened."""
        cases = sorted(self._streams)
        streams = [self._streams[case_id] for case_id in cases]
        await self._work.execute(
            "INSERT INTO case_state (case_id, version, hash, time, correlation, state, state_version)"
            " SELECT u.*, '', $6 FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::timestamptz[], $5::uuid[]) AS u"
            " ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, hash = excluded.hash,"
            " time = excluded.time, state_version = excluded.state_version",
            cases,
            [stream.version for stream in streams],
            [self._hashes[case_id] for case_id in cases],
            [stream.time for stream in streams],
            [stream.correlation for stream in streams],
            STALE,
        )

    async def _release_parked(self, taken: Taken) -> None:
        """A case that was parked on the day the store went back to, and has events after that, was taken up."""
        consumer = self._runtime.reactor.consumer
        for case_id in await parking.parked_of(self._work, consumer, [self._shard]):
            if case_id in taken.cases:
                # What waited was taken in then, before all that the records bring.
                await self._rebuild(await parking.waiting_of(self._work, consumer, case_id, self._runtime.shards))
                await parking.release(self._work, consumer, case_id)

    async def _rebuild(self, deliveries: Sequence[Delivery]) -> None:
        rebuild = self._runtime.service.rebuild
        if rebuild is None:
            return
        envelopes = [envelope_of(delivery.raw) for delivery in deliveries if delivery.type in EVENT_TYPES]
        events: list[tuple[Envelope, Any]] = [(each, from_data(each.type, each.data)) for each in envelopes]
        self._result.notes.update(await rebuild(self._work, self._runtime.shards, events))

    async def _park_doubtful(self, taken: Taken, cursors: Mapping[ServiceName, Cursor]) -> None:
        consumer = self._runtime.reactor.consumer
        parked = await parking.parked_of(self._work, consumer, [self._shard])
        # What came in behind a case that is parked still: it waited there, and waits again.
        behind = [
            timed.delivery
            for timed in (self._events(cursors) if parked else ())
            if timed.delivery.case_id in parked
            and timed.delivery.source != self._runtime.name
            and taken.covers(timed.delivery)
        ]
        await parking.wait_behind(self._work, consumer, behind)
        others = (timed for timed in self._events(cursors) if timed.delivery.case_id not in parked)
        doubtful = await doubtful_cases(self._work, self._runtime, taken, others)
        for case_id, waiting in doubtful.items():
            unknown = next((each.type for each in waiting if each.type not in EVENT_TYPES), None)
            # As of the case's last event: what a refill parks tells nothing about the release that runs next.
            since = max((event.time for event in taken.cases.get(case_id, ())), default=self._work.now)
            await self._work.execute(
                "INSERT INTO parked_case (consumer, case_id, shard, reason, unknown_type, parked_at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                consumer,
                case_id,
                self._shard,
                IN_DOUBT,
                unknown,
                since,
            )
            await parking.wait_behind(self._work, consumer, waiting)
            self._result.in_doubt.append(case_id)


def _chunks(events: Iterator[Timed]) -> Iterator[list[Timed]]:
    while chunk := list(islice(events, CHUNK)):
        yield chunk
