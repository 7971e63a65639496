"""The worklist: everything that somebody holds, what is due first on top, with the reason and the next action."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from casework.followup import queries
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.contracts.types import Instant, Name, parse_rfc3339
from casework.shared.http.access import requires
from casework.shared.http.paging import BadCursor, CursorToken, Page, PageSize, cursor_after, sort_key_of
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the worklist."""
    api = APIRouter(tags=["worklist"], dependencies=[Depends(requires("cases:read"))])
    newest = {policy.id: policy for policy in sorted(runtime.rulebook.policies, key=lambda policy: policy.version)}

    @api.get("/v1/worklist", summary="What somebody holds, first due on top")
    async def worklist(
        holder: Annotated[Name | None, Query(description="Whose work; everybody's when left out")] = None,
        asked: Annotated[Name | None, Query(description="Only what this one is asked to take")] = None,
        due_before: Annotated[Instant | None, Query(description="Only what is due before then")] = None,
        cursor: CursorToken = None,
        limit: PageSize = 50,
    ) -> Page[dict[str, Any]]:
        after = None if cursor is None else _place_of(cursor)
        async with begin(runtime.engine) as work:
            rows = await queries.worklist(
                work, holder=holder, asked=asked, due_before=due_before, after=after, limit=limit + 1
            )
        more = len(rows) > limit
        shown = rows[:limit]
        following = cursor_after("worklist", shown[-1][0].isoformat(), str(shown[-1][1])) if more else None
        return Page(items=[_item(document, newest) for _, _, document in shown], next=following)

    return api


def _item(status: dict[str, Any], newest: dict[str, DeadlinePolicy]) -> dict[str, Any]:
    """A line of the list: the case, by when, why, and what to do."""
    due = status.get("due")
    policy = None if due is None else newest.get(due["policy"])
    item = {
        "case_id": status["case_id"],
        "holder": status["holder"],
        "owner": status["owner"],
        "stage": status["stage"],
        "action": status["next_action"],
        "category": status["category"],
        "received_at": status["received_at"],
    }
    if "asked" in status:
        item["asked"] = status["asked"]
    if due is not None:
        item["due"] = due
    if policy is not None:
        item["why"] = {"en": policy.duty.en, "zh": policy.duty.zh}
    return item


def _place_of(cursor: str) -> tuple[datetime, UUID]:
    """The due time and the case that a page ended with. Raises `BadCursor`."""
    due_at, case_id = sort_key_of(cursor, "worklist", str, str)
    try:
        return parse_rfc3339(str(due_at)), UUID(str(case_id))
    except ValueError:
        raise BadCursor from None
