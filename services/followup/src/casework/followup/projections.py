"""The status of every case: one row a case, changed in the transaction of the events that change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from casework.followup import clock_rows, outbox, remedy_report, telling
from casework.followup.domain.commands import Command
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.followup.progress import (
    Progress,
    advance,
    due_at_of,
    holder_of,
    named_holder_of,
    received_at_of,
    stage_of,
    status_document,
)
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.canonical import canonical_trusted, leaf_hash, record_bytes
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.ids import shard_of
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.privacy.purging import purge_by
from casework.shared.relay.outlet import Outgoing, Sent, standing_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.topics import Topic

_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def _adapter() -> TypeAdapter[Progress]:
    return TypeAdapter(Progress)


def read_progress(document: bytes) -> Progress:
    """The progress of a stored row."""
    return _adapter().validate_json(document)


def write_progress(progress: Progress) -> bytes:
    """The inverse of `read_progress`: equal progress gives equal bytes."""
    return record_bytes(progress)


async def progress_of(work: Work, case_ids: Sequence[UUID], *, lock: bool = False) -> dict[UUID, Progress]:
    """The progress of cases that have a row, with the rows locked when they are going to change."""
    rows = await work.fetch(
        "SELECT case_id, progress FROM case_status WHERE case_id = ANY($1) ORDER BY case_id"
        + (" FOR UPDATE" if lock else ""),
        sorted(case_ids),
    )
    return {row["case_id"]: read_progress(row["progress"]) for row in rows}


async def project(
    work: Work,
    shards: int,
    unit: Unit[Command, FollowUp, FollowUpEvent],
    received: Sequence[Received],
    recorded: Sequence[Recorded[FollowUpEvent]],
    rulebook: Rulebook,
) -> None:
    """Advance the status of every case that an event came in for or was decided on, write its clocks, and what is to
    be told of it."""
    events: list[tuple[Envelope, Any]] = [(r.envelope, r.event) for r in received]
    own: list[tuple[Envelope, Any]] = [(r.envelope, r.event) for r in recorded]
    progress = await _advance(work, shards, events + own)
    await outbox.enqueue(work, list(telling.notices(unit, events + own, progress, rulebook)))
    await remedy_report.count(work, [(r.envelope, r.event) for r in received])
    states = ((stream.case_id, stream.state.clocks) for stream in unit.streams.values())
    await clock_rows.write_clocks(work, clock_rows.touched(states, own))


async def rebuild(work: Work, shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """Advance the status of every case by events of any service, causes first. Those it reflects change nothing."""
    await _advance(work, shards, events, restored=True)
    await remedy_report.count(work, events)
    await purge_by(work, "followup", events)
    await clock_rows.rewrite_clocks(work, sorted({envelope.case_id for envelope, _ in events}))
    return ()


async def _advance(
    work: Work, shards: int, events: Sequence[tuple[Envelope, Any]], *, restored: bool = False
) -> Mapping[UUID, Progress]:
    """Returns the progress of every case of the events."""
    if not events:
        return {}
    cases = sorted({envelope.case_id for envelope, _ in events})
    progress = await progress_of(work, cases, lock=True)
    before = {case_id: found.version for case_id, found in progress.items()}
    for envelope, event in events:
        advance(progress.setdefault(envelope.case_id, Progress()), envelope, event)
    changed = {case_id: progress[case_id] for case_id in cases if progress[case_id].version != before.get(case_id, 0)}
    if changed:
        await _write(work, shards, changed, restored=restored)
    return progress


async def _write(work: Work, shards: int, changed: dict[UUID, Progress], *, restored: bool) -> None:
    by_shard: dict[int, list[UUID]] = {}
    for case_id in changed:
        by_shard.setdefault(shard_of(case_id, shards), []).append(case_id)
    numbers: dict[UUID, int] = {}
    for shard in sorted(by_shard):
        cases = by_shard[shard]
        following = await work.fetch_value(
            # After a restore the numbers that were given out meanwhile are not given out again: whoever read the stream
            # up to one of them would be spared what another case has under it now.
            "UPDATE status_head SET next = greatest(next, CASE WHEN $3 THEN"
            " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint END) + $2 WHERE shard = $1 RETURNING next",
            shard,
            len(cases),
            restored,
        )
        numbers.update(zip(cases, range(following - len(cases), following), strict=True))
    ids = list(changed)
    rows = list(changed.values())
    await work.execute(
        "INSERT INTO case_status (case_id, shard, change, statusversion, stage, owner, holder, is_open, received_at,"
        " progress, document, due_at, named_holder, outcome, changed_at) SELECT * FROM"
        " unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],"
        " $8::boolean[], $9::timestamptz[], $10::bytea[], $11::bytea[],"
        " $12::timestamptz[], $13::text[], $14::text[], $15::timestamptz[])"
        " ON CONFLICT (case_id) DO UPDATE SET change = excluded.change, statusversion = excluded.statusversion,"
        " stage = excluded.stage, owner = excluded.owner, holder = excluded.holder, is_open = excluded.is_open,"
        " received_at = excluded.received_at, progress = excluded.progress, document = excluded.document,"
        " due_at = excluded.due_at, named_holder = excluded.named_holder, outcome = excluded.outcome,"
        " changed_at = excluded.changed_at",
        ids,
        [shard_of(case_id, shards) for case_id in ids],
        [numbers[case_id] for case_id in ids],
        [progress.version for progress in rows],
        [stage_of(progress) for progress in rows],
        [progress.owned_by for progress in rows],
        [holder_of(progress) for progress in rows],
        [not progress.closure for progress in rows],
        [received_at_of(progress) or _UNKNOWN for progress in rows],
        [write_progress(progress) for progress in rows],
        [canonical_trusted(status_document(case_id, progress)) for case_id, progress in changed.items()],
        [due_at_of(progress) for progress in rows],
        [named_holder_of(progress) for progress in rows],
        [progress.closure or None for progress in rows],
        [datetime.fromisoformat(progress.changed_at) for progress in rows],
    )


class CaseStatus:
    """The outlet of `casework.status.v1`: rows that changed since the relay's cursor, newest content only."""

    history = False

    def __init__(self, installation: UUID, topic: Topic) -> None:
        self.installation = installation
        self.topic = topic

    async def pending(self, work: Work, after: Sequence[tuple[int, int]], limit: int) -> list[Outgoing]:
        rows = await work.fetch(
            "SELECT s.* FROM unnest($1::smallint[], $2::bigint[]) AS c(at, after) CROSS JOIN LATERAL"
            " (SELECT shard, change, case_id, statusversion, document FROM case_status"
            " WHERE shard = c.at AND change > c.after ORDER BY change LIMIT $3) s",
            [shard for shard, _ in after],
            [change for _, change in after],
            limit,
        )
        return [
            Outgoing(
                row["shard"],
                row["change"],
                str(row["case_id"]).encode(),
                row["document"],
                [
                    ("content-type", b"application/json"),
                    ("installation", str(self.installation).encode()),
                    ("change", b"%d" % row["change"]),
                    ("statusversion", b"%d" % row["statusversion"]),
                ],
                leaf_hash(row["document"]),
            )
            for row in rows
        ]

    def recognise(self, shard: int, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Sent | None:
        named = dict(headers)
        if value is None or named.get("installation") != str(self.installation).encode():
            return None
        change = named.get("change") or b""  # a header may have no value at all
        return Sent(int(change), leaf_hash(value)) if change.isdigit() and len(change) < 20 else None

    async def hashes_at(self, work: Work, shard: int, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Not asked: a status has no history."""
        return {}

    async def backlog(self, work: Work) -> tuple[int, float]:
        rows = await work.fetch(
            "SELECT coalesce(sum(greatest(h.next - 1 - c.position, 0)), 0) AS many"
            " FROM relay_cursor c JOIN status_head h ON h.shard = c.shard WHERE c.topic = $1",
            self.topic.name,
        )
        return int(rows[0]["many"]), 0.0

    async def standing(self, work: Work) -> Mapping[int, tuple[int, int]]:
        return await standing_of(work, self.topic.name, "status_head")
