"""Doing a POST once, however often it is sent.

Invariant: the stored answer is committed in the same transaction as the effect it answers for, under
(principal, key). A handler does: `claim`, decide and append, `store`; the edge commits. So there is never an
effect without its answer, nor an answer without its effect. Two requests with one key never wait for each
other: the later one is told that the first is still being worked on.

Stored answers hold ids, versions and states, nothing personal: they outlive an erasure by up to two weeks.
"""

# No postponed annotations here: FastAPI reads those of a callable object as they stand.

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import TIMESTAMP, CheckConstraint, Column, Index, LargeBinary, MetaData, SmallInteger, Table, Text, func

from casework.shared.errors import Conflict, Refusal
from casework.shared.http.access import dependants_of, requires
from casework.shared.http.limits import PARSED
from casework.shared.platform.api_keys import Principal, Scope
from casework.shared.runtime.database import Work
from casework.shared.runtime.retention import KEEP

PATIENCE_SECONDS = 2.0
"""So long does the second of two equal posts wait for the first, where both are to get the same answer."""
HEADER = "Idempotency-Key"

T = TypeVar("T")

_KEY = Header(
    alias=HEADER,
    pattern=r"^[\x21-\x7e]{1,200}$",
    description="A new value for each new thing; the same value when the same thing is sent again.",
)
IdempotencyKey = Annotated[str, _KEY]
OptionalKey = Annotated[str | None, _KEY]
"""For a POST that also knows by its content what was sent before."""


