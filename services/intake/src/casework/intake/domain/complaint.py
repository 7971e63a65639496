"""Complaint: intake's part of a case, from receipt to the hand-off to investigation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from casework.intake.domain import access, errors
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
from casework.intake.domain.events import (
    ComplaintAcknowledged,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintReceived,
    ComplaintWithdrawn,
    FactsAdded,
    FileOpened,
    FileRefused,
    HandOffOffered,
    HandOffTakenBack,
)
from casework.intake.domain.statements import require_said
from casework.shared.business_time import SKEW
from casework.shared.contracts.types import Fact
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered

Status: TypeAlias = Literal["unknown", "received", "acknowledged", "assessed", "offered", "withdrawn"]
STATE_VERSION = 3


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


def decide(command: Command, state: Complaint) -> tuple[ComplaintEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case ReceiveComplaint():
            return _receive(command, state)
        case AcknowledgeComplaint(channel=channel, next_step=next_step, statements=statements):
            if _going_on(state, command.occurred_at) != "received":
                raise errors.ComplaintAlreadyAcknowledged(state.status)
            if state.received_at is not None:
                require_said(command.rules, state.received_at, statements)
            return (ComplaintAcknowledged(channel=channel, next_step=next_step, statements=statements or None),)
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
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case OpenFilePart():
            return access.decide(command, state)
        case _:
            assert_never(command)


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
        case FileOpened() | FileRefused():
            return state
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
            reachable_by=command.reachable_by,
            continues=command.continues,
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
        raise HandOffAlreadyOffered("investigation")
    if status != "assessed":
        raise errors.ComplaintNotAssessed(status)
    return (
        offered(
            HandOffOffered,
            command,
            to="investigation",
            category=state.category,
            owner=state.owner,
            complainant_known=state.reachable,
        ),
    )
