"""The arming of one clock: from when it counts, what is due and of what it warns.

Invariant: the policy and the calendar are those of the command, and are pinned by the event (K13).
"""

from __future__ import annotations

from typing import get_args
from zoneinfo import ZoneInfo

from casework.followup.domain.clock_commands import ArmClock
from casework.followup.domain.clock_counting import Count
from casework.followup.domain.clock_events import AtInstant, ClockArmed, ClockEvent, ClockFlag, OnDay, Point
from casework.shared.clocks.deadlines import effects
from casework.shared.contracts.lengths import DayUnit


def arm(command: ArmClock) -> tuple[ClockEvent, ...]:
    """The clock as it begins; nothing where the policy does not list the moment, or no date was given that it needs."""
    policy, calendar = command.policy, command.calendar
    listed = effects(policy, command.moment)
    if "arms" not in listed and "restarts" not in listed:
        return ()
    zone = ZoneInfo(policy.zone or calendar.zone)
    received = command.received_at.astimezone(zone).date()
    if policy.due_given and command.due_at is None:
        return ()
    count = Count(
        policy=policy,
        calendar=calendar,
        start=_start(command, zone),
        given=command.due_at if policy.due_given else None,
        notices=command.notices,
    )
    due = count.due()
    flags: list[ClockFlag] = [*policy.flags(received)]
    if due is None and policy.length is not None:
        flags.append("provisional")
    if due is None and count.given is not None:
        flags.append("given-too-far")
    if not policy.binding:
        flags.append("not-binding")
    if command.imported:
        flags.append("imported")
    return (
        ClockArmed(
            clock=command.clock,
            policy=policy.ref,
            calendar=calendar.name,
            calendar_version=calendar.version,
            kind=policy.kind,
            purpose=policy.purpose,
            party=policy.party,
            by=command.by,
            start=count.start,
            about=command.about,
            given=count.given,
            due=due,
            not_before=OnDay(day=calendar.last, zone=zone.key) if "provisional" in flags else None,
            flags=tuple(flags),
            warnings=() if command.imported else count.warnings(policy.warn_at, due),
        ),
    )


def _start(command: ArmClock, zone: ZoneInfo) -> Point:
    """Day 0 (K1, K6), or minute 0: that of a restart is when the new material came (K10)."""
    policy = command.policy
    anew = "arms" not in effects(policy, command.moment)
    from_arming = anew or policy.starts == "arming-event"
    if policy.due_given or (policy.length is not None and policy.length.unit not in get_args(DayUnit)):
        return AtInstant(at=command.occurred_at if from_arming else command.received_at)
    received, occurred = (at.astimezone(zone).date() for at in (command.received_at, command.occurred_at))
    day = occurred if anew else policy.day_zero(received, occurred)
    return OnDay(day=day, zone=zone.key)
