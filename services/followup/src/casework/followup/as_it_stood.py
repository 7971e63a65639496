"""A whole case as it stood at a moment: its status, who owned and held it, and each of its clocks.

Invariant: a function of the events up to that moment. No row is read, and what was recorded later has no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.followup.caller import with_sentences
from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_counting import instant_at
from casework.followup.domain.clock_events import (
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockMet,
    ClockMetLate,
    ClockRestarted,
    ClockWithdrawn,
    OnDay,
    Point,
)
from casework.followup.domain.clock_state import Clock
from casework.followup.progress import Progress, advance, status_document
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.types import rfc3339

_ENDS = (ClockMet, ClockMetLate, ClockExpired, ClockCorrected, ClockWithdrawn, ClockRestarted)


def as_it_stood(case_id: UUID, events: Sequence[tuple[Envelope, Any]], at: datetime) -> Mapping[str, Any]:
    """The case up to `at`, by its events up to then in all services, causes first: `status`, `owner`, `holder` and
    `clocks`, in the order of their arming. A running clock is `overdue` where its end lies at `at` or before it and
    its expiry was not recorded yet."""
    progress = Progress()
    clocks: dict[UUID, Clock] = {}
    ends: dict[UUID, dict[str, str]] = {}
    for envelope, event in events:
        advance(progress, envelope, event)
        if isinstance(event, ClockEvent):
            clocks[event.clock] = CLOCK.evolve(clocks.get(event.clock, Clock()), event)
            if isinstance(event, _ENDS):
                ends[event.clock] = _end(envelope, event)
    status = status_document(case_id, progress)
    status["caller"] = with_sentences(status["caller"])
    return {
        "status": status,
        "owner": status["owner"],
        "holder": status["holder"],
        "clocks": [_clock(clock, ends.get(found), at) for found, clock in clocks.items()],
    }


def _clock(clock: Clock, end: Mapping[str, str] | None, at: datetime) -> dict[str, Any]:
    armed = clock.armed
    assert armed is not None, "a clock is armed before anything else happens to it"
    shown: dict[str, Any] = {
        "clock": str(armed.clock),
        "policy": armed.policy.id,
        "policy_version": armed.policy.version,
        "calendar": armed.calendar,
        "calendar_version": clock.calendar_version,
        "kind": armed.kind,
        "purpose": armed.purpose,
        "party": armed.party,
        "phase": clock.phase,
        "started_at": rfc3339(instant_at(armed.start)),
    }
    if armed.about is not None:
        shown["about"] = str(armed.about)
    if clock.due is not None:
        shown["due"] = _point(clock.due)
    if clock.phase == "running" and clock.end is not None and clock.end <= at:
        shown["overdue"] = True
    if clock.provisional:
        shown["provisional"] = True
    if clock.extension is not None:
        shown["extension"] = clock.extension
    if clock.paused is not None and clock.phase == "paused":
        paused = clock.paused
        shown["paused"] = {
            "since": _point(paused.paused),
            "cause": paused.cause,
            "left": {"number": paused.remaining.number, "unit": paused.remaining.unit},
            "goes_on": _point(paused.resumes),
        }
    if end is not None:
        shown["ended"] = dict(end)
    return shown


def _end(envelope: Envelope, event: Any) -> dict[str, str]:
    """How a clock ended, by which event, and when that happened; when it was known is the time of recording."""
    found = {"how": envelope.type.split(".")[2], "recorded_at": rfc3339(envelope.time)}
    if not isinstance(event, ClockExpired):
        found |= {"by": str(event.by), "at": rfc3339(event.occurred_at)}
    return found


def _point(point: Point) -> dict[str, str]:
    if isinstance(point, OnDay):
        return {"day": point.day.isoformat(), "zone": point.zone, "at": rfc3339(instant_at(point))}
    return {"at": rfc3339(point.at)}
