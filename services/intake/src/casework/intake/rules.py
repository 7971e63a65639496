"""The deadlines in force for a complaint, for the decisions that keep to what their rules want said."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from casework.intake.domain.complaint import Complaint
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.rulebook import Rulebook


def rules_for(complaint: Complaint, rulebook: Rulebook) -> tuple[DeadlinePolicy, ...]:
    """The deadlines that the institution has for such a complaint, received when it was; none before receipt."""
    if complaint.received_at is None:
        return ()
    ids = rulebook.ids_for(complaint.source, complaint.category, complaint.organisation or "")
    return rulebook.in_force(ids, complaint.received_at)


def zone_of(rulebook: Rulebook) -> str:
    """The zone of the institution's clock."""
    return rulebook.calendar_of(rulebook.institution.calendar, None).zone


def day_of(at: datetime, rulebook: Rulebook) -> date:
    """The day that it is for the institution."""
    return at.astimezone(ZoneInfo(zone_of(rulebook))).date()