def idempotency_table(metadata: MetaData, schema: str) -> Table:
    """A service's own table of answers, in its own schema."""
    return Table(
        "idempotency",
        metadata,
        Column("principal", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("request_hash", LargeBinary, CheckConstraint("octet_length(request_hash) = 32"), nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("location", Text),
        Column("etag", Text),
        Column("created_at", TIMESTAMP(timezone=True), server_default=func.now(), nullable=False),
        Index("idempotency_created_at", "created_at"),
        schema=schema,
    )


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code: ClassVar[str] = "request-in-flight"
    retry_after: ClassVar[int] = 1


class KeyReused(Refusal):
    """The key was used before, for something else."""

    code: ClassVar[str] = "idempotency-key-reused"
    status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a request was answered: the exact body bytes (JSON), and the two headers that belong to it."""

    status: int
    body: bytes
    location: str | None = None
    etag: str | None = None

    def response(self, *, replayed: bool = False) -> Response:
        """The HTTP answer, equal each time but for `Idempotency-Replayed`."""
        named = {
            "location": self.location,
            "etag": self.etag,
            "idempotency-replayed": "true" if replayed else None,
        }
        headers = {name: value for name, value in named.items() if value is not None}
        return Response(self.body, status_code=self.status, headers=headers, media_type="application/json")


async def claim(work: Work, key: str, principal: str, request_hash: bytes) -> StoredAnswer | None:
    """Take (principal, key) for this transaction. Returns the answer when the same request was answered before.

    Raises `StillRunning` when another transaction holds it, `KeyReused` when it stands for another request.
    Runs on the `search_path` of the service, whose schema is part of the lock: services share no keys.
    """
    found = (await claim_each(work, principal, {key: request_hash})).get(key)
    if isinstance(found, KeyReused):
        raise found
    return found


async def claim_each(
    work: Work, principal: str, wanted: Mapping[str, bytes]
) -> Mapping[str, "StoredAnswer | KeyReused"]:
    """As `claim`, for several keys of a principal at once: key -> request hash. Returns those that were used before,
    each with its answer or with the refusal. Raises `StillRunning` when another transaction holds one of them.

    No lock is waited for, so two batches in different orders cannot block each other.
    """
    keys = sorted(wanted)
    taken = await work.fetch_value(
        "select coalesce(bool_and(pg_try_advisory_xact_lock(hashtextextended(current_schema() || each, 0))), true)"
        " from unnest($1::text[]) as each",
        [f"\n{principal}\n{key}" for key in keys],
    )
    if not taken:
        raise StillRunning("the first request with this Idempotency-Key is still being worked on; ask again shortly")
    # A statement of its own: its snapshot must be younger than the lock, or an answer just committed is not seen.
    rows = await work.fetch(
        "select key, request_hash, status, body, location, etag, created_at < $3 as stale"
        " from idempotency where principal = $1 and key = any($2::text[])",
        principal,
        keys,
        work.now - KEEP,
    )
    found: dict[str, StoredAnswer | KeyReused] = {}
    for row in rows:
        key = row["key"]
        if row["stale"]:
            await work.execute("delete from idempotency where principal = $1 and key = $2", principal, key)
        elif row["request_hash"] != wanted[key]:
            found[key] = KeyReused("this Idempotency-Key was used for another request; use a new key for a new thing")
        else:
            found[key] = StoredAnswer(row["status"], row["body"], row["location"], row["etag"])
    return found


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float = PATIENCE_SECONDS) -> T:
    """What `attempt` returns, tried again while the first request with its key is being worked on.

    So equal requests at once get equal answers. Nothing is held between the tries; after `seconds` the last one raises
    `StillRunning` to the caller, who asks again later.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await attempt()
        except StillRunning:
            if asyncio.get_running_loop().time() >= deadline:
                raise
        await asyncio.sleep(random.uniform(0.01, 0.04))  # noqa: S311 - spreads them, guards nothing


async def store(work: Work, key: str, principal: str, request_hash: bytes, answer: StoredAnswer) -> None:
    """Keep the answer of a claimed request, in the transaction of its effect. Nothing personal may be in it."""
    await work.execute(
        "insert into idempotency (principal, key, request_hash, status, body, location, etag, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        principal,
        key,
        request_hash,
        answer.status,
        answer.body,
        answer.location,
        answer.etag,
        work.now,
    )


async def purge(work: Work, most: int = 1_000) -> int:
    """Drop up to `most` answers older than `KEEP`. Returns how many; call again while it returns `most`."""
    return await work.execute(
        "delete from idempotency where (principal, key) in (select principal, key from idempotency"
        " where created_at < $1 order by created_at limit $2)",
        work.now - KEEP,
        most,
    )


def request_hash(key: str, principal: str, method: str, path: str, body: object) -> bytes:
    """SHA-256 of what is asked, so that the same JSON in another order of keys is the same request.

    The key is part of it: the hash of a short body alone could be guessed, and bodies can be personal.
    """
    document = json.dumps([key, principal, method, path, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(document.encode()).digest()


@dataclass(frozen=True, slots=True)
class Once:
    """A request that happens once: who asks, under which key, and what."""

    principal: Principal
    key: str
    request_hash: bytes
    occurred_at: datetime | None = None
    """When what is asked for happened, where the request says so; not judged yet."""
    after: tuple[str, ...] = ()
    """What has to be known first, as `service:version`."""

    @property
    def tells_of_the_past(self) -> bool:
        """Whether this belongs to a history that is imported: gates are for what people decide now. The scope matters,
        since everybody may say that something happened a minute ago."""
        return self.occurred_at is not None and "import" in self.principal.scopes

    async def claim(self, work: Work) -> StoredAnswer | None:
        """As the function `claim`."""
        return await claim(work, self.key, self.principal.actor.id, self.request_hash)

    async def store(self, work: Work, answer: StoredAnswer) -> None:
        """As the function `store`."""
        await store(work, self.key, self.principal.actor.id, self.request_hash, answer)


def once(scope: Scope) -> Callable[..., Awaitable[Once]]:
    """`Annotated[Once, Depends(once("complaints:write"))]`: the POST needs the scope and an Idempotency-Key."""

    async def read(
        request: Request, principal: Annotated[Principal, Depends(requires(scope))], key: IdempotencyKey
    ) -> Once:
        target = f"{request.url.path}?{request.url.query}"
        body = request.scope.get(PARSED)
        return Once(principal, key, request_hash(key, principal.actor.id, request.method, target, body))

    return read


async def repeatable() -> None:
    """`dependencies=[Depends(repeatable)]`: this POST changes nothing the second time by itself and takes no key."""


def posts_without_key(app: FastAPI) -> list[str]:
    """The POST routes of `app` that neither read an Idempotency-Key nor say that they are `repeatable`."""
    return [
        f"POST {context.path}"
        for context in iter_route_contexts(app.routes)
        if isinstance(context.route, APIRoute)
        and "POST" in (context.methods or ())
        and not any(
            each.call is repeatable or any(param.alias == HEADER for param in each.header_params)
            for each in dependants_of(context.dependant)
        )
    ]
