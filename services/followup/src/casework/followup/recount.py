"""The clocks counted once more, from their recorded events and the rules: for audits and simulations.

Invariant: nothing that is looked at here was used to compute what it is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import ClockArmed, ClockEvent
from casework.followup.domain.clock_state import Clock
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.eventstore.reading import walk
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime

SOON = timedelta(hours=1)
"""By then the timer must have recorded an end, whatever it had to wait for."""


async def recount(runtime: ServiceRuntime) -> Sequence[str]:
    """Each clock whose recorded due is not the one that follows from its events, whose row says something else than
    they do, or that is overdue without an end. Raises `StoreUnavailable`."""
    histories: dict[UUID, list[ClockEvent]] = defaultdict(list)
    async for stored in walk(runtime.engine, range(runtime.shards)):
        envelope = open_envelope(stored.document)
        if not envelope.type.startswith("casework.followup.clock-"):
            continue
        event: Any = from_data(envelope.type, envelope.data)
        histories[event.clock].append(event)
    async with begin(runtime.engine) as work:
        rows, stuck = await _rows(work), await _stuck(work)
    return [
        *(f"clock {clock} was due long ago, and its end is not recorded" for clock in stuck),
        *(
            found
            for clock, history in histories.items()
            for found in _differences(clock, history, runtime.rulebook, rows)
        ),
        *(f"clock {clock} has a row and no events" for clock in rows.keys() - histories.keys()),
    ]


async def _rows(work: Work) -> dict[UUID, Any]:
    rows = await work.fetch("SELECT clock, phase, due_at, corrected FROM clock")
    return {row["clock"]: (row["phase"], row["due_at"], row["corrected"]) for row in rows}


async def _stuck(work: Work) -> Sequence[UUID]:
    rows = await work.fetch("SELECT clock FROM clock WHERE phase = 'running' AND due_at < $1", work.now - SOON)
    return [row["clock"] for row in rows]


def _differences(clock: UUID, history: Sequence[ClockEvent], book: Rulebook, rows: dict[UUID, Any]) -> Iterable[str]:
    armed, state = history[0], CLOCK.fold(history)
    if not isinstance(armed, ClockArmed):
        yield f"clock {clock} was not armed before anything else"
        return
    due = recomputed_due(history, book.pinned(armed.policy), book.calendar_of)
    if due != state.due:
        yield f"clock {clock} of {armed.policy.id}: {state.due} is recorded as due, and {due} follows from its events"
    if rows.get(clock) != _row_of(state):
        yield f"clock {clock} of {armed.policy.id}: its row says {rows.get(clock)}, its events {_row_of(state)}"


def _row_of(state: Clock) -> Any:
    return state.phase, state.end, state.corrected
