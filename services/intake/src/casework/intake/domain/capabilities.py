"""What each capability of intake decides and keeps: which module, and from which stage on.

Invariant: only dispatches; every rule is in the capability's own module.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from casework.intake.domain import (
    access,
    around,
    assessment,
    contacts,
    demands,
    errors,
    flags,
    incident,
    on_card,
    preferences,
    pressure,
    privacy,
    publicity,
    receipt_proofs,
    representatives,
    roads,
    visits,
    watches,
)
from casework.intake.domain.around import AroundCommand, AroundEvent
from casework.intake.domain.assessment import EndCooling, FinishImmediateAction, RecordContainment, StartImmediateAction
from casework.intake.domain.commands import CapabilityCommand, OpenFilePart
from casework.intake.domain.contacts import LeaveMessage, RecordContact, RecordContactAttempt
from casework.intake.domain.demands import ChangeDemand, RecordNoDemand, StateDemand
from casework.intake.domain.events import (
    CapabilityEvent,
    ComplaintContained,
    ComplaintEvent,
    CoolingEnded,
    CoolingStarted,
    DemandChanged,
    DemandNotStated,
    DemandStated,
    FileOpened,
    FileRefused,
    FlagLifted,
    FlagRaised,
    ImmediateActionDone,
    ImmediateActionStarted,
    IncidentModeEnded,
    IncidentModeSet,
    TheirDeadlineAnswered,
    TheirDeadlineSet,
)
from casework.intake.domain.flags import LiftFlag, RaiseFlag
from casework.intake.domain.incident import EndIncidentMode, SetIncidentMode
from casework.intake.domain.on_card import OnCardCommand, OnCardEvent
from casework.intake.domain.preferences import NoteContactDue, NoteContactMade, PlanContact, SetContactPreferences
from casework.intake.domain.pressure import AnswerTheirDeadline, SetTheirDeadline
from casework.intake.domain.privacy import PrivacyCommand, PrivacyEvent
from casework.intake.domain.publicity import IdentifyComplainant, LookAtSignal, NoteSignal, ReplyInPublic
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.domain.representatives import (
    DiscloseInformation,
    NameRepresentative,
    ProveAuthority,
    StateJointComplaint,
)
from casework.intake.domain.roads import AddRoad, Road
from casework.intake.domain.stages import going_on
from casework.intake.domain.visits import CloseVisit, DoVisitItems, KeepVisitPromise, OpenVisit
from casework.intake.domain.watches import EndWatch, SetWatch, ShowWatch
from casework.shared.contracts.contacts import (
    ComplainantReached,
    ContactAttempted,
    ContactPlanned,
    ContactPreferencesSet,
    MessageLeft,
    PlannedContactEnded,
    WatchEnded,
    WatchSet,
    WatchShown,
)
from casework.shared.contracts.publicity import (
    ComplainantIdentified,
    MediaSignalLookedAt,
    MediaSignalNoted,
    PublicReplyGiven,
)
from casework.shared.contracts.receipt_proofs import ReceiptProved
from casework.shared.contracts.representatives import (
    AuthorityProved,
    InformationDisclosed,
    JointComplaintStated,
    RepresentativeNamed,
)
from casework.shared.contracts.roads import RoadAdded
from casework.shared.contracts.visits import VisitClosed, VisitItemsDone, VisitOpened, VisitPromiseKept

if TYPE_CHECKING:
    from casework.intake.domain.complaint import Complaint


def decide(command: CapabilityCommand, state: Complaint) -> tuple[ComplaintEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `stages` and of the capability's module."""
    if isinstance(command, OnCardCommand):
        going_on(state)
        return on_card.decide(command, state.on_card, state.demands)
    if isinstance(command, AroundCommand):
        return _around(command, state)
    if isinstance(command, PrivacyCommand):
        _received_at(state)
        return privacy.decide(command, state.privacy, held_by=state.legal_route if state.in_incident else None)
    match command:
        case EndCooling() | StartImmediateAction() | FinishImmediateAction() | RecordContainment():
            going_on(state)
            return assessment.decide(command, state.assessment, category=state.category, received_at=state.received_at)
        case SetTheirDeadline() | AnswerTheirDeadline():
            going_on(state)
            return pressure.decide(command, state.their_deadlines, len(state.demands.stated))
        case RaiseFlag() | LiftFlag():
            going_on(state)
            return flags.decide(command, state.flags)
        case SetIncidentMode() | EndIncidentMode():
            going_on(state)
            return incident.decide(command, is_on=state.in_incident)
        case StateDemand() | ChangeDemand() | RecordNoDemand():
            going_on(state)
            return demands.decide(command, state.demands)
        case OpenFilePart():
            return access.decide(command, state)
        case RecordContactAttempt() | LeaveMessage() | RecordContact():
            going_on(state)
            return contacts.decide(command, _received_at(state), _known(state))
        case SetWatch() | EndWatch():
            going_on(state)
            return watches.decide(command, state.watches)
        case ShowWatch():
            return watches.decide(command, state.watches)
        case NameRepresentative() | StateJointComplaint() | ProveAuthority() | DiscloseInformation():
            going_on(state)
            return representatives.decide(command, state.representatives)
        case SetContactPreferences() | PlanContact():
            going_on(state)
            return preferences.decide(command, state.reaching)
        case NoteContactDue() | NoteContactMade():
            return () if state.status in ("unknown", "withdrawn") else preferences.decide(command, state.reaching)
        case OpenVisit() | DoVisitItems() | CloseVisit() | KeepVisitPromise():
            going_on(state)
            return visits.decide(command, state.visits)
        case NoteSignal() | LookAtSignal() | IdentifyComplainant() | ReplyInPublic():
            going_on(state)
            return publicity.decide(command, state.publicity, state.channel)
        case AddRoad():
            going_on(state)
            return roads.decide(command, state.roads)
        case ProveReceipt():
            going_on(state)
            return receipt_proofs.decide(command, state.channel, _received_at(state))
        case _:
            assert_never(command)


