"""`GET /v1/status/stream`: every change of a status, as Server-Sent Events.

Invariant: an event's id says how far the stream is in every shard once that event was taken in. So whoever sends the
last id they saw gets what they have not seen and nothing else, from any replica, after any restart; and no answer
begins that could not keep that promise.
"""

# No postponed annotations here: FastAPI reads what a handler in a function is annotated with as it stands.

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.sse import EventSourceResponse, ServerSentEvent

from casework.followup.status_feed import Change, Listener, StatusFeed, heads
from casework.shared.contracts.types import Name
from casework.shared.errors import Conflict, InvalidMessage
from casework.shared.http.access import bearer, principal_of, requires
from casework.shared.platform.api_keys import NotAllowed, Principal, Unauthenticated
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.service import ServiceRuntime

LONGEST_S = 3_600
"""A stream ends after so long, and its reader comes back with the last id: no connection is for ever."""
KEY_CHECKED_S = 15.0
"""How often a stream looks whether its key still holds. A key is cached for 30 s: revoked, it is cut within 45 s."""
PLACE_S = 5.0
"""How often a stream says how far it is while nothing it was asked for changes."""
MOST_STREAMS = 500
MOST_OF_ONE = 50
"""Open streams of one process, and of one actor in it."""
MOST_BEHIND = 100_000
"""Changed cases after which reading the list is quicker than being told."""
RETRY_MS = 1_000

_PLACE = re.compile(r"1\.([0-9a-f]{8})\.([0-9]{1,18}(?:-[0-9]{1,18}){0,1023})")

log = structlog.get_logger(__name__)

Place = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Open:
    """What an open stream holds: its way through the changes, and the end of the process to come."""

    listener: Listener
    ending: asyncio.Future[bool]


class PlaceGone(Conflict):
    """What the reader missed cannot be told any more: the id is of another history, or of too long ago."""

    code: ClassVar[str] = "stream-place-gone"
    status: ClassVar[int] = 410

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}; open the stream without Last-Event-ID, then read the list (GET /v1/cases), and of two documents "
            "of a case keep the one with the higher statusversion"
        )


class TooManyStreams(Conflict):
    """As many streams are open as one process, or one actor, may have."""

    code: ClassVar[str] = "too-many-streams"
    status: ClassVar[int] = 429
    retry_after: ClassVar[int] = 5


def place_token(installation: UUID, place: Place) -> str:
    """A place as the id of an event. Readers keep it and send it back; they need not understand it."""
    return f"1.{installation.hex[:8]}." + "-".join(str(place[shard] + 1) for shard in sorted(place))


def read_place(token: str, installation: UUID, shards: int) -> dict[int, int]:
    """The inverse. Raises `InvalidMessage` for what is no id of ours, `PlaceGone` for one of another installation."""
    match = _PLACE.fullmatch(token)
    if match is None:
        raise InvalidMessage(
            "Last-Event-ID is not an id of this stream; send the last one as it came, or none", code="bad-place"
        )
    numbers = [int(each) - 1 for each in match[2].split("-")]
    if match[1] != installation.hex[:8] or len(numbers) != shards:
        raise PlaceGone("this Last-Event-ID is of another installation")
    return dict(enumerate(numbers))


