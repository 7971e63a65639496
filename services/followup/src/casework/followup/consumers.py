"""What followup does about what the others recorded: it tracks every case, and shows where each one stands."""

from __future__ import annotations

from collections.abc import Sequence

from casework.followup import projections
from casework.followup.domain.commands import (
    AcceptHandOff,
    CloseCase,
    Command,
    NoteContestation,
    NoteFacts,
    NoteWithdrawalAnswer,
    OpenFollowUp,
)
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.shared.contracts import intake, resolution
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.standing import StandingSolution, find
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.runtime.database import Work


class FollowUpReactor:
    """Opens the follow-up at receipt, notes what bears on closing, and projects the status from all four."""

    consumer = "followup.v1"

    def __init__(self, actor: Actor, standing: Sequence[StandingSolution], shards: int) -> None:
        self.actor = actor
        self._standing = standing
        self._shards = shards

    def cares_for(self, type_name: str) -> bool:
        """Everything: each event is a step of the status."""
        return True

    async def commands(
        self, work: Work, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received
    ) -> Sequence[Command]:
        envelope = received.envelope
        match received.event:
            case intake.ComplaintReceived() as complaint:
                return (
                    OpenFollowUp(
                        owner=complaint.owner,
                        source=complaint.source,
                        category=complaint.category,
                        received_at=complaint.received_at,
                    ),
                )
            case resolution.HandOffOffered(standing=standing):
                solution = None if standing is None else find(self._standing, standing)
                if solution is None or unit.streams[envelope.case_id].state.status != "open":
                    return ()
                return (
                    AcceptHandOff(offer_id=envelope.id, offered=envelope.id, holder=f"standing:{solution.name}"),
                    CloseCase(reason="The decision settles a known complaint."),
                )
            case resolution.DecisionContested(reason=reason) | resolution.ResolutionReopened(reason=reason):
                return (NoteContestation(contestation=envelope.id, reason=reason),)
            case resolution.WithdrawalHonoured(reason=reason):
                return (NoteWithdrawalAnswer(honoured=True, reason=reason),)
            case resolution.WithdrawalCameAfterDecision(reason=reason):
                return (NoteWithdrawalAnswer(honoured=False, reason=reason),)
            case intake.FactsAdded():
                return (NoteFacts(facts_event=envelope.id),)
            case _:
                return ()

    async def project(
        self, work: Work, received: Sequence[Received], recorded: Sequence[Recorded[FollowUpEvent]]
    ) -> None:
        await projections.project(work, self._shards, received, recorded)
