"""What intake does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.domain.commands import Command, TakeBackHandOff
from casework.intake.domain.complaint import Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.shared.contracts import investigation
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.registry import type_name
from casework.shared.eventstore.offers import newest_offer
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work

_CARES = frozenset({type_name(investigation.HandOffDeclined)})
_OFFER = "casework.intake.hand-off-offered.v1"


class IntakeReactor:
    """Takes back what investigation declined."""

    consumer = "intake.v1"

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def cares_for(self, type_name: str) -> bool:
        return type_name in _CARES

    async def commands(
        self, work: Work, unit: Unit[Command, Complaint, ComplaintEvent], received: Received
    ) -> Sequence[Command]:
        match received.event:
            case investigation.HandOffDeclined(offer_id=offer_id, reason=reason):
                outstanding = await newest_offer(work, unit, received.envelope.case_id, _OFFER)
                return (TakeBackHandOff(offer_id=offer_id, outstanding=outstanding, reason=reason),)
            case _:
                return ()

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Complaint, ComplaintEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[ComplaintEvent]],
    ) -> None:
        """Intake's read table is the references, written by `handlers`."""
