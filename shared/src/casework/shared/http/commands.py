"""The edge where a person's command becomes events: the one place that opens and commits their transaction.

The order inside is the lock order of every transaction: the Idempotency-Key, the case's state, read tables,
and last the log heads. The answer that is stored is the answer that is sent.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from casework.shared.business_time import time_problem
from casework.shared.contracts.envelope import CommandCause, Envelope
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Instant
from casework.shared.errors import Conflict, Refusal
from casework.shared.eventstore.store import Origin, Recorded, Unit
from casework.shared.http.awaiting import After, require_known
from casework.shared.http.idempotency import Once, StoredAnswer, once
from casework.shared.money import require_payable_in
from casework.shared.runtime.database import Serialization, Work, begin
from casework.shared.runtime.failpoints import failpoint

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

ATTEMPTS = 4


class UnknownCase(Refusal):
    """This service has nothing under that case id."""

    code = "unknown-case"
    status = 404


class VersionChanged(Conflict):
    """The case was changed since the version that If-Match names. Read it again and decide anew."""

    code = "version-changed"
    status = 412


class RecordedEvent(BaseModel):
    """An event that was recorded: by its id the log, the feeds and `causationid` name it, and `service:version` is what
    `?after=` takes."""

    id: UUID
    type: str
    service: ServiceName
    version: int


def recorded_events(envelopes: Iterable[Envelope]) -> list[RecordedEvent]:
    """How answers name what was recorded."""
    return [RecordedEvent(id=each.id, type=each.type, service=each.source, version=each.version) for each in envelopes]


class Done(BaseModel):
    """What a command brought about: the case, this service's stream version now, and the events' types; in `recorded`
    the same events with their ids."""

    case_id: UUID
    version: int
    events: list[str]
    recorded: list[RecordedEvent]


async def _staff_once(
    asked: Annotated[Once, Depends(once("staff:write"))],
    occurred_at: Annotated[
        Instant | None,
        Query(
            description="When it happened, as in 2026-03-02T09:10:00Z; absent means now. More than five minutes ago "
            "needs the scope import; the future is refused."
        ),
    ] = None,
    after: After = (),
) -> Once:
    return replace(asked, occurred_at=occurred_at, after=after)


StaffOnce: TypeAlias = Annotated[Once, Depends(_staff_once)]
"""What every step of staff takes: who asks, an Idempotency-Key, `?occurred_at=`, and `?after=`; both are part of what
the key stands for."""

_ETAG = re.compile(r'"([a-z]+):([0-9]{1,9})"')


def expected_version(request: Request, service: ServiceName) -> int | None:
    """The version of `service` that `If-Match` names (`"investigation:3"`), or None without the header.

    Raises `VersionChanged` for anything else: another service's version says nothing about this one's.
    """
    value = request.headers.get("if-match")
    if value is None:
        return None
    named = _ETAG.fullmatch(value.strip())
    if named is None or named[1] != service:
        raise VersionChanged(f'Here If-Match takes an ETag of {service}\'s own answers, such as "{service}:3".')
    return int(named[2])


Gather = Callable[[Work, Unit[Any, Any, Any]], Awaitable[Sequence[Any]]]
"""What a service's `handlers.py` does before a decision: reads what the command needs, and returns the commands."""


@dataclass(frozen=True, slots=True)
class Along:
    """Other cases of the service that a command touches in the same transaction.

    `cases` names them before anything is locked, so that all are locked in one order; `commands` says what is decided
    on each, from what the command brought about. It may raise a refusal, or `Serialization` where `cases` is out of
    date.
    """

    cases: Callable[[Work], Awaitable[Sequence[UUID]]]
    commands: Callable[[Unit[Any, Any, Any], Sequence[Recorded[Any]]], Mapping[UUID, Sequence[Any]]]


def just(*commands: Any) -> Gather:
    """A gather for commands that need nothing read."""

    async def gather(_work: Work, _unit: Unit[Any, Any, Any]) -> Sequence[Any]:
        return commands

    return gather


async def run_command(
    runtime: ServiceRuntime,
    once: Once,
    case_id: UUID,
    gather: Gather,
    request: Request,
    along: Along | None = None,
) -> Response:
    """Decide what `gather` returns on the case as the caller, once for its Idempotency-Key; answer what happened.

    With `If-Match` in the request only on the version of the case that it names.

    Its business time, where it has one, becomes that of the events.

    Raises refusals of the domain and of `money`, `Backdated`, `UnknownCase`, `VersionChanged`, `CaseParked` and
    `ServiceHalted`.
    With `?after=` once this service knows what that names; raises `NotYetKnown` where it does not in time.
    """
    if_match = expected_version(request, runtime.name)
    if once.after:
        await require_known(runtime, case_id, once.after)
    for attempt in range(ATTEMPTS):
        try:
            return await _run(runtime, once, case_id, gather, if_match, along)
        except Serialization:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


async def _run(
    runtime: ServiceRuntime, once: Once, case_id: UUID, gather: Gather, if_match: int | None, along: Along | None
) -> Response:
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        answered = await once.claim(work)
        if answered is not None:
            return answered.response(replayed=True)
        others = [] if along is None else await along.cases(work)
        unit = await runtime.store.open(work, [case_id, *others], refuse_parked_by=runtime.reactor.consumer)
        version = unit.streams[case_id].version
        if version == 0:
            raise UnknownCase(f"{runtime.service.title} has no case {case_id}.")
        if if_match is not None and if_match != version:
            raise VersionChanged(f"The case is at version {version} in {runtime.name}, not {if_match}.")
        problem = time_problem(
            once.occurred_at, work.now, may_backdate="import" in once.principal.scopes, name="occurred_at"
        )
        if problem is not None:
            raise problem
        unit.asked, unit.occurred_at = runtime.store.mint(), once.occurred_at
        origin = Origin(actor=once.principal.actor, cause=CommandCause(unit.asked), occurred_at=unit.occurred_at)
        asked = await gather(work, unit)
        for command in asked:
            require_payable_in(command)
        happened = unit.run(case_id, asked, origin)
        if along is not None:
            for other, commands in sorted(along.commands(unit, happened).items()):
                unit.run(other, commands, origin)
        await finish(runtime, work, unit)
        answer = answer_of(runtime, unit, case_id, [record.envelope for record in happened])
        await once.store(work, answer)
        await runtime.store.append(work, unit)
        failpoint("command.appended")
    failpoint("command.committed")
    runtime.wake()
    return answer.response()


async def finish(runtime: ServiceRuntime, work: Work, unit: Unit[Any, Any, Any]) -> None:
    """Project what the unit decided into this service's read tables."""
    await runtime.reactor.project(work, unit, (), unit.recorded)


def answer_of(
    runtime: ServiceRuntime, unit: Unit[Any, Any, Any], case_id: UUID, happened: Sequence[Envelope], status: int = 200
) -> StoredAnswer:
    """The answer to a command on a case: nothing personal, the stream's version as ETag."""
    version = unit.streams[case_id].version
    recorded = recorded_events(happened)
    body = Done(case_id=case_id, version=version, events=[each.type for each in recorded], recorded=recorded)
    return StoredAnswer(
        status,
        orjson.dumps(body.model_dump(mode="json")),
        location=f"/v1/cases/{case_id}",
        etag=f'"{runtime.name}:{version}"',
    )
