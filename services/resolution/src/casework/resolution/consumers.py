"""What resolution does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence

from casework.resolution.domain.commands import (
    AcceptHandOff,
    Command,
    CommunicateDecision,
    LapseHandOff,
    OfferHandOff,
    OpenResolution,
    ProposeRemedy,
    RecordReply,
    ReopenResolution,
    TakeWithdrawal,
)
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.resolution import Resolution
from casework.shared.contracts import followup, intake, investigation
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.registry import type_name
from casework.shared.contracts.standing import StandingSolution, find
from casework.shared.eventstore.offers import take_back
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work

_CARES = frozenset(
    type_name(event)
    for event in (
        investigation.HandOffOffered,
        intake.ComplaintWithdrawn,
        followup.CaseReopened,
        followup.HandOffDeclined,
        followup.HandOffLapsed,
        followup.HandOffOverdue,
    )
)
_OFFER = "casework.resolution.hand-off-offered.v1"


class ResolutionReactor:
    """Opens what investigation offers, answers withdrawals, decides again what was reopened."""

    consumer = "resolution.v1"

    def __init__(self, actor: Actor, standing: Sequence[StandingSolution]) -> None:
        self.actor = actor
        self._standing = standing

    def cares_for(self, type_name: str) -> bool:
        return type_name in _CARES

    async def commands(
        self, work: Work, unit: Unit[Command, Resolution, ResolutionEvent], received: Received
    ) -> Sequence[Command]:
        case_id = received.envelope.case_id
        match received.event:
            case investigation.HandOffOffered() as offer:
                opening = OpenResolution(
                    offer_id=received.envelope.id, category=offer.category, owner=offer.owner, standing=offer.standing
                )
                solution = None if offer.standing is None else find(self._standing, offer.standing)
                if solution is None or not unit.streams[case_id].state.is_free:
                    return (opening,)
                return (opening, *straight_through(opening, solution))
            case intake.ComplaintWithdrawn(reason=reason):
                return (TakeWithdrawal(reason=reason),)
            case followup.CaseReopened() as reopened:
                return (
                    ReopenResolution(
                        reason=reopened.reason,
                        category=reopened.category,
                        owner=reopened.owner,
                        contestation=reopened.contestation,
                    ),
                )
            case followup.HandOffDeclined() | followup.HandOffLapsed() as answer:
                return (await take_back(work, unit, case_id, _OFFER, answer),)
            case followup.HandOffOverdue(receiver="resolution", offer_id=offer_id):
                return (LapseHandOff(offer_id=offer_id),)
            case _:
                return ()

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Resolution, ResolutionEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[ResolutionEvent]],
    ) -> None:
        """Resolution keeps no read tables."""


def straight_through(opening: OpenResolution, solution: StandingSolution) -> Sequence[Command]:
    """The steps of a known complaint whose answer is known."""
    steps: list[Command] = [
        AcceptHandOff(offer_id=opening.offer_id, holder=f"standing:{solution.name}"),
        ProposeRemedy(kind=solution.remedy, description=solution.answer),
        CommunicateDecision(outcome=solution.outcome, answer=solution.answer, channel="web"),
    ]
    if solution.reply == "accepted":
        steps.append(RecordReply(reply="accepted", channel="web"))
    steps.append(
        OfferHandOff(reason="The decision was given.", ready=("decision",), open=("closing",), standing=solution.ref)
    )
    return steps
