"""Does the later steps of recorded histories over HTTP, each with the time at which it happened.

Invariant: the steps of one case are done one after the other, in the order given, each under an Idempotency-Key
worked out from the case and the step's place. So doing them again, after a crash or out of habit, changes nothing:
each gets the answer it got. A step that is refused ends its case, with the reason; the others go on.

A step that follows one of another service rests on an event which has to get there. It is asked about when such
events have lately arrived, and a refusal of it (404 or 409) is asked again, a little later each time, for at most
`patience` seconds; so is, for any step, what the receiver calls passing (429, 5xx, a cut connection).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2 as httpx

from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import rfc3339
from casework.shared.integrator.histories import History, Step

AT_ONCE = 48
PATIENCE_S = 60.0
_OF_TRAVEL = 0.7
"""The share of what events lately took that is waited for: short of it, so that it can also come down."""
_FIRST_PAUSE_S = 0.03
_OF_TRAVEL_AGAIN = 0.1
_LONGEST_PAUSE_S = 1.0
_LONGEST_TRAVEL_S = 5.0
_PASSING = frozenset({408, 425, 429})
_PLACES = {"investigation": "investigation", "resolution": "resolution", "follow-up": "followup"}
_PLACES |= {"closure": "followup", "reopening": "followup"}
"""The service of a step by the first part of its path; the others are intake's."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A case whose steps were not done to the end: the step that was refused, and why."""

    source_reference: str
    step: str
    reason: str


@dataclass(slots=True)
class _Travel:
    """How long it has lately taken until another service could do its step, in seconds."""

    seconds: float = 0.1

    def took(self, seconds: float) -> None:
        self.seconds += (min(seconds, _LONGEST_TRAVEL_S) - self.seconds) / 8


@dataclass(slots=True)
class Driven:
    """What became of the steps so far. `known` are those of `steps` that were done by an earlier run."""

    cases: int = 0
    steps: int = 0
    known: int = 0
    asked_again: int = 0
    stopped: list[Stopped] = field(default_factory=list)
    seconds: float = 0.0


class _Refused(Exception):
    """The step is refused for good, or has been for too long."""


async def drive(
    cases: Iterable[tuple[History, UUID]],
    http: httpx.AsyncClient,
    *,
    at_once: int = AT_ONCE,
    patience: float = PATIENCE_S,
    progress: Callable[[Driven], None] | None = None,
) -> Driven:
    """Do every step of the cases, `at_once` cases at a time. `http` knows the address and the key, which needs the
    scopes staff:write and import. Raises what `cases` raises."""
    clock = asyncio.get_running_loop().time
    driven, travel, started = Driven(), _Travel(), clock()
    following: Iterator[tuple[History, UUID]] = iter(cases)

    async def work() -> None:
        for history, case_id in following:
            await _drive_case(http, history, case_id, patience, driven, travel, progress)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    driven.seconds = clock() - started
    return driven


async def _drive_case(
    http: httpx.AsyncClient,
    history: History,
    case_id: UUID,
    patience: float,
    driven: Driven,
    travel: _Travel,
    progress: Callable[[Driven], None] | None,
) -> None:
    clock = asyncio.get_running_loop().time
    place, known = "intake", True
    for number, step in enumerate(history.steps):
        before, place = place, _PLACES.get(step.path.partition("/")[0], "intake")
        elsewhere, started = place != before, clock()
        try:
            if elsewhere and not known:
                await asyncio.sleep(travel.seconds * _OF_TRAVEL)
            done_before = known
            known = await _do(http, case_id, number, step, patience, driven, travel, elsewhere=elsewhere)
            if elsewhere and not known and not done_before:
                travel.took(clock() - started)
        except _Refused as refusal:
            driven.stopped.append(Stopped(history.post.source_reference, step.path, str(refusal)))
            break
        driven.steps += 1
        driven.known += known
        if progress is not None:
            progress(driven)
    driven.cases += 1


async def _do(
    http: httpx.AsyncClient,
    case_id: UUID,
    number: int,
    step: Step,
    patience: float,
    driven: Driven,
    travel: _Travel,
    *,
    elsewhere: bool,
) -> bool:
    """Whether the step was done already; `elsewhere`: the step before it was another service's. Raises `_Refused`."""
    clock = asyncio.get_running_loop().time
    until, pause = clock() + patience, max(_FIRST_PAUSE_S, travel.seconds * _OF_TRAVEL_AGAIN)
    while True:
        reason, passing = "no answer", True
        try:
            answer = await http.post(
                f"/v1/cases/{case_id}/{step.path}",
                params={"occurred_at": rfc3339(step.occurred_at)},
                json=step.body,
                headers={"idempotency-key": str(derived_id(case_id, f"history {step.path}", number))},
            )
        except httpx.TransportError as error:
            reason = f"no answer ({type(error).__name__})"
        else:
            if answer.status_code == 200:
                return answer.headers.get("idempotency-replayed") == "true"
            reason = _reason(answer)
            passing = answer.status_code >= 500 or answer.status_code in _PASSING or "retry-after" in answer.headers
            passing = passing or (answer.status_code in (404, 409) and elsewhere)
        if not passing or clock() >= until:
            raise _Refused(reason)
        driven.asked_again += 1
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def _reason(answer: httpx.Response) -> str:
    """An RFC 9457 problem in one line."""
    try:
        problem: Any = answer.json()
    except ValueError:
        problem = None
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return f"{answer.status_code}: {detail or 'refused'}"
