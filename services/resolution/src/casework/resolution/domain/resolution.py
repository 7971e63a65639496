"""Resolution: from investigation's offer to the hand-off to follow-up.

Its stream decides on investigation's offers, and whether a withdrawal came before or after the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from casework.resolution.domain import (
    answer_gate,
    appeals,
    capabilities,
    conflicts,
    containment,
    demand_answers,
    desk,
    errors,
    judges,
    measures,
    outgoing,
    outside_actions,
    refused_demands,
    rulings,
    stages,
)
from casework.resolution.domain.appeals import (
    NOT_DECIDED,
    Appealable,
    AppealWaits,
    DecideDecisionAppeal,
    LodgeDecisionAppeal,
)
from casework.resolution.domain.commands import (
    AcceptHandOff,
    Command,
    CommunicateDecision,
    DeclineHandOff,
    LapseHandOff,
    OfferHandOff,
    OpenResolution,
    RecordReply,
    ReopenResolution,
    TakeBackHandOff,
    TakeWithdrawal,
)
from casework.resolution.domain.containment import Containment
from casework.resolution.domain.demand_answers import Demand
from casework.resolution.domain.desk import EMPTY_DESK, Desk
from casework.resolution.domain.events import (
    DecisionAccepted,
    DecisionCommunicated,
    DecisionContested,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    RemedyProposed,
    ResolutionEvent,
    ResolutionOpened,
    ResolutionReopened,
    WithdrawalCameAfterDecision,
    WithdrawalHonoured,
)
from casework.resolution.domain.known import NOTHING_KNOWN, Known
from casework.resolution.domain.measures import Measure
from casework.resolution.domain.party_sanctions import NONE, PartySanctions
from casework.resolution.domain.promises import Promise
from casework.resolution.domain.recordings import Recordings
from casework.resolution.domain.rulings import Negotiation, RuleForParties
from casework.resolution.domain.settlement import NOT_TIMED, Settlement
from casework.resolution.domain.stages import Status
from casework.resolution.domain.statements import Statements
from casework.resolution.domain.talks import NO_TALKS, Talks
from casework.shared.checks import answering
from casework.shared.checks.answering import Checks
from casework.shared.conflicts import NOBODY_BARRED, Conflicts
from casework.shared.contracts.appeals import DecisionAppealDecided, DecisionAppealed
from casework.shared.contracts.authority import ApprovalGiven, ApprovalRefused
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.vocabulary import RemedyKind
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered
from casework.shared.handoffs.receiving import NO_OFFERS, OffersReceived, require_skills

STATE_VERSION = 7
WITHDRAWN = "The complaint was withdrawn before a decision: there is nothing left to decide."
HELD = "Resolution has this case already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What resolution's decisions need to know.

    `offers` are investigation's; `remedies`, `approvers` (who answered for one, yes or no) and `accepted` are of this
    round of deciding; `withdrawals`, how many were answered, makes a second answer to the same one impossible.
    `evidence` is what came with the newest offer, for the decision.
    """

    status: Status = "waiting"
    offers: OffersReceived = NO_OFFERS
    category: str = ""
    owner: str = ""
    remedies: tuple[RemedyKind, ...] = ()
    approvers: tuple[str, ...] = ()
    accepted: bool = False
    withdrawals: int = 0
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
    """The events that `command` brings about. Raises a refusal of `errors`, and `ConflictOfInterest`."""
    judges.require_free(command, state.conflicts)
    match command:
        case OpenResolution():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, holder=holder):
            stages.answering(offer_id, state)
            if not command.imported:
                conflicts.refuse_conflict(holder, state.conflicts)
                require_skills(state.offers.routing, holder, command.skills)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, reason=reason):
            stages.answering(offer_id, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case LapseHandOff(offer_id=offer_id):
            if state.status != "waiting" or not state.offers.waits(offer_id):
                return ()
            return (HandOffLapsed(offer_id=offer_id),)
        case CommunicateDecision():
            return _communicate(command, state)
        case RecordReply():
            return _reply(command, state)
        case TakeWithdrawal():
            return _withdraw(command, state)
        case ReopenResolution(contestation=contestation):
            # A contestation was recorded here first and sent us back to deciding then. By the time its echo
            # arrives a new decision may stand, which must not be undone.
            if contestation is not None or state.status == "deciding":
                return ()
            return (
                ResolutionReopened(
                    reason=command.reason,
                    category=command.category,
                    owner=command.owner,
                    withdrawal=state.withdrawals or None,
                ),
            )
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case RuleForParties():
            return _rule(command, state)
        case LodgeDecisionAppeal():
            if stages.working(state) == "deciding":
                raise errors.NoDecision
            return appeals.decide(command, state.appeal)
        case DecideDecisionAppeal():
            stages.heard_of(state)
            return appeals.decide(command, state.appeal)
        case _:
            return capabilities.decide(command, state)


def evolve(state: Resolution, event: ResolutionEvent) -> Resolution:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ResolutionOpened(offer_id=offer_id, category=category, owner=owner, evidence=standings):
            offers = state.offers.opened(offer_id, event.routing)
            opened = replace(state, offers=offers, category=category, owner=owner, evidence=standings)
            return opened if event.standing is None else _without_cause(opened)
        case HandOffAccepted():
            return replace(state, status="deciding", offers=state.offers.answered(event))
        case HandOffDeclined() | HandOffLapsed():
            return replace(state, offers=state.offers.answered(event))
        case RemedyProposed(kind=kind):
            return replace(state, remedies=(*state.remedies, kind), desk=desk.evolve(state.desk, event))
        case ApprovalGiven(by=by) | ApprovalRefused(by=by):
            return replace(state, approvers=(*state.approvers, by), desk=desk.evolve(state.desk, event))
        case DecisionCommunicated(by=by, appeal=terms):
            return replace(state, status="decided", appeal=appeals.given(by, state.approvers, terms))
        case HandOffTakenBack():
            return replace(state, status="decided")
        case DecisionAppealed():
            return replace(state, status="appealed", appeal=appeals.evolve(state.appeal, event))
        case DecisionAppealDecided(succeeded=succeeded):
            after = replace(state, appeal=appeals.evolve(state.appeal, event))
            # Where the case was reopened meanwhile, the decision falls anyway.
            if state.status != "appealed":
                return after
            if not succeeded:
                return replace(after, status="decided")
            return _fallen(after)
        case DecisionAccepted():
            return replace(state, accepted=True)
        case DecisionContested():
            return _fallen(state)
        case WithdrawalHonoured():
            return replace(state, status="withdrawn", withdrawals=state.withdrawals + 1)
        case WithdrawalCameAfterDecision():
            return replace(state, withdrawals=state.withdrawals + 1)
        case ResolutionReopened(category=category, owner=owner):
            # After a withdrawal nobody investigates any more who could still record a cause.
            state = _without_cause(state) if state.status == "withdrawn" else state
            return replace(_again(state), category=category, owner=owner)
        case HandOffOffered():
            return replace(state, status="offered")
        case _:
            return capabilities.evolve(state, event)


def _again(state: Resolution) -> Resolution:
    """A new round of deciding. What was proposed before is still owed: only `_fallen` takes that away."""
    demands = demand_answers.contested(state.demands)
    return replace(state, status="deciding", remedies=(), approvers=(), accepted=False, demands=demands)


def _fallen(state: Resolution) -> Resolution:
    """A new round of deciding, since the complainant did not accept what was decided."""
    return replace(_again(state), desk=desk.fall(state.desk))


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
            routing=command.routing,
        ),
    )


