"""Talks with the complainant: a call is offered, what came of it is written down and sent, an agreement is put into
words and accepted by both.

Invariant: an agreement binds nobody before both sides have accepted it as it was put into words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.outgoing import UNCHECKED, Sending, sent
from casework.resolution.domain.speakers import Speaker
from casework.resolution.domain.statements import Statements
from casework.shared.contracts.messages import FactsStated
from casework.shared.contracts.talks import (
    AgreedItems,
    AgreeingSide,
    AgreementAccepted,
    AgreementBound,
    AgreementGivenUp,
    AgreementRestated,
    CallOffered,
    CallRecorded,
)
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCall:
    """Offer the complainant a call, as `speaker`."""

    call_id: UUID
    speaker: Speaker
    at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall:
    """Write down what came of the call, and send it. `plain` is what is sent, for the checks; only `result` is kept.
    Without `call_id` the one call that was offered and not held yet."""

    call_id: UUID | None
    held_at: Instant
    plain: str
    result: Sealed
    sent_by: Channel
    speaker: Speaker
    sending: Sending = UNCHECKED
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RestateAgreement:
    """Put what was agreed into words, to be accepted by both before `due_at`."""

    agreement_id: UUID
    items: AgreedItems
    due_at: Instant
    by: Name
    call_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAgreement:
    """Record that a side accepts. Without `agreement_id` the one agreement that is open."""

    agreement_id: UUID | None
    side: AgreeingSide
    channel: Channel
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpAgreement:
    """Record that the agreement came to nothing. Without `agreement_id` the one that is open."""

    agreement_id: UUID | None
    reason: Sentence


CallCommand: TypeAlias = OfferCall | RecordCall
AgreementCommand: TypeAlias = RestateAgreement | AcceptAgreement | GiveUpAgreement
CallEvent: TypeAlias = CallOffered | CallRecorded
AgreementEvent: TypeAlias = AgreementRestated | AgreementAccepted | AgreementBound | AgreementGivenUp


class CallInTheFuture(Refusal):
    code = "call-in-the-future"

    def __init__(self) -> None:
        super().__init__("The call is said to be held at a time that has not come yet; give when it was held.")


class AmountNotPositive(Refusal):
    code = "amount-not-positive"

    def __init__(self, amount: str) -> None:
        super().__init__(f"What is agreed on is an amount of more than zero, not {amount}.")


class AgreementIsSettled(Refusal):
    code = "agreement-is-settled"

    def __init__(self, status: str) -> None:
        how = "binds both sides already" if status == "bound" else "was given up"
        super().__init__(f"The agreement {how}; put a new one into words to agree on something else.")


class AlreadyAcceptedBySide(Refusal):
    code = "already-accepted-by-side"

    def __init__(self, side: str) -> None:
        super().__init__(f"The {side} accepted the agreement already; the other side has yet to accept it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What later decisions need to know of an agreement."""

    id: UUID
    accepted: tuple[AgreeingSide, ...] = ()
    status: Literal["open", "bound", "given-up"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """Calls that were offered (held or not), and agreements."""

    calls: tuple[tuple[UUID, bool], ...] = ()
    agreements: tuple[Agreement, ...] = ()


NO_TALKS = Talks()


def decide(
    command: CallCommand | AgreementCommand, talks: Talks, statements: Statements
) -> tuple[CallEvent | AgreementEvent | FactsStated, ...]:
    """The events that `command` brings about. Raises the refusals above, `RoleNotInDirectory`, those of `which`, and
    what `sent` raises."""
    match command:
        case OfferCall(call_id=call_id, speaker=speaker, at=at):
            return (CallOffered(call_id=call_id, by=speaker.id, at=at, role=speaker.require_role()),)
        case RecordCall():
            return _record(command, talks, statements)
        case RestateAgreement(items=items):
            for item in items:
                if item.amount is not None and Decimal(item.amount.amount) <= 0:
                    raise AmountNotPositive(item.amount.amount)
            call = command.call_id
            if call is not None:
                which("call", call, dict(talks.calls))
            return (
                AgreementRestated(
                    agreement_id=command.agreement_id,
                    items=items,
                    due_at=command.due_at,
                    by=command.by,
                    call_id=call,
                ),
            )
        case AcceptAgreement(side=side):
            agreement = _meant(command.agreement_id, talks)
            if side in agreement.accepted:
                raise AlreadyAcceptedBySide(side)
            accepted = AgreementAccepted(
                agreement_id=agreement.id, side=side, channel=command.channel, proof=command.proof
            )
            bound = (AgreementBound(agreement_id=agreement.id),) if agreement.accepted else ()
            return (accepted, *bound)
        case GiveUpAgreement(reason=reason):
            return (AgreementGivenUp(agreement_id=_meant(command.agreement_id, talks).id, reason=reason),)
        case _:
            assert_never(command)


def evolve(talks: Talks, event: CallEvent | AgreementEvent) -> Talks:
    """The talks after `event`."""
    match event:
        case CallOffered(call_id=call_id):
            return replace(talks, calls=(*talks.calls, (call_id, False)))
        case CallRecorded(call_id=call_id):
            held = tuple((id_, is_held or id_ == call_id) for id_, is_held in talks.calls)
            return replace(talks, calls=held)
        case AgreementRestated(agreement_id=id_):
            return replace(talks, agreements=(*talks.agreements, Agreement(id=id_)))
        case AgreementAccepted(agreement_id=id_, side=side):
            return _changed(talks, id_, lambda each: replace(each, accepted=(*each.accepted, side)))
        case AgreementBound(agreement_id=id_):
            return _changed(talks, id_, lambda each: replace(each, status="bound"))
        case AgreementGivenUp(agreement_id=id_):
            return _changed(talks, id_, lambda each: replace(each, status="given-up"))
        case _:
            assert_never(event)


def _record(command: RecordCall, talks: Talks, statements: Statements) -> tuple[CallRecorded | FactsStated, ...]:
    call_id = which("call", command.call_id, {id_: not held for id_, held in talks.calls})
    if command.held_at > command.now:
        raise CallInTheFuture
    role = command.speaker.require_role()
    stated = sent(command.sending, statements, "call-result", command.plain)
    recorded = CallRecorded(
        call_id=call_id,
        held_at=command.held_at,
        result=command.result,
        sent_by=command.sent_by,
        by=command.speaker.id,
        wording=command.sending.version,
        role=role,
    )
    return (recorded, *stated)


def _meant(named: UUID | None, talks: Talks) -> Agreement:
    """The agreement that is meant, which is open."""
    id_ = which("agreement", named, {each.id: each.status == "open" for each in talks.agreements})
    agreement = next(each for each in talks.agreements if each.id == id_)
    if agreement.status != "open":
        raise AgreementIsSettled(agreement.status)
    return agreement


def _changed(talks: Talks, id_: UUID, change: Callable[[Agreement], Agreement]) -> Talks:
    return replace(talks, agreements=tuple(change(each) if each.id == id_ else each for each in talks.agreements))
