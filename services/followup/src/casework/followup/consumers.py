"""What followup does about what the others recorded: it tracks every case, and shows where each one stands."""

from __future__ import annotations

from collections.abc import Sequence

from casework.followup import projections
from casework.followup.domain.agreements import NoteAgreement
from casework.followup.domain.alerts import AlertDuty, NoteSeverity
from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.commands import (
    AcceptHandOff,
    CloseCase,
    Command,
    FollowHandOff,
    NoteContestation,
    NoteFacts,
    NoteFailedRemedy,
    NoteRemedy,
    NoteWithdrawalAnswer,
    OpenFollowUp,
    ReopenCase,
)
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.shared.clocks.moments_of import Told, told_by
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts import appeals, assessment, handoff, intake, remedies, resolution, talks
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.followup import EscalationReason
from casework.shared.contracts.standing import StandingSolution, find
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.handoffs.kinds import MOST_MOVES, HandOffRules
from casework.shared.inbox.reactor import Received
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work

APPEALED = "The complainant appealed against the decision."
FAILED = "A remedy did not put it right."
BROKEN = "A promise to the complainant was broken."


class FollowUpReactor:
    """Opens the follow-up at receipt, notes what bears on closing, and projects the status from all four."""

    consumer = "followup.v1"

    def __init__(
        self,
        actor: Actor,
        standing: Sequence[StandingSolution],
        shards: int,
        rulebook: Rulebook,
        hand_offs: HandOffRules,
    ) -> None:
        self.actor = actor
        self._standing = standing
        self._shards = shards
        self._rulebook = rulebook
        self._hand_offs = hand_offs

    def cares_for(self, type_name: str) -> bool:
        """Everything: each event is a step of the status."""
        return True

    async def commands(
        self, work: Work, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received
    ) -> Sequence[Command]:
        steps = self._steps(unit, received)
        told = self._told(unit, received)
        # A complaint opens the follow-up before its clocks are armed; whatever else happens meets clocks first, so that
        # a closing it causes finds them met.
        return (*steps, *told) if isinstance(received.event, intake.ComplaintReceived) else (*told, *steps)

    def _told(self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received) -> Sequence[Command]:
        """What the event tells the clocks."""
        event = received.event
        if isinstance(event, handoff.Offered) and event.standing is not None:
            return ()  # taken at once by whoever settles known complaints: there is nobody to wait for
        told = [self._tell(unit, received, told) for told in told_by(event, received.envelope.id)]
        match event:
            case handoff.Offered():
                return [self._follow(unit, received, event), *told]
            case resolution.DecisionContested() | resolution.ResolutionReopened() | appeals.DecisionAppealed():
                # They end resolution's offer without another word.
                ended = unit.streams[received.envelope.case_id].state.watched
                return [
                    self._tell(unit, received, Told("hand-off-taken-back", each.offer))
                    for each in ended
                    if each.giver == "resolution"
                ]
            case _:
                return told

    def _follow(
        self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received, offer: handoff.Offered
    ) -> FollowHandOff:
        kinds = (kind.most_moves for kind in self._hand_offs.kinds if kind.kind == offer.kind)
        return FollowHandOff(
            offer_id=received.envelope.id,
            giver=received.envelope.source,
            receiver=offer.to,
            most_moves=next(kinds, MOST_MOVES),
            acting_owner=offer.acting_owner,
            at=unit.now,
            rulebook=self._rulebook,
        )

    def _tell(self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received, told: Told) -> TellMoment:
        envelope = received.envelope
        return TellMoment(
            moment=told.moment,
            by=envelope.id,
            occurred_at=envelope.occurred_at or envelope.time,
            at=unit.now,
            rulebook=self._rulebook,
            about=told.about,
            due_at=told.due_at,
        )

    def _steps(self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received) -> Sequence[Command]:
        envelope = received.envelope
        match received.event:
            case intake.ComplaintReceived() as complaint:
                return (
                    OpenFollowUp(
                        owner=complaint.owner,
                        source=complaint.source,
                        category=complaint.category,
                        received_at=complaint.received_at,
                        imported=envelope.occurred_at is not None,
                        deadlines=self._rulebook.ids_for(
                            complaint.source, complaint.category, complaint.organisation or ""
                        ),
                    ),
                )
            case resolution.HandOffOffered(standing=standing):
                solution = None if standing is None else find(self._standing, standing)
                if solution is None or unit.streams[envelope.case_id].state.status != "open":
                    return ()
                return (
                    AcceptHandOff(offer_id=envelope.id, offered=envelope.id, holder=f"standing:{solution.name}"),
                    CloseCase(reason="The decision settles a known complaint."),
                    self._tell(unit, received, Told("case-closed")),
                )
            case resolution.DecisionContested(reason=reason) | resolution.ResolutionReopened(reason=reason):
                return self._contested(unit, received, reason)
            case appeals.DecisionAppealed():
                return self._contested(unit, received, APPEALED)
            case resolution.PromiseBroken():
                return self._reopened(unit, received, BROKEN)
            case remedies.RemedyFailed(remedy=remedy):
                failed = NoteFailedRemedy(remedy=remedy, about=envelope.id, at=unit.now, rulebook=self._rulebook)
                return (*self._reopened(unit, received, FAILED), failed)
            case resolution.WithdrawalHonoured(reason=reason):
                return (
                    NoteWithdrawalAnswer(honoured=True, reason=reason),
                    self._tell(unit, received, Told("case-closed")),
                )
            case resolution.WithdrawalCameAfterDecision(reason=reason):
                return (NoteWithdrawalAnswer(honoured=False, reason=reason),)
            case intake.ComplaintAssessed(severity=severity) if self._rulebook.tells_apart(severity):
                return (NoteSeverity(severity=severity),)
            case assessment.TheirDeadlineSet(threat=True):
                return (self._alert(unit, received, "threat", to_top=False),)
            case assessment.IncidentModeSet():
                return (self._alert(unit, received, "incident", to_top=True),)
            case talks.AgreementRestated(agreement_id=agreement):
                return (NoteAgreement(agreement_id=agreement),)
            case talks.AgreementBound(agreement_id=agreement):
                return (NoteAgreement(agreement_id=agreement, bound=True),)
            case talks.AgreementGivenUp(agreement_id=agreement):
                return (NoteAgreement(agreement_id=agreement, bound=False),)
            case remedies.RemedySent(remedy=remedy) | remedies.RemedyOfferAnswered(remedy=remedy, answer="accepted"):
                return (NoteRemedy(remedy=remedy, owed=True),)
            case remedies.RemedyReceived(remedy=remedy) | remedies.RemedyWaived(remedy=remedy):
                return (NoteRemedy(remedy=remedy, owed=False),)
            case intake.FactsAdded():
                return (NoteFacts(facts_event=envelope.id),)
            case _:
                return ()

    def _reopened(
        self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received, reason: str
    ) -> Sequence[Command]:
        """Take the case up again, if it is closed: what was owed did not come, so no window for it counts."""
        if unit.streams[received.envelope.case_id].state.status != "closed":
            return ()
        return (ReopenCase(reason=reason), self._tell(unit, received, Told("case-reopened")))

    def _alert(
        self,
        unit: Unit[Command, FollowUp, FollowUpEvent],
        received: Received,
        reason: EscalationReason,
        *,
        to_top: bool,
    ) -> AlertDuty:
        return AlertDuty(about=received.envelope.id, reason=reason, to_top=to_top, at=unit.now, rulebook=self._rulebook)

    def _contested(
        self, unit: Unit[Command, FollowUp, FollowUpEvent], received: Received, reason: str
    ) -> Sequence[Command]:
        noted = NoteContestation(contestation=received.envelope.id, reason=reason)
        if unit.streams[received.envelope.case_id].state.status != "closed":
            return (noted,)
        return (noted, self._tell(unit, received, Told("case-reopened")))

    async def project(
        self,
        work: Work,
        unit: Unit[Command, FollowUp, FollowUpEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[FollowUpEvent]],
    ) -> None:
        await projections.project(work, self._shards, unit, received, recorded, self._rulebook)
        await purge_by(work, "followup", [(each.envelope, each.event) for each in received])
