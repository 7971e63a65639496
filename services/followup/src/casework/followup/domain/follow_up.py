"""FollowUp: the whole case as it is tracked, from receipt to closure. Its stream decides on resolution's offers
and on everything that can come before or after the closing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.followup.domain import (
    access,
    agreements,
    alerts,
    case_clocks,
    closing,
    errors,
    motives,
    open_remedies,
    watched_offers,
)
from casework.followup.domain.agreements import NoteAgreement
from casework.followup.domain.alerts import AlertDuty, NoteSeverity
from casework.followup.domain.case_clocks import CaseClocks, FireClocks, TakeEscalation, TellMoment
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock, ScheduleClock
from casework.followup.domain.clock_events import ClockExpired
from casework.followup.domain.closing import (
    AskOpinion,
    ChangeOwner,
    Closing,
    ExcuseOpinion,
    LookIn,
    MakeSecondContact,
    RecordOpinion,
)
from casework.followup.domain.commands import (
    AcceptHandOff,
    CloseCase,
    Command,
    DeclineHandOff,
    FollowHandOff,
    NoteContestation,
    NoteCover,
    NoteFacts,
    NoteRemedy,
    NoteWithdrawalAnswer,
    OpenFilePart,
    OpenFollowUp,
    ReopenCase,
)
from casework.followup.domain.events import (
    ActingOwnerNamed,
    AgreementPending,
    AgreementSettled,
    CaseClosed,
    CaseReopened,
    CoverEnded,
    FactsReceivedAfterClosure,
    FileOpened,
    FileRefused,
    FollowUpEvent,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffFollowed,
    HandOffLapsed,
    HandOffOverdue,
    HandOffReturned,
    MotiveCompared,
    RemedyOwed,
    RemedySettled,
    SeverityNoted,
    WorkCovered,
)
from casework.followup.domain.motives import RecordMotiveAnswer
from casework.followup.domain.open_remedies import OpenRemedies
from casework.followup.domain.watched_offers import WatchedOffer
from casework.shared.contracts.closing import (
    OpinionAsked,
    OpinionNotToBeHad,
    OpinionRecorded,
    OwnerChanged,
    OwnerLookedIn,
    SecondContactMade,
    SecondContactWanted,
)
from casework.shared.contracts.followup import Closure
from casework.shared.decider import Decider
from casework.shared.handoffs.receiving import HandOffHasLapsed, Way, require_skills

Status: TypeAlias = Literal["unopened", "open", "held", "closed"]
STATE_VERSION = 3
NO_CLOCKS = CaseClocks()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What followup's decisions need to know. `owner` is the case owner; `answered` the offers of resolution that were
    accepted or declined here, `lapsed` those that nobody answered; `watched` every offer between services to people."""

    status: Status = "unopened"
    owner: str = ""
    category: str = ""
    holder: str = ""
    answered: tuple[UUID, ...] = ()
    lapsed: tuple[UUID, ...] = ()
    outcome: Closure | None = None
    watched: tuple[WatchedOffer, ...] = ()
    covered: WorkCovered | None = None
    is_compared: bool = False
    clocks: CaseClocks = NO_CLOCKS
    agreements: tuple[UUID, ...] = ()
    remedies: OpenRemedies = ()
    closing: Closing = closing.OPEN


