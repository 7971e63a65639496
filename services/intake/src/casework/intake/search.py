"""Finding a caller's cases, over HTTP: by what they say on the phone, which stands in no address and in no log."""

# No postponed annotations here: FastAPI reads what a handler in a function is annotated with as it stands.

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints, model_validator

from casework.intake.search_index import Hit, Kind, SearchIndex, Term
from casework.shared.contracts.inbox import Label, Part
from casework.shared.http.access import requires
from casework.shared.http.idempotency import repeatable
from casework.shared.http.paging import BadCursor, CursorToken, Page, PageSize, cursor_after, sort_key_of
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime

MOST_HITS = 50
"""Somebody with more cases is asked for something else that they know."""

Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320, pattern="@")]


class CaseSearch(Part):
    """What the caller says: one or several of these. With several, a case must be known by all of them."""

    reference: Label | None = None
    phone: Label | None = None
    email: Email | None = None
    order_number: Label | None = None

    @model_validator(mode="after")
    def _something(self) -> "CaseSearch":
        if not self.terms():
            raise ValueError("give a reference, phone, email or order_number")
        return self

    def terms(self) -> list[Term]:
        """Each of them that was given."""
        kinds: tuple[Kind, ...] = ("reference", "phone", "email", "order_number")
        return [Term(kind, value) for kind in kinds if (value := getattr(self, kind)) is not None]


class CaseFound(BaseModel):
    """A case of the caller. `matched` says by what; `phone-ending` is a number that differs in its beginning, as with
    and without the country: ask before anything is told. `status` is where it stands, by another request."""

    case_id: UUID
    matched: list[Kind]
    known_since: datetime
    status: str


class CasesFound(BaseModel):
    """The newest first. With `more` there are further ones: ask for something else that the caller knows."""

    cases: list[CaseFound]
    more: bool


class SearchMade(BaseModel):
    """That somebody searched, by what kind of thing, and which cases they were shown."""

    search_id: UUID
    at: datetime
    actor: str
    actor_kind: str
    kinds: list[str]
    hits: int
    cases: list[UUID]


def router(runtime: ServiceRuntime, index: SearchIndex) -> APIRouter:
    """Searching, and who searched."""
    api = APIRouter(tags=["cases"])

    @api.post(
        "/v1/case-searches",
        summary="Find a caller's cases by reference, phone, e-mail or order number, which is recorded",
        dependencies=[Depends(repeatable)],
    )
    async def search(
        body: CaseSearch, principal: Annotated[Principal, Depends(requires("cases:search"))], response: Response
    ) -> CasesFound:
        terms = body.terms()
        async with begin(runtime.engine) as work:
            hits = await index.find(work, terms, MOST_HITS + 1)
            shown: Sequence[Hit] = hits[:MOST_HITS]
            await work.execute(
                "INSERT INTO search_access (search_id, at, actor, actor_kind, kinds, hits, cases)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                runtime.store.mint(),
                work.now,
                principal.actor.id,
                principal.actor.kind,
                [term.kind for term in terms],
                len(hits),
                [hit.case_id for hit in shown],
            )
        response.headers["cache-control"] = "no-store"
        return CasesFound(
            cases=[
                CaseFound(
                    case_id=hit.case_id,
                    matched=list(hit.matched),
                    known_since=hit.at,
                    status=f"/v1/cases/{hit.case_id}",
                )
                for hit in shown
            ],
            more=len(hits) > MOST_HITS,
        )

    @api.get(
        "/v1/case-searches",
        summary="Who searched for whose cases",
        dependencies=[Depends(requires("audit:read"))],
    )
    async def searches(cursor: CursorToken = None, limit: PageSize = 50) -> Page[SearchMade]:
        at, last = (None, None) if cursor is None else _place_of(cursor)
        async with begin(runtime.engine) as work:
            rows = await work.fetch(
                "SELECT * FROM search_access WHERE $1::timestamptz IS NULL OR (at, search_id) < ($1, $2::uuid)"
                " ORDER BY at DESC, search_id DESC LIMIT $3",
                at,
                last,
                limit + 1,
            )
        made = [SearchMade(**dict(row)) for row in rows[:limit]]
        more = len(rows) > limit
        following = cursor_after("searches", made[-1].at.isoformat(), str(made[-1].search_id)) if more else None
        return Page(items=made, next=following)

    return api


def _place_of(cursor: str) -> tuple[datetime, UUID]:
    at, search_id = sort_key_of(cursor, "searches", str, str)
    try:
        return datetime.fromisoformat(str(at)), UUID(str(search_id))
    except ValueError:
        raise BadCursor from None
