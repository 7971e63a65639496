"""Complaint: intake's part of a case, from receipt to the hand-off to investigation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from casework.intake.domain import (
    acknowledgements,
    assessment,
    capabilities,
    card,
    errors,
    publicity,
    representatives,
    stages,
)
from casework.intake.domain.around import NOTHING_AROUND, Around
from casework.intake.domain.assessment import Assessment
from casework.intake.domain.commands import (
    AcknowledgeComplaint,
    AddFacts,
    AssessComplaint,
    Command,
    OfferHandOff,
    ReceiveComplaint,
    TakeBackHandOff,
    WithdrawComplaint,
)
from casework.intake.domain.demands import NO_DEMANDS, Demands
from casework.intake.domain.events import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintReceived,
    ComplaintWithdrawn,
    FactsAdded,
    HandOffOffered,
    HandOffTakenBack,
)
from casework.intake.domain.flags import Flag
from casework.intake.domain.on_card import NOTHING_ON_CARD, OnCard
from casework.intake.domain.preferences import NOT_SAID, Reaching
from casework.intake.domain.pressure import TheirDeadline
from casework.intake.domain.privacy import UNTOUCHED, Privacy
from casework.intake.domain.publicity import QUIET, Publicity
from casework.intake.domain.representatives import Representative
from casework.intake.domain.roads import Road
from casework.intake.domain.stages import Status
from casework.intake.domain.statements import require_said
from casework.intake.domain.visits import Visit
from casework.intake.domain.watches import Watch
from casework.shared.contracts.types import Fact
from casework.shared.contracts.vocabulary import Channel, Language, Speaker
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered

STATE_VERSION = 7
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
    legal_route: str = ""
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
    privacy: Privacy = UNTOUCHED


def decide(command: Command, state: Complaint) -> tuple[ComplaintEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case ReceiveComplaint():
            return _receive(command, state)
        case AcknowledgeComplaint(channel=channel, next_step=next_step, statements=statements):
            if stages.going_on(state, command.occurred_at) != "received":
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
            stages.going_on(state)
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
        case _:
            return capabilities.decide(command, state)


def evolve(state: Complaint, event: ComplaintEvent) -> Complaint:
    """The state after `event`; never fails on an event that was recorded."""
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
        case _:
            return capabilities.evolve(state, event)


DECIDER: Decider[Command, Complaint, ComplaintEvent] = Decider(Complaint(), decide, evolve)


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
            procedures=command.procedures,
        ),
    )


def _assess(command: AssessComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = stages.going_on(state, command.occurred_at)
    if status == "received":
        raise errors.ComplaintNotAcknowledged
    if status != "acknowledged":
        raise errors.ComplaintAlreadyAssessed(status)
    if command.needs_card:
        card.require_complete(state.on_card.card, state.demands)
    return assessment.decide(command, state.assessment, category=state.category, received_at=state.received_at)


def _withdraw(command: WithdrawComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    stages.going_on(state, command.occurred_at)
    by: Speaker = "complainant"
    if command.representative is not None:
        speaker = representatives.representative(command.representative, state.representatives)
        # A recorded history is not asked for papers.
        if command.today is not None and command.occurred_at is None:
            speaker.require_authority(command.today)
        by = "representative"
    return (ComplaintWithdrawn(reason=command.reason, channel=command.channel, by=by, person=command.person),)


def _offer(command: OfferHandOff, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = stages.going_on(state, command.occurred_at)
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
