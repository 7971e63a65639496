"""Resolution: from investigation's offer to the hand-off to follow-up.

Its stream decides on investigation's offers, and whether a withdrawal came before or after the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from uuid import UUID

from casework.resolution.domain import (
    access,
    answer_gate,
    apologies,
    appeals,
    conflicts,
    containment,
    demand_answers,
    desk,
    errors,
    known,
    measures,
    outgoing,
    outside_actions,
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
from casework.resolution.domain.appeals import (
    NOT_DECIDED,
    Appealable,
    AppealWaits,
    DecideDecisionAppeal,
    LodgeDecisionAppeal,
)
from casework.resolution.domain.approvals import DecideApproval
from casework.resolution.domain.commands import (
    AcceptHandOff,
    AnswerChecks,
    Command,
    CommunicateDecision,
    DeclineHandOff,
    LapseHandOff,
    OfferHandOff,
    OpenFilePart,
    OpenResolution,
    RecordReply,
    ReopenResolution,
    TakeBackHandOff,
    TakeWithdrawal,
)
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.containment import Containment, ExplainUncontainedAnswer, NoteContainment
from casework.resolution.domain.demand_answers import AnswerDemand, Demand, NoteDemand
from casework.resolution.domain.desk import EMPTY_DESK, Desk
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
    CauseNoted,
    ConclusionNoted,
    ContainmentNoted,
    DecisionAccepted,
    DecisionCommunicated,
    DecisionContested,
    DemandAnswered,
    DemandsNoted,
    EvidenceNoted,
    FactsStated,
    FileOpened,
    FileRefused,
    FindingNoted,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
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
    RemedyProposed,
    ResolutionEvent,
    ResolutionOpened,
    ResolutionReopened,
    ResponseChecked,
    SanctionImposed,
    StatementApproved,
    StatementDrafted,
    SummaryResolutionSent,
    UncontainedAnswerExplained,
    WithdrawalCameAfterDecision,
    WithdrawalHonoured,
)
from casework.resolution.domain.known import (
    NOTHING_KNOWN,
    Known,
    NoteAcknowledgement,
    NoteCause,
    NoteConclusion,
    NoteEvidence,
    NoteFinding,
    NoteReceipt,
)
from casework.resolution.domain.ledger import LeaveUnanswered
from casework.resolution.domain.measures import DecideAppeal, ImposeMeasure, LodgeAppeal, Measure, SanctionSilence
from casework.resolution.domain.outgoing import SendMessage
from casework.resolution.domain.party_sanctions import (
    NONE,
    AppealPartySanction,
    EndPartySanction,
    PartySanctions,
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
    Promise,
    RecordAttempt,
    TakePromise,
)
from casework.resolution.domain.ready_answers import OfferReadyAnswer
from casework.resolution.domain.recordings import ListenFirst, NoteRecording, Recordings
from casework.resolution.domain.remedies import ProposeRemedy
from casework.resolution.domain.rulings import EndNegotiation, InviteToNegotiate, Negotiation, RuleForParties
from casework.resolution.domain.settlement import (
    NOT_TIMED,
    AcceptQuickSettlement,
    SendSummaryResolution,
    Settlement,
    TimeQuickSettlement,
)
from casework.resolution.domain.statements import ApproveStatement, DraftStatement, Statements
from casework.resolution.domain.talks import (
    NO_TALKS,
    AcceptAgreement,
    GiveUpAgreement,
    OfferCall,
    RecordCall,
    RestateAgreement,
    Talks,
)
from casework.shared.checks import answering
from casework.shared.checks.answering import Checks
from casework.shared.conflicts import NOBODY_BARRED, Conflicts
from casework.shared.contracts.appeals import DecisionAppealDecided, DecisionAppealed
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.sanctions import (
    InfringementReversed,
    InfringementUpheld,
    PartySanctionAppealed,
    PartySanctionConfirmed,
    PartySanctioned,
    PartySanctionReversed,
)
from casework.shared.contracts.vocabulary import RemedyKind
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered
from casework.shared.handoffs.receiving import NO_OFFERS, OffersReceived, Way

Status: TypeAlias = Literal["waiting", "deciding", "decided", "appealed", "offered", "withdrawn"]
"""`waiting`: no offer was accepted; what became of the last one is in the offers."""
STATE_VERSION = 4
WAY = Way(giver="investigation", receiver="resolution")
WITHDRAWN = "The complaint was withdrawn before a decision: there is nothing left to decide."
HELD = "Resolution has this case already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What resolution's decisions need to know.

    `offers` are investigation's; `remedies` and `accepted` are of this round of deciding; `withdrawal_answered` makes
    a second answer to the same withdrawal impossible. `evidence` is what came with the newest offer, for the decision.
    """

    status: Status = "waiting"
    offers: OffersReceived = NO_OFFERS
    category: str = ""
    owner: str = ""
    remedies: tuple[RemedyKind, ...] = ()
    accepted: bool = False
    withdrawal_answered: bool = False
    promises: tuple[Promise, ...] = ()
    updates: tuple[UUID, ...] = ()
    settlement: Settlement = NOT_TIMED
    measures: tuple[Measure, ...] = ()
    known: Known = NOTHING_KNOWN
    statements: Statements = ()
    negotiation: Negotiation | None = None
    talks: Talks = NO_TALKS
    desk: Desk = EMPTY_DESK
    conflicts: Conflicts = NOBODY_BARRED
    checks: Checks = ()
    containment: Containment = "not-wanted"
    sanctions: PartySanctions = NONE
    appeal: Appealable = NOT_DECIDED
    demands: tuple[Demand, ...] = ()
    evidence: EvidenceStandings | None = None
    recordings: Recordings = ()

    @property
    def is_free(self) -> bool:
        """Whether a new offer would be opened."""
        return self.status == "waiting" and self.offers.is_free


