"""Complaint: intake's part of a case, from receipt to the hand-off to investigation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from casework.intake.domain import (
    access,
    acknowledgements,
    around,
    assessment,
    card,
    contacts,
    demands,
    errors,
    flags,
    incident,
    on_card,
    preferences,
    pressure,
    publicity,
    receipt_proofs,
    representatives,
    roads,
    visits,
    watches,
)
from casework.intake.domain.around import NOTHING_AROUND, Around, AroundCommand, AroundEvent
from casework.intake.domain.assessment import (
    Assessment,
    AssessmentCommand,
    EndCooling,
    FinishImmediateAction,
    RecordContainment,
    StartImmediateAction,
)
from casework.intake.domain.commands import (
    AcknowledgeComplaint,
    AddFacts,
    AssessComplaint,
    Command,
    OfferHandOff,
    OpenFilePart,
    ReceiveComplaint,
    TakeBackHandOff,
    WithdrawComplaint,
)
from casework.intake.domain.contacts import LeaveMessage, RecordContact, RecordContactAttempt
from casework.intake.domain.demands import NO_DEMANDS, ChangeDemand, Demands, RecordNoDemand, StateDemand
from casework.intake.domain.events import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintContained,
    ComplaintEvent,
    ComplaintReceived,
    ComplaintWithdrawn,
    CoolingEnded,
    CoolingStarted,
    DemandChanged,
    DemandNotStated,
    DemandStated,
    FactsAdded,
    FileOpened,
    FileRefused,
    FlagLifted,
    FlagRaised,
    HandOffOffered,
    HandOffTakenBack,
    ImmediateActionDone,
    ImmediateActionStarted,
    IncidentModeEnded,
    IncidentModeSet,
    TheirDeadlineAnswered,
    TheirDeadlineSet,
)
from casework.intake.domain.flags import Flag, LiftFlag, RaiseFlag
from casework.intake.domain.incident import EndIncidentMode, SetIncidentMode
from casework.intake.domain.on_card import NOTHING_ON_CARD, OnCard, OnCardCommand, OnCardEvent
from casework.intake.domain.preferences import (
    NOT_SAID,
    NoteContactDue,
    NoteContactMade,
    PlanContact,
    Reaching,
    SetContactPreferences,
)
from casework.intake.domain.pressure import AnswerTheirDeadline, SetTheirDeadline, TheirDeadline
from casework.intake.domain.publicity import (
    QUIET,
    IdentifyComplainant,
    LookAtSignal,
    NoteSignal,
    Publicity,
    ReplyInPublic,
)
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.domain.representatives import (
    DiscloseInformation,
    NameRepresentative,
    ProveAuthority,
    Representative,
    StateJointComplaint,
)
from casework.intake.domain.roads import AddRoad, Road
from casework.intake.domain.statements import require_said
from casework.intake.domain.visits import CloseVisit, DoVisitItems, KeepVisitPromise, OpenVisit, Visit
from casework.intake.domain.watches import EndWatch, SetWatch, ShowWatch, Watch
from casework.shared.business_time import SKEW
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
from casework.shared.contracts.types import Fact
from casework.shared.contracts.visits import VisitClosed, VisitItemsDone, VisitOpened, VisitPromiseKept
from casework.shared.contracts.vocabulary import Channel, Language, Speaker
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered

Status: TypeAlias = Literal["unknown", "received", "acknowledged", "assessed", "offered", "withdrawn"]
STATE_VERSION = 4
UNASSESSED = Assessment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What intake's decisions need to know. `facts` holds the present value of each, sorted by name; `reachable` says
    whether the complainant left a way to reach them."""

    status: Status = "unknown"
    source: str = ""
    organisation: str | None = None
    category: str = ""
    owner: str = ""
    received_at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    reachable: bool = False
    assessment: Assessment = UNASSESSED
    their_deadlines: tuple[TheirDeadline, ...] = ()
    flags: tuple[Flag, ...] = ()
    in_incident: bool = False
    on_card: OnCard = NOTHING_ON_CARD
    demands: Demands = NO_DEMANDS
    around: Around = NOTHING_AROUND
    channel: Channel = "web"
    watches: tuple[Watch, ...] = ()
    representatives: tuple[Representative, ...] = ()
    roads: tuple[Road, ...] = ()
    language: Language = "en"
    reaching: Reaching = NOT_SAID
    visits: tuple[Visit, ...] = ()
    publicity: Publicity = QUIET


