"""What each capability of resolution decides and keeps: which module, and from which stage on.

Invariant: only dispatches; every rule is in the capability's own module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casework.resolution.domain import (
    access,
    apologies,
    conflicts,
    containment,
    demand_answers,
    desk,
    known,
    measures,
    outgoing,
    party_sanctions,
    progress_updates,
    promises,
    recordings,
    refused_demands,
    rulings,
    settlement,
    statements,
    talks,
)
from casework.resolution.domain.apologies import Apologise
from casework.resolution.domain.approvals import DecideApproval
from casework.resolution.domain.commands import AnswerChecks, CapabilityCommand, OpenFilePart
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.containment import ExplainUncontainedAnswer, NoteContainment
from casework.resolution.domain.demand_answers import AnswerDemand, NoteDemand
from casework.resolution.domain.events import (
    AcknowledgementNoted,
    AgreementAccepted,
    AgreementBound,
    AgreementGivenUp,
    AgreementRestated,
    ApologyGiven,
    AppealDecided,
    AppealLodged,
    BarredFromDeciding,
    CallBackAttempted,
    CallOffered,
    CallRecorded,
    CapabilityEvent,
    CauseNoted,
    ConclusionNoted,
    ContainmentNoted,
    DemandAnswered,
    DemandsNoted,
    EvidenceNoted,
    FactsStated,
    FileOpened,
    FileRefused,
    FindingNoted,
    MeasureLifted,
    MessageSent,
    NegotiationEnded,
    NegotiationInvited,
    PartiesRuled,
    ProgressUpdateBounced,
    ProgressUpdateDelivered,
    ProgressUpdateSent,
    PromiseBroken,
    PromiseHeldBack,
    PromiseKept,
    PromiseMade,
    PromiseTaken,
    ProvisionalMeasureImposed,
    QuickSettlementAccepted,
    QuickSettlementTimed,
    ReceiptNoted,
    RecordingNoted,
    ResolutionEvent,
    ResponseChecked,
    SanctionImposed,
    StatementApproved,
    StatementDrafted,
    SummaryResolutionSent,
    UncontainedAnswerExplained,
)
from casework.resolution.domain.known import (
    NoteAcknowledgement,
    NoteCause,
    NoteConclusion,
    NoteEvidence,
    NoteFinding,
    NoteReceipt,
)
from casework.resolution.domain.ledger import LeaveUnanswered
from casework.resolution.domain.measures import DecideAppeal, ImposeMeasure, LodgeAppeal, SanctionSilence
from casework.resolution.domain.outgoing import SendMessage
from casework.resolution.domain.party_sanctions import (
    AppealPartySanction,
    EndPartySanction,
    ReverseInfringement,
    SanctionParty,
    UpholdInfringement,
)
from casework.resolution.domain.progress_updates import RecordBounce, RecordDelivery, SendProgressUpdate
from casework.resolution.domain.promises import (
    BreakPromise,
    HoldPromiseBack,
    KeepPromise,
    MakePromise,
    RecordAttempt,
    TakePromise,
)
from casework.resolution.domain.ready_answers import OfferReadyAnswer
from casework.resolution.domain.recordings import ListenFirst, NoteRecording
from casework.resolution.domain.remedies import ProposeRemedy
from casework.resolution.domain.rulings import EndNegotiation, InviteToNegotiate
from casework.resolution.domain.settlement import AcceptQuickSettlement, SendSummaryResolution, TimeQuickSettlement
from casework.resolution.domain.stages import deciding, heard_of, working
from casework.resolution.domain.statements import ApproveStatement, DraftStatement
from casework.resolution.domain.talks import AcceptAgreement, GiveUpAgreement, OfferCall, RecordCall, RestateAgreement
from casework.shared.checks import answering
from casework.shared.contracts.sanctions import (
    InfringementReversed,
    InfringementUpheld,
    PartySanctionAppealed,
    PartySanctionConfirmed,
    PartySanctioned,
    PartySanctionReversed,
)

if TYPE_CHECKING:
    from casework.resolution.domain.resolution import Resolution


def decide(command: CapabilityCommand, state: Resolution) -> tuple[ResolutionEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `stages` and of the capability's module."""
    match command:
        case ProposeRemedy() | DecideApproval():
            deciding(state)
            return desk.decide(command, state.desk, state.remedies)
        case MakePromise() | TakePromise() | HoldPromiseBack() | RecordAttempt() | KeepPromise():
            heard_of(state)
            return promises.decide(command, state.promises)
        case BreakPromise():
            return () if state.status == "withdrawn" else promises.decide(command, state.promises)
        case NoteRecording():
            return () if state.status == "withdrawn" else recordings.decide(command, state.recordings, state.promises)
        case ListenFirst():
            heard_of(state)
            return recordings.decide(command, state.recordings, state.promises)
        case SendProgressUpdate() | RecordDelivery() | RecordBounce():
            heard_of(state)
            return progress_updates.decide(command, state.updates, state.statements)
        case AcceptQuickSettlement() | SendSummaryResolution():
            heard_of(state)
            return settlement.decide(command, state.settlement)
        case TimeQuickSettlement():
            return settlement.decide(command, state.settlement)
        case ImposeMeasure() | LodgeAppeal() | DecideAppeal():
            heard_of(state)
            return measures.decide(command, state.measures)
        case AnswerChecks():
            working(state)
            return answering.decide(command, state.checks, ResponseChecked)
        case NotePersons() | NoteStake():
            return conflicts.decide(command, state.conflicts)
        case AnswerDemand():
            heard_of(state)
            refused_demands.require_proof(command, state.known.items)
            return demand_answers.decide(command, state.demands)
        case NoteDemand():
            return demand_answers.decide(command, state.demands)
        case SanctionSilence():
            return () if state.status == "withdrawn" else measures.decide(command, state.measures)
        case NoteContainment():
            return containment.decide(command, state.containment)
        case ExplainUncontainedAnswer():
            deciding(state)
            return containment.decide(command, state.containment)
        case NoteReceipt() | NoteAcknowledgement() | NoteFinding() | NoteConclusion() | NoteCause() | NoteEvidence():
            return known.decide(command, state.known)
        case Apologise():
            heard_of(state)
            return apologies.decide(command, state.known, state.statements)
        case SendMessage():
            heard_of(state)
            return outgoing.decide(command, state.statements)
        case DraftStatement() | ApproveStatement():
            heard_of(state)
            return statements.decide(command, state.statements)
        case InviteToNegotiate() | EndNegotiation():
            heard_of(state)
            return rulings.decide(command, state.negotiation)
        case OfferCall() | RecordCall() | RestateAgreement() | AcceptAgreement() | GiveUpAgreement():
            heard_of(state)
            return talks.decide(command, state.talks, state.statements)
        case (
            UpholdInfringement() | ReverseInfringement() | SanctionParty() | AppealPartySanction() | EndPartySanction()
        ):
            return party_sanctions.decide(command, state.sanctions)
        case OpenFilePart():
            return access.decide(command, state)
        case LeaveUnanswered():
            return () if state.status == "withdrawn" else desk.decide(command, state.desk, state.remedies)
        case OfferReadyAnswer():
            return desk.decide(command, state.desk, state.remedies) if state.status == "deciding" else ()
        case _:
            heard_of(state)
            return desk.decide(command, state.desk, state.remedies)


