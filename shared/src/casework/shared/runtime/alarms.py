"""What somebody has to look at now, found by each service about itself: late relays and consumers, parked cases, and
what the service's own rooms add.

Invariant: an alarm needs nothing outside Casework to be raised. It is found by a loop of its own, which goes on while
the consumer or a relay stands still; each says which service it is about, and which shard where there is one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import structlog
from pydantic import BaseModel

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.errors import Conflict
from casework.shared.inbox import guard, parking
from casework.shared.inbox.feed import FeedAway, FeedHead
from casework.shared.runtime.database import StoreUnavailable, Work, begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

CHECK_S = 5.0
LAG_S = 30.0
"""An event that waits longer to be sent, or to be worked in, is an alarm: within `LAG_S` + two checks."""
AGAIN_S = 300.0
"""How often an alarm that stands is written to the log again."""
MOST_CASES = 20
"""How many cases an alarm names."""

AlarmName: TypeAlias = Literal[
    "relay-lag",
    "consumer-lag",
    "source-away",
    "service-away",
    "service-halted",
    "parked-case",
    "case-without-movement",
    "orphan",
    "clock-late",
    "unwatched",
]

ACTION: Mapping[AlarmName, str] = {
    "relay-lag": "see whether the broker answers, and the log of this service's relay",
    "consumer-lag": "see the log of this service's consumer; it reads what it missed from the feeds by itself",
    "source-away": "see why that service does not answer; what it recorded is taken in once it does",
    "service-away": "see the log of that service; it is to be started again by whoever supervises it",
    "service-halted": "see the log: it says why, and what to run",
    "parked-case": "see `casework parked list`; nothing more happens in these cases until they are retried",
    "case-without-movement": "see these cases: nothing was recorded in them for so long",
    "orphan": "see GET /v1/cases?orphaned=true",
    "clock-late": "see the log of followup's timer",
    "unwatched": "the database does not answer, so nothing is known of the rest",
}


class Alarm(BaseModel, frozen=True):
    """Something to look at. `value` and `threshold` are in `unit`; `since` is when it was first seen here."""

    alarm: AlarmName
    service: str
    shard: int | None = None
    source: str | None = None
    topic: str | None = None
    value: float
    threshold: float
    unit: Literal["seconds", "cases", "clocks", "services"]
    cases: tuple[str, ...] = ()
    since: datetime
    action: str

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever its value."""
        return (self.alarm, self.service, str(self.shard), self.source or "", self.topic or "")


class Alarms(BaseModel):
    """The alarms that stand, as each service last looked, at most a few seconds ago."""

    alarms: list[Alarm]


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm as a check finds it: `alarm` about the service that checks."""

    alarm: AlarmName
    value: float
    threshold: float
    unit: Literal["seconds", "cases", "clocks", "services"]
    shard: int | None = None
    source: str | None = None
    topic: str | None = None
    cases: tuple[str, ...] = ()


Check: TypeAlias = Callable[[Work], Awaitable[Sequence[Found]]]
"""What a service's own rooms find, in a transaction that only reads."""


