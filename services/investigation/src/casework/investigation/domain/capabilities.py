"""What each capability of investigation decides and keeps: which module, and from which stage on.

Invariant: only dispatches; every rule is in the capability's own module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never
from uuid import UUID

from casework.investigation.domain import (
    access,
    bearing,
    cause,
    conflicts,
    eight_d,
    evidence,
    legal_hold,
    proof,
    staff_file,
    tasks,
)
from casework.investigation.domain.bearing import RuleShares
from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import AnswerChecks, CapabilityCommand, OpenFilePart
from casework.investigation.domain.conflicts import AssignInvestigator, DeclareStake, NotePersons
from casework.investigation.domain.custody import RecordCustody
from casework.investigation.domain.eight_d_commands import LinkCommand, ReportCommand
from casework.investigation.domain.events import (
    BarredFromInvestigating,
    CapabilityEvent,
    CauseRecorded,
    DemandNoted,
    EvidenceDisposedOf,
    EvidenceReceived,
    EvidenceRequested,
    EvidenceRequestLapsed,
    FileOpened,
    FileRefused,
    InvestigationChecked,
    InvestigationEvent,
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
from casework.investigation.domain.evidence import LapseEvidenceRequest, RecordEvidence, RequestEvidence
from casework.investigation.domain.evidence_checklist import CompleteEvidence, WaiveEvidence
from casework.investigation.domain.evidence_items import (
    AttachItem,
    DeclareUnavailable,
    ReceiveItem,
    RecordStatement,
    RuleItem,
)
from casework.investigation.domain.findings import NoteDemand
from casework.investigation.domain.legal_hold import DisposeOfEvidence, NoteIncident
from casework.investigation.domain.party_papers import CheckPartyPapers
from casework.investigation.domain.proof_packs import InviteToMeeting, PlanMeeting
from casework.investigation.domain.recordings import LinkRecording, LogCallBack, OpenRecording
from casework.investigation.domain.staff_file import RecordStaffMatter
from casework.investigation.domain.stages import accepted, investigating
from casework.investigation.domain.tariffs import ConsultTariff
from casework.investigation.domain.tasks import FinishTask, GiveTask, TakeBackTask
from casework.shared.checks import answering
from casework.shared.conflicts import refuse_conflict
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
from casework.shared.contracts.staff_file import StaffMatterRecorded

if TYPE_CHECKING:
    from casework.investigation.domain.investigation import Investigation


def decide(command: CapabilityCommand, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `stages` and of the capability's module."""
    if isinstance(command, ReportCommand):
        if not isinstance(command, LinkCommand):
            accepted(state)
            proof.require_cited(command, state.proof)
        return eight_d.decide(command, state.report)
    match command:
        case RecordCause():
            accepted(state)
            return cause.decide(command)
        case AnswerChecks():
            accepted(state)
            return answering.decide(command, state.checks, InvestigationChecked)
        case NotePersons():
            return conflicts.decide(command, state.conflicts)
        case DeclareStake():
            accepted(state)
            return conflicts.decide(command, state.conflicts)
        case AssignInvestigator():
            investigating(state)
            return conflicts.decide(command, state.conflicts)
        case GiveTask():
            investigating(state)
            return tasks.decide(command, state.tasks)
        case RuleShares(by=by):
            accepted(state)
            refuse_conflict(by, state.conflicts)
            return bearing.decide(command, state.proof.items)
        case RuleItem(by=by):
            accepted(state)
            refuse_conflict(by, state.conflicts)
            return proof.decide(command, state.proof)
        case FinishTask() | TakeBackTask():
            accepted(state)
            return tasks.decide(command, state.tasks)
        case RequestEvidence():
            investigating(state)
            return evidence.decide(command, state.evidence)
        case RecordEvidence():
            return evidence.decide(command, state.evidence)
        case ReceiveItem(request_id=UUID()) | DeclareUnavailable(request_id=UUID()):
            accepted(state)
            return legal_hold.gone_before(state.hold, command, _answer(command, state))
        case DeclareUnavailable():
            accepted(state)
            return legal_hold.gone_before(state.hold, command, proof.decide(command, state.proof))
        case NoteDemand(number=number):
            is_news = state.status != "discontinued" and number > state.demands
            return (DemandNoted(number=number),) if is_news else ()
        case (
            ReceiveItem()
            | AttachItem()
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
            accepted(state)
            return proof.decide(command, state.proof)
        case LapseEvidenceRequest():
            # With the complaint went the reason to ask: nobody is told of an effect any more.
            return () if state.status == "discontinued" else evidence.decide(command, state.evidence)
        case NoteIncident() | DisposeOfEvidence():
            arrived = {each.id for each in state.evidence if each.has_arrived}
            return legal_hold.decide(command, state.hold, arrived)
        case OpenFilePart():
            return access.decide(command, state)
        case RecordStaffMatter():
            accepted(state)
            return staff_file.decide(command, state.staff_matters)
        case _:
            assert_never(command)


def evolve(state: Investigation, event: CapabilityEvent) -> Investigation:
    """The state after `event`; never fails on an event that was recorded."""
    if isinstance(event, ReportEvent):
        return replace(state, report=eight_d.evolve(state.report, event))
    match event:
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
        case StaffMatterRecorded(number=number):
            return replace(state, staff_matters=number)
        case InvestigatorAssigned(holder=holder):
            return replace(state, holder=holder)
        case BarredFromInvestigating() | StakeDeclared():
            return replace(state, conflicts=conflicts.evolve(state.conflicts, event))
        case TaskGiven() | TaskDone() | TaskTakenBack():
            return replace(state, tasks=tasks.evolve(state.tasks, event))
        case CauseRecorded() | SharesRuled() | RecourseOpened():
            # For others to know: nothing here depends on it.
            return state
        case DemandNoted(number=number):
            return replace(state, demands=max(number, state.demands))
        case InvestigationChecked():
            return replace(state, checks=answering.evolve(state.checks, event))
        case LegalHoldPlaced() | LegalHoldReleased() | EvidenceDisposedOf():
            return replace(state, hold=legal_hold.evolve(state.hold, event))
        case FileOpened() | FileRefused():
            return state
        case _:
            assert_never(event)


def _answer(command: ReceiveItem | DeclareUnavailable, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """What answers a request: the request ends with it, unless something arrived for it before."""
    asked = RecordEvidence(request_id=command.request_id, what=command.what, now=command.at)
    arrived = evidence.decide(asked, state.evidence)
    request = next(each for each in state.evidence if each.id == command.request_id)
    if isinstance(command, ReceiveItem):
        command = replace(command, asked_by=request.asked_by, due_at=request.due_at)
    return (*(() if request.status == "received" else arrived), *proof.decide(command, state.proof))