def evolve(state: Complaint, event: CapabilityEvent) -> Complaint:
    """The state after `event`; never fails on an event that was recorded."""
    if isinstance(event, OnCardEvent):
        return replace(state, on_card=on_card.evolve(state.on_card, event))
    if isinstance(event, AroundEvent):
        return replace(state, around=around.evolve(state.around, event))
    if isinstance(event, PrivacyEvent):
        return replace(state, privacy=privacy.evolve(state.privacy, event))
    match event:
        case (
            CoolingStarted() | CoolingEnded() | ImmediateActionStarted() | ImmediateActionDone() | ComplaintContained()
        ):
            return replace(state, assessment=assessment.evolve(state.assessment, event))
        case TheirDeadlineSet() | TheirDeadlineAnswered():
            return replace(state, their_deadlines=pressure.evolve(state.their_deadlines, event))
        case FlagRaised() | FlagLifted():
            return replace(state, flags=flags.evolve(state.flags, event))
        case IncidentModeSet(legal_route=legal_route):
            return replace(state, in_incident=True, legal_route=legal_route)
        case IncidentModeEnded():
            return replace(state, in_incident=False)
        case DemandStated() | DemandChanged() | DemandNotStated():
            return replace(state, demands=demands.evolve(state.demands, event))
        case FileOpened() | FileRefused():
            return state
        case ContactAttempted() | MessageLeft() | ComplainantReached() | ReceiptProved():
            return state
        case ContactPreferencesSet() | ContactPlanned() | PlannedContactEnded():
            return replace(state, reaching=preferences.evolve(state.reaching, event))
        case VisitOpened() | VisitItemsDone() | VisitClosed() | VisitPromiseKept():
            return replace(state, visits=visits.evolve(state.visits, event))
        case ComplainantIdentified(reachable_by=reachable_by):
            known = publicity.evolve(state.publicity, event)
            return replace(state, publicity=known, reachable=state.reachable or bool(reachable_by))
        case MediaSignalNoted() | MediaSignalLookedAt() | PublicReplyGiven():
            return replace(state, publicity=publicity.evolve(state.publicity, event))
        case RoadAdded(source=source, source_reference=reference):
            return replace(state, roads=(*state.roads, Road(source=source, source_reference=reference)))
        case WatchSet() | WatchShown() | WatchEnded():
            return replace(state, watches=watches.evolve(state.watches, event))
        case RepresentativeNamed() | JointComplaintStated() | AuthorityProved() | InformationDisclosed():
            return replace(state, representatives=representatives.evolve(state.representatives, event))
        case _:
            assert_never(event)


def _around(command: AroundCommand, state: Complaint) -> tuple[ComplaintEvent, ...]:
    if not (state.status == "withdrawn" and isinstance(command, around.Told)):
        going_on(state)
    assert state.received_at is not None, "only what was received goes on"
    known = around.Known(
        organisation=state.organisation,
        received_at=state.received_at,
        demands={each.number: each.version for each in state.demands.stated},
    )
    return around.decide(command, state.around, known)


def _received_at(state: Complaint) -> datetime:
    if state.received_at is None:
        raise errors.ComplaintNotReceived
    return state.received_at


def _known(state: Complaint) -> tuple[str, ...]:
    """What the case says and nobody else may hear."""
    said = (state.category, state.organisation, *(fact.value for fact in state.facts))
    return tuple(each for each in said if each is not None)
