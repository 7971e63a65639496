"""What resolution does about what the others recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from casework.resolution import projections
from casework.resolution.domain.claims import Claim
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
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.containment import NoteContainment
from casework.resolution.domain.demand_answers import NoteDemand
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.known import (
    KnownCommand,
    NoteAcknowledgement,
    NoteCause,
    NoteConclusion,
    NoteEvidence,
    NoteFinding,
    NoteReceipt,
    Search,
)
from casework.resolution.domain.ledger import LeaveUnanswered
from casework.resolution.domain.measures import SanctionSilence
from casework.resolution.domain.promises import BreakPromise
from casework.resolution.domain.recordings import NoteRecording
from casework.resolution.domain.resolution import Resolution
from casework.resolution.domain.settlement import TimeQuickSettlement
from casework.shared.business_time import is_backdated
from casework.shared.clocks.calendars import instant_of
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts import (
    around,
    assessment,
    card,
    clocks,
    conflicts,
    demands,
    evidence,
    followup,
    inquiry,
    intake,
    investigation,
    privacy,
)
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.registry import type_name
from casework.shared.contracts.standing import StandingSolution, find
from casework.shared.contracts.standing import match as match_standing
from casework.shared.eventstore.offers import take_back
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.inbox.reactor import Received
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work

_CARES = frozenset(
    type_name(event)
    for event in (
        intake.ComplaintReceived,
        privacy.ComplainantErased,
        intake.ComplaintAcknowledged,
        investigation.FindingRecorded,
        investigation.InvestigationConcluded,
        inquiry.CauseRecorded,
        evidence.EvidenceItemReceived,
        evidence.EvidenceAttached,
        evidence.EvidenceUnavailable,
        investigation.HandOffOffered,
        evidence.RecordingLinked,
        evidence.RecordingOpened,
        intake.ComplaintWithdrawn,
        card.PersonsNamed,
        conflicts.StakeDeclared,
        assessment.ImmediateActionStarted,
        assessment.ComplaintContained,
        demands.DemandStated,
        demands.DemandChanged,
        around.DemandTaken,
        around.DemandPassedOn,
        followup.CaseReopened,
        followup.HandOffDeclined,
        followup.HandOffLapsed,
        followup.HandOffOverdue,
        clocks.ClockExpired,
    )
)
_OFFER = "casework.resolution.hand-off-offered.v1"


class ResolutionReactor:
    """Opens what investigation offers, answers withdrawals, decides again what was reopened."""

    consumer = "resolution.v1"

    def __init__(self, actor: Actor, standing: Sequence[StandingSolution], rulebook: Rulebook) -> None:
        self.actor = actor
        self._standing = standing
        self._rulebook = rulebook
        # Every case has clocks, and only where quick settlement is counted are they looked at when they are armed.
        self._cares = _CARES | ({type_name(clocks.ClockArmed)} if _settles_quickly(rulebook) else set())

    def cares_for(self, type_name: str) -> bool:
        return type_name in self._cares

    async def commands(
        self, work: Work, unit: Unit[Command, Resolution, ResolutionEvent], received: Received
    ) -> Sequence[Command]:
        case_id = received.envelope.case_id
        if (noted := self._note(received)) is not None:
            return (noted,)
        match received.event:
            case investigation.HandOffOffered() as offer:
                opening = OpenResolution(
                    offer_id=received.envelope.id,
                    category=offer.category,
                    owner=offer.owner,
                    standing=offer.standing,
                    evidence=offer.evidence,
                    routing=offer.routing,
                )
                solution = None if offer.standing is None else find(self._standing, offer.standing)
                if solution is None or not unit.streams[case_id].state.is_free:
                    return (opening,)
                return (opening, *straight_through(opening, solution))
            case evidence.RecordingLinked(recording=number, consent="yes"):
                return (NoteRecording(recording=number),)
            case evidence.RecordingOpened(recording=number, by=by):
                return (NoteRecording(recording=number, heard_by=by),)
            case intake.ComplaintWithdrawn(reason=reason, number=number):
                return (TakeWithdrawal(reason=reason, number=number or 1),)
            case card.PersonsNamed(persons=persons):
                return (NotePersons(persons=persons),)
            case conflicts.StakeDeclared(persons=persons):
                return (NoteStake(persons=persons),)
            case assessment.ImmediateActionStarted() | assessment.ComplaintContained() as event:
                return (NoteContainment(is_contained=isinstance(event, assessment.ComplaintContained)),)
            case demands.DemandStated() as demand:
                return (_noted(demand, 1),)
            case demands.DemandChanged(version=version) as demand:
                return (_noted(demand, version),)
            case around.DemandTaken() as taken:
                return (
                    NoteDemand(
                        number=taken.number, version=taken.version, demand_id=taken.demand_id, owner=taken.owner
                    ),
                )
            case around.DemandPassedOn(number=number, owner=owner):
                return (NoteDemand(number=number, owner=owner),)
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
            case clocks.ClockArmed() | clocks.ClockExpired() as clock:
                return of_clock(clock)
            case _:
                return ()

    def _note(self, received: Received) -> KnownCommand | None:
        """What an answer will rest on. What services settle by standing solutions is not noted: nobody asks for it."""
        envelope = received.envelope
        itself = Actor(f"casework-{envelope.source}", "service")
        at = envelope.occurred_at or envelope.time
        match received.event:
            case intake.ComplaintReceived() as complaint if match_standing(self._standing, complaint.category) is None:
                ids = self._rulebook.ids_for(complaint.source, complaint.category, complaint.organisation or "")
                return NoteReceipt(
                    received_at=complaint.received_at,
                    deadlines=ids,
                    imported=is_backdated(envelope.occurred_at, envelope.time),
                )
            case intake.ComplaintAcknowledged() if envelope.actor.kind == "person":
                return NoteAcknowledgement(at=at)
            case investigation.FindingRecorded(side=side) if envelope.actor != itself:
                return NoteFinding(side=side)
            case investigation.InvestigationConcluded() as concluded if envelope.actor != itself:
                cause = _search(concluded.cause, concluded.not_found_after)
                return NoteConclusion(outcome=concluded.outcome, cause=cause)
            case inquiry.CauseRecorded(cause=cause):
                return NoteCause(cause="not-found" if cause is None else "found")
            case (
                evidence.EvidenceItemReceived(number=number)
                | evidence.EvidenceAttached(number=number)
                | evidence.EvidenceUnavailable(number=number)
            ):
                return NoteEvidence(number=number)
            case _:
                return None

    async def project(
        self,
        work: Work,
        unit: Unit[Command, Resolution, ResolutionEvent],
        received: Sequence[Received],
        recorded: Sequence[Recorded[ResolutionEvent]],
    ) -> None:
        """The register of sanctions over all cases."""
        await projections.project(work, [(each.envelope, each.event) for each in recorded])
        await purge_by(work, "resolution", [(each.envelope, each.event) for each in received])


def _noted(demand: demands.DemandStated | demands.DemandChanged, version: int) -> NoteDemand:
    claim = Claim(amounts=demand.amounts, alternatives=demand.alternatives)
    return NoteDemand(number=demand.number, version=version, kind=demand.kind, claim=claim)


def _search(cause: str | None, steps: Sequence[str] | None) -> Search | None:
    """What came of the search for the cause, where the conclusion says so."""
    if cause is not None:
        return "found"
    return "not-found" if steps else None


def _settles_quickly(rulebook: Rulebook) -> bool:
    institution = rulebook.institution
    wanted = {*institution.policies, *(each for regime in institution.regime for each in regime.policies)}
    return any(policy.purpose == "quick-settlement" for policy in rulebook.policies if policy.id in wanted)


def of_clock(event: clocks.ClockArmed | clocks.ClockExpired) -> Sequence[Command]:
    """What a clock of follow-up means for what has a time of its own here."""
    match event:
        case clocks.ClockArmed(purpose="quick-settlement", due=due, start=clocks.OnDay(day=day)) if due is not None:
            return (TimeQuickSettlement(due_at=_end_of(due), received_on=day, policy=event.policy),)
        case clocks.ClockExpired(purpose="promise" | "cooling-period", about=UUID() as about):
            return (BreakPromise(promise_id=about, due_at=_end_of(event.due)),)
        case clocks.ClockExpired(purpose="appeal", about=UUID() as about):
            return (SanctionSilence(measure_id=about),)
        case clocks.ClockExpired(purpose="remedy-offer", about=UUID() as about):
            return (LeaveUnanswered(offer_id=about),)
        case _:
            return ()


def _end_of(due: clocks.Point) -> datetime:
    """The instant before which it must be done."""
    match due:
        case clocks.OnDay(day=day, zone=zone):
            return instant_of(day, 24 * 60, zone)
        case clocks.AtInstant(at=at):
            return at


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
