"""What intake does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from casework.intake import case_ends, code_report, like_cases
from casework.intake.counting import note
from casework.intake.domain.commands import Command, ResumeComplaint
from casework.intake.domain.complaint import Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.intake.domain.preferences import NoteContactDue, NoteContactMade
from casework.intake.watching import forget
from casework.shared.contracts import followup, investigation, resolution
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.contacts import ContactPurpose, WatchEnded
from casework.shared.contracts.registry import type_name
from casework.shared.eventstore.offers import take_back
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work

_CARES = frozenset(
    type_name(event)
    for event in (
        investigation.HandOffDeclined,
        investigation.HandOffLapsed,
        resolution.ProgressUpdateSent,
        resolution.PromiseMade,
        resolution.PromiseKept,
        resolution.ResolutionReopened,
        followup.CaseClosed,
        followup.CaseReopened,
    )
)
_OFFER = "casework.intake.hand-off-offered.v1"


class IntakeReactor:
    """Takes back what investigation declined or let lapse, goes on with what was reopened after a withdrawal, and plans
    the contacts that resolution has promised."""

    consumer = "intake.v1"

    def __init__(self, actor: Actor, zone: str) -> None:
        """`zone` is that of the institution's clock."""
        self.actor = actor
        self._zone = zone

    def cares_for(self, type_name: str) -> bool:
        return type_name in _CARES

    async def commands(
        self, work: Work, unit: Unit[Command, Complaint, ComplaintEvent], received: Received
    ) -> Sequence[Command]:
        match received.event:
            case investigation.HandOffDeclined() | investigation.HandOffLapsed() as answer:
                return (await take_back(work, unit, received.envelope.case_id, _OFFER, answer),)
            case resolution.ProgressUpdateSent(update_id=update_id, next_by=next_by):
                return (self._due(unit, update_id, "progress-update", next_by),)
            case resolution.PromiseMade(kind="call-back", promise_id=promise_id, due_at=due_at):
                return (self._due(unit, promise_id, "call-back", due_at),)
            case resolution.PromiseKept(promise_id=promise_id):
                return (NoteContactMade(contact_id=promise_id),)
            case resolution.ResolutionReopened(withdrawal=int() as number):
                return (ResumeComplaint(withdrawal=number),)
            case _:
                return ()

    def _due(
        self,
        unit: Unit[Command, Complaint, ComplaintEvent],
        contact_id: UUID,
        purpose: ContactPurpose,
        due_at: datetime,
    ) -> NoteContactDue:
        return NoteContactDue(contact_id=contact_id, purpose=purpose, due_at=due_at, now=unit.now, zone=self._zone)

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Complaint, ComplaintEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[ComplaintEvent]],
    ) -> None:
        """Grounds, codes and what is counted. The references are written by `handlers`; watches begin in
        `contact_staff`."""
        events = [(each.envelope, each.event) for each in recorded]
        await like_cases.write(work, events)
        await code_report.write(work, events)
        await note(work, ((record.envelope.case_id, record.event) for record in recorded))
        await case_ends.write(work, [(each.envelope, each.event) for each in received])
        ended = [record.event.watch_id for record in recorded if isinstance(record.event, WatchEnded)]
        if ended:
            await forget(work, ended)