def router(runtime: ServiceRuntime) -> APIRouter:
    """The stream, and the one reader behind all of them."""
    feed = StatusFeed(runtime.engine)
    runtime.on_commit.append(feed.wake)
    open_streams: Counter[str] = Counter()
    routes = APIRouter(tags=["cases"])

    async def start(
        request: Request,
        principal: Annotated[Principal, Depends(requires("cases:read"))],
        last_event_id: Annotated[
            str | None, Header(description="The id of the last event that came: what was missed since comes first")
        ] = None,
    ) -> AsyncIterator[Open]:
        """What a stream holds. Given back when its request is over, however it ended: what is made of a generator
        whose reader has gone in the midst of an event is left to the garbage collector. Counted before anything is
        awaited. Raises as `_place`, and `TooManyStreams`: before the answer begins."""
        one = principal.actor.id
        if open_streams.total() >= MOST_STREAMS or open_streams[one] >= MOST_OF_ONE:
            raise TooManyStreams("too many status streams are open; close those that nobody reads, or wait")
        open_streams[one] += 1
        ending = asyncio.ensure_future(request.app.state.ending.wait())
        try:
            async with feed.listen(await _place(runtime, last_event_id)) as listener:
                yield Open(listener, ending)
        finally:
            ending.cancel()
            open_streams[one] -= 1
            if not open_streams[one]:
                del open_streams[one]

    @routes.get(
        "/v1/status/stream",
        summary="Every change of a status, as it is committed (Server-Sent Events)",
        response_class=EventSourceResponse,
        description=(
            "Each event `status` carries the newest status document of a case that changed, as `casework.status.v1` has"
            " it. Its `id` sent back as `Last-Event-ID` brings what was missed, in order;"
            " a case that changed several times meanwhile comes once, with its newest document. Of two documents of a"
            " case keep the one with the higher `statusversion`. An event `end` says why the server closes a stream."
        ),
    )
    async def stream(
        request: Request,
        response: Response,
        opened: Annotated[Open, Depends(start)],
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
        case_id: Annotated[list[UUID] | None, Query(max_length=50, description="These cases only")] = None,
        owner: Annotated[Name | None, Query(description="Cases of this owner only")] = None,
        category: Annotated[Name | None, Query(description="Cases of this category only")] = None,
        seconds: Annotated[int, Query(ge=1, le=LONGEST_S, description="End the stream after so long")] = LONGEST_S,
    ) -> AsyncIterator[ServerSentEvent]:
        response.headers["x-accel-buffering"] = "no"  # else a proxy of this kind keeps events back
        wanted = frozenset(case_id or ())

        def asked_for(change: Change) -> bool:
            return (
                (not wanted or change.case_id in wanted)
                and (owner is None or change.owner == owner)
                and (category is None or orjson.loads(change.document).get("category") == category)
            )

        listener, ending = opened.listener, opened.ending
        loop = asyncio.get_running_loop()
        until, check_at, told = loop.time() + seconds, loop.time() + KEY_CHECKED_S, dict(listener.place)

        async def over() -> str | None:
            """Why the stream has to end now; None while it goes on."""
            nonlocal check_at
            if ending.done():
                return "stopping"
            if loop.time() >= until:
                return "time"
            if loop.time() < check_at:
                return None
            check_at = loop.time() + KEY_CHECKED_S
            try:
                (await principal_of(request, credentials)).require("cases:read")
            except (Unauthenticated, NotAllowed) as error:
                return error.code
            except (StoreUnavailable, Conflict):
                pass  # asked again; what cannot be read now could not be read by this stream either
            return None

        def at(place: Place) -> str:
            return place_token(runtime.installation, place)

        yield ServerSentEvent(comment="open", id=at(listener.place), retry=RETRY_MS)
        spoke_at, why = loop.time(), None
        while why is None:
            for change in await _next(listener, ending, min(max(until - loop.time(), 0.0), PLACE_S)):
                listener.place[change.shard] = change.change
                if asked_for(change):
                    told = dict(listener.place)
                    yield ServerSentEvent(event="status", id=at(told), raw_data=change.document.decode())
                    spoke_at = loop.time()
                # Also between two of them: a reader may take as long as it likes for each.
                why = await over()
                if why is not None:
                    break
            if loop.time() >= spoke_at + PLACE_S:
                # An id without data is taken over by readers: what was not asked for is not gone through again.
                moved = told != listener.place
                told = dict(listener.place)
                spoke_at = loop.time()
                yield ServerSentEvent(comment="here", id=at(told) if moved else None)
            why = why or await over()
        yield ServerSentEvent(event="end", data={"why": why}, id=at(listener.place))

    return routes


async def _place(runtime: ServiceRuntime, last_event_id: str | None) -> dict[int, int]:
    """Where a stream begins. Raises as `read_place`, and `PlaceGone` where too much was missed since."""
    place = None
    if last_event_id:
        place = read_place(last_event_id, runtime.installation, runtime.shards)
    async with begin(runtime.engine) as work:
        now = await heads(work)
        if place is None:
            return now
        if any(place[shard] > now[shard] for shard in now):
            raise PlaceGone("the statuses were set back to an earlier day since")
        behind = await work.fetch_value(
            "SELECT sum(s.many) FROM unnest($1::smallint[], $2::bigint[]) AS c(at, after) CROSS JOIN LATERAL"
            " (SELECT count(*) AS many FROM (SELECT 1 FROM case_status WHERE shard = c.at AND change > c.after"
            " LIMIT $3) AS few) s",
            list(place),
            list(place.values()),
            MOST_BEHIND + 1,
        )
    if behind > MOST_BEHIND:
        raise PlaceGone(f"more than {MOST_BEHIND:,} cases changed since")
    return place


async def _next(listener: Listener, ending: asyncio.Future[bool], wait_s: float) -> list[Change]:
    """What changed, or nothing after a while, when the database is away, or when the stream is to end."""
    asking = asyncio.ensure_future(listener.next(wait_s))
    try:
        waited: set[asyncio.Future[Any]] = {asking, ending}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            return []
        return list(asking.result())
    except (StoreUnavailable, Conflict) as error:
        log.warning("followup.stream-waits", error=type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await asyncio.shield(ending)
        return []
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError, StoreUnavailable, Conflict):
            await asking
