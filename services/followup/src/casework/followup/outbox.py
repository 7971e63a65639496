"""The outbox of notices: written with the event, claimed before it is sent, settled when the answer is known.

Invariant: one event is told one recipient by one channel at most once. A row leaves `waiting` by a committed claim
before anything is sent, and comes back to it only where the other side surely did not take the letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

import structlog
from pydantic import TypeAdapter, ValidationError

from casework.followup.domain.notices import Notice
from casework.shared.runtime.database import Work
from casework.shared.runtime.retention import KEEP

log = structlog.get_logger(__name__)

MAIL = "mail"
UNREADABLE = timedelta(hours=1)
"""When to look again at a notice that this release cannot read."""
State: TypeAlias = Literal["sent", "refused", "uncertain", "too-late", "doubled"]
"""What a row can end as. `doubled`: the person was told of this event already, as another recipient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A notice on its way. `attempts` counts the claims so far; `reason` is why it still waits, if it was tried."""

    notice: Notice
    channel: str
    attempts: int
    reason: str | None = None


class Waiting(NamedTuple):
    """How many notices are due and not sent, and how many of those for want of a channel or an address."""

    due: int
    unsendable: int


@cache
def _adapter() -> TypeAdapter[Notice]:
    return TypeAdapter(Notice)


async def enqueue(work: Work, notices: Sequence[Notice], *, channel: str = MAIL) -> int:
    """Write notices down, in the transaction of their events. Returns how many were new: those of an event that were
    written before change nothing."""
    rows = sorted({(notice.id, notice.to.key): notice for notice in notices}.items())
    if not rows:
        return 0
    return await work.execute(
        "INSERT INTO notice (event_id, recipient, channel, case_id, notice, next_at)"
        " SELECT e, r, $6, c, n, a FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::timestamptz[])"
        " AS given(e, r, c, n, a) ON CONFLICT DO NOTHING",
        [event_id for (event_id, _), _ in rows],
        [recipient for (_, recipient), _ in rows],
        [notice.case_id for _, notice in rows],
        [_adapter().dump_json(notice) for _, notice in rows],
        [notice.at for _, notice in rows],
        channel,
    )


async def any_due(work: Work, channel: str) -> bool:
    """Whether a notice is to be looked at now."""
    found: bool = await work.fetch_value(
        "SELECT EXISTS (SELECT FROM notice WHERE state = 'waiting' AND next_at <= $1 AND channel = $2)",
        work.now,
        channel,
    )
    return found


async def take_due(work: Work, channel: str) -> Row | None:
    """The notice that is due first, locked and passed over by everybody else until this transaction ends."""
    rows = await work.fetch(
        "SELECT event_id, recipient, case_id, notice, attempts, reason FROM notice"
        " WHERE state = 'waiting' AND next_at <= $1 AND channel = $2"
        " ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        work.now,
        channel,
    )
    if not rows:
        return None
    (row,) = rows
    try:
        notice = _adapter().validate_json(row["notice"])
    except ValidationError:
        # Written by a newer release. It must not stand in the way of all others.
        await work.execute(
            "UPDATE notice SET next_at = $4, reason = 'unreadable' WHERE event_id = $1 AND recipient = $2"
            " AND channel = $3",
            row["event_id"],
            row["recipient"],
            channel,
            work.now + UNREADABLE,
        )
        log.error("notices.unreadable", event_id=row["event_id"], case_id=row["case_id"], action="run a newer release")
        return None
    return Row(notice=notice, channel=channel, attempts=row["attempts"], reason=row["reason"])


async def put_off(work: Work, row: Row, until: datetime, reason: str | None) -> None:
    """Look at a taken notice again at `until`."""
    await work.execute(
        "UPDATE notice SET next_at = $4, reason = $5 WHERE event_id = $1 AND recipient = $2 AND channel = $3",
        *_key(row),
        until,
        reason,
    )


async def claim(work: Work, row: Row, member_id: str) -> bool:
    """Claim a taken notice for one member; it may be sent once this is committed. False where the member was told of
    the event already, or somebody is at it: then the row is settled as doubled."""
    told = await work.fetch_value(
        "SELECT EXISTS (SELECT FROM notice WHERE event_id = $1 AND channel = $2 AND reached = $3)",
        row.notice.id,
        row.channel,
        member_id,
    )
    if told:
        await drop(work, row, "doubled")
        return False
    await work.execute(
        "UPDATE notice SET state = 'claimed', claimed_at = $4, reached = $5, attempts = attempts + 1, reason = NULL"
        " WHERE event_id = $1 AND recipient = $2 AND channel = $3",
        *_key(row),
        work.now,
        member_id,
    )
    return True


async def drop(work: Work, row: Row, state: Literal["too-late", "doubled"]) -> None:
    """Settle a taken notice without sending it."""
    await work.execute(
        "UPDATE notice SET state = $4, settled_at = $5 WHERE event_id = $1 AND recipient = $2 AND channel = $3",
        *_key(row),
        state,
        work.now,
    )


async def settle(work: Work, row: Row, state: Literal["sent", "refused", "uncertain"], reason: str | None) -> None:
    """Write down what became of a claimed notice. What the one who sent it knows is stronger than `uncertain`."""
    await work.execute(
        "UPDATE notice SET state = $4, settled_at = $5, reason = $6 WHERE event_id = $1 AND recipient = $2"
        " AND channel = $3 AND state IN ('claimed', 'uncertain')",
        *_key(row),
        state,
        work.now,
        reason,
    )


async def give_back(work: Work, row: Row, until: datetime, reason: str) -> None:
    """Let a claimed notice wait until `until`: the other side surely does not have it."""
    await work.execute(
        "UPDATE notice SET state = 'waiting', claimed_at = NULL, settled_at = NULL, reached = NULL, next_at = $4,"
        " reason = $5 WHERE event_id = $1 AND recipient = $2 AND channel = $3 AND state IN ('claimed', 'uncertain')",
        *_key(row),
        until,
        reason,
    )


async def settle_forgotten(work: Work, before: datetime) -> list[Row]:
    """Record as uncertain what was claimed before an instant and never settled: who claimed it is gone, and whether
    the other side has it, nobody knows."""
    rows = await work.fetch(
        "UPDATE notice SET state = 'uncertain', settled_at = $1, reason = 'claim-forgotten' WHERE (event_id,"
        " recipient, channel) IN (SELECT event_id, recipient, channel FROM notice WHERE state = 'claimed'"
        " AND claimed_at < $2 ORDER BY claimed_at LIMIT 100 FOR UPDATE SKIP LOCKED)"
        " RETURNING notice, channel, attempts",
        work.now,
        before,
    )
    return [
        Row(notice=_adapter().validate_json(row["notice"]), channel=row["channel"], attempts=row["attempts"])
        for row in rows
    ]


async def mark_unsendable(work: Work, reason: str) -> None:
    """Say on every due notice why it waits; it stays as it is otherwise."""
    await work.execute(
        "UPDATE notice SET reason = $2 WHERE state = 'waiting' AND next_at <= $1 AND reason IS DISTINCT FROM $2",
        work.now,
        reason,
    )


async def count_waiting(work: Work) -> Waiting:
    """Counts for the metrics."""
    rows = await work.fetch(
        "SELECT count(*) FILTER (WHERE next_at <= $1) AS due,"
        " count(*) FILTER (WHERE reason IN ('no-channel', 'no-address')) AS unsendable"
        " FROM notice WHERE state = 'waiting'",
        work.now,
    )
    return Waiting(rows[0]["due"], rows[0]["unsendable"])


async def purge(work: Work, most: int) -> int:
    """Remove up to `most` notices that were settled `KEEP` ago. Their events are not taken in again, and a notice so
    old would be too late for anybody."""
    return await work.execute(
        "DELETE FROM notice WHERE (event_id, recipient, channel) IN (SELECT event_id, recipient, channel FROM notice"
        " WHERE settled_at < $1 ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        work.now - KEEP,
        most,
    )


def _key(row: Row) -> tuple[object, ...]:
    return row.notice.id, row.notice.to.key, row.channel
