"""The rows of webhooks and their secrets.

Invariant: a webhook that is `active`, or was `disabled` less than `KEEP` ago, misses no event that matches its filters:
its deliveries are made whether or not they can be sent now. One that is `paused`, `gone` or `deleted` gets none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import orjson

from casework.followup.webhooks.filters import Filters
from casework.followup.webhooks.signing import StoredSecret
from casework.shared.contracts.ids import ServiceName
from casework.shared.errors import Conflict, Refusal
from casework.shared.runtime.database import Work
from casework.shared.runtime.retention import KEEP

State: TypeAlias = Literal["active", "paused", "disabled", "gone", "deleted"]
"""`disabled`: every try failed for days; `gone`: its receiver answered 410; `paused`: by hand."""
MOST_WEBHOOKS = 100
LIVE_SECRETS = 2

COLLECTING = "(state = 'active' OR state = 'disabled' AND stopped_at > $1)"
"""The condition of webhooks that deliveries are made for; $1 is `KEEP` ago."""


class UnknownWebhook(Refusal):
    """There is no such webhook."""

    code = "unknown-webhook"
    status = 404


class TooManyWebhooks(Refusal):
    """An installation has a limited number of webhooks."""

    code = "too-many-webhooks"


class WebhookChanged(Conflict):
    """The webhook was changed since the version that If-Match names."""

    code = "version-changed"
    status = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One row. `starts` has, by service and shard, the last position that is not told."""

    id: UUID
    url: str
    description: str
    filters: Filters
    state: State
    starts: Mapping[str, Sequence[int]]
    created_at: datetime
    changed_at: datetime
    stopped_at: datetime | None
    last_success_at: datetime | None
    revision: int

    def began_before(self, source: ServiceName, shard: int, position: int) -> bool:
        """Whether that event was recorded after this webhook began."""
        return position > self.starts[source][shard]


_COLUMNS = "id, url, description, filters, state, starts, created_at, changed_at, stopped_at, last_success_at, revision"


def _webhook(row: Any) -> Webhook:
    fields = dict(row.items())
    fields["filters"] = Filters.model_validate_json(fields["filters"])
    fields["starts"] = orjson.loads(fields["starts"])
    return Webhook(**fields)


async def insert(work: Work, webhook: Webhook) -> None:
    """Raises `TooManyWebhooks`. The caller holds the guard rows of webhooks, so two never count at once."""
    many = await work.fetch_value("SELECT count(*) FROM webhook WHERE state <> 'deleted'")
    if many >= MOST_WEBHOOKS:
        raise TooManyWebhooks(f"There are {MOST_WEBHOOKS} webhooks already; delete one that is not used.")
    await work.execute(
        "INSERT INTO webhook (id, url, description, filters, state, starts, created_at, changed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        webhook.id,
        webhook.url,
        webhook.description,
        webhook.filters.model_dump_json(),
        webhook.state,
        orjson.dumps(webhook.starts).decode(),
        webhook.created_at,
    )


