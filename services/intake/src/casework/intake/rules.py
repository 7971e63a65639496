"""The deadlines in force for a complaint, for the decisions that keep to what their rules want said."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from casework.intake.domain.complaint import Complaint
from casework.shared.clocks.counting import BusinessClock, Due, precedence
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.rulebook import Rulebook


def rules_for(complaint: Complaint, rulebook: Rulebook) -> tuple[DeadlinePolicy, ...]:
    """The deadlines that the institution has for such a complaint, received when it was; none before receipt."""
    if complaint.received_at is None:
        return ()
    ids = rulebook.ids_for(complaint.source, complaint.category, complaint.organisation or "")
    return rulebook.in_force(ids, complaint.received_at)


def leading_legal(complaint: Complaint, rulebook: Rulebook) -> Due | None:
    """The legal deadline of the organisation's that ends first, counted from receipt without pause or extension; None
    where none is counted so. That of the acknowledgement is none of them: it is met before anything is assessed."""
    if complaint.received_at is None:
        return None
    dues = (
        BusinessClock(rulebook.calendar(policy)).due(complaint.received_at, policy.length)
        for policy in rules_for(complaint, rulebook)
        if policy.kind == "regulator"
        and policy.party == "organisation"
        and policy.length is not None
        and policy.starts != "arming-event"
        and "complaint-received" in policy.armed_by
        and "complaint-acknowledged" not in policy.met_by
    )
    return min(dues, key=lambda due: precedence(due, regulators=True), default=None)


def zone_of(rulebook: Rulebook) -> str:
    """The zone of the institution's clock."""
    return rulebook.calendar_of(rulebook.institution.calendar, None).zone


def day_of(at: datetime, rulebook: Rulebook) -> date:
    """The day that it is for the institution."""
    return at.astimezone(ZoneInfo(zone_of(rulebook))).date()
