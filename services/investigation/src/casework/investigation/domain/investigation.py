"""Investigation: from intake's offer to the hand-off to resolution. Its stream decides on intake's offers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from casework.investigation.domain import capabilities, cause, eight_d, errors, findings, proof, stages
from casework.investigation.domain.commands import (
    AcceptHandOff,
    Command,
    ConcludeInvestigation,
    DeclineHandOff,
    DiscontinueInvestigation,
    LapseHandOff,
    OfferHandOff,
    OpenInvestigation,
    ResumeInvestigation,
    TakeBackHandOff,
)
from casework.investigation.domain.events import (
    FindingRecorded,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationEvent,
    InvestigationOpened,
    InvestigationResumed,
)
from casework.investigation.domain.evidence import EvidenceRequest
from casework.investigation.domain.findings import RecordFinding
from casework.investigation.domain.legal_hold import LegalHold
from casework.investigation.domain.proof import NO_PROOF, Proof
from casework.investigation.domain.stages import Status
from casework.investigation.domain.tasks import Tasks
from casework.shared.checks import answering
from casework.shared.checks.answering import Checks
from casework.shared.conflicts import NOBODY_BARRED, Conflicts, refuse_conflict
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered
from casework.shared.handoffs.receiving import NO_OFFERS, OffersReceived, require_skills

STATE_VERSION = 6
FREE = LegalHold()
WITHDRAWN = "The complaint was withdrawn: there is nothing left to investigate."
REOPENED = "The complaint was withdrawn and the case reopened: resolution has it."
HELD = "Investigation has this case already, by an earlier offer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What investigation's decisions need to know. `offers` are intake's, and `demands` and `withdrawals` how many it
    recorded."""

    status: Status = "waiting"
    withdrawals: int = 0
    offers: OffersReceived = NO_OFFERS
    category: str = ""
    owner: str = ""
    holder: str = ""
    findings: int = 0
    evidence: tuple[EvidenceRequest, ...] = ()
    proof: Proof = NO_PROOF
    conflicts: Conflicts = NOBODY_BARRED
    checks: Checks = ()
    tasks: Tasks = ()
    report: eight_d.Report = eight_d.NO_REPORT
    hold: LegalHold = FREE
    staff_matters: int = 0
    demands: int = 0

    @property
    def is_free(self) -> bool:
        """Whether a new offer would be opened."""
        return self.status == "waiting" and self.offers.is_free


def decide(command: Command, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case OpenInvestigation():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, holder=holder):
            stages.answering(offer_id, state)
            if not command.imported:
                refuse_conflict(holder, state.conflicts)
                require_skills(state.offers.routing, holder, command.skills)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, reason=reason):
            stages.answering(offer_id, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case LapseHandOff(offer_id=offer_id):
            if state.status != "waiting" or not state.offers.waits(offer_id):
                return ()
            return (HandOffLapsed(offer_id=offer_id),)
        case RecordFinding():
            stages.investigating(state)
            _free_of_conflict(command, state)
            findings.require_there(command, state.proof.items, state.demands)
            return tuple(replace(each, last_holder=state.proof.last_holder) for each in findings.decide(command))
        case ConcludeInvestigation():
            return _conclude(command, state)
        case DiscontinueInvestigation(reason=reason, number=number):
            return () if number <= state.withdrawals else (InvestigationDiscontinued(reason=reason),)
        case ResumeInvestigation(withdrawal=number):
            if state.status != "discontinued" or number != state.withdrawals:
                return ()
            return (InvestigationResumed(withdrawal=number),)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case _:
            return capabilities.decide(command, state)


def evolve(state: Investigation, event: InvestigationEvent) -> Investigation:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case InvestigationOpened(offer_id=offer_id, category=category, owner=owner):
            return replace(state, offers=state.offers.opened(offer_id, event.routing), category=category, owner=owner)
        case HandOffAccepted(holder=holder):
            return replace(state, status="investigating", offers=state.offers.answered(event), holder=holder)
        case HandOffDeclined() | HandOffLapsed():
            return replace(state, offers=state.offers.answered(event))
        case FindingRecorded():
            return replace(state, findings=state.findings + 1)
        case InvestigationConcluded() | HandOffTakenBack():
            return replace(state, status="concluded")
        case InvestigationDiscontinued():
            return replace(state, status="discontinued", withdrawals=state.withdrawals + 1)
        case InvestigationResumed():
            return replace(state, status="resumed")
        case HandOffOffered():
            return replace(state, status="offered")
        case _:
            return capabilities.evolve(state, event)


DECIDER: Decider[Command, Investigation, InvestigationEvent] = Decider(Investigation(), decide, evolve)


def _open(command: OpenInvestigation, state: Investigation) -> tuple[InvestigationEvent, ...]:
    if command.offer_id in state.offers.seen:
        return ()
    if state.status == "discontinued":
        return (HandOffDeclined(offer_id=command.offer_id, reason=WITHDRAWN),)
    if not state.is_free:
        reason = REOPENED if state.status == "resumed" else HELD
        return (HandOffDeclined(offer_id=command.offer_id, reason=reason),)
    return (
        InvestigationOpened(
            offer_id=command.offer_id,
            category=command.category,
            owner=command.owner,
            standing=command.standing,
            immediate_actions=command.immediate_actions,
            routing=command.routing,
        ),
    )


def _free_of_conflict(command: RecordFinding | ConcludeInvestigation, state: Investigation) -> None:
    """Neither who holds the case nor who acts is barred from it. Raises `ConflictOfInterest`."""
    if not command.settled:
        refuse_conflict(state.holder, state.conflicts)
        refuse_conflict(command.by, state.conflicts)


def _conclude(command: ConcludeInvestigation, state: Investigation) -> tuple[InvestigationEvent, ...]:
    stages.investigating(state)
    _free_of_conflict(command, state)
    if state.findings == 0:
        raise errors.NoFinding
    if not command.settled:
        proof.refuse_one_sided(command.outcome, state.proof)
    if command.cause is None:
        return (InvestigationConcluded(outcome=command.outcome, summary=command.summary),)
    (recorded,) = cause.decide(command.cause)
    return (
        InvestigationConcluded(
            outcome=command.outcome,
            summary=command.summary,
            cause=recorded.cause,
            not_found_after=recorded.not_found_after or None,
        ),
    )


def _offer(command: OfferHandOff, state: Investigation) -> tuple[InvestigationEvent, ...]:
    match stages.accepted(state):
        case "investigating":
            raise errors.InvestigationNotConcluded
        case "offered":
            raise HandOffAlreadyOffered("resolution")
        case "resumed":
            raise errors.ResolutionHasTheCase
        case _:
            answering.require(command.checklists, state.checks)
            offer = offered(HandOffOffered, command, to="resolution", category=state.category, owner=state.owner)
            return (replace(offer, evidence=state.proof.standings),)
