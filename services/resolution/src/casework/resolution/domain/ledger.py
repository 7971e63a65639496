"""The ledger of remedies: offered, answered, sent, received.

Invariant: silence is no acceptance. What was sent is open until the complainant has it, or does not want it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain import second_tries
from casework.resolution.domain.second_tries import (
    NOT_TRIED,
    CheckSecondTry,
    FirstTry,
    NotToBeChecked,
    RecordFailure,
    Tries,
    TryCommand,
    TryEvent,
)
from casework.shared.contracts.remedies import (
    NothingOffered,
    RemedyCameBack,
    RemedyFailed,
    RemedyOfferAnswered,
    RemedyOffered,
    RemedyOfferUnanswered,
    RemedyReceived,
    RemedySent,
    RemedyWaived,
    SecondTryChecked,
)
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.contracts.types import Instant, Money, Name, Sentence
from casework.shared.contracts.vocabulary import Channel, ProofKind, RemedyKind
from casework.shared.errors import Refusal
from casework.shared.remedies.amounts import number_of
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRemedy:
    """Offer a proposed remedy to the complainant, at `now`, to be answered before `until`."""

    offer_id: UUID
    remedy: int | None
    until: Instant
    channel: Channel
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOffer:
    """Record what the complainant said to an offer, at `now`. Without `remedy` the one offer that waits is meant."""

    remedy: int | None
    answer: Literal["accepted", "declined"]
    channel: Channel
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveUnanswered:
    """Follow-up's clock for the offer expired. Never refused."""

    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferNothing:
    """Record that the complainant is offered nothing, and why."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRemedy:
    """Record that a remedy went out, what shows it, and how much; without `amount` all of it. `by` is who sends it now;
    None for what is told of the past, which is held to no check."""

    remedy: int | None
    proof: Sentence
    amount: Money | None = None
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReceived:
    """Record that the complainant has a remedy, and what shows it."""

    remedy: int | None
    kind: ProofKind
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCameBack:
    """Record that what was sent did not arrive."""

    remedy: int | None
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWaiver:
    """Record that the complainant does not want a remedy any more, and what shows it."""

    remedy: int | None
    proof: Sentence


LedgerCommand: TypeAlias = (
    OfferRemedy
    | AnswerOffer
    | LeaveUnanswered
    | OfferNothing
    | SendRemedy
    | RecordReceived
    | RecordCameBack
    | RecordWaiver
    | TryCommand
)
LedgerEvent: TypeAlias = (
    RemedyProposed
    | RemedyOffered
    | RemedyOfferAnswered
    | RemedyOfferUnanswered
    | NothingOffered
    | RemedySent
    | RemedyReceived
    | RemedyCameBack
    | RemedyWaived
    | TryEvent
)
Status: TypeAlias = Literal[
    "proposed", "offered", "accepted", "declined", "no-reply", "sent", "received", "came-back", "failed", "waived"
]


class OfferEndsInThePast(Refusal):
    code = "offer-ends-in-the-past"

    def __init__(self) -> None:
        super().__init__("The offer would be over already; give an end that lies ahead.")


class NotToBeOffered(Refusal):
    code = "not-to-be-offered"

    def __init__(self, status: Status) -> None:
        super().__init__(f"This remedy is {status}; one that was proposed, declined or left unanswered can be offered.")


class OfferIsOver(Refusal):
    code = "offer-is-over"

    def __init__(self) -> None:
        super().__init__("The time of this offer is over, and silence was no yes; offer it again to have it answered.")


class SomethingIsOffered(Refusal):
    code = "something-is-offered"

    def __init__(self) -> None:
        super().__init__("A remedy is proposed or on its way; nothing offered is for a case without any.")


class NotAgreed(Refusal):
    code = "not-agreed"

    def __init__(self, status: Status) -> None:
        super().__init__(f"This remedy is {status}; what is sent has to be accepted, or proposed without an offer.")


class DecisionHasFallen(Refusal):
    code = "decision-has-fallen"

    def __init__(self) -> None:
        super().__init__(
            "The decision that this remedy belonged to stands no more; offer it and have it accepted, or propose what"
            " the new decision gives."
        )


class AnotherAmount(Refusal):
    code = "another-amount"

    def __init__(self, amount: Money | None) -> None:
        agreed = "no amount" if amount is None else f"{amount.amount} {amount.currency}"
        super().__init__(f"This remedy was agreed with {agreed}; send that, or propose another remedy.")


class NotSent(Refusal):
    code = "not-sent"

    def __init__(self, status: Status) -> None:
        super().__init__(f"This remedy is {status}; record first that it was sent, and what shows that.")


class AnotherProof(Refusal):
    code = "another-proof"

    def __init__(self, kind: ProofKind) -> None:
        super().__init__(f"That this remedy arrived is shown by a {kind}; record that one.")


class NothingToWaive(Refusal):
    code = "nothing-to-waive"

    def __init__(self, status: Status) -> None:
        super().__init__(f"This remedy is {status}; only what is still to come can be given up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One remedy of the case, and how it stands. `offer` and `until` are those of its latest offer."""

    kind: RemedyKind
    amount: Money | None = None
    proof: ProofKind | None = None
    status: Status = "proposed"
    offer: UUID | None = None
    until: Instant | None = None
    tries: Tries = NOT_TRIED
    has_fallen: bool = False
    """The decision that it was proposed for stands no more, and the complainant had said nothing to it."""


