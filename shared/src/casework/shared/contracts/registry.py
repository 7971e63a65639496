"""The one table of event types: the full name, written out, and the class of its payload.

Invariant: a name once released is never renamed, removed or given another meaning. Within a version a
payload only grows by optional fields; anything else is a new version, with an upcaster from the one before,
so that every event ever recorded is read as the newest version of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from casework.shared.contracts import (
    answers,
    appeals,
    around,
    assessment,
    authority,
    bearing,
    card,
    checks,
    clocks,
    closing,
    conduct,
    conflicts,
    contacts,
    demand_answers,
    demands,
    eight_d,
    evidence,
    followup,
    form,
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
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.errors import FieldError, InvalidMessage

EVENT_TYPES: Mapping[str, type] = {
    "casework.intake.complaint-received.v1": intake.ComplaintReceived,
    "casework.intake.complaint-acknowledged.v1": intake.ComplaintAcknowledged,
    "casework.intake.complaint-assessed.v1": intake.ComplaintAssessed,
    "casework.intake.facts-added.v1": intake.FactsAdded,
    "casework.intake.complaint-withdrawn.v1": intake.ComplaintWithdrawn,
    "casework.intake.complaint-resumed.v1": intake.ComplaintResumed,
    "casework.intake.hand-off-offered.v1": intake.HandOffOffered,
    "casework.intake.hand-off-taken-back.v1": intake.HandOffTakenBack,
    "casework.intake.cooling-started.v1": assessment.CoolingStarted,
    "casework.intake.cooling-ended.v1": assessment.CoolingEnded,
    "casework.intake.immediate-action-started.v1": assessment.ImmediateActionStarted,
    "casework.intake.immediate-action-done.v1": assessment.ImmediateActionDone,
    "casework.intake.complaint-contained.v1": assessment.ComplaintContained,
    "casework.intake.flag-raised.v1": assessment.FlagRaised,
    "casework.intake.flag-lifted.v1": assessment.FlagLifted,
    "casework.intake.their-deadline-set.v1": assessment.TheirDeadlineSet,
    "casework.intake.their-deadline-answered.v1": assessment.TheirDeadlineAnswered,
    "casework.intake.incident-mode-set.v1": assessment.IncidentModeSet,
    "casework.intake.incident-mode-ended.v1": assessment.IncidentModeEnded,
    "casework.intake.card-written.v1": card.CardWritten,
    "casework.intake.persons-named.v1": card.PersonsNamed,
    "casework.intake.card-read-back.v1": card.CardReadBack,
    "casework.intake.card-confirmed.v1": card.CardConfirmed,
    "casework.intake.fact-asserted.v1": card.FactAsserted,
    "casework.intake.fact-standing-changed.v1": card.FactStandingChanged,
    "casework.intake.opinion-recorded.v1": card.OpinionRecorded,
    "casework.intake.complaint-coded.v1": card.ComplaintCoded,
    "casework.intake.form-recorded.v1": form.FormRecorded,
    "casework.intake.form-line-added.v1": form.FormLineAdded,
    "casework.intake.demand-stated.v1": demands.DemandStated,
    "casework.intake.demand-changed.v1": demands.DemandChanged,
    "casework.intake.demand-not-stated.v1": demands.DemandNotStated,
    "casework.intake.demand-taken.v1": around.DemandTaken,
    "casework.intake.demand-passed-on.v1": around.DemandPassedOn,
    "casework.intake.item-listed.v1": around.ItemListed,
    "casework.intake.item-settled.v1": around.ItemSettled,
    "casework.intake.problem-stated.v1": around.ProblemStated,
    "casework.intake.problem-agreed.v1": around.ProblemAgreed,
    "casework.intake.contact-linked.v1": around.ContactLinked,
    "casework.intake.respondent-named.v1": around.RespondentNamed,
    "casework.intake.respondent-withdrawn.v1": around.RespondentWithdrawn,
    "casework.intake.respondent-answered.v1": around.RespondentAnswered,
    "casework.intake.dispute-linked.v1": around.DisputeLinked,
    "casework.intake.dispute-state-noted.v1": around.DisputeStateNoted,
    "casework.intake.dispute-words-recorded.v1": around.DisputeWordsRecorded,
    "casework.intake.post-linked.v1": around.PostLinked,
    "casework.intake.post-statement-approved.v1": around.PostStatementApproved,
    "casework.intake.post-answered.v1": around.PostAnswered,
    "casework.intake.post-reported.v1": around.PostReported,
    "casework.intake.ground-recorded.v1": around.GroundRecorded,
    "casework.intake.file-opened.v1": intake.FileOpened,
    "casework.intake.file-refused.v1": intake.FileRefused,
    "casework.intake.contact-attempted.v1": contacts.ContactAttempted,
    "casework.intake.message-left.v1": contacts.MessageLeft,
    "casework.intake.complainant-reached.v1": contacts.ComplainantReached,
    "casework.intake.contact-preferences-set.v1": contacts.ContactPreferencesSet,
    "casework.intake.contact-planned.v1": contacts.ContactPlanned,
    "casework.intake.planned-contact-ended.v1": contacts.PlannedContactEnded,
    "casework.intake.watch-set.v1": contacts.WatchSet,
    "casework.intake.watch-shown.v1": contacts.WatchShown,
    "casework.intake.watch-ended.v1": contacts.WatchEnded,
    "casework.intake.receipt-proved.v1": receipt_proofs.ReceiptProved,
    "casework.intake.road-added.v1": roads.RoadAdded,
    "casework.intake.complainant-erased.v1": privacy.ComplainantErased,
    "casework.intake.case-disposed.v1": privacy.CaseDisposed,
    "casework.intake.staff-file-disposed.v1": privacy.StaffFileDisposed,
    "casework.intake.subject-access-requested.v1": privacy.SubjectAccessRequested,
    "casework.intake.subject-access-given.v1": privacy.SubjectAccessGiven,
    "casework.intake.visit-opened.v1": visits.VisitOpened,
    "casework.intake.visit-items-done.v1": visits.VisitItemsDone,
    "casework.intake.visit-closed.v1": visits.VisitClosed,
    "casework.intake.visit-promise-kept.v1": visits.VisitPromiseKept,
    "casework.intake.media-signal-noted.v1": publicity.MediaSignalNoted,
    "casework.intake.media-signal-looked-at.v1": publicity.MediaSignalLookedAt,
    "casework.intake.complainant-identified.v1": publicity.ComplainantIdentified,
    "casework.intake.public-reply-given.v1": publicity.PublicReplyGiven,
    "casework.intake.representative-named.v1": representatives.RepresentativeNamed,
    "casework.intake.joint-complaint-stated.v1": representatives.JointComplaintStated,
    "casework.intake.authority-proved.v1": representatives.AuthorityProved,
    "casework.intake.information-disclosed.v1": representatives.InformationDisclosed,
    "casework.investigation.investigation-opened.v1": investigation.InvestigationOpened,
    "casework.investigation.hand-off-accepted.v1": investigation.HandOffAccepted,
    "casework.investigation.hand-off-declined.v1": investigation.HandOffDeclined,
    "casework.investigation.hand-off-lapsed.v1": investigation.HandOffLapsed,
    "casework.investigation.finding-recorded.v1": investigation.FindingRecorded,
    "casework.investigation.evidence-requested.v1": investigation.EvidenceRequested,
    "casework.investigation.evidence-received.v1": investigation.EvidenceReceived,
    "casework.investigation.evidence-request-lapsed.v1": investigation.EvidenceRequestLapsed,
    "casework.investigation.legal-hold-placed.v1": assessment.LegalHoldPlaced,
    "casework.investigation.legal-hold-released.v1": assessment.LegalHoldReleased,
    "casework.investigation.evidence-disposed-of.v1": assessment.EvidenceDisposedOf,
    "casework.investigation.investigation-concluded.v1": investigation.InvestigationConcluded,
    "casework.investigation.investigation-discontinued.v1": investigation.InvestigationDiscontinued,
    "casework.investigation.investigation-resumed.v1": investigation.InvestigationResumed,
    "casework.investigation.hand-off-offered.v1": investigation.HandOffOffered,
    "casework.investigation.hand-off-taken-back.v1": investigation.HandOffTakenBack,
    "casework.investigation.evidence-item-received.v1": evidence.EvidenceItemReceived,
    "casework.investigation.evidence-attached.v1": evidence.EvidenceAttached,
    "casework.investigation.evidence-unavailable.v1": evidence.EvidenceUnavailable,
    "casework.investigation.evidence-ruled.v1": evidence.EvidenceRuled,
    "casework.investigation.evidence-statement-recorded.v1": evidence.EvidenceStatementRecorded,
    "casework.investigation.evidence-waived.v1": evidence.EvidenceWaived,
    "casework.investigation.evidence-completed.v1": evidence.EvidenceCompleted,
    "casework.investigation.custody-recorded.v1": evidence.CustodyRecorded,
    "casework.investigation.tariff-consulted.v1": evidence.TariffConsulted,
    "casework.investigation.party-papers-checked.v1": evidence.PartyPapersChecked,
    "casework.investigation.meeting-planned.v1": evidence.MeetingPlanned,
    "casework.investigation.meeting-ready.v1": evidence.MeetingReady,
    "casework.investigation.recording-linked.v1": evidence.RecordingLinked,
    "casework.investigation.recording-opened.v1": evidence.RecordingOpened,
    "casework.investigation.call-back-logged.v1": evidence.CallBackLogged,
    "casework.investigation.cause-recorded.v1": inquiry.CauseRecorded,
    "casework.investigation.demand-noted.v1": inquiry.DemandNoted,
    "casework.investigation.barred-from-investigating.v1": conflicts.BarredFromInvestigating,
    "casework.investigation.stake-declared.v1": conflicts.StakeDeclared,
    "casework.investigation.investigator-assigned.v1": conflicts.InvestigatorAssigned,
    "casework.investigation.investigation-checked.v1": checks.InvestigationChecked,
    "casework.investigation.shares-ruled.v1": bearing.SharesRuled,
    "casework.investigation.recourse-opened.v1": bearing.RecourseOpened,
    "casework.investigation.report-opened.v1": eight_d.ReportOpened,
    "casework.investigation.case-taken-into-report.v1": eight_d.CaseTakenIntoReport,
    "casework.investigation.case-left-report.v1": eight_d.CaseLeftReport,
    "casework.investigation.linked-to-report.v1": eight_d.LinkedToReport,
    "casework.investigation.unlinked-from-report.v1": eight_d.UnlinkedFromReport,
    "casework.investigation.team-formed.v1": eight_d.TeamFormed,
    "casework.investigation.problem-described.v1": eight_d.ProblemDescribed,
    "casework.investigation.containment-taken.v1": eight_d.ContainmentTaken,
    "casework.investigation.containment-verified.v1": eight_d.ContainmentVerified,
    "casework.investigation.why-asked.v1": eight_d.WhyAsked,
    "casework.investigation.why-proven.v1": eight_d.WhyProven,
    "casework.investigation.root-cause-verified.v1": eight_d.RootCauseVerified,
    "casework.investigation.measure-chosen.v1": eight_d.MeasureChosen,
    "casework.investigation.measure-tried.v1": eight_d.MeasureTried,
    "casework.investigation.measure-put-in-place.v1": eight_d.MeasurePutInPlace,
    "casework.investigation.effect-shown.v1": eight_d.EffectShown,
    "casework.investigation.recurrence-prevented.v1": eight_d.RecurrencePrevented,
    "casework.investigation.team-thanked.v1": eight_d.TeamThanked,
    "casework.investigation.discipline-closed.v1": eight_d.DisciplineClosed,
    "casework.investigation.task-given.v1": inquiry.TaskGiven,
    "casework.investigation.task-done.v1": inquiry.TaskDone,
    "casework.investigation.task-taken-back.v1": inquiry.TaskTakenBack,
    "casework.investigation.staff-matter-recorded.v1": staff_file.StaffMatterRecorded,
    "casework.investigation.file-opened.v1": investigation.FileOpened,
    "casework.investigation.file-refused.v1": investigation.FileRefused,
    "casework.resolution.recording-noted.v1": evidence.RecordingNoted,
    "casework.resolution.resolution-opened.v1": resolution.ResolutionOpened,
    "casework.resolution.hand-off-accepted.v1": resolution.HandOffAccepted,
    "casework.resolution.hand-off-declined.v1": resolution.HandOffDeclined,
    "casework.resolution.hand-off-lapsed.v1": resolution.HandOffLapsed,
    "casework.resolution.containment-noted.v1": assessment.ContainmentNoted,
    "casework.resolution.uncontained-answer-explained.v1": assessment.UncontainedAnswerExplained,
    "casework.resolution.remedy-proposed.v1": resolution.RemedyProposed,
    "casework.resolution.decision-communicated.v1": resolution.DecisionCommunicated,
    "casework.resolution.decision-accepted.v1": resolution.DecisionAccepted,
    "casework.resolution.decision-contested.v1": resolution.DecisionContested,
    "casework.resolution.withdrawal-honoured.v1": resolution.WithdrawalHonoured,
    "casework.resolution.withdrawal-came-after-decision.v1": resolution.WithdrawalCameAfterDecision,
    "casework.resolution.resolution-reopened.v1": resolution.ResolutionReopened,
    "casework.resolution.hand-off-offered.v1": resolution.HandOffOffered,
    "casework.resolution.hand-off-taken-back.v1": resolution.HandOffTakenBack,
    "casework.resolution.promise-made.v1": resolution.PromiseMade,
    "casework.resolution.promise-taken.v1": resolution.PromiseTaken,
    "casework.resolution.call-back-attempted.v1": resolution.CallBackAttempted,
    "casework.resolution.promise-kept.v1": resolution.PromiseKept,
    "casework.resolution.promise-broken.v1": resolution.PromiseBroken,
    "casework.resolution.progress-update-sent.v1": resolution.ProgressUpdateSent,
    "casework.resolution.progress-update-delivered.v1": resolution.ProgressUpdateDelivered,
    "casework.resolution.progress-update-bounced.v1": resolution.ProgressUpdateBounced,
    "casework.resolution.quick-settlement-timed.v1": resolution.QuickSettlementTimed,
    "casework.resolution.quick-settlement-accepted.v1": resolution.QuickSettlementAccepted,
    "casework.resolution.summary-resolution-sent.v1": resolution.SummaryResolutionSent,
    "casework.resolution.provisional-measure-imposed.v1": resolution.ProvisionalMeasureImposed,
    "casework.resolution.appeal-lodged.v1": resolution.AppealLodged,
    "casework.resolution.appeal-decided.v1": resolution.AppealDecided,
    "casework.resolution.measure-lifted.v1": resolution.MeasureLifted,
    "casework.resolution.sanction-imposed.v1": resolution.SanctionImposed,
    "casework.resolution.receipt-noted.v1": answers.ReceiptNoted,
    "casework.resolution.acknowledgement-noted.v1": answers.AcknowledgementNoted,
    "casework.resolution.finding-noted.v1": answers.FindingNoted,
    "casework.resolution.conclusion-noted.v1": answers.ConclusionNoted,
    "casework.resolution.cause-noted.v1": answers.CauseNoted,
    "casework.resolution.evidence-noted.v1": answers.EvidenceNoted,
    "casework.resolution.negotiation-invited.v1": rulings.NegotiationInvited,
    "casework.resolution.negotiation-ended.v1": rulings.NegotiationEnded,
    "casework.resolution.parties-ruled.v1": rulings.PartiesRuled,
    "casework.resolution.call-offered.v1": talks.CallOffered,
    "casework.resolution.call-recorded.v1": talks.CallRecorded,
    "casework.resolution.agreement-restated.v1": talks.AgreementRestated,
    "casework.resolution.agreement-accepted.v1": talks.AgreementAccepted,
    "casework.resolution.agreement-bound.v1": talks.AgreementBound,
    "casework.resolution.agreement-given-up.v1": talks.AgreementGivenUp,
    "casework.followup.agreement-pending.v1": talks.AgreementPending,
    "casework.followup.agreement-settled.v1": talks.AgreementSettled,
    "casework.resolution.apology-given.v1": answers.ApologyGiven,
    "casework.resolution.statement-drafted.v1": messages.StatementDrafted,
    "casework.resolution.statement-approved.v1": messages.StatementApproved,
    "casework.resolution.message-sent.v1": messages.MessageSent,
    "casework.resolution.facts-stated.v1": messages.FactsStated,
    "casework.resolution.remedies-checked.v1": remedies.RemediesChecked,
    "casework.resolution.refund-assessed.v1": remedies.RefundAssessed,
    "casework.resolution.remedy-offered.v1": remedies.RemedyOffered,
    "casework.resolution.remedy-offer-answered.v1": remedies.RemedyOfferAnswered,
    "casework.resolution.remedy-offer-unanswered.v1": remedies.RemedyOfferUnanswered,
    "casework.resolution.nothing-offered.v1": remedies.NothingOffered,
    "casework.resolution.remedy-sent.v1": remedies.RemedySent,
    "casework.resolution.remedy-received.v1": remedies.RemedyReceived,
    "casework.resolution.remedy-came-back.v1": remedies.RemedyCameBack,
    "casework.resolution.remedy-waived.v1": remedies.RemedyWaived,
    "casework.resolution.remedy-failed.v1": remedies.RemedyFailed,
    "casework.resolution.second-try-checked.v1": remedies.SecondTryChecked,
    "casework.resolution.ready-answer-offered.v1": remedies.ReadyAnswerOffered,
    "casework.resolution.ready-answer-taken.v1": remedies.ReadyAnswerTaken,
    "casework.resolution.ready-answer-left.v1": remedies.ReadyAnswerLeft,
    "casework.resolution.limits-talk-held.v1": remedies.LimitsTalkHeld,
    "casework.resolution.leader-asked.v1": remedies.LeaderAsked,
    "casework.resolution.leader-took-over.v1": remedies.LeaderTookOver,
    "casework.resolution.leader-declined.v1": remedies.LeaderDeclined,
    "casework.resolution.approval-asked.v1": authority.ApprovalAsked,
    "casework.resolution.approval-given.v1": authority.ApprovalGiven,
    "casework.resolution.approval-refused.v1": authority.ApprovalRefused,
    "casework.resolution.approval-pack-brought.v1": authority.ApprovalPackBrought,
    "casework.resolution.reading-amended.v1": authority.ReadingAmended,
    "casework.resolution.options-compared.v1": authority.OptionsCompared,
    "casework.resolution.option-chosen.v1": authority.OptionChosen,
    "casework.resolution.outside-action-allowed.v1": authority.OutsideActionAllowed,
    "casework.resolution.outside-action-taken.v1": authority.OutsideActionTaken,
    "casework.resolution.outside-action-reported.v1": authority.OutsideActionReported,
    "casework.resolution.response-checked.v1": checks.ResponseChecked,
    "casework.resolution.barred-from-deciding.v1": conflicts.BarredFromDeciding,
    "casework.resolution.promise-held-back.v1": resolution.PromiseHeldBack,
    "casework.resolution.decision-appealed.v1": appeals.DecisionAppealed,
    "casework.resolution.decision-appeal-decided.v1": appeals.DecisionAppealDecided,
    "casework.resolution.infringement-upheld.v1": sanctions.InfringementUpheld,
    "casework.resolution.infringement-reversed.v1": sanctions.InfringementReversed,
    "casework.resolution.party-sanctioned.v1": sanctions.PartySanctioned,
    "casework.resolution.party-sanction-appealed.v1": sanctions.PartySanctionAppealed,
    "casework.resolution.party-sanction-confirmed.v1": sanctions.PartySanctionConfirmed,
    "casework.resolution.party-sanction-reversed.v1": sanctions.PartySanctionReversed,
    "casework.resolution.demands-noted.v1": demand_answers.DemandsNoted,
    "casework.resolution.demand-answered.v1": demand_answers.DemandAnswered,
    "casework.resolution.file-opened.v1": resolution.FileOpened,
    "casework.resolution.file-refused.v1": resolution.FileRefused,
    "casework.followup.follow-up-opened.v1": followup.FollowUpOpened,
    "casework.followup.hand-off-accepted.v1": followup.HandOffAccepted,
    "casework.followup.hand-off-declined.v1": followup.HandOffDeclined,
    "casework.followup.hand-off-lapsed.v1": followup.HandOffLapsed,
    "casework.followup.hand-off-overdue.v1": followup.HandOffOverdue,
    "casework.followup.case-closed.v1": followup.CaseClosed,
    "casework.followup.case-reopened.v1": followup.CaseReopened,
    "casework.followup.hand-off-returned.v1": followup.HandOffReturned,
    "casework.followup.facts-received-after-closure.v1": followup.FactsReceivedAfterClosure,
    "casework.followup.case-escalated.v1": followup.CaseEscalated,
    "casework.followup.motive-compared.v1": followup.MotiveCompared,
    "casework.followup.severity-noted.v1": followup.SeverityNoted,
    "casework.followup.hand-off-followed.v1": followup.HandOffFollowed,
    "casework.followup.acting-owner-named.v1": followup.ActingOwnerNamed,
    "casework.followup.work-covered.v1": followup.WorkCovered,
    "casework.followup.cover-ended.v1": followup.CoverEnded,
    "casework.followup.escalation-taken.v1": followup.EscalationTaken,
    "casework.followup.clock-armed.v1": clocks.ClockArmed,
    "casework.followup.clock-scheduled.v1": clocks.ClockScheduled,
    "casework.followup.clock-paused.v1": clocks.ClockPaused,
    "casework.followup.clock-resumed.v1": clocks.ClockResumed,
    "casework.followup.clock-extended.v1": clocks.ClockExtended,
    "casework.followup.clock-warned.v1": clocks.ClockWarned,
    "casework.followup.clock-met.v1": clocks.ClockMet,
    "casework.followup.clock-expired.v1": clocks.ClockExpired,
    "casework.followup.clock-met-late.v1": clocks.ClockMetLate,
    "casework.followup.clock-corrected.v1": clocks.ClockCorrected,
    "casework.followup.clock-withdrawn.v1": clocks.ClockWithdrawn,
    "casework.followup.clock-restarted.v1": clocks.ClockRestarted,
    "casework.followup.remedy-owed.v1": followup.RemedyOwed,
    "casework.followup.remedy-settled.v1": followup.RemedySettled,
    "casework.followup.opinion-asked.v1": closing.OpinionAsked,
    "casework.followup.opinion-not-to-be-had.v1": closing.OpinionNotToBeHad,
    "casework.followup.opinion-recorded.v1": closing.OpinionRecorded,
    "casework.followup.second-contact-wanted.v1": closing.SecondContactWanted,
    "casework.followup.second-contact-made.v1": closing.SecondContactMade,
    "casework.followup.owner-changed.v1": closing.OwnerChanged,
    "casework.followup.owner-looked-in.v1": closing.OwnerLookedIn,
    "casework.followup.conduct-flagged.v1": conduct.ConductFlagged,
    "casework.followup.conduct-flag-reviewed.v1": conduct.ConductFlagReviewed,
    "casework.followup.file-opened.v1": followup.FileOpened,
    "casework.followup.file-refused.v1": followup.FileRefused,
}

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""The data of one version -> the data of the next. Pure; must not change its argument."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""Keyed by (type name without version, version it starts from)."""


