"""Playing a plan: staff act over HTTP, events travel, and the timer fires at the exact instants that are due.

Invariants:

* Time moves only here, and only forwards. What is due at an instant fires before anybody acts at it; what the acts
  brought travels one second later. So the latest time that any service recorded tells how far a simulation has come.
* An act is asked for under an Idempotency-Key of its own. One that was cut off is therefore asked for again without
  harm, and a simulation goes on from its database alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Protocol, runtime_checkable

import httpx2

from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.types import rfc3339
from casework.shared.simulation.plan import Act, Plan, instants
from casework.shared.simulation.stack import Stack

TRAVEL = timedelta(seconds=1)
LOOK_AGAIN = timedelta(minutes=1)
"""When what was due and could not be fired yet is looked at again."""
AT_ONCE = 6
"""Requests under way: fewer than a service has connections."""
ATTEMPTS = 20


class DidNotWork(Exception):
    """A service did not answer a step of the simulation as it should: a fault, not a refusal."""


@dataclass(slots=True)
class Time:
    """What time it is, UTC. Moves only when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@runtime_checkable
class Fires(Protocol):
    """The part of a service that does what is due."""

    async def fire_due(self) -> Any:
        """Do what is due by now. Returns `fired` and `waiting`: in how many cases, and how many must wait."""
        ...

    async def due_after(self, at: datetime) -> datetime | None:
        """The next instant after `at` at which something is due."""
        ...