Ledger: TypeAlias = tuple[Line, ...]
"""The remedies of the case in the order in which they were proposed: the first is number 1."""
_OFFERABLE: tuple[Status, ...] = ("proposed", "declined", "no-reply")
_SENDABLE: tuple[Status, ...] = ("proposed", "accepted", "came-back", "failed")
_OPEN: tuple[Status, ...] = ("proposed", "offered", "accepted", "sent", "came-back", "failed")


def decide(command: LedgerCommand, ledger: Ledger) -> tuple[LedgerEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case OfferRemedy():
            return (_offer(command, ledger),)
        case AnswerOffer():
            return (_answer(command, ledger),)
        case LeaveUnanswered(offer_id=offer_id):
            return tuple(
                RemedyOfferUnanswered(offer_id=offer_id, remedy=number)
                for number, line in enumerate(ledger, 1)
                if line.offer == offer_id and line.status == "offered"
            )
        case OfferNothing(reason=reason):
            if any(line.status in _OPEN for line in ledger):
                raise SomethingIsOffered
            return (NothingOffered(reason=reason),)
        case SendRemedy(proof=proof):
            number, line = _meant(command.remedy, ledger, _SENDABLE)
            if line.status not in _SENDABLE:
                raise NotAgreed(line.status)
            # Sent beside what the new decision gives, it would be given twice.
            if line.has_fallen and line.status == "proposed":
                raise DecisionHasFallen
            if command.amount is not None and not _same(command.amount, line.amount):
                raise AnotherAmount(line.amount)
            if command.by is not None and _is_second_try(line, ledger):
                second_tries.require_checked(line.tries, command.by)
            return (RemedySent(remedy=number, proof=proof, amount=line.amount),)
        case RecordReceived(kind=kind, proof=proof):
            number, line = _sent(command.remedy, ledger)
            if line.proof is not None and kind != line.proof:
                raise AnotherProof(line.proof)
            return (RemedyReceived(remedy=number, kind=kind, proof=proof),)
        case RecordCameBack(reason=reason):
            number, _ = _sent(command.remedy, ledger)
            return (RemedyCameBack(remedy=number, reason=reason),)
        case RecordWaiver(proof=proof):
            number, line = _meant(command.remedy, ledger, ("accepted", "sent", "came-back", "failed"))
            if line.status not in _OPEN:
                raise NothingToWaive(line.status)
            return (RemedyWaived(remedy=number, proof=proof),)
        case RecordFailure(reason=reason):
            number, line = _meant(command.remedy, ledger, ("sent", "received"))
            if line.status not in ("sent", "received"):
                raise NotSent(line.status)
            failure = line.tries.failures + 1
            return (RemedyFailed(remedy=number, kind=line.kind, failure=failure, reason=reason),)
        case CheckSecondTry(by=by, checked=checked):
            number, line = _meant(command.remedy, ledger, _SENDABLE)
            if line.status not in _SENDABLE:
                raise NotToBeChecked(line.status)
            if not _is_second_try(line, ledger):
                raise FirstTry
            return (SecondTryChecked(remedy=number, by=by, checked=checked),)
        case _:
            assert_never(command)


def evolve(ledger: Ledger, event: LedgerEvent) -> Ledger:
    """The ledger after `event`."""
    match event:
        case RemedyProposed(kind=kind, amount=amount, proof=proof):
            return (*ledger, Line(kind=kind, amount=amount, proof=proof))
        case RemedyOffered(remedy=remedy):
            return tuple(
                replace(line, status="offered", offer=event.offer_id, until=event.until) if number == remedy else line
                for number, line in enumerate(ledger, 1)
            )
        case RemedyOfferAnswered(remedy=remedy, answer=answer):
            return _with(ledger, remedy, answer)
        case RemedyOfferUnanswered(remedy=remedy):
            return _with(ledger, remedy, "no-reply")
        case NothingOffered():
            return ledger
        case RemedySent(remedy=remedy):
            return _tried(_with(ledger, remedy, "sent"), remedy, second_tries.sent)
        case RemedyReceived(remedy=remedy):
            return _with(ledger, remedy, "received")
        case RemedyCameBack(remedy=remedy):
            return _with(ledger, remedy, "came-back")
        case RemedyWaived(remedy=remedy):
            return _with(ledger, remedy, "waived")
        case RemedyFailed(remedy=remedy):
            return _tried(_with(ledger, remedy, "failed"), remedy, lambda tries: second_tries.evolve(tries, event))
        case SecondTryChecked(remedy=remedy):
            return _tried(ledger, remedy, lambda tries: second_tries.evolve(tries, event))
        case _:
            assert_never(event)


def fall(ledger: Ledger) -> Ledger:
    """The ledger once the decision of this round stands no more: appealed with success, or contested."""
    return tuple(replace(line, has_fallen=True) if line.status == "proposed" else line for line in ledger)


def _with(ledger: Ledger, remedy: int, status: Status) -> Ledger:
    return tuple(replace(line, status=status) if number == remedy else line for number, line in enumerate(ledger, 1))


def _tried(ledger: Ledger, remedy: int, change: Callable[[Tries], Tries]) -> Ledger:
    return tuple(
        replace(line, tries=change(line.tries)) if number == remedy else line for number, line in enumerate(ledger, 1)
    )


def _is_second_try(line: Line, ledger: Ledger) -> bool:
    """Whether it, or another of its kind, has failed in this case: a new number does not make it a first try."""
    return any(each.kind == line.kind and each.tries.failures for each in ledger)


def _meant(named: int | None, ledger: Ledger, open_: tuple[Status, ...]) -> tuple[int, Line]:
    number = which("remedy", named, {number: line.status in open_ for number, line in enumerate(ledger, 1)})
    return number, ledger[number - 1]


def _sent(named: int | None, ledger: Ledger) -> tuple[int, Line]:
    number, line = _meant(named, ledger, ("sent",))
    if line.status != "sent":
        raise NotSent(line.status)
    return number, line


def _same(given: Money, agreed: Money | None) -> bool:
    return agreed is not None and given.currency == agreed.currency and number_of(given) == number_of(agreed)


def _offer(command: OfferRemedy, ledger: Ledger) -> RemedyOffered:
    number, line = _meant(command.remedy, ledger, _OFFERABLE)
    if line.status not in _OFFERABLE:
        raise NotToBeOffered(line.status)
    if command.until <= command.now:
        raise OfferEndsInThePast
    return RemedyOffered(offer_id=command.offer_id, remedy=number, until=command.until, channel=command.channel)


def _answer(command: AnswerOffer, ledger: Ledger) -> RemedyOfferAnswered:
    number, line = _meant(command.remedy, ledger, ("offered",))
    # By the time, not by the clock: that is looked at only some moments later.
    if line.status != "offered" or line.offer is None or line.until is None or line.until <= command.now:
        raise OfferIsOver
    return RemedyOfferAnswered(offer_id=line.offer, remedy=number, answer=command.answer, channel=command.channel)
