"""What must not wait for a clock: a threat with a time, an incident; and how grave a case is, where that matters.

Invariant: an alert asks people and changes nothing else. It is given once for the event that brings it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casework.followup.domain import case_clocks
from casework.followup.domain.case_clocks import CaseClockEvent, CaseClocks
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.followup import EscalationReason
from casework.shared.contracts.types import Instant
from casework.shared.contracts.vocabulary import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSeverity:
    """Intake assessed the case to be so grave that it climbs another ladder. Never refused."""

    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDuty:
    """Something came in that must not wait, by the event `about`: ask whoever has the duty, or the top rung at once.
    Never refused."""

    about: UUID
    reason: EscalationReason
    to_top: bool
    at: Instant
    rulebook: Rulebook


def alert(command: AlertDuty, state: CaseClocks) -> tuple[CaseClockEvent, ...]:
    """Asks the first rung of the ladder for alerts, or its last. Nothing of an imported case (K14), where the
    institution has no such ladder, and for what was asked before."""
    ladder = command.rulebook.ladder_of_purpose("duty-alert")
    if ladder is None or state.imported or any(each.about == command.about for each in state.climbs):
        return ()
    return case_clocks.climb(
        command.about, ladder.ref, command.reason, command.at, command.rulebook, state, to_top=command.to_top
    )
