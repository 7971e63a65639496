"""What each capability of followup decides and keeps: which module, and from which stage on.

Invariant: only dispatches; every rule is in the capability's own module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from casework.followup.domain import (
    access,
    agreements,
    alerts,
    case_clocks,
    closing,
    conduct,
    errors,
    firing,
    motives,
    open_remedies,
    watched_offers,
)
from casework.followup.domain.agreements import NoteAgreement
from casework.followup.domain.alerts import AlertDuty, NoteSeverity
from casework.followup.domain.case_clocks import TakeEscalation, TellMoment
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock, ScheduleClock
from casework.followup.domain.clock_events import ClockExpired
from casework.followup.domain.closing import (
    AskOpinion,
    ChangeOwner,
    ExcuseOpinion,
    LookIn,
    MakeSecondContact,
    RecordOpinion,
)
from casework.followup.domain.commands import (
    CapabilityCommand,
    FollowHandOff,
    NoteCover,
    NoteFacts,
    NoteFailedRemedy,
    NoteRemedy,
    OpenFilePart,
)
from casework.followup.domain.conduct import FlagConduct, ReviewConductFlag
from casework.followup.domain.events import (
    ActingOwnerNamed,
    AgreementPending,
    AgreementSettled,
    CapabilityEvent,
    CoverEnded,
    FactsReceivedAfterClosure,
    FileOpened,
    FileRefused,
    FollowUpEvent,
    HandOffFollowed,
    HandOffOverdue,
    MotiveCompared,
    RemedyOwed,
    RemedySettled,
    SeverityNoted,
    WorkCovered,
)
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.motives import RecordMotiveAnswer
from casework.followup.domain.stages import going_on
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
from casework.shared.contracts.conduct import ConductFlagged, ConductFlagReviewed

if TYPE_CHECKING:
    from casework.followup.domain.follow_up import FollowUp


def decide(command: CapabilityCommand, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `stages` and of the capability's module."""
    match command:
        case RecordMotiveAnswer():
            going_on(state)
            return motives.decide(command)
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
        case NoteFailedRemedy():
            return open_remedies.note_failed(command, state.remedies, state.clocks)
        case AskOpinion() | ExcuseOpinion() | RecordOpinion() | MakeSecondContact() | ChangeOwner() | LookIn():
            if state.status == "unopened":
                raise errors.CaseNotOpened
            return closing.decide(command, state.closing, owner=state.owner, holder=state.holder)
        case FlagConduct() | ReviewConductFlag():
            if state.status == "unopened":
                raise errors.CaseNotOpened
            return conduct.decide(command, state.conduct)
        case OpenFilePart():
            return access.decide(command, state)
        case _:
            assert_never(command)


def evolve(state: FollowUp, event: CapabilityEvent) -> FollowUp:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
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
        case MotiveCompared():
            return replace(state, is_compared=True)
        case FactsReceivedAfterClosure():
            return state
        case HandOffFollowed(offer_id=offer_id, giver=giver, receiver=receiver, acting_owner=acting_owner):
            watched = WatchedOffer(offer=offer_id, giver=giver, receiver=receiver, acting_owner=acting_owner)
            return replace(state, watched=(*state.watched, watched))
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
        case ConductFlagged() | ConductFlagReviewed():
            return replace(state, conduct=conduct.evolve(state.conduct, event))
        case _:
            ending = closing.heard(state.closing) if case_clocks.hears(event, state.clocks) else state.closing
            return replace(state, clocks=case_clocks.evolve(state.clocks, event), closing=ending)


def _cover(command: NoteCover, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    covered = state.covered
    if covered is not None and (covered.holder, covered.cover) == (command.holder, command.cover):
        return ()
    ended = () if covered is None else (CoverEnded(holder=covered.holder, cover=covered.cover),)
    if command.cover is None or state.status in ("unopened", "closed"):
        return ended
    return (*ended, WorkCovered(holder=command.holder, cover=command.cover, reason=command.reason))


def _fire(command: FireClocks, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    fired = firing.fire(command, state.clocks)
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
