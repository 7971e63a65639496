"""Does the later steps of recorded histories over HTTP, each with the time at which it happened.

Invariant: the steps of one case are done one after the other, in the order given, each under an Idempotency-Key
worked out from the case and the step's place. So doing them again, after a crash or out of habit, changes nothing:
each gets the answer it got. A step that is refused ends its case, with the reason; the others go on.

A step may come before what it rests on has reached its service. Such a refusal (404 or 409, of the steps in
`_AWAITING` only) is asked again, a little later each time, for at most `patience` seconds; so is what the receiver
calls passing (429, 5xx, a cut connection), for any step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2 as httpx

from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import rfc3339
from casework.shared.integrator.histories import History, Step

AT_ONCE = 48
PATIENCE_S = 60.0
_AWAITING = frozenset(
    {
        "investigation-offer",
        "investigation/acceptance",
        "investigation/declination",
        "resolution/acceptance",
        "resolution/remedies",
        "follow-up/acceptance",
    }
)
"""Steps that rest on what another service has recorded."""
_FIRST_PAUSE_S = 0.03
_LONGEST_PAUSE_S = 0.5
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Stopped:
    """A case whose steps were not done to the end: the step that was refused, and why."""

    source_reference: str
    step: str
    reason: str


@dataclass(slots=True)
class Driven:
    """What became of the steps so far. `known` are those of `steps` that were done by an earlier run."""

    cases: int = 0
    steps: int = 0
    known: int = 0
    asked_again: int = 0
    stopped: list[Stopped] | None = None
    seconds: float = 0.0

    def problems(self) -> list[Stopped]:
        """The cases that stopped."""
        return self.stopped or []


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
    driven, started = Driven(stopped=[]), clock()
    following: Iterator[tuple[History, UUID]] = iter(cases)

    async def work() -> None:
        for history, case_id in following:
            await _drive_case(http, history, case_id, patience, driven, progress)

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
    progress: Callable[[Driven], None] | None,
) -> None:
    for number, step in enumerate(history.steps):
        try:
            known = await _do(http, case_id, number, step, patience, driven)
        except _Refused as refusal:
            driven.problems().append(Stopped(history.post.source_reference, step.path, str(refusal)))
            break
        driven.steps += 1
        driven.known += known
        if progress is not None:
            progress(driven)
    driven.cases += 1


async def _do(http: httpx.AsyncClient, case_id: UUID, number: int, step: Step, patience: float, driven: Driven) -> bool:
    """Whether the step was done already. Raises `_Refused`."""
    clock = asyncio.get_running_loop().time
    until, pause = clock() + patience, _FIRST_PAUSE_S
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
            passing = passing or (answer.status_code in (404, 409) and step.path in _AWAITING)
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