async def find(work: Work, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """Raises `UnknownWebhook`, also for one that was deleted. `lock` lets foreign keys to it be checked meanwhile: the
    gatherer, which holds the lines, does so."""
    rows = await work.fetch(
        f"SELECT {_COLUMNS} FROM webhook WHERE id = $1 AND state <> 'deleted'" + (" FOR NO KEY UPDATE" if lock else ""),
        webhook_id,
    )
    if not rows:
        raise UnknownWebhook(f"There is no webhook {webhook_id}.")
    return _webhook(rows[0])


async def listed(work: Work) -> list[Webhook]:
    """Every webhook that was not deleted, oldest first."""
    rows = await work.fetch(f"SELECT {_COLUMNS} FROM webhook WHERE state <> 'deleted' ORDER BY created_at, id")
    return [_webhook(row) for row in rows]


async def collecting(work: Work) -> list[Webhook]:
    """The webhooks that deliveries are made for, now."""
    rows = await work.fetch(f"SELECT {_COLUMNS} FROM webhook WHERE {COLLECTING} ORDER BY id", work.now - KEEP)
    return [_webhook(row) for row in rows]


async def any_collecting(work: Work) -> bool:
    found: bool = await work.fetch_value(f"SELECT EXISTS (SELECT FROM webhook WHERE {COLLECTING})", work.now - KEEP)
    return found


async def write(work: Work, webhook: Webhook) -> None:
    """Write a locked webhook as it now is. Its revision goes up."""
    await work.execute(
        "UPDATE webhook SET url = $2, description = $3, filters = $4, state = $5, starts = $6, stopped_at = $7,"
        " changed_at = $8, revision = revision + 1 WHERE id = $1",
        webhook.id,
        webhook.url,
        webhook.description,
        webhook.filters.model_dump_json(),
        webhook.state,
        orjson.dumps(webhook.starts).decode(),
        webhook.stopped_at,
        work.now,
    )


async def stop(work: Work, webhook_id: UUID, state: Literal["disabled", "gone"]) -> bool:
    """Stop sending to an active webhook. False where it was not active any more."""
    return (
        await work.execute(
            "UPDATE webhook SET state = $2, stopped_at = $3, changed_at = $3, revision = revision + 1"
            " WHERE id = $1 AND state = 'active'",
            webhook_id,
            state,
            work.now,
        )
        == 1
    )


async def delete(work: Work, webhook_id: UUID) -> None:
    """Forget where it goes and its secrets, at once. Its deliveries are purged in steps, and then the row."""
    await work.execute("DELETE FROM webhook_secret WHERE webhook_id = $1", webhook_id)
    await work.execute(
        "UPDATE webhook SET state = 'deleted', url = '', description = '', changed_at = $2, stopped_at = $2"
        " WHERE id = $1",
        webhook_id,
        work.now,
    )


async def add_secret(work: Work, webhook_id: UUID, stored: StoredSecret, *, keep_until: datetime | None) -> None:
    """Make a secret the newest. The one before it lives until `keep_until`; what is older ends now: two are live."""
    await work.execute("DELETE FROM webhook_secret WHERE webhook_id = $1 AND live_until IS NOT NULL", webhook_id)
    await work.execute("UPDATE webhook_secret SET live_until = $2 WHERE webhook_id = $1", webhook_id, keep_until)
    await work.execute(
        "INSERT INTO webhook_secret (webhook_id, number, box, key_id) VALUES ($1, $2, $3, $4)",
        webhook_id,
        stored.number,
        stored.box,
        stored.key_id,
    )


async def next_number(work: Work, webhook_id: UUID) -> int:
    """The number of the next secret of a locked webhook."""
    number: int = await work.fetch_value(
        "SELECT coalesce(max(number), 0) + 1 FROM webhook_secret WHERE webhook_id = $1", webhook_id
    )
    return number


async def live_secrets(work: Work, webhook_ids: Sequence[UUID]) -> dict[UUID, list[StoredSecret]]:
    """The live secrets of webhooks, newest first."""
    rows = await work.fetch(
        "SELECT webhook_id, number, box, key_id FROM webhook_secret WHERE webhook_id = ANY($1)"
        " AND (live_until IS NULL OR live_until > $2) ORDER BY webhook_id, number DESC",
        list(webhook_ids),
        work.now,
    )
    found: dict[UUID, list[StoredSecret]] = {}
    for row in rows:
        found.setdefault(row["webhook_id"], []).append(StoredSecret(row["number"], row["box"], row["key_id"]))
    return found


async def count_live_secrets(work: Work, webhook_id: UUID) -> int:
    return len((await live_secrets(work, [webhook_id])).get(webhook_id, ()))


async def arrived(work: Work, webhook_id: UUID) -> None:
    """Note that a delivery arrived; a note of the last ten seconds stands, so that deliveries do not queue for it."""
    await work.execute(
        "UPDATE webhook SET last_success_at = $2 WHERE id = $1"
        " AND (last_success_at IS NULL OR last_success_at < $2::timestamptz - interval '10 seconds')",
        webhook_id,
        work.now,
    )


async def was_silent(work: Work, webhook_id: UUID, since: datetime) -> bool:
    """Whether nothing arrived at a webhook since an instant. Locks it."""
    found: bool = await work.fetch_value(
        "SELECT last_success_at IS NULL OR last_success_at < $2 FROM webhook WHERE id = $1 FOR NO KEY UPDATE",
        webhook_id,
        since,
    )
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries wait at webhooks that are sent to, how old the oldest is, and how many webhooks are stopped
    because their receivers failed."""

    many: int
    oldest_s: float
    stopped: int


async def count_waiting(work: Work) -> Waiting:
    """Counts for the metrics."""
    rows = await work.fetch(
        "SELECT (SELECT count(*) FROM webhook WHERE state IN ('disabled', 'gone')) AS stopped, count(*) AS many,"
        " coalesce(extract(epoch FROM $1::timestamptz - min(made_at)), 0)::float8 AS oldest_s FROM webhook_delivery d"
        " JOIN webhook w ON w.id = d.webhook_id WHERE d.state = 'waiting' AND w.state = 'active'",
        work.now,
    )
    return Waiting(rows[0]["many"], rows[0]["oldest_s"], rows[0]["stopped"])
