"""How often a caller may ask: so many requests a minute, counted over all processes of the installation.

Invariant: in one minute of the database's clock no more requests of a caller are let in than the limit, by however many
processes. Each process takes a share (`PART` of the limit) out of the database at a time and gives it out from
memory, so that the count costs one statement in `PART` of the limit's requests, not one in each. A share that was
not given out when the minute ends is lost, so a caller on n processes may be stopped up to n-1 shares early.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.errors import Conflict
from casework.shared.runtime.database import Serialization, StoreUnavailable, begin

Kind: TypeAlias = Literal["any", "costly"]
"""`costly`: searches, reports, exports and openings of what is sealed."""

MINUTE_S = 60
PART = 100
CALLERS = 4_096
FAILURES = 120
"""Refused credentials of one address in a minute, after which it is told to wait. Good ones are let in all the same."""
ADDRESSES = 4_096

_BASE = "CASE WHEN kept.minute >= excluded.minute THEN kept.used ELSE 0 END"
_TAKEN = f"greatest(0, least($3::int, $4::int - {_BASE}))"
_TAKE = f"""
WITH new AS (SELECT least($3::int, $4::int) AS part)
INSERT INTO platform.rate_use AS kept (caller, kind, minute, used, taken)
SELECT $1, $2, floor(extract(epoch FROM clock_timestamp()) / 60)::bigint, part, part FROM new
ON CONFLICT (caller, kind) DO UPDATE SET
    minute = greatest(kept.minute, excluded.minute), used = {_BASE} + {_TAKEN}, taken = {_TAKEN}
RETURNING used, taken, 60 - mod(extract(epoch FROM clock_timestamp()), 60)::float8 AS left_s
"""

log = structlog.get_logger(__name__)


class TooManyRequests(Conflict):
    """The caller has asked as often as it may in this minute. Wait as long as Retry-After says."""

    code: ClassVar[str] = "too-many-requests"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "this is more than is allowed in a minute; wait as long as Retry-After says, then go on slower"
        )
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left: `headers` are those of draft-ietf-httpapi-ratelimit-headers."""

    kind: Kind
    limit: int
    left: int
    reset_s: int

    def headers(self) -> Mapping[str, str]:
        """`RateLimit-Policy` and `RateLimit`."""
        return {
            "ratelimit-policy": f'"{self.kind}";q={self.limit};w={MINUTE_S}',
            "ratelimit": f'"{self.kind}";r={self.left};t={self.reset_s}',
        }


@dataclass(slots=True)
class _Share:
    """What this process holds of a caller's minute."""

    left: int = 0
    elsewhere: int = 0
    """Of the limit, what nobody had taken when this process last asked."""
    ends_at: float = 0.0
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Rates:
    """The limits of one process. `clock` gives monotonic seconds; a limit of 0 is none."""

    def __init__(
        self, engine: AsyncEngine, limits: Mapping[Kind, int], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._shares: OrderedDict[tuple[str, Kind], _Share] = OrderedDict()
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def take(self, caller: str, kind: Kind) -> Allowance | None:
        """Count one request of `caller`. None where there is no limit. Raises `TooManyRequests`."""
        limit = self._limits[kind]
        if limit == 0:
            return None
        share = self._share(caller, kind)
        if share.left == 0 or share.ends_at <= self._clock():
            async with share.taking:
                # Whoever waited here may find what the one before has taken.
                if share.ends_at <= self._clock() or (share.left == 0 and share.elsewhere > 0):
                    await self._take(caller, kind, limit, share)
        left_s = max(1, round(share.ends_at - self._clock()))
        if share.left == 0:
            raise TooManyRequests(left_s)
        share.left -= 1
        return Allowance(kind, limit, share.left + share.elsewhere, left_s)

    def refused(self, address: str) -> None:
        """Count refused credentials from `address`, in this process. Raises `TooManyRequests` when they are many."""
        minute, second = divmod(int(self._clock()), MINUTE_S)
        last, count = self._failures.get(address, (minute, 0))
        count = count + 1 if last == minute else 1
        self._failures[address] = (minute, count)
        self._failures.move_to_end(address)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)
        if count > FAILURES:
            raise TooManyRequests(MINUTE_S - second)

    def _share(self, caller: str, kind: Kind) -> _Share:
        share = self._shares.setdefault((caller, kind), _Share())
        self._shares.move_to_end((caller, kind))
        while len(self._shares) > CALLERS:
            self._shares.popitem(last=False)
        return share

    async def _take(self, caller: str, kind: Kind, limit: int, share: _Share) -> None:
        part = max(1, limit // PART)
        asked_at = self._clock()
        try:
            async with begin(self._engine) as work:
                row = (await work.fetch(_TAKE, caller, kind, part, limit))[0]
        except (StoreUnavailable, Serialization) as error:
            # A limit protects; it is nothing that work may wait for. What needs the database fails by itself.
            log.warning("rates.not-shared", error=type(error).__name__)
            share.left, share.elsewhere, share.ends_at = part, 0, asked_at + 1.0
            return
        share.left, share.elsewhere = row["taken"], limit - row["used"]
        share.ends_at = asked_at + row["left_s"]