class Behind:
    """How long somebody has been behind something that grows: since the first head seen that they have not passed.

    Exact to the time between two looks, needs no clock but this process's, and forgets nothing that is not passed.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def seconds(self, head: int, cursor: int, now: float) -> float:
        """Take in a look at `now` (monotonic seconds) and say for how long `cursor` has been behind; 0 when it is
        not."""
        if head > cursor and (not self._seen or head > self._seen[-1][1]):
            self._seen.append((now, head))
        while self._seen and self._seen[0][1] <= cursor:
            self._seen.popleft()
        return now - self._seen[0][0] if self._seen else 0.0


class AlarmWatch:
    """The watch of one service over itself."""

    def __init__(self, runtime: ServiceRuntime, clock: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._clock = clock
        self._behind: dict[tuple[str, str, int], Behind] = {}
        self._answered: dict[ServiceName, float] = {}
        self._logged: dict[tuple[str, ...], float] = {}
        self.standing: tuple[Alarm, ...] = ()

    async def run(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(CHECK_S)

    async def look(self) -> None:
        """One look: afterwards `standing`, the metrics and the log say what was found."""
        found: list[Found] = []
        try:
            found += await self._in_the_database()
        except (StoreUnavailable, Conflict) as error:
            log.warning("alarms.unknown", service=self._runtime.name, error=type(error).__name__)
            found.append(Found("unwatched", 1, 0, "services"))
        if self._runtime.consumer.halted is not None or any(relay.set_back for relay in self._runtime.relays):
            found.append(Found("service-halted", 1, 0, "services"))
        self._raise(found)

    async def _in_the_database(self) -> list[Found]:
        runtime = self._runtime
        async with begin(runtime.engine) as work:
            cursors = await guard.read_cursors(work, runtime.reactor.consumer)
            parked = await parking.list_parked(work, runtime.reactor.consumer)
            relays = [(relay.topic.name, await relay.outlet.standing(work)) for relay in runtime.relays]
            found = [each for check in runtime.rooms.checks for each in await check(work)]
        for topic, shards in relays:
            for shard, (head, cursor) in shards.items():
                found += self._lag("relay-lag", shard, head, cursor, topic=topic)
        found += await self._of_sources(cursors)
        if parked:
            named = tuple(str(each.case_id) for each in parked[:MOST_CASES])
            found.append(Found("parked-case", len(parked), 0, "cases", cases=named))
        return found

    async def _of_sources(self, cursors: Mapping[tuple[ServiceName, int], guard.Cursor]) -> list[Found]:
        runtime, found = self._runtime, list[Found]()
        sources = [each for each in SERVICES if each != runtime.name]
        # At once: one that hangs must not keep the look from the others.
        for source, heads in zip(sources, await asyncio.gather(*map(self._heads_of, sources)), strict=True):
            if heads is None:
                away = self._clock() - self._answered.setdefault(source, self._clock())
                if away > LAG_S:
                    found.append(Found("source-away", away, LAG_S, "seconds", source=source))
                continue
            self._answered[source] = self._clock()
            for shard, head in heads.items():
                cursor = cursors.get((source, shard))
                found += self._lag(
                    "consumer-lag", shard, head.position, -1 if cursor is None else cursor.position, source=source
                )
        return found

    async def _heads_of(self, source: ServiceName) -> Mapping[int, FeedHead] | None:
        try:
            return await self._runtime.consumer.heads_of(source)
        except FeedAway:
            return None

    def _lag(
        self, alarm: Literal["relay-lag", "consumer-lag"], shard: int, head: int, cursor: int, **of: str
    ) -> list[Found]:
        (about,) = of.values()
        behind = self._behind.setdefault((alarm, about, shard), Behind())
        seconds = behind.seconds(head, cursor, self._clock())
        metrics = self._runtime.metrics
        gauge = metrics.relay_lag_seconds if alarm == "relay-lag" else metrics.consumer_lag_seconds
        gauge.labels(self._runtime.name, about, str(shard)).set(seconds)
        if seconds <= LAG_S:
            return []
        return [Found(alarm, round(seconds, 1), LAG_S, "seconds", shard=shard, **of)]  # type: ignore[arg-type]

    def _raise(self, found: Iterable[Found]) -> None:
        now, name = datetime.now(UTC), self._runtime.name
        before = {each.key: each.since for each in self.standing}
        standing: list[Alarm] = []
        for each in found:
            alarm = Alarm(
                alarm=each.alarm,
                service=name,
                shard=each.shard,
                source=each.source,
                topic=each.topic,
                value=each.value,
                threshold=each.threshold,
                unit=each.unit,
                cases=each.cases,
                since=now,
                action=ACTION[each.alarm],
            )
            standing.append(alarm.model_copy(update={"since": before.get(alarm.key, now)}))
        self.standing = tuple(standing)
        gauge = self._runtime.metrics.alarms
        for kind in ACTION:
            gauge.labels(name, kind).set(sum(each.alarm == kind for each in standing))
        self._write(standing)

    def _write(self, standing: Sequence[Alarm]) -> None:
        now = self._clock()
        for each in standing:
            said_at = self._logged.get(each.key)
            if said_at is None or now - said_at >= AGAIN_S:
                self._logged[each.key] = now
                where = {"shard": each.shard, "source": each.source, "topic": each.topic}
                log.error(
                    "alarm.stands",
                    alarm=each.alarm,
                    service=each.service,
                    **{name: value for name, value in where.items() if value is not None},
                    **({"seconds": each.value} if each.unit == "seconds" else {"count": int(each.value)}),
                    action=each.action,
                )
        for key in self._logged.keys() - {each.key for each in standing}:
            del self._logged[key]
            log.info("alarm.over", alarm=key[0], service=key[1])


def service_away(service: ServiceName) -> Alarm:
    """What the front says of a service that gives no answer."""
    return Alarm(
        alarm="service-away",
        service=service,
        value=1,
        threshold=0,
        unit="services",
        since=datetime.now(UTC),
        action=ACTION["service-away"],
    )