def evolve(state: Resolution, event: CapabilityEvent) -> Resolution:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case PromiseMade() | PromiseTaken() | PromiseHeldBack() | CallBackAttempted() | PromiseKept() | PromiseBroken():
            return replace(state, promises=promises.evolve(state.promises, event))
        case RecordingNoted():
            return replace(state, recordings=recordings.evolve(state.recordings, event))
        case ProgressUpdateSent() | ProgressUpdateDelivered() | ProgressUpdateBounced():
            return replace(state, updates=progress_updates.evolve(state.updates, event))
        case BarredFromDeciding():
            return replace(state, conflicts=conflicts.evolve(state.conflicts, event))
        case QuickSettlementTimed() | QuickSettlementAccepted() | SummaryResolutionSent():
            return replace(state, settlement=settlement.evolve(state.settlement, event))
        case ProvisionalMeasureImposed() | AppealLodged() | AppealDecided() | MeasureLifted() | SanctionImposed():
            return replace(state, measures=measures.evolve(state.measures, event))
        case (
            ReceiptNoted()
            | AcknowledgementNoted()
            | FindingNoted()
            | ConclusionNoted()
            | CauseNoted()
            | EvidenceNoted()
        ):
            return replace(state, known=known.evolve(state.known, event))
        case StatementDrafted() | StatementApproved():
            return replace(state, statements=statements.evolve(state.statements, event))
        case ResponseChecked():
            return replace(state, checks=answering.evolve(state.checks, event))
        case ContainmentNoted() | UncontainedAnswerExplained():
            return replace(state, containment=containment.evolve(state.containment, event))
        case (
            InfringementUpheld()
            | InfringementReversed()
            | PartySanctioned()
            | PartySanctionAppealed()
            | PartySanctionConfirmed()
            | PartySanctionReversed()
        ):
            return replace(state, sanctions=party_sanctions.evolve(state.sanctions, event))
        case DemandsNoted() | DemandAnswered():
            return replace(state, demands=demand_answers.evolve(state.demands, event))
        case (
            CallOffered()
            | CallRecorded()
            | AgreementRestated()
            | AgreementAccepted()
            | AgreementBound()
            | AgreementGivenUp()
        ):
            return replace(state, talks=talks.evolve(state.talks, event))
        case NegotiationInvited() | NegotiationEnded():
            return replace(state, negotiation=rulings.evolve(state.negotiation, event))
        case ApologyGiven() | PartiesRuled() | MessageSent() | FactsStated() | FileOpened() | FileRefused():
            return state
        case _:
            return replace(state, desk=desk.evolve(state.desk, event))
