"""What became of the deliveries of a webhook, over HTTP: newest first, each with its tries. No bodies of answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from casework.followup.webhooks import subscriptions
from casework.followup.webhooks.bodies import DeliveryShown, Try
from casework.followup.webhooks.queue import State
from casework.shared.http.access import requires
from casework.shared.http.paging import CursorToken, Page, PageSize, cursor_after, sort_key_of
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

MOST_TRIES = 20
"""The newest tries that are shown of each delivery."""
_LAST = 2**62


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of one runtime."""
    api = APIRouter(tags=["webhooks"], dependencies=[Depends(requires("webhooks:read"))])

    @api.get("/v1/webhooks/{webhook_id}/deliveries", summary="The deliveries of a webhook, newest first")
    async def log(
        webhook_id: UUID, state: State | None = None, cursor: CursorToken = None, limit: PageSize = 50
    ) -> Page[DeliveryShown]:
        listing = f"webhook-deliveries:{webhook_id}:{state or ''}"
        before = _LAST
        if cursor is not None:
            (key,) = sort_key_of(cursor, listing, int)
            before = min(int(key), _LAST) if int(key) > 0 else 0
        async with begin(runtime.engine) as work:
            await subscriptions.find(work, webhook_id)
            rows = await _rows(work, webhook_id, state, before, limit + 1)
            shown = rows[:limit]
            tries = await _tries(work, [row["id"] for row in shown])
        following = cursor_after(listing, shown[-1]["seq"]) if len(rows) > limit else None
        return Page(items=[DeliveryShown.of(row, tries.get(row["id"], [])) for row in shown], next=following)

    return api


async def _rows(work: Work, webhook_id: UUID, state: State | None, before: int, most: int) -> list[dict[str, Any]]:
    rows = await work.fetch(
        "SELECT id, line, seq, event_id, type, state, made_at, settled_at, attempts FROM webhook_delivery"
        " WHERE webhook_id = $1 AND seq < $2 AND ($3::text IS NULL OR state = $3) ORDER BY seq DESC LIMIT $4",
        webhook_id,
        before,
        state,
        most,
    )
    return [dict(row) for row in rows]


async def _tries(work: Work, deliveries: list[UUID]) -> dict[UUID, list[Try]]:
    rows = await work.fetch(
        "SELECT t.* FROM unnest($1::uuid[]) AS d(id) CROSS JOIN LATERAL (SELECT delivery_id, at, status, reason,"
        " milliseconds FROM webhook_attempt WHERE delivery_id = d.id ORDER BY number DESC LIMIT $2) t ORDER BY t.at",
        deliveries,
        MOST_TRIES,
    )
    found: dict[UUID, list[Try]] = {}
    for row in rows:
        fields = dict(row)
        found.setdefault(fields.pop("delivery_id"), []).append(Try(**fields))
    return found