@dataclass(slots=True)
class Played:
    """What playing came to, beside what was recorded. `orphaned` are cases, each with the midnight it was seen at."""

    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    instants: int = 0
    fired: int = 0
    midnights: int = 0
    orphaned: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Simulation:
    """Plays `plan` on a stack whose clock is `time`. `http` acts as staff of a rank that may extend."""

    stack: Stack
    time: Time
    plan: Plan
    http: httpx2.AsyncClient
    played: Played = field(init=False, default_factory=Played)
    _timer: Fires = field(init=False)
    _cases: dict[int, str] = field(init=False, default_factory=dict)
    _again: list[datetime] = field(init=False, default_factory=list)
    _looked: datetime = field(init=False)
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        parts = self.stack.runtimes["followup"].rooms.parts
        self._timer = next(part for part in parts if isinstance(part, Fires))
        self._gate = asyncio.Semaphore(AT_ONCE)

    @property
    def rulebook(self) -> Rulebook:
        """What everybody counts by."""
        return self.stack.runtimes["followup"].rulebook

    async def play(self, tell: Callable[[datetime], None] = lambda _: None) -> Played:
        """From the time that it is to the end. Tells the simulated time as it goes."""
        come = self.time.now
        await self._travel()
        await self._fire()
        for at, acts in instants(self.plan.acts):
            if at < come:
                continue
            await self._until(at)
            await asyncio.gather(*(self._gated(act) for act in acts))
            self._let_be(at + TRAVEL)
            await self._travel()
            tell(self.time.now)
        await self._until(self.plan.ends)
        return self.played

    async def _until(self, until: datetime) -> None:
        """Let it be `until`, everything that was due by then having been fired at its own instant."""
        for stop in self._stops(until):
            while (following := await self._next()) is not None and following <= stop:
                self._let_be(max(self.time.now, following))
                await self._fire()
            self._let_be(stop)
            if any(outage.ends == stop for outage in self.plan.outages):
                await self._travel()
                await self._fire()
            if stop in self.plan.midnights:
                await self._look_for_orphans()

    def _stops(self, until: datetime) -> Sequence[datetime]:
        between = {*self.plan.midnights, *(outage.ends for outage in self.plan.outages), until}
        return sorted(each for each in between if self.time.now < each <= until or each == until)

    async def _next(self) -> datetime | None:
        due = await self._timer.due_after(self._looked)
        while self._again and self._again[0] <= self._looked:
            heappop(self._again)
        return min((each for each in (due, *self._again[:1]) if each is not None), default=None)

    async def _fire(self) -> None:
        self._looked = self.time.now
        done = await self._timer.fire_due()
        if done.waiting:
            heappush(self._again, self.time.now + LOOK_AGAIN)
        if done.fired:
            self.played.instants += 1
            self.played.fired += done.fired
            await self._travel()

    async def _travel(self) -> None:
        await self.stack.settle()

    def _let_be(self, now: datetime) -> None:
        self.time.now = now
        self.stack.away.clear()
        self.stack.away.update(self.plan.away(now))

    async def _gated(self, act: Act) -> None:
        async with self._gate:
            await self._act(act)

    async def _act(self, act: Act) -> None:
        match act.step:
            case "receipt":
                answer = await self._ask(act, "/v1/complaints", act.body)
                self._cases[act.case] = answer["case_id"]
            case "facts":
                await self._ask(act, "/v1/complaints", act.body)
            case "pause" | "resumption" | "extension" | "taking":
                await self._act_on_clock(act, await self._case_of(act))
            case _:
                await self._ask(act, f"/v1/cases/{await self._case_of(act)}/{act.step}", act.body)

    async def _act_on_clock(self, act: Act, case_id: str) -> None:
        answer = await self.http.get(f"/v1/cases/{case_id}/clocks")
        for clock in sorted(answer.json(), key=lambda each: (each["started_at"], each["policy"], each["clock"])):
            if clock["phase"] not in ("running", "paused"):
                continue
            path, body = f"/v1/cases/{case_id}/clocks/{clock['clock']}/{act.step}", dict[str, Any]()
            if clock["purpose"] == "escalation":
                if act.step == "taking":
                    await self._ask(act, f"/v1/cases/{case_id}/escalations/{clock['about']}/acceptance", {})
                    return
                continue
            policy = self.rulebook.pinned(DeadlineRef(id=clock["policy"], version=clock["policy_version"]))
            match act.step:
                case "pause" if policy.pauses:
                    body = {"cause": policy.pauses[0].cause, "proof": "letter 17", "told_at": rfc3339(act.at)}
                case "resumption" if policy.pauses:
                    pass
                case "extension" if policy.extensions:
                    extension = policy.extensions[0].name
                    body = {"extension": extension, "reason": "It takes longer.", "told_at": rfc3339(act.at)}
                case _:
                    continue
            await self._ask(act, path, body)
            return
        self.played.refused["nothing-there"] += 1

    async def _ask(self, act: Act, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer, or nothing where a rule refused. Raises `DidNotWork`."""
        key = {"idempotency-key": f"simulated:{act.case}:{act.number}"}
        for attempt in range(ATTEMPTS):
            answer = await self.http.post(path, json=body, headers=key)
            if answer.is_success:
                self.played.done += 1
                return dict(answer.json())
            code = answer.json()["type"].rpartition("/")[2] if answer.status_code < 500 else ""
            if code and code not in ("busy", "request-in-flight", "duplicate"):
                if act.step == "receipt" or answer.status_code in (400, 401, 403):
                    raise DidNotWork(f"{act.step}: {answer.text}")
                self.played.refused[code] += 1
                return {}
            await asyncio.sleep(0.01 * (attempt + 1))
        raise DidNotWork(f"{act.step}: {answer.status_code} {answer.text}")

    async def _case_of(self, act: Act) -> str:
        """The case's id; after a restart intake tells it."""
        if act.case not in self._cases:
            receipt = next(each.body for each in self.plan.acts if each.case == act.case and each.step == "receipt")
            named = {name: receipt[name] for name in ("source", "source_reference")}
            answer = await self.http.get("/v1/complaints", params=named)
            if not answer.is_success:
                raise DidNotWork(f"case {act.case} is not known: {answer.text}")
            self._cases[act.case] = answer.json()["case_id"]
        return self._cases[act.case]

    async def _look_for_orphans(self) -> None:
        self.played.midnights += 1
        answer = await self.http.get("/v1/cases", params={"orphaned": "true"})
        found = answer.json()["items"]
        self.played.orphaned += [f"{each['case_id']} at {rfc3339(self.time.now)}" for each in found]
