"""The complaint card: what the complainant answers, read back to them, corrected and confirmed.

Invariant: the receipt stands whatever the card lacks. It is incomplete until the problem and what is wanted are on it,
or that the complainant was asked and does not wish to say; until then nobody assesses. Every writing is a version of
its own, and only what was read back, demands included, can be confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias, assert_never

from casework.intake.domain.demands import Demands, check_amounts
from casework.shared.contracts.card import (
    CardConfirmed,
    CardReadBack,
    CardWritten,
    Clerk,
    DemandVersion,
    Goods,
    OpinionQuestion,
    OpinionRecorded,
    PersonsNamed,
    When,
)
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.contracts.types import Instant, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal

FARTHEST_EAST = timedelta(hours=14)
"""How far a place's own time can be ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCard:
    """Write answers on the card, at `now`. The fields are those of `CardWritten`; what is None stays as it is."""

    what_happened: Sealed | None = None
    when: When | None = None
    goods: Goods | None = None
    clerk: Clerk | None = None
    real_cause: Sealed | None = None
    wish: Sealed | None = None
    feeling: Sealed | None = None
    expectation: Sealed | None = None
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBackCard:
    """Record that the card, as it is now, was read back to the complainant."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCard:
    """Record that the complainant finds right what was read back."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOpinion:
    """Record a handler's answer to a question of opinion. It arrives sealed: no rule can read it."""

    question: OpinionQuestion
    opinion: Sealed


CardCommand: TypeAlias = WriteCard | ReadBackCard | ConfirmCard | RecordOpinion
CardEvent: TypeAlias = CardWritten | PersonsNamed | CardReadBack | CardConfirmed | OpinionRecorded


class ProblemMissing(Refusal):
    code = "problem-missing"

    def __init__(self) -> None:
        super().__init__(
            "The card does not say yet what the problem is. The complaint stands as received; ask what happened and "
            "write it on the card, then go on."
        )


class DemandMissing(Refusal):
    code = "demand-missing"

    def __init__(self) -> None:
        super().__init__(
            "The card does not say yet what the complainant wants. The complaint stands as received; ask how it should "
            "be settled and record the demand, or that they were asked and do not wish to say, then go on."
        )


class CardNotReadBack(Refusal):
    code = "card-not-read-back"

    def __init__(self, version: int) -> None:
        super().__init__(
            f"Version {version} of the card, with its demands, was not read back to the complainant; read it back, "
            "then record that they confirm it."
        )


class HappenedInTheFuture(Refusal):
    code = "happened-in-the-future"

    def __init__(self) -> None:
        super().__init__("What is complained of cannot happen later than now; give the day on which it happened.")


class CardFull(Refusal):
    code = "card-full"

    def __init__(self) -> None:
        super().__init__("A card takes at most 10,000 versions; add what is new as facts.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read back: a version of the card, and the version of each demand."""

    version: int
    demands: tuple[DemandVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What later decisions need to know of the card: what is on it, not what it says."""

    version: int = 0
    problem: bool = False
    wish: bool = False
    persons: tuple[str, ...] = ()
    read_back: Reading | None = None
    confirmed: Reading | None = None


EMPTY = Card()
_MOST = 10_000


def require_complete(card: Card, demands: Demands) -> None:
    """Raises `ProblemMissing` or `DemandMissing` for a card that lacks what an assessment rests on."""
    if not card.problem:
        raise ProblemMissing
    if not (card.wish or demands.known):
        raise DemandMissing


def decide(command: CardCommand, card: Card, demands: Demands) -> tuple[CardEvent, ...]:
    """The events that `command` brings about; none where it changes nothing. Raises the refusals above, and those of
    money."""
    match command:
        case WriteCard():
            return _write(command, card)
        case ReadBackCard(channel=channel):
            now = _reading(card, demands)
            return (CardReadBack(version=now.version, demands=now.demands, channel=channel),)
        case ConfirmCard(channel=channel):
            now = _reading(card, demands)
            if now == card.confirmed:
                return ()
            require_complete(card, demands)
            if now != card.read_back:
                raise CardNotReadBack(card.version)
            return (CardConfirmed(version=now.version, demands=now.demands, channel=channel),)
        case RecordOpinion(question=question, opinion=opinion):
            return (OpinionRecorded(question=question, opinion=opinion),)
        case _:
            assert_never(command)


def evolve(card: Card, event: CardEvent) -> Card:
    """The card after `event`."""
    match event:
        case CardWritten():
            return replace(
                card,
                version=event.version,
                problem=card.problem or event.what_happened is not None,
                wish=card.wish or event.wish is not None,
            )
        case PersonsNamed(persons=persons):
            return replace(card, persons=persons)
        case CardReadBack(version=version, demands=demands):
            return replace(card, read_back=Reading(version=version, demands=demands))
        case CardConfirmed(version=version, demands=demands):
            return replace(card, confirmed=Reading(version=version, demands=demands))
        case OpinionRecorded():
            # Left out of the state, so that no decision can rest on it.
            return card
        case _:
            assert_never(event)


def received(event: ComplaintReceived) -> Card:
    """The card of a complaint as it was received."""
    return Card(problem=event.words is not None or event.issue is not None, wish=event.wish is not None)


def added(card: Card, event: FactsAdded) -> Card:
    """The card after further words about the same complaint: they say what the problem is, too."""
    return replace(card, problem=True) if event.words is not None else card


def _reading(card: Card, demands: Demands) -> Reading:
    versions = tuple(DemandVersion(number=each.number, version=each.version) for each in demands.stated)
    return Reading(version=card.version, demands=versions)


def _write(command: WriteCard, card: Card) -> tuple[CardEvent, ...]:
    written = CardWritten(
        version=card.version + 1,
        what_happened=command.what_happened,
        when=command.when,
        goods=command.goods,
        clerk=command.clerk,
        real_cause=command.real_cause,
        wish=command.wish,
        feeling=command.feeling,
        expectation=command.expectation,
    )
    if written == CardWritten(version=card.version + 1):
        return ()
    if card.version >= _MOST:
        raise CardFull
    if command.when is not None and date.fromisoformat(command.when[:10]) > (command.now + FARTHEST_EAST).date():
        raise HappenedInTheFuture
    if command.goods is not None and command.goods.price is not None:
        check_amounts((command.goods.price,))
    persons = card.persons if command.clerk is None else tuple(sorted(set(command.clerk.staff)))
    return (written,) if persons == card.persons else (written, PersonsNamed(persons=persons))
