"""What intake does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake import like_cases
from casework.intake.domain.commands import Command
from casework.intake.domain.complaint import Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.shared.contracts import investigation
from casework.shared.contracts.actors import Actor
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
        """The grounds of cases. The references are written by `handlers`."""
        await like_cases.write(work, [(each.envelope, each.event) for each in recorded])