def decide(command: Command, state: Complaint) -> tuple[ComplaintEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    if isinstance(command, OnCardCommand):
        _going_on(state)
        return on_card.decide(command, state.on_card, state.demands)
    if isinstance(command, AroundCommand):
        return _around(command, state)
    match command:
        case ReceiveComplaint():
            return _receive(command, state)
        case AcknowledgeComplaint(channel=channel, next_step=next_step, statements=statements):
            if _going_on(state, command.occurred_at) != "received":
                raise errors.ComplaintAlreadyAcknowledged(state.status)
            if command.copy is not None:
                publicity.require_known(state.publicity, state.channel)
            if state.received_at is not None:
                require_said(command.rules, state.received_at, statements)
            sent = None if command.copy is None else acknowledgements.sent(command.copy, state.owner)
            return (
                ComplaintAcknowledged(channel=channel, next_step=next_step, statements=statements or None, sent=sent),
            )
        case AssessComplaint():
            return _assess(command, state)
        case AddFacts(facts=facts, words=words):
            _going_on(state)
            new = tuple(fact for fact in _latest(facts) if fact not in state.facts)
            return (FactsAdded(facts=new, words=words),) if new or words else ()
        case WithdrawComplaint():
            return _withdraw(command, state)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case EndCooling() | StartImmediateAction() | FinishImmediateAction() | RecordContainment():
            _going_on(state)
            return _by_assessment(command, state)
        case SetTheirDeadline() | AnswerTheirDeadline():
            _going_on(state)
            return pressure.decide(command, state.their_deadlines)
        case RaiseFlag() | LiftFlag():
            _going_on(state)
            return flags.decide(command, state.flags)
        case SetIncidentMode() | EndIncidentMode():
            _going_on(state)
            return incident.decide(command, is_on=state.in_incident)
        case StateDemand() | ChangeDemand() | RecordNoDemand():
            _going_on(state)
            return demands.decide(command, state.demands)
        case OpenFilePart():
            return access.decide(command, state)
        case RecordContactAttempt() | LeaveMessage() | RecordContact():
            _going_on(state)
            return contacts.decide(command, _received_at(state), _known(state))
        case SetWatch() | EndWatch():
            _going_on(state)
            return watches.decide(command, state.watches)
        case ShowWatch():
            return watches.decide(command, state.watches)
        case NameRepresentative() | StateJointComplaint() | ProveAuthority() | DiscloseInformation():
            _going_on(state)
            return representatives.decide(command, state.representatives)
        case SetContactPreferences() | PlanContact():
            _going_on(state)
            return preferences.decide(command, state.reaching)
        case NoteContactDue() | NoteContactMade():
            return () if state.status in ("unknown", "withdrawn") else preferences.decide(command, state.reaching)
        case OpenVisit() | DoVisitItems() | CloseVisit() | KeepVisitPromise():
            _going_on(state)
            return visits.decide(command, state.visits)
        case NoteSignal() | LookAtSignal() | IdentifyComplainant() | ReplyInPublic():
            _going_on(state)
            return publicity.decide(command, state.publicity, state.channel)
        case AddRoad():
            _going_on(state)
            return roads.decide(command, state.roads)
        case ProveReceipt():
            _going_on(state)
            return receipt_proofs.decide(command, state.channel, _received_at(state))
        case _:
            assert_never(command)


def evolve(state: Complaint, event: ComplaintEvent) -> Complaint:
    """The state after `event`; never fails on an event that was recorded."""
    if isinstance(event, OnCardEvent):
        return replace(state, on_card=on_card.evolve(state.on_card, event))
    if isinstance(event, AroundEvent):
        return replace(state, around=around.evolve(state.around, event))
    match event:
        case ComplaintReceived(category=category, owner=owner, facts=facts):
            # Before the ways were recorded, who named themselves counted as reachable.
            reachable = event.complainant is not None if event.reachable_by is None else bool(event.reachable_by)
            return Complaint(
                status="received",
                source=event.source,
                organisation=event.organisation,
                category=category,
                owner=owner,
                received_at=event.received_at,
                facts=_latest(facts),
                reachable=reachable,
                on_card=OnCard(card=card.received(event)),
                channel=event.channel,
                language=event.language,
                publicity=Publicity(known=event.complainant is not None),
                roads=(Road(source=event.source, source_reference=event.source_reference),),
            )
        case ComplaintAcknowledged():
            return replace(state, status="acknowledged")
        case ComplaintAssessed():
            return replace(state, status="assessed", assessment=assessment.evolve(state.assessment, event))
        case HandOffTakenBack():
            return replace(state, status="assessed")
        case FactsAdded(facts=facts):
            carded = replace(state.on_card, card=card.added(state.on_card.card, event))
            return replace(state, facts=_latest((*state.facts, *facts)), on_card=carded)
        case ComplaintWithdrawn():
            return replace(state, status="withdrawn")
        case HandOffOffered():
            return replace(state, status="offered")
        case (
            CoolingStarted() | CoolingEnded() | ImmediateActionStarted() | ImmediateActionDone() | ComplaintContained()
        ):
            return replace(state, assessment=assessment.evolve(state.assessment, event))
        case TheirDeadlineSet() | TheirDeadlineAnswered():
            return replace(state, their_deadlines=pressure.evolve(state.their_deadlines, event))
        case FlagRaised() | FlagLifted():
            return replace(state, flags=flags.evolve(state.flags, event))
        case IncidentModeSet() | IncidentModeEnded():
            return replace(state, in_incident=isinstance(event, IncidentModeSet))
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


DECIDER: Decider[Command, Complaint, ComplaintEvent] = Decider(Complaint(), decide, evolve)


def _going_on(state: Complaint, occurred_at: datetime | None = None) -> Status:
    """Where the complaint stands, if anything can be done about it at that time."""
    if state.status == "unknown":
        raise errors.ComplaintNotReceived
    if state.status == "withdrawn":
        raise errors.ComplaintIsWithdrawn
    if occurred_at is not None and state.received_at is not None and occurred_at < state.received_at - SKEW:
        raise errors.BeforeReceipt(state.received_at)
    return state.status


def _around(command: AroundCommand, state: Complaint) -> tuple[ComplaintEvent, ...]:
    if not (state.status == "withdrawn" and isinstance(command, around.Told)):
        _going_on(state)
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


def _latest(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The last fact of each name, sorted by name, so that equal histories give equal bytes."""
    by_name = {fact.name: fact for fact in facts}
    return tuple(by_name[name] for name in sorted(by_name))


def _receive(command: ReceiveComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    if state.status != "unknown":
        raise errors.ComplaintAlreadyReceived
    return (
        ComplaintReceived(
            source=command.source,
            source_reference=command.source_reference,
            channel=command.channel,
            received_at=command.received_at,
            language=command.language,
            organisation=command.organisation,
            category=command.category,
            issue=command.issue,
            words=command.words,
            complainant=command.complainant,
            reachable_by=command.reachable_by,
            continues=command.continues,
            wish=command.wish,
            facts=_latest(command.facts),
            owner=command.owner,
            origin=command.origin,
        ),
    )


def _assess(command: AssessComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = _going_on(state, command.occurred_at)
    if status == "received":
        raise errors.ComplaintNotAcknowledged
    if status != "acknowledged":
        raise errors.ComplaintAlreadyAssessed(status)
    if command.needs_card:
        card.require_complete(state.on_card.card, state.demands)
    return _by_assessment(command, state)


def _by_assessment(command: AssessmentCommand, state: Complaint) -> tuple[ComplaintEvent, ...]:
    return assessment.decide(command, state.assessment, category=state.category, received_at=state.received_at)


def _withdraw(command: WithdrawComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    _going_on(state, command.occurred_at)
    by: Speaker = "complainant"
    if command.representative is not None:
        speaker = representatives.representative(command.representative, state.representatives)
        # A recorded history is not asked for papers.
        if command.today is not None and command.occurred_at is None:
            speaker.require_authority(command.today)
        by = "representative"
    return (ComplaintWithdrawn(reason=command.reason, channel=command.channel, by=by, person=command.person),)


def _offer(command: OfferHandOff, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = _going_on(state, command.occurred_at)
    if status == "offered":
        raise HandOffAlreadyOffered("investigation")
    if status != "assessed":
        raise errors.ComplaintNotAssessed(status)
    if command.standing is None:
        assessment.require_begun(state.assessment)
    offer = offered(
        HandOffOffered,
        command,
        to="investigation",
        category=state.category,
        owner=state.owner,
        complainant_known=state.reachable,
    )
    actions = assessment.standing(state.assessment)
    return (offer if actions is None else replace(offer, immediate_actions=actions),)
