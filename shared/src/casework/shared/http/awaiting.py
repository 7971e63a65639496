"""`?after=SERVICE:VERSION`: reading one's own writes, whichever service wrote them and whichever is asked.

Invariant: a service has taken an event in when its cursor has passed the event's position, and the cursor moves in the
transaction of the effect. So what is read after the wait, or decided, knows the event. Nothing is locked meanwhile, and
the wait is bounded.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast
from uuid import UUID

import httpx2 as httpx
import orjson
from fastapi import Query
from pydantic import Field

from casework.shared.contracts.ids import SERVICES, ServiceName, shard_of
from casework.shared.errors import Conflict
from casework.shared.inbox import guard
from casework.shared.runtime.database import StoreUnavailable, begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

AWAIT_S = 2.0
"""How long is waited, over all events that are named."""
LOOK_S = 0.02

_NAMED = re.compile(rf'"?({"|".join(SERVICES)}):([0-9]{{1,9}})"?')

After: TypeAlias = Annotated[
    tuple[Annotated[str, Field(pattern=f"^{_NAMED.pattern}$")], ...],
    Query(
        max_length=len(SERVICES),
        description="Earlier answers' ETags, such as intake:3, one a service: wait a moment until they are known here",
    ),
]


class NotYetKnown(Conflict):
    """What the request is to come after has not reached this service yet. Nothing was done: send it again."""

    code = "not-yet-known"
    retry_after = 1


def versions_in(after: Sequence[str]) -> Mapping[ServiceName, int]:
    """The highest version named of each service."""
    found: dict[ServiceName, int] = {}
    for each in after:
        named = _NAMED.fullmatch(each)
        assert named is not None, "checked by the route"
        service = cast("ServiceName", named[1])
        found[service] = max(found.get(service, 0), int(named[2]))
    return found


def awaited(runtime: ServiceRuntime) -> Callable[[UUID, After], Awaitable[None]]:
    """`dependencies=[Depends(awaited(runtime))]` for a GET of one case: it waits, and then shows what there is."""

    async def wait(case_id: UUID, after: After = ()) -> None:
        await until_known(runtime, case_id, after)

    # FastAPI reads the annotations of a nested function in its module, where these names are.
    return wait


async def require_known(runtime: ServiceRuntime, case_id: UUID, after: Sequence[str]) -> None:
    """For a command. Raises `NotYetKnown` when the moment is over before the service knows what `after` names."""
    missing = await until_known(runtime, case_id, after)
    if missing:
        raise NotYetKnown(f"{runtime.service.title} has not heard of {', '.join(missing)} yet; ask again in a moment.")


async def until_known(runtime: ServiceRuntime, case_id: UUID, after: Sequence[str]) -> list[str]:
    """Wait until this service has taken in the case's events that `after` names, and `AWAIT_S` at most. Returns those
    that are missing, as `service:version`."""
    wanted = versions_in(after)
    own = wanted.get(runtime.name, 0)
    missing: list[str] = []
    try:
        async with asyncio.timeout(AWAIT_S):
            if own and await _own_version(runtime, case_id) < own:
                missing.append(f"{runtime.name}:{own}")  # what is not committed here will not come from elsewhere
            for service, version in wanted.items():
                if service != runtime.name and not await _taken_in(runtime, case_id, service, version):
                    missing.append(f"{service}:{version}")
    except TimeoutError:
        missing = [f"{service}:{version}" for service, version in wanted.items() if service != runtime.name]
    return missing


async def _own_version(runtime: ServiceRuntime, case_id: UUID) -> int:
    async with begin(runtime.engine) as work:
        version = await work.fetch_value("SELECT max(version) FROM event WHERE case_id = $1", case_id)
    return int(version or 0)


async def _taken_in(runtime: ServiceRuntime, case_id: UUID, service: ServiceName, version: int) -> bool:
    """Wait for it. False where its source has no such event, or does not answer."""
    try:
        stream = await stream_of(runtime, service, case_id)
    except StoreUnavailable:
        return False
    if not 1 <= version <= len(stream):
        return version < 1
    position, shard = int(stream[version - 1]["position"]), shard_of(case_id, runtime.shards)
    while True:
        async with begin(runtime.engine) as work:
            at = await guard.position_of(work, runtime.reactor.consumer, service, shard)
        if at >= position:
            return True
        await asyncio.sleep(LOOK_S)


async def stream_of(runtime: ServiceRuntime, service: ServiceName, case_id: UUID) -> Sequence[Mapping[str, Any]]:
    """One case's events in one service by version, from its feed. Raises `StoreUnavailable` when it does not answer."""
    url = f"{runtime.settings.url_of(service)}/v1/feeds/{service}/cases/{case_id}"
    try:
        response = await runtime.http.get(url, headers={"authorization": f"Bearer {runtime.credential}"})
    except httpx.HTTPError as error:
        raise StoreUnavailable(f"{service} does not answer ({type(error).__name__})") from error
    if response.status_code != 200:
        raise StoreUnavailable(f"{service} answers HTTP {response.status_code}")
    events: Sequence[Mapping[str, Any]] = orjson.loads(response.content)["events"]
    return events