class UnknownType(InvalidMessage):
    """No event of this name is registered here: a newer release wrote it, or nobody of ours did."""

    code = "unknown-type"


def split_name(type_name: str) -> tuple[ServiceName, str, int]:
    """The service, the name without its version, and the version. Raises `UnknownType` for another shape."""
    stem, dot, version = type_name.rpartition(".v")
    parts = stem.split(".")
    if not dot or not version.isdecimal() or len(parts) != 3 or parts[0] != "casework" or parts[1] not in SERVICES:
        raise UnknownType(f"{type_name!r} is not the name of an event type; expected casework.<service>.<event>.v<N>")
    return parts[1], stem, int(version)


def service_of(type_name: str) -> ServiceName:
    """The service that writes events of this name, also of one that is not registered here."""
    return split_name(type_name)[0]


@dataclass(frozen=True)
class Registry:
    """A table of types and the upcasters that lead to them. The module's functions use the one real table."""

    types: Mapping[str, type]
    upcasters: Mapping[tuple[str, int], Upcaster]

    def from_data(self, type_name: str, data: Mapping[str, Any]) -> object:
        """See the module's `from_data`."""
        payload = self.types.get(type_name)
        if self.upcasters or payload is None:
            payload, data = self._upcast(type_name, data)
        try:
            return _adapter(payload).validate_python(data)
        except ValidationError as error:
            # The input is never quoted: it may be personal.
            errors = tuple(
                FieldError("/data" + "".join(f"/{step}" for step in item["loc"]), item["msg"])
                for item in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise InvalidMessage(f"the data of {type_name} is not valid", errors, code="invalid-data") from None

    def _upcast(self, type_name: str, data: Mapping[str, Any]) -> tuple[type, Mapping[str, Any]]:
        _, stem, version = split_name(type_name)
        while (step := self.upcasters.get((stem, version))) is not None:
            data, version = step(dict(data)), version + 1
        payload = self.types.get(f"{stem}.v{version}")
        if payload is None:
            raise UnknownType(
                f"no event type {type_name!r} is registered here; upgrade this process, then the event is read"
            )
        return payload, data


_REGISTRY = Registry(EVENT_TYPES, UPCASTERS)
_NAMES: Mapping[type, str] = {payload: name for name, payload in EVENT_TYPES.items()}
from_data = _REGISTRY.from_data
"""`from_data(type_name, data)`: the payload object of recorded data, read as the newest version of its type.

Fields this release does not know are ignored. Raises `UnknownType`, or `InvalidMessage` whose errors point into
the document; neither quotes what was sent.
"""


def type_name(cls: type) -> str:
    """The registered name of a payload class. Raises `UnknownType`."""
    name = _NAMES.get(cls)
    if name is None:
        raise UnknownType(f"{cls.__qualname__} is not registered; add its full name to EVENT_TYPES")
    return name


def to_data(event: object) -> dict[str, Any]:
    """Plain JSON values of a payload; what is None is left out. Raises pydantic's serialisation error for a value
    of another type than declared. Lengths and closed sets of words are not checked again here: they were when the
    command's fields, which have the same types, came in."""
    cls: type = type(event)
    data = _adapter(cls).dump_python(event, mode="json", exclude_none=True, warnings="error")
    return cast(dict[str, Any], data)


@cache
def dataschema(type_name: str) -> str:
    """The relative URI-reference of a registered type's JSON Schema, which the API serves. Raises `UnknownType`."""
    _require(type_name)
    _, stem, version = split_name(type_name)
    return f"/schemas/{stem}/{version}.json"


def json_schema(type_name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a registered type's data. Raises `UnknownType`."""
    _require(type_name)
    schema = TypeAdapter(EVENT_TYPES[type_name]).json_schema(schema_generator=_AbsentNotNull)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": dataschema(type_name), **schema}


def _require(type_name: str) -> None:
    if type_name not in EVENT_TYPES:
        raise UnknownType(f"no event type {type_name!r} is registered here")


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


class _AbsentNotNull(GenerateJsonSchema):
    """An optional field may be absent; it is never written as null. Which of several shapes a value has is said by the
    constants in them: AsyncAPI knows a discriminator by the same name and of another form."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        return {key: value for key, value in super().tagged_union_schema(schema).items() if key != "discriminator"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = super().default_schema(schema)
        return {key: value for key, value in inner.items() if (key, value) != ("default", None)}
