"""Investigation: from intake's offer to the hand-off to resolution. Its stream decides on intake's offers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.investigation.domain import (
    access,
    bearing,
    cause,
    conflicts,
    eight_d,
    errors,
    evidence,
    findings,
    legal_hold,
    proof,
    tasks,
)
from casework.investigation.domain.bearing import RuleShares
from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import (
    AcceptHandOff,
    AnswerChecks,
    Command,
    ConcludeInvestigation,
    DeclineHandOff,
    DiscontinueInvestigation,
    LapseHandOff,
    OfferHandOff,
    OpenFilePart,
    OpenInvestigation,
    TakeBackHandOff,
)
from casework.investigation.domain.conflicts import AssignInvestigator, DeclareStake, NotePersons
from casework.investigation.domain.custody import RecordCustody
from casework.investigation.domain.eight_d_commands import LinkCommand, ReportCommand
from casework.investigation.domain.events import (
    BarredFromInvestigating,
    CauseRecorded,
    EvidenceDisposedOf,
    EvidenceReceived,
    EvidenceRequested,
    EvidenceRequestLapsed,
    FileOpened,
    FileRefused,
    FindingRecorded,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    InvestigationChecked,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationEvent,
    InvestigationOpened,
    InvestigatorAssigned,
    LegalHoldPlaced,
    LegalHoldReleased,
    RecourseOpened,
    ReportEvent,
    SharesRuled,
    StakeDeclared,
    TaskDone,
    TaskGiven,
    TaskTakenBack,
)
from casework.investigation.domain.evidence import (
    EvidenceRequest,
    LapseEvidenceRequest,
    RecordEvidence,
    RequestEvidence,
)
from casework.investigation.domain.evidence_checklist import CompleteEvidence, WaiveEvidence
from casework.investigation.domain.evidence_items import (
    AttachItem,
    DeclareUnavailable,
    ReceiveItem,
    RecordStatement,
    RuleItem,
)
from casework.investigation.domain.findings import RecordFinding
from casework.investigation.domain.legal_hold import DisposeOfEvidence, LegalHold, NoteIncident
from casework.investigation.domain.party_papers import CheckPartyPapers
from casework.investigation.domain.proof import NO_PROOF, Proof
from casework.investigation.domain.proof_packs import InviteToMeeting, PlanMeeting
from casework.investigation.domain.recordings import LinkRecording, LogCallBack, OpenRecording
from casework.investigation.domain.tariffs import ConsultTariff
from casework.investigation.domain.tasks import FinishTask, GiveTask, TakeBackTask, Tasks
from casework.shared.checks import answering
from casework.shared.checks.answering import Checks
from casework.shared.conflicts import NOBODY_BARRED, Conflicts, refuse_conflict
from casework.shared.contracts.evidence import (
    CallBackLogged,
    CustodyRecorded,
    EvidenceAttached,
    EvidenceCompleted,
    EvidenceItemReceived,
    EvidenceRuled,
    EvidenceStatementRecorded,
    EvidenceUnavailable,
    EvidenceWaived,
    MeetingPlanned,
    MeetingReady,
    PartyPapersChecked,
    RecordingLinked,
    RecordingOpened,
    TariffConsulted,
)
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered
from casework.shared.handoffs.receiving import NO_OFFERS, OffersReceived, Way

Status: TypeAlias = Literal["waiting", "investigating", "concluded", "offered", "discontinued"]
"""`waiting`: no offer was accepted; what became of the last one is in the offers."""
STATE_VERSION = 4
FREE = LegalHold()
WAY = Way(giver="intake", receiver="investigation")
WITHDRAWN = "The complaint was withdrawn: there is nothing left to investigate."
HELD = "Investigation has this case already, by an earlier offer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What investigation's decisions need to know. `offers` are intake's."""

    status: Status = "waiting"
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

    @property
    def is_free(self) -> bool:
        """Whether a new offer would be opened."""
        return self.status == "waiting" and self.offers.is_free


