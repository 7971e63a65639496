"""API keys: who is calling, and what they may do.

Invariant: the plain key exists only in the caller's hands. Here there is its prefix, to find it by, and its
SHA-256, compared in constant time (256 random bits need no slow hash). An answer from the cache is at most
`CACHE_SECONDS` old, so a revoked key is dead everywhere within that time, and the cache is bounded whatever
callers send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias, TypeVar, get_args

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.actors import Actor, ActorKind
from casework.shared.errors import CaseworkError
from casework.shared.runtime.database import Work, begin

Scope: TypeAlias = Literal[
    "complaints:write",
    "complaints:read",
    "rejections:read",
    "cases:read",
    "cases:search",
    "staff:write",
    "files:read",
    "personal:read",
    "privacy:read",
    "privacy:write",
    "feeds:read",
    "keys:open",
    "import",
    "parked:write",
    "audit:read",
    "metrics:read",
    "webhooks:read",
    "webhooks:write",
]
"""What a key may be allowed to do. Closed: there is no scope that means all of them."""
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
SERVICE_SCOPES: tuple[Scope, ...] = ("feeds:read", "keys:open")
"""What the services' own key allows: to heal from each other's feeds, and to open sealed values through intake."""
ROLE_SCOPES: Mapping[str, tuple[Scope, ...]] = {
    "auditor": ("audit:read", "cases:read", "complaints:read", "feeds:read", "files:read"),
}
"""Roles that have these scopes and no others, by key or by token. An auditor reads and verifies and changes nothing:
what is personal stays sealed to them, since to open it is to record something in the case."""

CACHE_SECONDS = 30.0
UNKNOWN_SECONDS = 2.0
CACHE_ENTRIES = 4_096
UNKNOWN_ENTRIES = 1_024

_V = TypeVar("_V")
_KEY = re.compile(r"cw_([a-z2-7]{8})_[A-Za-z0-9_-]{43}")


class Unauthenticated(CaseworkError):
    """The request carries no valid key."""

    code: ClassVar[str] = "unauthenticated"


class NotAllowed(CaseworkError):
    """The key is valid but was not given the scope that this needs."""

    code: ClassVar[str] = "not-allowed"

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"this key does not have the scope {scope}; use one made with `casework keys create --scope {scope}`"
        )
        self.scope: Scope = scope


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: the accountable actor, their role, their rank (authority limits) and what the key allows."""

    actor: Actor
    role: str
    rank: int
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """For a right that depends on the content, such as `import`. Raises `NotAllowed`."""
        if scope not in self.scopes:
            raise NotAllowed(scope)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of `platform.api_key`, as `store_key` writes it. The plain key cannot be worked out from it."""

    prefix: str
    hash: bytes
    actor: str
    kind: ActorKind
    role: str
    rank: int
    scopes: tuple[Scope, ...]
    expires_at: datetime | None


def mint_key(
    actor: str, kind: ActorKind, role: str, rank: int, scopes: Collection[Scope], expires_at: datetime | None = None
) -> tuple[str, KeyRow]:
    """A new key `cw_<prefix>_<secret>` (256 random bits) and the row to store for it.

    The key is shown once and never again. Raises ValueError for a scope that does not exist.
    """
    prefix = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    plain = f"cw_{prefix}_{secret}"
    return plain, key_row(plain, actor, kind, role, rank, scopes, expires_at)


def key_row(
    plain: str,
    actor: str,
    kind: ActorKind,
    role: str,
    rank: int,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
) -> KeyRow:
    """The row of a key that somebody already has, such as one made where Casework does not run.

    Raises ValueError for a text that has not the form of a key, which it does not quote, and as `mint_key` does.
    """
    unknown = set(scopes) - SCOPES
    if unknown or not scopes:
        raise ValueError(f"a key needs scopes out of: {', '.join(sorted(SCOPES))}")
    match = _KEY.fullmatch(plain)
    if match is None:
        raise ValueError("this is not a key: cw_, 8 of the characters a-z and 2-7, _, and 32 bytes as base64url")
    return KeyRow(match[1], _digest(plain), actor, kind, role, rank, tuple(sorted(scopes)), expires_at)


def scopes_of_role(role: str, scopes: Collection[Scope]) -> tuple[Scope, ...]:
    """The scopes of a key for that role: those asked for, or those that the role has and no others.

    Raises ValueError for scopes that the role does not have."""
    fixed = ROLE_SCOPES.get(role)
    if fixed is None:
        return tuple(scopes)
    if not set(scopes) <= set(fixed):
        raise ValueError(f"a key of role {role} has the scopes {', '.join(fixed)} and no others")
    return tuple(scopes) or fixed


def granted(role: str, words: Collection[str]) -> frozenset[Scope]:
    """The scopes out of `words` that there are, and that the role may have: the one way from what a credential says to
    what it allows."""
    return frozenset(scope for scope in ROLE_SCOPES.get(role, SCOPES) if scope in words)


async def register_key(work: Work, row: KeyRow) -> bool:
    """Store the key unless it is there. Returns whether it is in force now: not when it was revoked or has expired,
    nor when another key has its prefix. Needs the migrator's rights."""
    await _insert(work, row, " on conflict do nothing")
    return bool(
        await work.fetch_value(
            "select true from platform.api_key where prefix = $1 and hash = $2 and revoked_at is null"
            " and coalesce(expires_at > now(), true)",
            row.prefix,
            row.hash,
        )
    )


