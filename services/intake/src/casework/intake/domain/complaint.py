"""Complaint: intake's part of a case, from receipt to the hand-off to investigation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from casework.intake.domain import errors
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
from casework.shared.business_time import SKEW
from casework.shared.contracts.types import Fact
from casework.shared.decider import Decider

Status: TypeAlias = Literal["unknown", "received", "acknowledged", "assessed", "offered", "withdrawn"]
STATE_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What intake's decisions need to know. `facts` holds the present value of each, sorted by name."""

    status: Status = "unknown"
    category: str = ""
    owner: str = ""
    received_at: datetime | None = None
    facts: tuple[Fact, ...] = ()


def decide(command: Command, state: Complaint) -> tuple[ComplaintEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case ReceiveComplaint():
            return _receive(command, state)
        case AcknowledgeComplaint(channel=channel, next_step=next_step, occurred_at=occurred_at):
            if _going_on(state, occurred_at) != "received":
                raise errors.ComplaintAlreadyAcknowledged(state.status)
            return (ComplaintAcknowledged(channel=channel, next_step=next_step),)
        case AssessComplaint():
            return _assess(command, state)
        case AddFacts(facts=facts, words=words):
            _going_on(state)
            new = tuple(fact for fact in _latest(facts) if fact not in state.facts)
            return (FactsAdded(facts=new, words=words),) if new or words else ()
        case WithdrawComplaint(reason=reason, channel=channel, occurred_at=occurred_at):
            _going_on(state, occurred_at)
            return (ComplaintWithdrawn(reason=reason, channel=channel),)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, outstanding=outstanding, reason=reason):
            if state.status != "offered" or offer_id != outstanding:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case _:
            assert_never(command)


def evolve(state: Complaint, event: ComplaintEvent) -> Complaint:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ComplaintReceived(category=category, owner=owner, received_at=received_at, facts=facts):
            return Complaint(
                status="received", category=category, owner=owner, received_at=received_at, facts=_latest(facts)
            )
        case ComplaintAcknowledged():
            return replace(state, status="acknowledged")
        case ComplaintAssessed() | HandOffTakenBack():
            return replace(state, status="assessed")
        case FactsAdded(facts=facts):
            return replace(state, facts=_latest((*state.facts, *facts)))
        case ComplaintWithdrawn():
            return replace(state, status="withdrawn")
        case HandOffOffered():
            return replace(state, status="offered")
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
            wish=command.wish,
            facts=_latest(command.facts),
            owner=command.owner,
        ),
    )


def _assess(command: AssessComplaint, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = _going_on(state, command.occurred_at)
    if status == "received":
        raise errors.ComplaintNotAcknowledged
    if status != "acknowledged":
        raise errors.ComplaintAlreadyAssessed(status)
    return (
        ComplaintAssessed(
            severity=command.severity,
            complexity=command.complexity,
            safety=command.safety,
            immediate_action=command.immediate_action,
            reason=command.reason,
        ),
    )


def _offer(command: OfferHandOff, state: Complaint) -> tuple[ComplaintEvent, ...]:
    status = _going_on(state, command.occurred_at)
    if status == "offered":
        raise errors.HandOffAlreadyOffered
    if status != "assessed":
        raise errors.ComplaintNotAssessed(status)
    return (
        HandOffOffered(
            to="investigation",
            reason=command.reason,
            ready=command.ready,
            open=command.open,
            category=state.category,
            owner=state.owner,
            standing=command.standing,
        ),
    )
