"""The queue of deliveries: one row for each event and webhook, in lines.

Invariants:

* A line is one case at one webhook. Its deliveries go out one after the other, in the order they were made: the next
  one is taken only when the one before it is delivered or given up.
* A line row is there while something in the line waits. Whoever adds to a line, takes of it or settles one locks that
  row first, so none is left waiting without a line.
* Lock order: guard rows, webhook, lines (sorted), deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from casework.shared.runtime.database import Work
from casework.shared.runtime.retention import KEEP

CLAIM = timedelta(seconds=60)
"""How long a claimed line is left to who claimed it: four times what one try may take."""
State: TypeAlias = Literal["waiting", "delivered", "failed"]


class New(NamedTuple):
    """A delivery to be made."""

    id: UUID
    webhook_id: UUID
    line: UUID
    event_id: UUID | None
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """The delivery at the head of a claimed line, and where it goes."""

    id: UUID
    webhook_id: UUID
    line: UUID
    claim: int
    url: str
    body: bytes
    type: str
    tries: int
    tried_since: datetime | None


class Attempt(NamedTuple):
    """One try: when it began, the status that was answered if any, a word for it, and how long it took."""

    at: datetime
    status: int | None
    reason: str
    milliseconds: int


async def add(work: Work, new: Sequence[New], *, ping: bool = False) -> int:
    """Put deliveries at the end of their lines, in the order given. Those that were made before change nothing.
    Returns how many were new."""
    if not new:
        return 0
    lines = sorted({(each.webhook_id, each.line) for each in new})
    # Locks the lines that there are already, also where nothing about them changes.
    await work.execute(
        "INSERT INTO webhook_line (webhook_id, line, ping, next_at)"
        " SELECT w, l, $3, $4 FROM unnest($1::uuid[], $2::uuid[]) AS given(w, l)"
        " ON CONFLICT (webhook_id, line) DO UPDATE SET ping = webhook_line.ping",
        [webhook for webhook, _ in lines],
        [line for _, line in lines],
        ping,
        work.now,
    )
    return await work.execute(
        "INSERT INTO webhook_delivery (id, webhook_id, line, event_id, type, body, made_at)"
        " SELECT d, w, l, e, t, b, $7 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],"
        " $6::bytea[]) WITH ORDINALITY AS given(d, w, l, e, t, b, n) ORDER BY n ON CONFLICT (id) DO NOTHING",
        *zip(
            *((each.id, each.webhook_id, each.line, each.event_id, each.type, each.body) for each in new), strict=True
        ),
        work.now,
    )


async def due(work: Work, most_each: int) -> dict[UUID, int]:
    """How many lines are due of each webhook that is sent to, `most_each` at most."""
    rows = await work.fetch(
        "SELECT w.id, count(*) AS many FROM webhook w CROSS JOIN LATERAL (SELECT FROM webhook_line l"
        "   WHERE l.webhook_id = w.id AND l.next_at <= $1 LIMIT $2) l WHERE w.state = 'active' GROUP BY w.id"
        # Apart: of a webhook that is stopped any number of lines may be due, and none but its pings goes out.
        " UNION ALL SELECT w.id, count(*) FROM webhook_line l JOIN webhook w ON w.id = l.webhook_id"
        "   WHERE l.ping AND l.next_at <= $1 AND w.state NOT IN ('active', 'deleted') GROUP BY w.id",
        work.now,
        most_each,
    )
    return {row["id"]: row["many"] for row in rows}


async def take(work: Work, webhook_id: UUID, most: int, replica: str) -> list[Taken]:
    """Claim lines of a webhook that are due, and return the delivery at the head of each."""
    claimed = await work.fetch(
        "WITH free AS (SELECT l.webhook_id, l.line FROM webhook_line l JOIN webhook w ON w.id = l.webhook_id"
        "   WHERE l.webhook_id = $1 AND l.next_at <= $2 AND (w.state = 'active' OR l.ping AND w.state <> 'deleted')"
        "   ORDER BY l.next_at LIMIT $3 FOR UPDATE OF l SKIP LOCKED)"
        " UPDATE webhook_line l SET next_at = $4, claim = claim + 1, claimed_by = $5 FROM free"
        "   WHERE l.webhook_id = free.webhook_id AND l.line = free.line RETURNING l.line, l.claim",
        webhook_id,
        work.now,
        most,
        work.now + CLAIM,
        replica,
    )
    # A statement of its own, for it must see what those committed who held the lines until now. Read together with the
    # claim, the head would be that of a snapshot older than the lock, and might have been delivered since.
    rows = await work.fetch(
        "SELECT c.line, c.claim, w.url, h.* FROM unnest($2::uuid[], $3::bigint[]) AS c(line, claim)"
        " JOIN webhook w ON w.id = $1"
        " LEFT JOIN LATERAL (SELECT id, body, type, tries, tried_since FROM webhook_delivery d"
        "   WHERE d.webhook_id = $1 AND d.line = c.line AND d.state = 'waiting' ORDER BY seq LIMIT 1) h ON true",
        webhook_id,
        [row["line"] for row in claimed],
        [row["claim"] for row in claimed],
    )
    empty = [row["line"] for row in rows if row["id"] is None]
    if empty:
        await work.execute("DELETE FROM webhook_line WHERE webhook_id = $1 AND line = ANY($2)", webhook_id, empty)
    return [
        Taken(
            row["id"],
            webhook_id,
            row["line"],
            row["claim"],
            row["url"],
            row["body"],
            row["type"],
            row["tries"],
            row["tried_since"],
        )
        for row in rows
        if row["id"] is not None
    ]


async def free_claims_of(work: Work, replica: str) -> int:
    """Let what a former life of this replica had claimed come up now. Only at a start."""
    return await work.execute(
        "UPDATE webhook_line SET next_at = $2, claim = claim + 1, claimed_by = NULL WHERE claimed_by = $1",
        replica,
        work.now,
    )


async def record(work: Work, taken: Taken, attempt: Attempt) -> None:
    """Write a try into the log."""
    await work.execute(
        "WITH counted AS (UPDATE webhook_delivery SET attempts = attempts + 1, tries = tries + 1,"
        " tried_since = coalesce(tried_since, $2) WHERE id = $1 RETURNING attempts)"
        " INSERT INTO webhook_attempt (delivery_id, number, at, status, reason, milliseconds)"
        " SELECT $1, attempts, $2, $3, $4, $5 FROM counted",
        taken.id,
        attempt.at,
        attempt.status,
        attempt.reason,
        attempt.milliseconds,
    )


async def hold(work: Work, taken: Taken) -> bool:
    """Lock the line of a taken delivery. False where somebody else has it by now, or it is gone."""
    found = await work.fetch_value(
        "SELECT true FROM webhook_line WHERE webhook_id = $1 AND line = $2 AND claim = $3 FOR UPDATE",
        taken.webhook_id,
        taken.line,
        taken.claim,
    )
    return bool(found)


async def settle(work: Work, taken: Taken, state: Literal["delivered", "failed"]) -> bool:
    """Record what became of a delivery. What was delivered stays so. Returns whether this changed anything."""
    return (
        await work.execute(
            "UPDATE webhook_delivery SET state = $2, settled_at = $3 WHERE id = $1 AND state = 'waiting'",
            taken.id,
            state,
            work.now,
        )
        == 1
    )


async def let_go(work: Work, taken: Taken, at: datetime) -> None:
    """End the claim of a held line: it comes up at `at`, or goes where nothing in it waits."""
    await work.execute(
        "UPDATE webhook_line SET next_at = $3, claimed_by = NULL WHERE webhook_id = $1 AND line = $2",
        taken.webhook_id,
        taken.line,
        at,
    )
    await work.execute(
        "DELETE FROM webhook_line l WHERE webhook_id = $1 AND line = $2 AND NOT EXISTS (SELECT FROM webhook_delivery d"
        " WHERE d.webhook_id = l.webhook_id AND d.line = l.line AND d.state = 'waiting')",
        taken.webhook_id,
        taken.line,
    )


async def try_again(work: Work, webhook_id: UUID, *, only: UUID | None = None, since: datetime | None = None) -> int:
    """Send again: one delivery whatever became of it, or all that failed of what was made since an instant. Returns how
    many were put back, at their former place in the line. The webhook is locked."""
    rows = await work.fetch(
        "SELECT id, line FROM webhook_delivery WHERE webhook_id = $1 AND (id = $2 OR $2 IS NULL AND state = 'failed'"
        " AND made_at >= $3) ORDER BY line, seq",
        webhook_id,
        only,
        since,
    )
    await work.execute(
        "INSERT INTO webhook_line (webhook_id, line, ping, next_at) SELECT $1, l, false, $3 FROM unnest($2::uuid[]) l"
        " ON CONFLICT (webhook_id, line) DO UPDATE SET next_at = CASE WHEN webhook_line.claimed_by IS NULL"
        " THEN excluded.next_at ELSE webhook_line.next_at END",
        webhook_id,
        sorted({row["line"] for row in rows}),
        work.now,
    )
    return await work.execute(
        "UPDATE webhook_delivery SET state = 'waiting', settled_at = NULL, tries = 0, tried_since = NULL"
        " WHERE id = ANY($1)",
        [row["id"] for row in rows],
    )


async def take_up(work: Work, webhook_id: UUID) -> None:
    """What waits of a webhook that is sent to again begins anew: all its tries are before it. The webhook is locked."""
    await work.execute(
        "UPDATE webhook_line SET next_at = $2, claimed_by = NULL, claim = claim + 1 WHERE webhook_id = $1",
        webhook_id,
        work.now,
    )
    await work.execute(
        "UPDATE webhook_delivery SET tries = 0, tried_since = NULL WHERE webhook_id = $1 AND state = 'waiting'"
        " AND tries > 0",
        webhook_id,
    )


_WITH_ATTEMPTS = (
    ", tried AS (DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT id FROM old))"
    " DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM old)"
)
"""No foreign key here cascades: what a deletion takes along is said."""


async def purge(work: Work, most: int) -> int:
    """Remove deliveries with their attempts: those that were settled, or could not be sent, `KEEP` ago, and those of
    webhooks that were deleted; last the deleted webhooks themselves."""
    gone = await work.execute(
        "WITH old AS (SELECT id FROM webhook_delivery"
        f" WHERE settled_at < $1 ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED) {_WITH_ATTEMPTS}",
        work.now - KEEP,
        most,
    )
    # Two statements: of one with OR between the two tables every delivery would be read.
    if gone < most:
        gone += await work.execute(
            "WITH old AS (SELECT d.id FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id"
            f" WHERE w.state = 'deleted' LIMIT $1 FOR UPDATE OF d SKIP LOCKED) {_WITH_ATTEMPTS}",
            most - gone,
        )
    if gone < most:
        gone += await work.execute(
            "WITH old AS (SELECT d.id FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id"
            " WHERE w.state <> 'active' AND w.stopped_at < $1 AND d.state = 'waiting' AND d.made_at < $1"
            f" LIMIT $2 FOR UPDATE OF d SKIP LOCKED) {_WITH_ATTEMPTS}",
            work.now - KEEP,
            most - gone,
        )
    if gone < most:
        await work.execute(
            "DELETE FROM webhook_line l USING webhook w WHERE w.id = l.webhook_id AND w.state = 'deleted'"
            " AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id)"
        )
        await work.execute(
            "DELETE FROM webhook w WHERE state = 'deleted' AND NOT EXISTS (SELECT FROM webhook_delivery d"
            " WHERE d.webhook_id = w.id) AND NOT EXISTS (SELECT FROM webhook_line l WHERE l.webhook_id = w.id)"
            " AND NOT EXISTS (SELECT FROM webhook_secret s WHERE s.webhook_id = w.id)"
        )
    return gone