def decide(command: Command, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    if isinstance(command, ReportCommand):
        if not isinstance(command, LinkCommand):
            _accepted(state)
            proof.require_cited(command, state.proof)
        return eight_d.decide(command, state.report)
    match command:
        case OpenInvestigation():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, holder=holder):
            _answering(offer_id, state)
            if not command.imported:
                refuse_conflict(holder, state.conflicts)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, reason=reason):
            _answering(offer_id, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case LapseHandOff(offer_id=offer_id):
            if state.status != "waiting" or not state.offers.waits(offer_id):
                return ()
            return (HandOffLapsed(offer_id=offer_id),)
        case RecordFinding():
            _investigating(state)
            _free_of_conflict(command, state)
            proof.require_cited(command, state.proof)
            return tuple(replace(each, last_holder=state.proof.last_holder) for each in findings.decide(command))
        case ConcludeInvestigation():
            return _conclude(command, state)
        case RecordCause():
            _accepted(state)
            return cause.decide(command)
        case AnswerChecks():
            _accepted(state)
            return answering.decide(command, state.checks, InvestigationChecked)
        case NotePersons():
            return conflicts.decide(command, state.conflicts)
        case DeclareStake():
            _accepted(state)
            return conflicts.decide(command, state.conflicts)
        case AssignInvestigator():
            _investigating(state)
            return conflicts.decide(command, state.conflicts)
        case GiveTask():
            _investigating(state)
            return tasks.decide(command, state.tasks)
        case RuleShares():
            _accepted(state)
            proof.require_cited(command, state.proof)
            return bearing.decide(command)
        case FinishTask() | TakeBackTask():
            _accepted(state)
            return tasks.decide(command, state.tasks)
        case DiscontinueInvestigation(reason=reason):
            return () if state.status == "discontinued" else (InvestigationDiscontinued(reason=reason),)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case RequestEvidence():
            _investigating(state)
            return evidence.decide(command, state.evidence)
        case RecordEvidence():
            return evidence.decide(command, state.evidence)
        case ReceiveItem(request_id=UUID()) | DeclareUnavailable(request_id=UUID()):
            _accepted(state)
            return _answer(command, state)
        case (
            ReceiveItem()
            | AttachItem()
            | DeclareUnavailable()
            | RuleItem()
            | RecordStatement()
            | WaiveEvidence()
            | CompleteEvidence()
            | RecordCustody()
            | ConsultTariff()
            | CheckPartyPapers()
            | PlanMeeting()
            | InviteToMeeting()
            | LinkRecording()
            | OpenRecording()
            | LogCallBack()
        ):
            _accepted(state)
            return proof.decide(command, state.proof)
        case LapseEvidenceRequest():
            # With the complaint went the reason to ask: nobody is told of an effect any more.
            return () if state.status == "discontinued" else evidence.decide(command, state.evidence)
        case NoteIncident() | DisposeOfEvidence():
            arrived = {each.id for each in state.evidence if each.has_arrived}
            return legal_hold.decide(command, state.hold, arrived)
        case OpenFilePart():
            return access.decide(command, state)
        case _:
            assert_never(command)


def evolve(state: Investigation, event: InvestigationEvent) -> Investigation:
    """The state after `event`; never fails on an event that was recorded."""
    if isinstance(event, ReportEvent):
        return replace(state, report=eight_d.evolve(state.report, event))
    match event:
        case InvestigationOpened(offer_id=offer_id, category=category, owner=owner):
            return replace(state, offers=state.offers.opened(offer_id), category=category, owner=owner)
        case HandOffAccepted(holder=holder):
            return replace(state, status="investigating", offers=state.offers.answered(event), holder=holder)
        case HandOffDeclined() | HandOffLapsed():
            return replace(state, offers=state.offers.answered(event))
        case FindingRecorded():
            return replace(state, findings=state.findings + 1)
        case InvestigationConcluded() | HandOffTakenBack():
            return replace(state, status="concluded")
        case InvestigationDiscontinued():
            return replace(state, status="discontinued")
        case HandOffOffered():
            return replace(state, status="offered")
        case (
            EvidenceItemReceived()
            | EvidenceAttached()
            | EvidenceUnavailable()
            | EvidenceRuled()
            | EvidenceStatementRecorded()
            | EvidenceWaived()
            | EvidenceCompleted()
            | CustodyRecorded()
            | TariffConsulted()
            | PartyPapersChecked()
            | MeetingPlanned()
            | MeetingReady()
            | RecordingLinked()
            | RecordingOpened()
            | CallBackLogged()
        ):
            return replace(state, proof=proof.evolve(state.proof, event))
        case EvidenceRequested() | EvidenceReceived() | EvidenceRequestLapsed():
            return replace(state, evidence=evidence.evolve(state.evidence, event))
        case InvestigatorAssigned(holder=holder):
            return replace(state, holder=holder)
        case BarredFromInvestigating() | StakeDeclared():
            return replace(state, conflicts=conflicts.evolve(state.conflicts, event))
        case TaskGiven() | TaskDone() | TaskTakenBack():
            return replace(state, tasks=tasks.evolve(state.tasks, event))
        case CauseRecorded() | SharesRuled() | RecourseOpened():
            # For others to know: nothing here depends on it.
            return state
        case InvestigationChecked():
            return replace(state, checks=answering.evolve(state.checks, event))
        case LegalHoldPlaced() | LegalHoldReleased() | EvidenceDisposedOf():
            return replace(state, hold=legal_hold.evolve(state.hold, event))
        case FileOpened() | FileRefused():
            return state
        case _:
            assert_never(event)


DECIDER: Decider[Command, Investigation, InvestigationEvent] = Decider(Investigation(), decide, evolve)


def _open(command: OpenInvestigation, state: Investigation) -> tuple[InvestigationEvent, ...]:
    if command.offer_id in state.offers.seen:
        return ()
    if state.status == "discontinued":
        return (HandOffDeclined(offer_id=command.offer_id, reason=WITHDRAWN),)
    if not state.is_free:
        return (HandOffDeclined(offer_id=command.offer_id, reason=HELD),)
    return (
        InvestigationOpened(
            offer_id=command.offer_id,
            category=command.category,
            owner=command.owner,
            standing=command.standing,
            immediate_actions=command.immediate_actions,
        ),
    )


def _answering(offer_id: UUID, state: Investigation) -> None:
    match state.status:
        case "waiting":
            state.offers.require_waiting(offer_id, WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case _:
            raise errors.HandOffAlreadyAccepted(state.holder)


def _accepted(state: Investigation) -> Status:
    match state.status:
        case "waiting":
            state.offers.refuse_work(WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case _:
            return state.status


def _investigating(state: Investigation) -> None:
    if _accepted(state) != "investigating":
        raise errors.InvestigationAlreadyConcluded(state.status)


def _free_of_conflict(command: RecordFinding | ConcludeInvestigation, state: Investigation) -> None:
    """Neither who holds the case nor who acts is barred from it. Raises `ConflictOfInterest`."""
    if not command.settled:
        refuse_conflict(state.holder, state.conflicts)
        refuse_conflict(command.by, state.conflicts)


def _conclude(command: ConcludeInvestigation, state: Investigation) -> tuple[InvestigationEvent, ...]:
    _investigating(state)
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
    match _accepted(state):
        case "investigating":
            raise errors.InvestigationNotConcluded
        case "offered":
            raise HandOffAlreadyOffered("resolution")
        case _:
            answering.require(command.checklists, state.checks)
            offer = offered(HandOffOffered, command, to="resolution", category=state.category, owner=state.owner)
            return (replace(offer, evidence=state.proof.standings),)


def _answer(command: ReceiveItem | DeclareUnavailable, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """What answers a request: the request ends with it, unless something arrived for it before."""
    asked = RecordEvidence(request_id=command.request_id, what=command.what, now=command.at)
    arrived = evidence.decide(asked, state.evidence)
    request = next(each for each in state.evidence if each.id == command.request_id)
    if isinstance(command, ReceiveItem):
        command = replace(command, asked_by=request.asked_by, due_at=request.due_at)
    return (*(() if request.status == "received" else arrived), *proof.decide(command, state.proof))
