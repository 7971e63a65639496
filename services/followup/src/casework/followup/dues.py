"""What is due on a case, from followup's clocks alone.

Invariant: listed is every clock that runs, or was missed and is still to be done; nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from casework.followup.domain.clock_events import due_of
from casework.shared.contracts import clocks
from casework.shared.contracts.types import rfc3339


@dataclass(slots=True)
class Due:
    """Something that is due, from its clock: by when (UTC, RFC 3339) or on which day; missed where that has passed."""

    clock: UUID
    policy: str
    purpose: str
    kind: str
    by: str = ""
    day: str = ""
    missed: bool = False
    paused: bool = False


def after(dues: list[Due], event: clocks.ClockEvent) -> list[Due]:
    """What is due after an event of one clock. The values in `dues` are changed in place, as a fold's own."""
    match event:
        case clocks.ClockArmed():
            step = Due(clock=event.clock, policy=event.policy.id, purpose=event.purpose, kind=event.kind)
            # Without a date yet somebody has to look before the calendar ends, and load the next.
            _set_due(step, event.due or event.not_before)
            dues.append(step)
        case clocks.ClockScheduled(due=due) | clocks.ClockResumed(due=due) | clocks.ClockExtended(due=due):
            for step in dues:
                if step.clock == event.clock:
                    _set_due(step, due)
        case clocks.ClockPaused(resumes=resumes):
            for step in dues:
                if step.clock == event.clock:
                    # Until then nothing is due; then it goes on by itself, and somebody has to look.
                    _set_due(step, resumes)
                    step.paused = True
        case clocks.ClockExpired(purpose="hand-off-acceptance" | "escalation"):
            # The offer is over, and the next rung has a clock of its own: neither can be made good.
            return [step for step in dues if step.clock != event.clock]
        case clocks.ClockExpired():
            for step in dues:
                if step.clock == event.clock:
                    step.missed = True
        case clocks.ClockWarned():
            pass
        case (
            clocks.ClockMet()
            | clocks.ClockMetLate()
            | clocks.ClockCorrected()
            | clocks.ClockWithdrawn()
            | clocks.ClockRestarted()
        ):
            return [step for step in dues if step.clock != event.clock]
        case _:
            assert_never(event)
    return dues


def _set_due(step: Due, due: clocks.Point | None) -> None:
    step.paused = False
    match due:
        case None:
            pass  # no date yet: what was known before still tells when to look
        case clocks.OnDay(day=day):
            step.by, step.day = rfc3339(due_of(due).end), day.isoformat()
        case clocks.AtInstant(at=at):
            step.by, step.day = rfc3339(at), ""
        case _:
            assert_never(due)


def leading(dues: Iterable[Due]) -> Due | None:
    """What is due first (K11: in a tie the regulator's); None where nothing has a date."""
    # The time of a rung is that of those who are asked, not of who has the case.
    dated = (step for step in dues if step.by and step.purpose != "escalation")
    return min(dated, key=lambda step: (step.by, step.kind != "regulator"), default=None)