def decide(command: Command, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case OpenFollowUp():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, offered=offered, holder=holder):
            _answering(offer_id, offered, state)
            require_skills(command.routing, holder, command.skills)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, offered=offered, reason=reason):
            _answering(offer_id, offered, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case RecordMotiveAnswer():
            _going_on(state)
            return motives.decide(command)
        case CloseCase():
            return _close(command, state)
        case ReopenCase(reason=reason, at=at):
            if state.status == "unopened":
                raise errors.CaseNotOpened
            if state.status != "closed":
                raise errors.CaseNotClosed
            if at is not None:
                closing.require_window(state.closing, at)
            return (CaseReopened(reason=reason, category=state.category, owner=state.owner),)
        case NoteContestation():
            return _contested(command, state)
        case NoteWithdrawalAnswer(honoured=honoured, reason=reason):
            if honoured and state.status in ("open", "held"):
                return (CaseClosed(outcome="withdrawn", reason=reason),)
            return ()
        case NoteFacts(facts_event=facts_event):
            return (FactsReceivedAfterClosure(facts_event=facts_event),) if state.status == "closed" else ()
        case TellMoment(moment="case-closed") if state.status != "closed":
            return ()
        case TellMoment():
            return case_clocks.tell(command, state.clocks, closed=state.status == "closed")
        case NoteAgreement():
            return agreements.decide(command, state.agreements)
        case NoteCover():
            return _cover(command, state)
        case FollowHandOff():
            return watched_offers.follow(command, state.watched, state.clocks)
        case FireClocks():
            return _fire(command, state)
        case ScheduleClock() | PauseClock() | ResumeClock() | ExtendClock():
            return case_clocks.change(command, state.clocks)
        case TakeEscalation():
            return case_clocks.take(command, state.clocks)
        case NoteSeverity(severity=severity):
            return () if severity == state.clocks.severity else (SeverityNoted(severity=severity),)
        case AlertDuty():
            return () if state.status == "closed" else alerts.alert(command, state.clocks)
        case NoteRemedy():
            return open_remedies.note(command, state.remedies)
        case AskOpinion() | ExcuseOpinion() | RecordOpinion() | MakeSecondContact() | ChangeOwner() | LookIn():
            if state.status == "unopened":
                raise errors.CaseNotOpened
            return closing.decide(command, state.closing, owner=state.owner, holder=state.holder)
        case OpenFilePart():
            return access.decide(command, state)
        case _:
            assert_never(command)


def evolve(state: FollowUp, event: FollowUpEvent) -> FollowUp:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case FollowUpOpened():
            return FollowUp(
                status="open",
                owner=event.owner,
                category=event.category,
                clocks=CaseClocks(
                    received_at=event.received_at, imported=bool(event.imported), deadlines=event.deadlines or ()
                ),
            )
        case HandOffAccepted(offer_id=offer_id, holder=holder):
            return replace(state, status="held", holder=holder, answered=(*state.answered, offer_id))
        case HandOffDeclined(offer_id=offer_id):
            return replace(state, answered=(*state.answered, offer_id))
        case CaseClosed(outcome=outcome, terms=terms):
            ended = closing.closed(state.closing, terms)
            return replace(state, status="closed", outcome=outcome, holder="", closing=ended)
        case OwnerChanged(owner=owner):
            return replace(state, owner=owner)
        case (
            OpinionAsked()
            | OpinionNotToBeHad()
            | OpinionRecorded()
            | SecondContactWanted()
            | SecondContactMade()
            | OwnerLookedIn()
        ):
            return replace(state, closing=closing.evolve(state.closing, event))
        case CaseReopened():
            return replace(state, status="open", outcome=None, is_compared=False)
        case MotiveCompared():
            return replace(state, is_compared=True)
        case HandOffReturned():
            return replace(state, status="open", holder="")
        case FactsReceivedAfterClosure():
            return state
        case HandOffFollowed(offer_id=offer_id, giver=giver, receiver=receiver, acting_owner=acting_owner):
            watched = WatchedOffer(offer=offer_id, giver=giver, receiver=receiver, acting_owner=acting_owner)
            return replace(state, watched=(*state.watched, watched))
        case HandOffLapsed(offer_id=offer_id):
            return replace(state, lapsed=(*state.lapsed, offer_id))
        case WorkCovered():
            return replace(state, covered=event)
        case CoverEnded():
            return replace(state, covered=None)
        case SeverityNoted(severity=severity):
            return replace(state, clocks=replace(state.clocks, severity=severity))
        case AgreementPending() | AgreementSettled():
            return replace(state, agreements=agreements.evolve(state.agreements, event))
        case HandOffOverdue() | ActingOwnerNamed() | FileOpened() | FileRefused():
            return state
        case RemedyOwed() | RemedySettled():
            return replace(state, remedies=open_remedies.evolve(state.remedies, event))
        case _:
            return replace(state, clocks=case_clocks.evolve(state.clocks, event))


DECIDER: Decider[Command, FollowUp, FollowUpEvent] = Decider(FollowUp(), decide, evolve)


def _open(command: OpenFollowUp, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    if state.status != "unopened":
        return ()
    return (
        FollowUpOpened(
            owner=command.owner,
            source=command.source,
            category=command.category,
            received_at=command.received_at,
            imported=command.imported or None,
            deadlines=command.deadlines or None,
        ),
    )


def _close(command: CloseCase, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    if _going_on(state) != "held":
        raise errors.HandOffNotAccepted
    if command.outcome == "silent":
        closing.require_silence(state.closing)
    if command.outcome == "unresolved" and not command.offers:
        raise closing.OffersMissing
    if command.gated:
        agreements.require_settled(state.agreements)
        open_remedies.require_received(state.remedies)
        # Only where the institution has a time for it is anybody's opinion waited for.
        if state.clocks.has("opinion"):
            closing.require_asked(state.closing)
        if command.outcome == "decided" and command.decision == "upheld":
            closing.require_four_rs(command.four_rs)
    compared = motives.at_closure(command.given, is_compared=state.is_compared)
    unthanked = command.gated and command.decision == "not-upheld" and not command.thanked
    return (
        *compared,
        CaseClosed(
            outcome=command.outcome,
            reason=command.reason,
            terms=command.terms,
            offers=command.offers or None,
            route_en=command.route_en if command.outcome == "unresolved" else None,
            route_zh=command.route_zh if command.outcome == "unresolved" else None,
            four_rs=command.four_rs or None,
            flags=("not-thanked",) if unthanked else None,
        ),
    )


def _going_on(state: FollowUp) -> Literal["open", "held"]:
    match state.status:
        case "unopened":
            raise errors.CaseNotOpened
        case "closed":
            raise errors.CaseIsClosed(state.outcome or "")
        case status:
            return status


def _cover(command: NoteCover, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    covered = state.covered
    if covered is not None and (covered.holder, covered.cover) == (command.holder, command.cover):
        return ()
    ended = () if covered is None else (CoverEnded(holder=covered.holder, cover=covered.cover),)
    if command.cover is None or state.status in ("unopened", "closed"):
        return ended
    return (*ended, WorkCovered(holder=command.holder, cover=command.cover, reason=command.reason))


def _fire(command: FireClocks, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    fired = case_clocks.fire(command, state.clocks)
    # The offers before us that wait: none while somebody holds the work, none once the case is closed.
    waiting = (
        each.offer
        for each in state.watched
        if state.status == "open" and each.offer not in (*state.answered, *state.lapsed)
    )
    clocks = case_clocks.fold(fired, state.clocks)
    unheard = any(isinstance(event, ClockExpired) and event.purpose == "reply" for event in fired)
    wanted = (
        closing.silence(state.closing, owner=state.owner, holder=state.holder)
        if unheard and state.status in ("open", "held")
        else ()
    )
    return (*fired, *wanted, *watched_offers.overdue(command, fired, state.watched, clocks, may_lapse=waiting))


def _answering(offer_id: UUID, offered: UUID | None, state: FollowUp) -> None:
    if _going_on(state) == "held":
        raise errors.HandOffAlreadyAccepted(state.holder)
    if offered is None:
        raise errors.NothingOffered
    if offer_id != offered:
        raise errors.AnotherOffer(offered)
    if offer_id in state.lapsed:
        raise HandOffHasLapsed(Way("resolution", "followup"))
    if offer_id in state.answered:
        raise errors.HandOffAlreadyAnswered


def _contested(command: NoteContestation, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    match state.status:
        case "closed":
            return (
                CaseReopened(
                    reason=command.reason,
                    category=state.category,
                    owner=state.owner,
                    contestation=command.contestation,
                ),
            )
        case "held":
            return (HandOffReturned(reason=command.reason),)
        case _:
            return ()
