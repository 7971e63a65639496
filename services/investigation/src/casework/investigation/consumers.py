"""What investigation does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from casework.investigation import projections
from casework.investigation.domain.commands import (
    AcceptHandOff,
    Command,
    ConcludeInvestigation,
    DiscontinueInvestigation,
    LapseHandOff,
    OfferHandOff,
    OpenInvestigation,
    RecordFinding,
    ResumeInvestigation,
)
from casework.investigation.domain.conflicts import NotePersons
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.evidence import LapseEvidenceRequest
from casework.investigation.domain.findings import NoteDemand
from casework.investigation.domain.investigation import Investigation
from casework.investigation.domain.legal_hold import NoteIncident
from casework.shared.contracts import assessment, card, clocks, demands, followup, intake, privacy, resolution
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.registry import type_name
from casework.shared.contracts.standing import StandingSolution, find
from casework.shared.eventstore.offers import take_back
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work

_CARES = frozenset(
    type_name(event)
    for event in (
        intake.HandOffOffered,
        intake.ComplaintWithdrawn,
        intake.ComplaintResumed,
        card.PersonsNamed,
        assessment.IncidentModeSet,
        assessment.IncidentModeEnded,
        demands.DemandStated,
        resolution.HandOffDeclined,
        resolution.HandOffLapsed,
        followup.HandOffOverdue,
        clocks.ClockExpired,
        privacy.ComplainantErased,
    )
)
_OFFER = "casework.investigation.hand-off-offered.v1"


class InvestigationReactor:
    """Opens what intake offers, stops what was withdrawn, takes back what resolution declined or let lapse."""

    consumer = "investigation.v1"

    def __init__(self, actor: Actor, standing: Sequence[StandingSolution]) -> None:
        self.actor = actor
        self._standing = standing

    def cares_for(self, type_name: str) -> bool:
        return type_name in _CARES

    async def commands(
        self, work: Work, unit: Unit[Command, Investigation, InvestigationEvent], received: Received
    ) -> Sequence[Command]:
        case_id = received.envelope.case_id
        match received.event:
            case intake.HandOffOffered() as offer:
                opening = OpenInvestigation(
                    offer_id=received.envelope.id,
                    category=offer.category,
                    owner=offer.owner,
                    standing=offer.standing,
                    immediate_actions=offer.immediate_actions,
                    routing=offer.routing,
                )
                solution = None if offer.standing is None else find(self._standing, offer.standing)
                if solution is None or not unit.streams[case_id].state.is_free:
                    return (opening,)
                return (opening, *straight_through(opening, solution))
            case intake.ComplaintWithdrawn(reason=reason, number=number):
                return (DiscontinueInvestigation(reason=reason, number=number or 1),)
            case intake.ComplaintResumed(withdrawal=number):
                return (ResumeInvestigation(withdrawal=number),)
            case card.PersonsNamed(persons=persons):
                return (NotePersons(persons=persons),)
            case resolution.HandOffDeclined() | resolution.HandOffLapsed() as answer:
                return (await take_back(work, unit, case_id, _OFFER, answer),)
            case followup.HandOffOverdue(receiver="investigation", offer_id=offer_id):
                return (LapseHandOff(offer_id=offer_id),)
            case assessment.IncidentModeSet() | assessment.IncidentModeEnded() as incident:
                at = received.envelope.occurred_at or received.envelope.time
                return (NoteIncident(is_on=isinstance(incident, assessment.IncidentModeSet), at=at),)
            case demands.DemandStated(number=number):
                return (NoteDemand(number=number),)
            case clocks.ClockExpired(purpose="evidence", about=UUID() as request_id):
                return (LapseEvidenceRequest(request_id=request_id),)
            case _:
                return ()

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Investigation, InvestigationEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[InvestigationEvent]],
    ) -> None:
        """Write what is held and may be used again, and what investigation is asked across cases."""
        await projections.project(work, [(record.envelope, record.event) for record in recorded])
        await purge_by(work, "investigation", [(each.envelope, each.event) for each in received])


def straight_through(opening: OpenInvestigation, solution: StandingSolution) -> Sequence[Command]:
    """The steps of a known complaint whose finding is known."""
    return (
        AcceptHandOff(offer_id=opening.offer_id, holder=f"standing:{solution.name}"),
        RecordFinding(finding=solution.finding, side="organisation", settled=True),
        ConcludeInvestigation(outcome=solution.outcome, summary=solution.finding, settled=True),
        OfferHandOff(reason="The cause is known.", ready=("finding",), open=("decision",), standing=solution.ref),
    )