async def store_key(work: Work, row: KeyRow) -> None:
    """Store a minted key. Needs the migrator's rights."""
    await _insert(work, row)


async def _insert(work: Work, row: KeyRow, otherwise: str = "") -> None:
    await work.execute(
        "insert into platform.api_key (prefix, hash, actor, kind, role, rank, scopes, expires_at)"
        f" values ($1, $2, $3, $4, $5, $6, $7, $8){otherwise}",
        row.prefix,
        row.hash,
        row.actor,
        row.kind,
        row.role,
        row.rank,
        list(row.scopes),
        row.expires_at,
    )


async def revoke_key(work: Work, prefix: str) -> bool:
    """End a key for good; every process refuses it within `CACHE_SECONDS`. False when there is no such live key."""
    return (
        await work.execute(
            "update platform.api_key set revoked_at = now() where prefix = $1 and revoked_at is null", prefix
        )
        == 1
    )


@dataclass(frozen=True, slots=True)
class _Known:
    hash: bytes
    principal: Principal
    dead_at: float
    """On the process's monotonic clock: when the key expires, or infinity."""
    stale_at: float


class ApiKeys:
    """Finds the principal behind a key, through a bounded cache of one process.

    `clock` gives monotonic seconds. Expiry is judged by the database's clock at the look-up and counted on
    from there, so a wrong clock on this machine neither prolongs nor ends a key.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()

    async def principal_of(self, token: str) -> Principal:
        """The principal of a plain key. Raises `Unauthenticated`, or `StoreUnavailable` when it cannot be looked up."""
        match = _KEY.fullmatch(token)
        if match is None:
            raise Unauthenticated("the bearer token is not a Casework key; a key looks like cw_xxxxxxxx_...")
        known = await self._find(match[1])
        # One text for every reason, so that the answer does not tell which prefixes exist.
        if known is None or known.dead_at <= self._clock() or not hmac.compare_digest(known.hash, _digest(token)):
            raise Unauthenticated("this key is unknown, expired or revoked; make one with `casework keys create`")
        return known.principal

    async def _find(self, prefix: str) -> _Known | None:
        now = self._clock()
        known = self._known.get(prefix)
        if known is not None and known.stale_at > now:
            return known
        if self._unknown.get(prefix, now) > now:
            return None
        found = await self._read(prefix)
        if found is None:
            self._known.pop(prefix, None)
            _remember(self._unknown, prefix, now + UNKNOWN_SECONDS, UNKNOWN_ENTRIES)
        else:
            self._unknown.pop(prefix, None)
            _remember(self._known, prefix, found, CACHE_ENTRIES)
        return found

    async def _read(self, prefix: str) -> _Known | None:
        # Taken before the question is asked: a key revoked meanwhile must not count as fresh for longer.
        asked_at = self._clock()
        async with begin(self._engine) as work:
            rows = await work.fetch(
                "select hash, actor, kind, role, rank, scopes,"
                " extract(epoch from expires_at - clock_timestamp())::float8 as seconds_left"
                " from platform.api_key where prefix = $1 and revoked_at is null",
                prefix,
            )
        if not rows:
            return None
        row = rows[0]
        left: float | None = row["seconds_left"]
        scopes = granted(row["role"], row["scopes"])
        return _Known(
            hash=row["hash"],
            principal=Principal(Actor(row["actor"], row["kind"]), row["role"], row["rank"], scopes),
            dead_at=float("inf") if left is None else asked_at + left,
            stale_at=asked_at + CACHE_SECONDS,
        )


def _remember(cache: OrderedDict[str, _V], prefix: str, value: _V, most: int) -> None:
    cache[prefix] = value
    cache.move_to_end(prefix)
    while len(cache) > most:
        cache.popitem(last=False)


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode()).digest()
