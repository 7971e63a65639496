"""The clocks as rows: for the timer, the worklist and the report.

Invariant: a row is a function of its clock's events, written in their transaction. Nobody decides by a row: the timer
takes candidates from here, then locks the case and asks its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from casework.followup.domain.case_clocks import CaseClocks, next_firing
from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_counting import instant_at
from casework.followup.domain.clock_events import ClockEvent
from casework.followup.domain.clock_state import Clock, awaits_date
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.runtime.database import Work

IMPORT_SETTLES = timedelta(minutes=10)
"""A backdated case is followed by the rest of its history. The timer leaves it alone so long: an expiry recorded
before the fact that met the deadline would only have to be corrected."""

_GOING_ON = ("running", "paused")
_PREFIX = "casework.followup.clock-"


async def write_clocks(work: Work, clocks: Iterable[tuple[UUID, Clock, datetime]]) -> None:
    """Write the rows of clocks: each with its case and the time of its newest event."""
    rows = [_row(case_id, clock, at) for case_id, clock, at in clocks]
    if not rows:
        return
    # In the order of ids: two transactions that change clocks of one case have locked it before.
    rows.sort()
    await work.execute(
        "INSERT INTO clock (clock, case_id, about, policy, policy_version, calendar, calendar_version, kind, purpose,"
        " party, phase, corrected, imported, provisional, started_at, due_at, fires_at, ended_at)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[],"
        " $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[], $14::boolean[],"
        " $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[])"
        " ON CONFLICT (clock) DO UPDATE SET calendar_version = excluded.calendar_version, phase = excluded.phase,"
        " corrected = excluded.corrected, provisional = excluded.provisional, due_at = excluded.due_at,"
        " fires_at = excluded.fires_at, ended_at = coalesce(clock.ended_at, excluded.ended_at)",
        *(list(column) for column in zip(*rows, strict=True)),
    )


def touched(
    states: Iterable[tuple[UUID, CaseClocks]], events: Sequence[tuple[Envelope, Any]]
) -> list[tuple[UUID, Clock, datetime]]:
    """The clocks that `events` of this service changed, as they are after all of them."""
    times: dict[UUID, datetime] = {}
    for envelope, event in events:
        if isinstance(event, ClockEvent):
            times[event.clock] = envelope.time
    if not times:
        return []
    return [
        (case_id, clock, times[clock.armed.clock])
        for case_id, clocks in states
        for clock in clocks.clocks
        if clock.armed is not None and clock.armed.clock in times
    ]


async def rewrite_clocks(work: Work, cases: Sequence[UUID]) -> None:
    """Write the rows of these cases from their recorded events alone: after a restore."""
    rows = await work.fetch(
        "SELECT case_id, envelope FROM event WHERE case_id = ANY($1) AND type LIKE $2 ORDER BY case_id, version",
        list(cases),
        f"{_PREFIX}%",
    )
    clocks: dict[UUID, tuple[UUID, Clock, datetime]] = {}
    ended: dict[UUID, tuple[UUID, Clock, datetime]] = {}
    for row in rows:
        envelope = open_envelope(row["envelope"])
        event: Any = from_data(envelope.type, envelope.data)
        _, before, _ = clocks.get(event.clock, (envelope.case_id, Clock(), envelope.time))
        found = (envelope.case_id, CLOCK.evolve(before, event), envelope.time)
        clocks[event.clock] = found
        if found[1].phase not in _GOING_ON:
            ended.setdefault(event.clock, found)
    # First as they were when they ended: what corrects a clock later does not move its end.
    await write_clocks(work, ended.values())
    await write_clocks(work, clocks.values())


def _row(case_id: UUID, clock: Clock, at: datetime) -> tuple[Any, ...]:
    armed = clock.armed
    assert armed is not None
    imported = "imported" in armed.flags
    fires = next_firing(clock)
    if fires is not None and imported:
        fires = max(fires, at + IMPORT_SETTLES)
    return (
        armed.clock,
        case_id,
        armed.about,
        armed.policy.id,
        armed.policy.version,
        armed.calendar,
        clock.calendar_version,
        armed.kind,
        armed.purpose,
        armed.party,
        clock.phase,
        clock.corrected,
        imported,
        awaits_date(clock),
        instant_at(armed.start),
        clock.end,
        fires,
        None if clock.phase in _GOING_ON else at,
    )
