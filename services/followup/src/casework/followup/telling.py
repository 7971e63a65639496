"""Which notices the events of a batch give, and to whom: the state and the status tell what the event leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.followup.domain.clock_state import Clock
from casework.followup.domain.commands import Command
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.followup.domain.notices import (
    DeadlineNears,
    DeadlinePassed,
    Escalated,
    Happened,
    Matter,
    Notice,
    OfferLapsed,
    notices_of,
)
from casework.followup.progress import Progress, holder_of
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts import clocks, followup, handoff
from casework.shared.contracts.envelope import Envelope
from casework.shared.eventstore.store import Unit

Occurring = tuple[Envelope, Any]


def notices(
    unit: Unit[Command, FollowUp, FollowUpEvent],
    events: Sequence[Occurring],
    progress: Mapping[UUID, Progress],
    rulebook: Rulebook,
) -> Iterator[Notice]:
    """The notices of these events, of whichever service; nothing for those that tell nobody anything."""
    for envelope, event in events:
        if not isinstance(event, clocks.ClockWarned | clocks.ClockExpired | followup.CaseEscalated | handoff.Lapsed):
            continue
        stream, where = unit.streams.get(envelope.case_id), progress.get(envelope.case_id)
        if stream is None or where is None:
            continue
        # A promise can outlive the case: whoever answers for it is told when it was broken.
        promised = isinstance(event, clocks.ClockExpired) and event.purpose == "promise"
        if where.closure and not promised:
            continue
        state = stream.state.clocks
        happened = Happened(event_id=envelope.id, case_id=envelope.case_id, at=envelope.time, imported=state.imported)
        # Nobody holds a closed case; the owner still answers for what was promised.
        holder = where.owned_by if where.closure else holder_of(where)
        match event:
            case clocks.ClockWarned():
                clock = state.clock(event.clock)
                if clock.due is not None:
                    matter, doer = _matter(clock, rulebook), _doer(event, where) or holder
                    yield from notices_of(
                        happened,
                        DeadlineNears(matter=matter, deadline=clock.due, holder=doer, percent=event.percent),
                    )
            case clocks.ClockExpired() if event.purpose != "escalation":
                matter, doer = _matter(state.clock(event.clock), rulebook), _doer(event, where) or holder
                yield from notices_of(
                    happened, DeadlinePassed(matter=matter, deadline=event.due, holder=doer, owner=where.owned_by)
                )
            case followup.CaseEscalated():
                about = state.clock(event.about)
                known = about.armed is not None
                yield from notices_of(
                    happened,
                    Escalated(
                        matter=_matter(about, rulebook) if known else None,
                        deadline=about.due,
                        rung=event.rung,
                        role=event.role,
                        urgent=event.urgent,
                    ),
                )
            case handoff.Lapsed():
                yield from notices_of(happened, OfferLapsed(giver=holder))
            case _:
                continue


def _doer(event: clocks.ClockWarned | clocks.ClockExpired, where: Progress) -> str:
    """Who has to do what the clock counts where that is not the case's holder: whoever holds the task."""
    return where.tasks.get(str(event.about), "")


def _matter(clock: Clock, rulebook: Rulebook) -> Matter:
    assert clock.armed is not None
    policy = rulebook.pinned(clock.armed.policy)
    return Matter(title=policy.title, duty=policy.duty)
