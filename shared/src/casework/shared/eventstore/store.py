"""The event store of one service: units of work that load streams, decide, and append.

Invariants:

* Positions of a shard are dense and in commit order. They are taken last, under the shard's head row, in
  the statement that inserts the events, so a rollback leaves no hole and no reader can miss a late commit.
* One lock order for every transaction: guard rows, idempotency and reference keys, case state (by id),
  clock and hand-off rows, log heads (ascending). `open` locks case state; `append` locks heads.
* An event's time is max(database clock, the stream's last time): never backwards within a stream.
* A snapshot is written with its append. One of another `state_version` is never read: the events are
  folded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.canonical import leaf_hash, record_bytes
from casework.shared.contracts.envelope import (
    MAX_ENVELOPE_BYTES,
    Cause,
    CausePoint,
    Envelope,
    open_envelope,
    seal_envelope,
)
from casework.shared.contracts.ids import ServiceName, derived_id, shard_of
from casework.shared.contracts.registry import dataschema, from_data, to_data, type_name
from casework.shared.decider import Decider
from casework.shared.errors import Conflict, InvalidMessage
from casework.shared.runtime.database import Work

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


class CaseParked(Conflict):
    """The case waits for an operator: an event of it could not be processed. See `casework parked list`."""

    code = "case-parked"


class EnvelopeTooLarge(InvalidMessage):
    """The event would be over 256 KiB. Send less text, or reference large evidence instead of quoting it."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who did it and why: what every event of one decision says about its beginning."""

    actor: Actor
    cause: Cause
    correlation: UUID | None = None
    occurred_at: datetime | None = None
    traceparent: str | None = None


class Stream(NamedTuple, Generic[S]):
    """One case's stream in this service, as of its last event. `version` 0 means nothing happened yet."""

    case_id: UUID
    version: int
    hash: bytes | None
    time: datetime | None
    correlation: UUID | None
    state: S


class Recorded(NamedTuple, Generic[E]):
    """An event that this unit of work is about to append, with the bytes that will be stored."""

    envelope: Envelope
    event: E
    document: bytes
    hash: bytes
    shard: int


@dataclass(slots=True)
class Unit(Generic[C, S, E]):
    """One transaction's workspace: streams that were locked and loaded, and what was decided on them.

    `run` decides in memory; `EventStore.append` writes everything at once, last.
    """

    store: EventStore[C, S, E]
    now: datetime
    streams: dict[UUID, Stream[S]]
    asked: UUID | None = None
    """The id of what a person or integrator asked, which is the cause of what follows from it."""
    occurred_at: datetime | None = None
    """When what they tell happened, where that is not now."""
    recorded: list[Recorded[E]] = field(default_factory=list)

    def run(self, case_id: UUID, commands: Iterable[C], origin: Origin) -> list[Recorded[E]]:
        """Decide `commands` one after the other on the case. Returns what happened. Raises `Refusal`."""
        stream = self.streams[case_id]
        decider = self.store.decider
        happened: list[Recorded[E]] = []
        for command in commands:
            for event in decider.decide(command, stream.state):
                record = self._record(stream, event, origin, len(happened))
                happened.append(record)
                stream = Stream(
                    case_id,
                    record.envelope.version,
                    record.hash,
                    record.envelope.time,
                    record.envelope.correlation,
                    decider.evolve(stream.state, event),
                )
        self.streams[case_id] = stream
        self.recorded.extend(happened)
        return happened

    def _record(self, stream: Stream[S], event: E, origin: Origin, ordinal: int) -> Recorded[E]:
        store = self.store
        match origin.cause:
            case CausePoint(id=cause_id):
                event_id = derived_id(cause_id, store.service, ordinal)
            case _:
                event_id = store.mint()
        name = type_name(type(event))
        envelope = Envelope(
            id=event_id,
            source=store.service,
            type=name,
            case_id=stream.case_id,
            version=stream.version + 1,
            time=self.now if stream.time is None else max(self.now, stream.time),
            prevhash=stream.hash,
            correlation=stream.correlation or origin.correlation or event_id,
            cause=origin.cause,
            actor=origin.actor,
            occurred_at=origin.occurred_at,
            traceparent=origin.traceparent,
            data=to_data(event),
        )
        document = seal_envelope(envelope, dataschema(name))
        if len(document) > MAX_ENVELOPE_BYTES:
            raise EnvelopeTooLarge(f"the event is {len(document)} bytes; at most {MAX_ENVELOPE_BYTES} are taken")
        return Recorded(envelope, event, document, leaf_hash(document), shard_of(stream.case_id, store.shards))