def _without_cause(state: Resolution) -> Resolution:
    return replace(state, known=replace(state.known, asks_cause=False))


def _communicate(command: CommunicateDecision, state: Resolution) -> tuple[ResolutionEvent, ...]:
    stages.deciding(state)
    if not state.remedies:
        raise errors.NoRemedy
    rulings.require_talked(state.negotiation, command.now)
    return _decided(command, state)


def _rule(command: RuleForParties, state: Resolution) -> tuple[ResolutionEvent, ...]:
    """The ruling, and with it the decision of the case."""
    stages.deciding(state)
    ruled = rulings.rule(command, state.negotiation, state.evidence)
    decision = CommunicateDecision(
        outcome=command.outcome,
        answer=command.answer,
        channel=command.complainant_by,
        reasons=command.reasons,
        gate=command.gate,
        sending=command.sending,
        by=command.by,
        appeal=command.appeal,
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
    if stages.working(state) == "deciding":
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


def _withdraw(command: TakeWithdrawal, state: Resolution) -> tuple[ResolutionEvent, ...]:
    reason = command.reason
    if command.number <= state.withdrawals:
        return ()
    if state.status in ("decided", "appealed", "offered"):
        return (WithdrawalCameAfterDecision(reason=reason),)
    return (WithdrawalHonoured(reason=reason), *measures.end_with_complaint(state.measures))


def _offer(command: OfferHandOff, state: Resolution) -> tuple[ResolutionEvent, ...]:
    match stages.working(state):
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