def decide(command: Command, state: Resolution) -> tuple[ResolutionEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case OpenResolution():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, holder=holder):
            _answering(offer_id, state)
            if not command.imported:
                conflicts.refuse_conflict(holder, state.conflicts)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, reason=reason):
            _answering(offer_id, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case LapseHandOff(offer_id=offer_id):
            if state.status != "waiting" or not state.offers.waits(offer_id):
                return ()
            return (HandOffLapsed(offer_id=offer_id),)
        case ProposeRemedy():
            _deciding(state)
            return desk.decide(command, state.desk, state.remedies)
        case DecideApproval(acting=acting):
            _deciding(state)
            conflicts.refuse_conflict(acting.id, state.conflicts)
            return desk.decide(command, state.desk, state.remedies)
        case CommunicateDecision():
            return _communicate(command, state)
        case RecordReply():
            return _reply(command, state)
        case TakeWithdrawal(reason=reason):
            return _withdraw(reason, state)
        case ReopenResolution(contestation=contestation):
            # A contestation was recorded here first and sent us back to deciding then. By the time its echo
            # arrives a new decision may stand, which must not be undone.
            if contestation is not None or state.status == "deciding":
                return ()
            return (ResolutionReopened(reason=command.reason, category=command.category, owner=command.owner),)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case MakePromise() | TakePromise() | HoldPromiseBack() | RecordAttempt() | KeepPromise():
            _heard_of(state)
            return promises.decide(command, state.promises)
        case BreakPromise():
            return promises.decide(command, state.promises)
        case NoteRecording():
            return () if state.status == "withdrawn" else recordings.decide(command, state.recordings, state.promises)
        case ListenFirst():
            _heard_of(state)
            return recordings.decide(command, state.recordings, state.promises)
        case SendProgressUpdate() | RecordDelivery() | RecordBounce():
            _heard_of(state)
            return progress_updates.decide(command, state.updates, state.statements)
        case AcceptQuickSettlement() | SendSummaryResolution():
            _heard_of(state)
            return settlement.decide(command, state.settlement)
        case TimeQuickSettlement():
            return settlement.decide(command, state.settlement)
        case ImposeMeasure() | LodgeAppeal() | DecideAppeal():
            _heard_of(state)
            return measures.decide(command, state.measures)
        case AnswerChecks():
            _working(state)
            return answering.decide(command, state.checks, ResponseChecked)
        case NotePersons() | NoteStake():
            return conflicts.decide(command, state.conflicts)
        case AnswerDemand():
            _heard_of(state)
            refused_demands.require_proof(command, state.known.items)
            return demand_answers.decide(command, state.demands)
        case NoteDemand():
            return demand_answers.decide(command, state.demands)
        case SanctionSilence():
            return () if state.status == "withdrawn" else measures.decide(command, state.measures)
        case NoteContainment():
            return containment.decide(command, state.containment)
        case ExplainUncontainedAnswer():
            _deciding(state)
            return containment.decide(command, state.containment)
        case NoteReceipt() | NoteAcknowledgement() | NoteFinding() | NoteConclusion() | NoteCause() | NoteEvidence():
            return known.decide(command, state.known)
        case Apologise():
            _heard_of(state)
            return apologies.decide(command, state.known, state.statements)
        case SendMessage():
            _heard_of(state)
            return outgoing.decide(command, state.statements)
        case DraftStatement() | ApproveStatement():
            _heard_of(state)
            return statements.decide(command, state.statements)
        case InviteToNegotiate() | EndNegotiation():
            _heard_of(state)
            return rulings.decide(command, state.negotiation)
        case OfferCall() | RecordCall() | RestateAgreement() | AcceptAgreement() | GiveUpAgreement():
            _heard_of(state)
            return talks.decide(command, state.talks, state.statements)
        case RuleForParties():
            return _rule(command, state)
        case LodgeDecisionAppeal():
            if _working(state) == "deciding":
                raise errors.NoDecision
            return appeals.decide(command, state.appeal)
        case DecideDecisionAppeal(judge=judge):
            _heard_of(state)
            conflicts.refuse_conflict(judge, state.conflicts)
            return appeals.decide(command, state.appeal)
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
            _heard_of(state)
            return desk.decide(command, state.desk, state.remedies)


def evolve(state: Resolution, event: ResolutionEvent) -> Resolution:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ResolutionOpened(offer_id=offer_id, category=category, owner=owner, evidence=standings):
            offers = state.offers.opened(offer_id)
            opened = replace(state, offers=offers, category=category, owner=owner, evidence=standings)
            return opened if event.standing is None else _without_cause(opened)
        case HandOffAccepted():
            return replace(state, status="deciding", offers=state.offers.answered(event))
        case HandOffDeclined() | HandOffLapsed():
            return replace(state, offers=state.offers.answered(event))
        case RemedyProposed(kind=kind):
            return replace(state, remedies=(*state.remedies, kind), desk=desk.evolve(state.desk, event))
        case DecisionCommunicated(by=by, appeal=terms):
            return replace(state, status="decided", appeal=appeals.given(by, terms))
        case HandOffTakenBack():
            return replace(state, status="decided")
        case DecisionAppealed():
            return replace(state, status="appealed", appeal=appeals.evolve(state.appeal, event))
        case DecisionAppealDecided(succeeded=succeeded):
            after = replace(state, status="decided", appeal=appeals.evolve(state.appeal, event))
            if not succeeded:
                return after
            again = demand_answers.contested(state.demands)
            return replace(after, status="deciding", remedies=(), accepted=False, demands=again)
        case DecisionAccepted():
            return replace(state, accepted=True)
        case DecisionContested():
            again = demand_answers.contested(state.demands)
            return replace(state, status="deciding", remedies=(), accepted=False, demands=again)
        case WithdrawalHonoured():
            return replace(state, status="withdrawn", withdrawal_answered=True)
        case WithdrawalCameAfterDecision():
            return replace(state, withdrawal_answered=True)
        case ResolutionReopened(category=category, owner=owner):
            # After a withdrawal nobody investigates any more who could still record a cause.
            state = _without_cause(state) if state.status == "withdrawn" else state
            again = demand_answers.contested(state.demands)
            return replace(
                state,
                status="deciding",
                remedies=(),
                accepted=False,
                category=category,
                owner=owner,
                demands=again,
            )
        case HandOffOffered():
            return replace(state, status="offered")
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


DECIDER: Decider[Command, Resolution, ResolutionEvent] = Decider(Resolution(), decide, evolve)


def _open(command: OpenResolution, state: Resolution) -> tuple[ResolutionEvent, ...]:
    if command.offer_id in state.offers.seen:
        return ()
    if state.status == "withdrawn":
        return (HandOffDeclined(offer_id=command.offer_id, reason=WITHDRAWN),)
    if not state.is_free:
        return (HandOffDeclined(offer_id=command.offer_id, reason=HELD),)
    return (
        ResolutionOpened(
            offer_id=command.offer_id,
            category=command.category,
            owner=command.owner,
            standing=command.standing,
            evidence=command.evidence,
        ),
    )


def _without_cause(state: Resolution) -> Resolution:
    return replace(state, known=replace(state.known, asks_cause=False))


def _answering(offer_id: UUID, state: Resolution) -> None:
    match state.status:
        case "waiting":
            state.offers.require_waiting(offer_id, WAY)
        case "withdrawn":
            raise errors.WithdrawalWasHonoured
        case _:
            raise errors.ResolutionHasTheWork(state.status)


def _working(state: Resolution) -> Literal["deciding", "decided", "appealed", "offered"]:
    match state.status:
        case "waiting":
            state.offers.refuse_work(WAY)
        case "withdrawn":
            raise errors.WithdrawalWasHonoured
        case status:
            return status


def _heard_of(state: Resolution) -> None:
    """What has a time of its own may be recorded at every stage, so long as the complaint goes on."""
    if state.status == "withdrawn":
        raise errors.WithdrawalWasHonoured


def _deciding(state: Resolution) -> None:
    status = _working(state)
    if status != "deciding":
        raise errors.DecisionAlreadyCommunicated(status)


def _communicate(command: CommunicateDecision, state: Resolution) -> tuple[ResolutionEvent, ...]:
    _deciding(state)
    if not state.remedies:
        raise errors.NoRemedy
    rulings.require_talked(state.negotiation, command.now)
    return _decided(command, state)


def _rule(command: RuleForParties, state: Resolution) -> tuple[ResolutionEvent, ...]:
    """The ruling, and with it the decision of the case."""
    _deciding(state)
    ruled = rulings.rule(command, state.negotiation, state.evidence)
    decision = CommunicateDecision(
        outcome=command.outcome,
        answer=command.answer,
        channel=command.complainant_by,
        reasons=command.reasons,
        gate=command.gate,
        sending=command.sending,
        by=command.by,
    )
    return (ruled, *_decided(decision, state))


def _decided(command: CommunicateDecision, state: Resolution) -> tuple[ResolutionEvent, ...]:
    containment.require(state.containment)
    gate, sending = command.gate, command.sending
    if gate is not None:
        answer_gate.require_complete(gate, state.known, command.reasons)
        refused_demands.require_all_answered(state.demands)
    stated = outgoing.sent(sending, state.statements, "decision", command.answer, command.reasons)
    return (
        DecisionCommunicated(
            outcome=command.outcome,
            answer=command.answer,
            channel=command.channel,
            by=command.by,
            appeal=command.appeal,
            evidence=state.evidence,
            reasons=command.reasons,
            route=None if gate is None else gate.route,
            wording=sending.version,
        ),
        *stated,
    )


def _reply(command: RecordReply, state: Resolution) -> tuple[ResolutionEvent, ...]:
    if _working(state) == "deciding":
        raise errors.NoDecision
    if command.reply == "contested":
        if command.reason is None:
            raise errors.ReasonMissing
        return (DecisionContested(reason=command.reason, channel=command.channel),)
    if state.status == "appealed":
        raise AppealWaits
    if state.accepted:
        raise errors.DecisionAlreadyAccepted
    return (DecisionAccepted(channel=command.channel),)


def _withdraw(reason: str, state: Resolution) -> tuple[ResolutionEvent, ...]:
    if state.withdrawal_answered:
        return ()
    if state.status in ("decided", "appealed", "offered"):
        return (WithdrawalCameAfterDecision(reason=reason),)
    return (WithdrawalHonoured(reason=reason), *measures.end_with_complaint(state.measures))


def _offer(command: OfferHandOff, state: Resolution) -> tuple[ResolutionEvent, ...]:
    match _working(state):
        case "deciding":
            raise errors.NoDecision
        case "appealed":
            raise AppealWaits
        case "offered":
            raise HandOffAlreadyOffered("followup")
        case "decided":
            outside_actions.require_reported(state.desk.outside)
            answering.require(command.checklists, state.checks)
            return (offered(HandOffOffered, command, to="followup", category=state.category, owner=state.owner),)