class EventStore(Generic[C, S, E]):
    """The log, snapshots and heads of one service. Holds no connection: every call takes the `Work` it runs in."""

    def __init__(
        self,
        service: ServiceName,
        decider: Decider[C, S, E],
        *,
        state_type: type[S],
        state_version: int,
        shards: int,
        mint: Callable[[], UUID],
    ) -> None:
        """`mint` makes ids for what people start (UUIDv7); effects of events get derived ids."""
        self.service: ServiceName = service
        self.decider = decider
        self.shards = shards
        self.mint = mint
        self._state: TypeAdapter[S] = TypeAdapter(state_type)
        self._state_version = state_version

    async def open(
        self,
        work: Work,
        case_ids: Iterable[UUID],
        *,
        refuse_parked_by: str | None = None,
        skip_locked: bool = False,
    ) -> Unit[C, S, E]:
        """Lock and load the streams of `case_ids` (unknown ones start empty).

        With `skip_locked` only those that exist and that nobody else holds: for work that can come back later.

        With `refuse_parked_by`, the name of this service's consumer, a parked case raises `CaseParked`:
        a command must not overtake the events that wait before it.
        """
        wanted = sorted(set(case_ids))
        rows = await work.fetch(
            "SELECT case_id, version, hash, time, correlation, state, state_version FROM case_state"
            " WHERE case_id = ANY($1) ORDER BY case_id FOR UPDATE" + (" SKIP LOCKED" if skip_locked else ""),
            wanted,
        )
        if refuse_parked_by is not None:
            parked = await work.fetch(
                "SELECT case_id FROM parked_case WHERE consumer = $1 AND case_id = ANY($2)", refuse_parked_by, wanted
            )
            if parked:
                raise CaseParked("This case waits for an operator; nothing can be done to it until then.")
        if skip_locked:
            wanted = [row["case_id"] for row in rows]
        streams = {case_id: Stream(case_id, 0, None, None, None, self.decider.initial) for case_id in wanted}
        stale: list[UUID] = []
        for row in rows:
            case_id = row["case_id"]
            current = row["state_version"] == self._state_version
            if not current:
                stale.append(case_id)
            streams[case_id] = Stream(
                case_id,
                row["version"],
                row["hash"],
                row["time"],
                row["correlation"],
                self.read_state(row["state"]) if current else self.decider.initial,
            )
        if stale:
            for case_id, state in (await self.refold(work, stale)).items():
                streams[case_id] = streams[case_id]._replace(state=state)
        return Unit(self, work.now, streams)

    async def append(self, work: Work, unit: Unit[C, S, E]) -> None:
        """Write what the unit decided: snapshots, then events. Nothing may be locked after this call.

        Raises `Duplicate` (a `Conflict`) when somebody else appended to one of the streams meanwhile.
        """
        if not unit.recorded:
            return
        await self._write_states(work, unit)
        await append_events(work, [_row(record) for record in unit.recorded])

    async def _write_states(self, work: Work, unit: Unit[C, S, E]) -> None:
        touched = sorted({record.envelope.case_id for record in unit.recorded})
        rows = [unit.streams[case_id] for case_id in touched]
        await work.execute(
            "INSERT INTO case_state (case_id, version, hash, time, correlation, state, state_version)"
            " SELECT u.*, $7 FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::timestamptz[], $5::uuid[],"
            " $6::bytea[]) AS u ON CONFLICT (case_id) DO UPDATE SET version = excluded.version,"
            " hash = excluded.hash, time = excluded.time, state = excluded.state,"
            " state_version = excluded.state_version",
            touched,
            [row.version for row in rows],
            [row.hash for row in rows],
            [row.time for row in rows],
            [row.correlation for row in rows],
            [self.write_state(row.state) for row in rows],
            self._state_version,
        )

    def write_state(self, state: S) -> bytes:
        """The snapshot bytes of a state: equal states give equal bytes, so folding again must give the same."""
        return record_bytes(state)

    def read_state(self, snapshot: bytes) -> S:
        """The inverse of `write_state`."""
        return self._state.validate_json(snapshot)

    async def refold(self, work: Work, case_ids: Sequence[UUID]) -> dict[UUID, S]:
        """The states of the cases folded from their events alone; snapshots are not looked at."""
        rows = await work.fetch(
            "SELECT case_id, envelope FROM event WHERE case_id = ANY($1) ORDER BY case_id, version", list(case_ids)
        )
        states: dict[UUID, S] = dict.fromkeys(case_ids, self.decider.initial)
        for row in rows:
            envelope = open_envelope(row["envelope"])
            event: Any = from_data(envelope.type, envelope.data)
            states[envelope.case_id] = self.decider.evolve(states[envelope.case_id], event)
        return states


