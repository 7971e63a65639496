"""What intake does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.counting import note
from casework.intake.domain.commands import Command
from casework.intake.domain.complaint import Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.intake.watching import forget
from casework.shared.contracts import investigation
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.contacts import WatchEnded
from casework.shared.contracts.registry import type_name
from casework.shared.eventstore.offers import take_back
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work

_CARES = frozenset(type_name(event) for event in (investigation.HandOffDeclined, investigation.HandOffLapsed))
_OFFER = "casework.intake.hand-off-offered.v1"


class IntakeReactor:
    """Takes back what investigation declined or let lapse."""

    consumer = "intake.v1"

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def cares_for(self, type_name: str) -> bool:
        return type_name in _CARES

    async def commands(
        self, work: Work, unit: Unit[Command, Complaint, ComplaintEvent], received: Received
    ) -> Sequence[Command]:
        match received.event:
            case investigation.HandOffDeclined() | investigation.HandOffLapsed() as answer:
                return (await take_back(work, unit, received.envelope.case_id, _OFFER, answer),)
            case _:
                return ()

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Complaint, ComplaintEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[ComplaintEvent]],
    ) -> None:
        """Of intake's tables the references are written by `handlers`; watches begin in `contact_staff`."""
        await note(work, ((record.envelope.case_id, record.event) for record in recorded))
        ended = [record.event.watch_id for record in recorded if isinstance(record.event, WatchEnded)]
        if ended:
            await forget(work, ended)
