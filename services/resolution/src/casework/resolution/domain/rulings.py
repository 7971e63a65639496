"""Deciding between two parties: they are asked to talk first, and then one ruling says everything.

Invariant: nothing is ruled while an invitation to talk was not made or is still open; a ruling names what each item of
evidence is worth, moves all of the money that is held, and is told to both parties, in one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.answer_gate import Gate
from casework.resolution.domain.outgoing import UNCHECKED, Sending
from casework.shared.contracts.appeals import AppealTerms
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.rulings import (
    Movement,
    NegotiationEnded,
    NegotiationInvited,
    NegotiationResult,
    Notice,
    PartiesRuled,
    RuledItem,
    RuledParty,
)
from casework.shared.contracts.types import Instant, Money, Name, Prose
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteToNegotiate:
    """Ask both parties, at `now`, to talk first and to answer by `answer_by`."""

    negotiation_id: UUID
    answer_by: Instant
    by: Name
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNegotiation:
    """Record how the talk ended, at `now`; `party` is who declined it."""

    result: NegotiationResult
    party: RuledParty | None
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForParties:
    """Rule at `now`. `held` is the money in dispute that somebody keeps, and `money` says where all of it goes.
    `appeal` is until when the complainant can appeal against it."""

    outcome: Outcome
    answer: Prose
    reasons: Prose
    held: Money | None
    money: tuple[Movement, ...]
    complainant_by: Channel
    respondent_by: Channel
    by: Name
    gate: Gate | None = None
    sending: Sending = UNCHECKED
    appeal: AppealTerms | None = None
    now: Instant


TalkCommand: TypeAlias = InviteToNegotiate | EndNegotiation
TalkEvent: TypeAlias = NegotiationInvited | NegotiationEnded


class AnswerDueInThePast(Refusal):
    code = "answer-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time to answer the invitation is over already; give one that lies ahead.")


class NegotiationAlreadyOpen(Refusal):
    code = "negotiation-already-open"

    def __init__(self) -> None:
        super().__init__("The parties were asked to talk already; record how that ends, or wait for its time.")


class NegotiationMissing(Refusal):
    code = "negotiation-missing"

    def __init__(self) -> None:
        super().__init__("The parties were not asked to talk yet; invite them to negotiate before anybody rules.")


class NegotiationOpen(Refusal):
    code = "negotiation-open"

    def __init__(self) -> None:
        super().__init__(
            "The invitation to talk is still open; rule when they have tried, one of them has declined, or its time is"
            " over."
        )


class DeclinedByNobody(Refusal):
    code = "declined-by-nobody"

    def __init__(self) -> None:
        super().__init__("Say which party declined to talk: the complainant or the respondent.")


class EvidenceNotRuled(Refusal):
    code = "evidence-not-ruled"

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(
            f"What the items {', '.join(map(str, numbers))} are worth was not ruled on; have investigation rule on each"
            " before the decision."
        )


class MoneyNotMoved(Refusal):
    code = "money-not-moved"

    def __init__(self, detail: str) -> None:
        super().__init__(f"{detail} The ruling moves all of the money that is held, in its currency, and no more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiation:
    """The newest invitation to talk, and how it ended. It is over by itself at `answer_by`."""

    id: UUID
    answer_by: Instant
    ended: NegotiationResult | None = None

    def came_to(self, now: Instant) -> Literal["tried", "declined", "expired"] | None:
        """How the talk ended by `now`; None while it is open."""
        if self.ended is not None:
            return self.ended
        return "expired" if self.answer_by <= now else None


def decide(command: TalkCommand, negotiation: Negotiation | None) -> tuple[TalkEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case InviteToNegotiate(negotiation_id=id_, answer_by=answer_by, by=by, now=now):
            if answer_by <= now:
                raise AnswerDueInThePast
            if negotiation is not None and negotiation.came_to(now) is None:
                raise NegotiationAlreadyOpen
            return (NegotiationInvited(negotiation_id=id_, answer_by=answer_by, by=by),)
        case EndNegotiation(result=result, party=party, now=now):
            if negotiation is None or negotiation.ended is not None:
                raise NegotiationMissing
            if result == "declined" and party is None:
                raise DeclinedByNobody
            return (NegotiationEnded(negotiation_id=negotiation.id, result=result, at=now, party=party),)
        case _:
            assert_never(command)


def evolve(negotiation: Negotiation | None, event: TalkEvent) -> Negotiation | None:
    """The negotiation after `event`."""
    match event:
        case NegotiationInvited(negotiation_id=id_, answer_by=answer_by):
            return Negotiation(id=id_, answer_by=answer_by)
        case NegotiationEnded(result=result):
            return None if negotiation is None else replace(negotiation, ended=result)
        case _:
            assert_never(event)


def require_talked(negotiation: Negotiation | None, now: Instant | None) -> None:
    """Raises `NegotiationOpen` where the parties were asked to talk and their time is not over at `now`."""
    if negotiation is not None and now is not None and negotiation.came_to(now) is None:
        raise NegotiationOpen


def rule(command: RuleForParties, negotiation: Negotiation | None, evidence: EvidenceStandings | None) -> PartiesRuled:
    """The ruling as an event. Raises `NegotiationMissing`, `NegotiationOpen`, `EvidenceNotRuled`, `MoneyNotMoved`."""
    if negotiation is None:
        raise NegotiationMissing
    after = negotiation.came_to(command.now)
    if after is None:
        raise NegotiationOpen
    _require_all_moved(command.held, command.money)
    return PartiesRuled(
        outcome=command.outcome,
        reasons=command.reasons,
        after=after,
        negotiation_id=negotiation.id,
        items=_ruled(evidence or ()),
        held=command.held,
        money=command.money,
        notices=(
            Notice(to="complainant", channel=command.complainant_by),
            Notice(to="respondent", channel=command.respondent_by),
        ),
        route=None if command.gate is None else command.gate.route,
        by=command.by,
        wording=command.sending.version,
    )


def _ruled(evidence: EvidenceStandings) -> tuple[RuledItem, ...]:
    there = [each for each in evidence if each.rule is None]  # what is no longer there has no worth to rule on
    open_ = [each.number for each in there if each.ruling is None or each.reason is None]
    if open_:
        raise EvidenceNotRuled(open_)
    return tuple(
        RuledItem(number=each.number, ruling=each.ruling, reason=each.reason, given_by=each.given_by)
        for each in there
        if each.ruling is not None and each.reason is not None
    )


def _require_all_moved(held: Money | None, money: Sequence[Movement]) -> None:
    if held is None:
        if money:
            raise MoneyNotMoved("No money is held, so none can be moved.")
        return
    for movement in money:
        if movement.amount.currency != held.currency:
            raise MoneyNotMoved(f"The money is held in {held.currency}, not {movement.amount.currency}.")
        if Decimal(movement.amount.amount) <= 0:
            raise MoneyNotMoved("An amount that is moved is more than zero.")
    moved = sum((Decimal(movement.amount.amount) for movement in money), Decimal())
    if moved != Decimal(held.amount):
        raise MoneyNotMoved(f"{held.currency} {held.amount} is held, and {held.currency} {moved} would be moved.")