class EventRow(NamedTuple):
    """The columns of one event before it has a position."""

    shard: int
    case_id: UUID
    version: int
    event_id: UUID
    type: str
    document: bytes
    hash: bytes
    recorded_at: datetime


def _row(record: Recorded[Any]) -> EventRow:
    envelope = record.envelope
    return EventRow(
        record.shard,
        envelope.case_id,
        envelope.version,
        envelope.id,
        envelope.type,
        record.document,
        record.hash,
        envelope.time,
    )


_APPEND = """
WITH head AS (
    UPDATE log_head h SET next = h.next + n.many, previous = h.hash, hash = n.last
    FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) AS n(shard, many, last)
    WHERE h.shard = n.shard
    RETURNING h.shard, h.next - n.many AS first, h.previous
)
INSERT INTO event (shard, position, case_id, version, event_id, type, envelope, hash, shardprev, recorded_at)
SELECT e.shard, head.first + e.ordinal, e.case_id, e.version, e.event_id, e.type, e.envelope, e.hash,
       CASE WHEN e.ordinal = 0 THEN head.previous ELSE e.before END, e.recorded_at
FROM unnest($4::smallint[], $5::bigint[], $6::uuid[], $7::int[], $8::uuid[], $9::text[], $10::bytea[],
            $11::bytea[], $12::bytea[], $13::timestamptz[])
     AS e(shard, ordinal, case_id, version, event_id, type, envelope, hash, before, recorded_at)
JOIN head ON head.shard = e.shard
"""


async def append_events(work: Work, rows: Sequence[EventRow]) -> None:
    """Give `rows` their shard positions, in the order given, and insert them. The last act of a transaction:
    from here to the commit, every other writer of these shards waits."""
    before: list[bytes | None] = []
    ordinals: list[int] = []
    many: dict[int, int] = {}
    last: dict[int, bytes] = {}
    for row in rows:
        ordinals.append(many.get(row.shard, 0))
        before.append(last.get(row.shard))
        many[row.shard] = many.get(row.shard, 0) + 1
        last[row.shard] = row.hash
    shards = sorted(many)
    if len(shards) > 1:
        # UPDATE ... FROM locks in no promised order; two batches over several shards would deadlock.
        await work.execute("SELECT FROM log_head WHERE shard = ANY($1) ORDER BY shard FOR UPDATE", shards)
    inserted = await work.execute(
        _APPEND,
        shards,
        [many[shard] for shard in shards],
        [last[shard] for shard in shards],
        [row.shard for row in rows],
        ordinals,
        [row.case_id for row in rows],
        [row.version for row in rows],
        [row.event_id for row in rows],
        [row.type for row in rows],
        [row.document for row in rows],
        [row.hash for row in rows],
        before,
        [row.recorded_at.astimezone(UTC) for row in rows],
    )
    if inserted != len(rows):
        raise RuntimeError(f"a shard of {shards} has no head row: the store was installed with fewer shards")
