"""Which moments an event of intake, investigation or resolution brings, for the clocks of its case.

Invariant: every event these services publish is either in `MOMENTS_OF` or in `SILENT`, so that a new one is never
forgotten here. Follow-up's own events are follow-up's to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.shared.clocks.moments import Moment
from casework.shared.contracts import (
    answers,
    appeals,
    around,
    assessment,
    authority,
    bearing,
    card,
    checks,
    conflicts,
    contacts,
    demand_answers,
    demands,
    eight_d,
    evidence,
    form,
    handoff,
    inquiry,
    intake,
    investigation,
    messages,
    privacy,
    publicity,
    receipt_proofs,
    remedies,
    representatives,
    resolution,
    roads,
    rulings,
    sanctions,
    staff_file,
    talks,
    visits,
)
from casework.shared.contracts.vocabulary import PromiseKind, Side


@dataclass(frozen=True, slots=True)
class Told:
    """A moment that an event brings.

    `about` is what it is about, where a case can have several of those at a time: the id of the event that made an
    offer, or the id that a promise, request or measure was given. None where it is about the case. `due_at` is the
    time that the event itself gives.
    """

    moment: Moment
    about: UUID | None = None
    due_at: datetime | None = None


MOMENTS_OF: Mapping[type, tuple[Moment, ...]] = {
    privacy.CaseDisposed: ("record-disposed-of",),
    privacy.SubjectAccessRequested: ("subject-access-requested",),
    privacy.SubjectAccessGiven: ("subject-access-given",),
    intake.ComplaintReceived: ("complaint-received",),
    intake.ComplaintAcknowledged: ("complaint-acknowledged",),
    intake.ComplaintWithdrawn: ("complaint-withdrawn",),
    intake.FactsAdded: ("new-facts-received",),
    around.DemandTaken: ("demand-replaced", "demand-taken"),
    around.RespondentNamed: ("respondent-named",),
    around.RespondentWithdrawn: ("respondent-withdrawn",),
    around.RespondentAnswered: ("respondent-answered",),
    intake.HandOffOffered: ("hand-off-offered",),
    intake.HandOffTakenBack: ("hand-off-taken-back",),
    assessment.CoolingStarted: ("cooling-period-started",),
    assessment.CoolingEnded: ("cooling-period-ended",),
    assessment.ImmediateActionStarted: ("immediate-action-started",),
    assessment.ImmediateActionDone: ("immediate-action-done",),
    assessment.TheirDeadlineSet: ("complainant-deadline-set",),
    assessment.TheirDeadlineAnswered: ("complainant-deadline-kept",),
    visits.VisitClosed: ("promise-made",),
    visits.VisitPromiseKept: ("promise-kept",),
    publicity.MediaSignalNoted: ("media-signal-noted",),
    publicity.MediaSignalLookedAt: ("media-signal-looked-at",),
    contacts.ContactAttempted: ("contact-attempted",),
    contacts.MessageLeft: ("message-left",),
    contacts.ComplainantReached: ("first-contact-made",),
    investigation.HandOffAccepted: ("hand-off-accepted",),
    investigation.HandOffDeclined: ("hand-off-declined",),
    investigation.HandOffLapsed: ("hand-off-lapsed",),
    investigation.HandOffOffered: ("hand-off-offered",),
    investigation.HandOffTakenBack: ("hand-off-taken-back",),
    investigation.EvidenceRequested: ("evidence-requested", "information-requested"),
    investigation.EvidenceReceived: ("evidence-received", "information-received"),
    inquiry.TaskGiven: ("task-given",),
    inquiry.TaskDone: ("task-done",),
    inquiry.TaskTakenBack: ("task-taken-back",),
    resolution.HandOffAccepted: ("hand-off-accepted",),
    resolution.HandOffDeclined: ("hand-off-declined",),
    resolution.HandOffLapsed: ("hand-off-lapsed",),
    resolution.DecisionCommunicated: ("decision-communicated",),
    resolution.DecisionAccepted: ("decision-replied",),
    resolution.DecisionContested: ("decision-replied",),
    resolution.HandOffOffered: ("hand-off-offered",),
    resolution.HandOffTakenBack: ("hand-off-taken-back",),
    resolution.PromiseMade: (
        "call-back-promised",
        "call-back-holder-wanted",
        "complainant-deadline-set",
        "cooling-period-started",
        "promise-made",
    ),
    resolution.PromiseTaken: ("call-back-taken",),
    resolution.PromiseKept: ("call-back-made", "complainant-deadline-kept", "cooling-period-ended", "promise-kept"),
    talks.AgreementRestated: ("agreement-restated",),
    talks.AgreementBound: ("agreement-bound",),
    talks.AgreementGivenUp: ("agreement-given-up",),
    resolution.ProgressUpdateDelivered: ("progress-update-delivered",),
    resolution.QuickSettlementAccepted: ("summary-accepted",),
    resolution.SummaryResolutionSent: ("summary-resolution-sent",),
    resolution.ProvisionalMeasureImposed: ("seller-notified",),
    resolution.AppealLodged: ("appeal-lodged",),
    remedies.RemedyOffered: ("remedy-offered",),
    remedies.RemedyOfferAnswered: ("remedy-offer-answered",),
    remedies.LeaderAsked: ("hand-off-offered",),
    remedies.LeaderTookOver: ("hand-off-accepted",),
    remedies.LeaderDeclined: ("hand-off-declined",),
    authority.ApprovalAsked: ("approval-asked",),
    authority.ApprovalGiven: ("approval-answered",),
    authority.ApprovalRefused: ("approval-answered",),
    demand_answers.DemandAnswered: ("demand-answered",),
}
"""The moments that each event can bring, in the order in which they take effect; `told_by` says which it does."""

_MADE: Mapping[PromiseKind, Moment] = {
    "call-back": "call-back-promised",
    "complainant-deadline": "complainant-deadline-set",
    "cooling-period": "cooling-period-started",
    "other": "promise-made",
}
_KEPT: Mapping[PromiseKind, Moment] = {
    "call-back": "call-back-made",
    "complainant-deadline": "complainant-deadline-kept",
    "cooling-period": "cooling-period-ended",
    "other": "promise-kept",
}

SILENT: frozenset[type] = frozenset(
    {
        intake.ComplaintAssessed,
        # Contained is not answered: no clock of the answer ends by it.
        assessment.ComplaintContained,
        assessment.FlagRaised,
        assessment.FlagLifted,
        assessment.IncidentModeSet,
        assessment.IncidentModeEnded,
        assessment.LegalHoldPlaced,
        assessment.LegalHoldReleased,
        assessment.EvidenceDisposedOf,
        assessment.ContainmentNoted,
        assessment.UncontainedAnswerExplained,
        card.CardWritten,
        card.CardReadBack,
        card.CardConfirmed,
        card.FactAsserted,
        card.FactStandingChanged,
        card.OpinionRecorded,
        card.ComplaintCoded,
        form.FormRecorded,
        form.FormLineAdded,
        demands.DemandStated,
        demands.DemandChanged,
        demands.DemandNotStated,
        around.DemandPassedOn,
        around.ItemListed,
        around.ItemSettled,
        around.ProblemStated,
        around.ProblemAgreed,
        around.ContactLinked,
        around.DisputeLinked,
        around.DisputeStateNoted,
        around.DisputeWordsRecorded,
        around.PostLinked,
        around.PostStatementApproved,
        around.PostAnswered,
        around.PostReported,
        around.GroundRecorded,
        demand_answers.DemandsNoted,
        contacts.ContactPreferencesSet,
        contacts.ContactPlanned,
        contacts.PlannedContactEnded,
        contacts.WatchSet,
        contacts.WatchShown,
        contacts.WatchEnded,
        # The clocks count from the receipt itself, which names the arrival.
        receipt_proofs.ReceiptProved,
        roads.RoadAdded,
        # The data go, and no clock of the complaint with them.
        privacy.ComplainantErased,
        visits.VisitOpened,
        visits.VisitItemsDone,
        publicity.ComplainantIdentified,
        publicity.PublicReplyGiven,
        representatives.RepresentativeNamed,
        representatives.JointComplaintStated,
        representatives.AuthorityProved,
        representatives.InformationDisclosed,
        investigation.InvestigationOpened,
        investigation.FindingRecorded,
        # The lapse of a request, a breach and a sanction for silence follow from clocks, and start none.
        investigation.EvidenceRequestLapsed,
        investigation.InvestigationConcluded,
        investigation.InvestigationDiscontinued,
        # That the case was reopened is told by follow-up.
        intake.ComplaintResumed,
        investigation.InvestigationResumed,
        evidence.EvidenceItemReceived,
        evidence.EvidenceAttached,
        evidence.EvidenceUnavailable,
        evidence.EvidenceRuled,
        evidence.EvidenceStatementRecorded,
        evidence.EvidenceWaived,
        evidence.EvidenceCompleted,
        evidence.CustodyRecorded,
        evidence.TariffConsulted,
        evidence.PartyPapersChecked,
        evidence.MeetingPlanned,
        evidence.MeetingReady,
        evidence.RecordingLinked,
        evidence.RecordingOpened,
        evidence.CallBackLogged,
        evidence.RecordingNoted,
        inquiry.CauseRecorded,
        inquiry.DemandNoted,
        card.PersonsNamed,
        bearing.SharesRuled,
        checks.InvestigationChecked,
        checks.ResponseChecked,
        bearing.RecourseOpened,
        eight_d.ReportOpened,
        eight_d.CaseTakenIntoReport,
        eight_d.CaseLeftReport,
        eight_d.LinkedToReport,
        eight_d.UnlinkedFromReport,
        eight_d.TeamFormed,
        eight_d.ProblemDescribed,
        eight_d.ContainmentTaken,
        eight_d.ContainmentVerified,
        eight_d.WhyAsked,
        eight_d.WhyProven,
        eight_d.RootCauseVerified,
        eight_d.MeasureChosen,
        eight_d.MeasureTried,
        eight_d.MeasurePutInPlace,
        eight_d.EffectShown,
        eight_d.RecurrencePrevented,
        eight_d.TeamThanked,
        eight_d.DisciplineClosed,
        staff_file.StaffMatterRecorded,
        privacy.StaffFileDisposed,
        conflicts.BarredFromInvestigating,
        conflicts.BarredFromDeciding,
        conflicts.StakeDeclared,
        conflicts.InvestigatorAssigned,
        resolution.ResolutionOpened,
        resolution.RemedyProposed,
        # The withdrawal itself was told by intake; whether it ends the case is follow-up's to say.
        resolution.WithdrawalHonoured,
        resolution.WithdrawalCameAfterDecision,
        resolution.ResolutionReopened,
        resolution.CallBackAttempted,
        resolution.PromiseBroken,
        resolution.ProgressUpdateSent,
        resolution.ProgressUpdateBounced,
        resolution.QuickSettlementTimed,
        resolution.AppealDecided,
        resolution.MeasureLifted,
        resolution.SanctionImposed,
        # What others recorded, noted where the answer is given; and apologies.
        answers.ReceiptNoted,
        answers.AcknowledgementNoted,
        answers.FindingNoted,
        answers.ConclusionNoted,
        answers.CauseNoted,
        answers.EvidenceNoted,
        rulings.NegotiationInvited,
        rulings.NegotiationEnded,
        # The decision that comes with a ruling is told by its own event.
        rulings.PartiesRuled,
        talks.CallOffered,
        talks.CallRecorded,
        talks.AgreementAccepted,
        answers.ApologyGiven,
        messages.StatementDrafted,
        messages.StatementApproved,
        messages.MessageSent,
        messages.FactsStated,
        remedies.RemediesChecked,
        remedies.RefundAssessed,
        remedies.RemedyOfferUnanswered,
        remedies.NothingOffered,
        remedies.RemedySent,
        remedies.RemedyReceived,
        remedies.RemedyCameBack,
        remedies.RemedyWaived,
        remedies.RemedyFailed,
        remedies.SecondTryChecked,
        remedies.ReadyAnswerOffered,
        remedies.ReadyAnswerTaken,
        remedies.ReadyAnswerLeft,
        remedies.LimitsTalkHeld,
        authority.ApprovalPackBrought,
        authority.ReadingAmended,
        authority.OptionsCompared,
        authority.OptionChosen,
        authority.OutsideActionAllowed,
        authority.OutsideActionTaken,
        authority.OutsideActionReported,
        resolution.PromiseHeldBack,
        # Within which time an appeal can be lodged is pinned with the decision; nobody has to be reminded of it.
        appeals.DecisionAppealed,
        appeals.DecisionAppealDecided,
        sanctions.InfringementUpheld,
        sanctions.InfringementReversed,
        sanctions.PartySanctioned,
        sanctions.PartySanctionAppealed,
        sanctions.PartySanctionConfirmed,
        sanctions.PartySanctionReversed,
        *(read for each in (intake, investigation, resolution) for read in (each.FileOpened, each.FileRefused)),
    }
)
"""Events that bring no moment."""


def told_by(event: Any, event_id: UUID) -> tuple[Told, ...]:
    """What the event tells the clocks of its case; empty for what is none of their business. Raises nothing.

    `event_id` is the id of its envelope: an offer is known by the event that made it.
    """
    moments = MOMENTS_OF.get(type(event), ())
    if isinstance(event, intake.FactsAdded) and not event.facts:
        # The same in other words is no news: it would let whoever repeats a complaint move its deadline (K10).
        return ()
    if not moments:
        return ()
    match event:
        case handoff.Offered(moment=moment):
            return (Told("hand-off-offered", event_id, moment),)
        case handoff.Accepted() | handoff.Declined() | handoff.Lapsed() | handoff.TakenBack():
            return (Told(moments[0], event.offer_id),)
        case privacy.SubjectAccessRequested(request_id=about) | privacy.SubjectAccessGiven(request_id=about):
            return (Told(moments[0], about),)
        case assessment.CoolingStarted(cooling_id=about, contact_by=due_at):
            return (Told(moments[0], about, due_at),)
        case assessment.CoolingEnded(cooling_id=about) | assessment.ImmediateActionDone(action_id=about):
            return (Told(moments[0], about),)
        case assessment.ImmediateActionStarted(action_id=about, due_at=due_at):
            return (Told(moments[0], about, due_at),)
        case assessment.TheirDeadlineSet(deadline_id=about, due_at=due_at):
            return (Told(moments[0], about, due_at),)
        case assessment.TheirDeadlineAnswered(deadline_id=about):
            return (Told(moments[0], about),)
        case investigation.EvidenceRequested(request_id=about, due_at=due_at, of=side):
            return _of_evidence("evidence-requested", "information-requested", about, due_at, side)
        case investigation.EvidenceReceived(request_id=about, of=side):
            return _of_evidence("evidence-received", "information-received", about, None, side)
        case visits.VisitClosed(visit_id=about, due_at=due_at):
            return (Told("promise-made", about, due_at),)
        case visits.VisitPromiseKept(visit_id=about):
            return (Told("promise-kept", about),)
        case inquiry.TaskGiven(task_id=about, due_at=due_at):
            return (Told("task-given", about, due_at),)
        case inquiry.TaskDone(task_id=about) | inquiry.TaskTakenBack(task_id=about):
            return (Told(moments[0], about),)
        case resolution.PromiseMade():
            return _of_promise(event)
        case resolution.PromiseKept(promise_id=about, kind=kind):
            return (Told(_KEPT[kind], about),)
        case resolution.PromiseTaken(promise_id=about):
            return (Told("call-back-taken", about),)
        case around.DemandTaken(demand_id=about, due_at=due_at, replaces=replaces):
            told = Told("demand-taken", about, due_at)
            return (told,) if replaces is None else (Told("demand-replaced", replaces), told)
        case demand_answers.DemandAnswered(demand_id=taken):
            # Where nobody answers for the demand it has no clock.
            return () if taken is None else (Told("demand-answered", taken),)
        case around.RespondentNamed() | around.RespondentWithdrawn() | around.RespondentAnswered():
            return (Told(moments[0], event.respondent_id),)
        case talks.AgreementRestated(agreement_id=about, due_at=due_at):
            return (Told("agreement-restated", about, due_at),)
        case talks.AgreementBound(agreement_id=about) | talks.AgreementGivenUp(agreement_id=about):
            return (Told(moments[0], about),)
        case resolution.QuickSettlementAccepted(in_time=False):
            return ()
        case resolution.ProvisionalMeasureImposed(measure_id=about) | resolution.AppealLodged(measure_id=about):
            return (Told(moments[0], about),)
        case remedies.RemedyOffered(offer_id=about, until=until):
            return (Told("remedy-offered", about, until),)
        case (
            remedies.RemedyOfferAnswered(offer_id=about)
            | remedies.LeaderAsked(offer_id=about)
            | remedies.LeaderTookOver(offer_id=about)
            | remedies.LeaderDeclined(offer_id=about)
            | authority.ApprovalAsked(approval_id=about)
            | authority.ApprovalGiven(approval_id=about)
            | authority.ApprovalRefused(approval_id=about)
        ):
            return (Told(moments[0], about),)
        case _:
            return tuple(Told(moment) for moment in moments)


def _of_evidence(
    any_party: Moment, complainant: Moment, about: UUID, due_at: datetime | None, side: Side
) -> tuple[Told, ...]:
    told = Told(any_party, about, due_at)
    return (told, Told(complainant, about, due_at)) if side == "complainant" else (told,)


def _of_promise(event: resolution.PromiseMade) -> tuple[Told, ...]:
    told = Told(_MADE[event.kind], event.promise_id, event.due_at)
    if event.holder_by is None:
        return (told,)
    return (told, Told("call-back-holder-wanted", event.promise_id, event.holder_by))
