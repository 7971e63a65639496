"""Demands: what the complainant wants, each with its number and its versions, or that they do not wish to say.

Invariant: numbers count from 1 without a gap and are never given twice; a demand is changed by a new version that names
the one before, never in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias, assert_never

from casework.shared.contracts.demands import (
    Alternatives,
    Amounts,
    DemandBefore,
    DemandChanged,
    DemandHow,
    DemandKind,
    DemandNotStated,
    DemandNumber,
    DemandStated,
)
from casework.shared.contracts.types import Name, Sealed
from casework.shared.errors import Refusal
from casework.shared.money import require_payable


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDemand:
    """Record what the complainant wants, as a demand of its own. The fields are those of `DemandStated`."""

    kind: DemandKind
    how: DemandHow
    asked_directly: bool
    amounts: Amounts = ()
    words: Sealed | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDemand:
    """Record that the complainant wants something else in place of demand `number`.

    Give `words` only where they say something new: sealed values cannot be compared.
    """

    number: DemandNumber
    kind: DemandKind
    how: DemandHow
    asked_directly: bool
    amounts: Amounts = ()
    words: Sealed | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNoDemand:
    """Record that `asked_by` asked, and that the complainant does not wish to say what they want."""

    asked_by: Name


DemandCommand: TypeAlias = StateDemand | ChangeDemand | RecordNoDemand
DemandEvent: TypeAlias = DemandStated | DemandChanged | DemandNotStated


class DemandUnknown(Refusal):
    code = "demand-unknown"

    def __init__(self, number: int, known: int) -> None:
        those = f"it has 1 to {known}" if known else "it has none yet; state one first"
        super().__init__(f"This case has no demand {number}; {those}.")


class DemandAlreadyStated(Refusal):
    code = "demand-already-stated"

    def __init__(self) -> None:
        super().__init__("This case has a demand already, so it cannot be said that none was named; change the demand.")


class AmountNotPositive(Refusal):
    code = "amount-not-positive"

    def __init__(self, amount: str, currency: str) -> None:
        super().__init__(f"{amount} {currency} is no amount to be recorded here; give one above 0, or none.")


class CurrencyTwice(Refusal):
    code = "currency-twice"

    def __init__(self, currency: str) -> None:
        super().__init__(f"There is one amount of a currency here; add up those in {currency}, or state two demands.")


class AlternativeTwice(Refusal):
    code = "alternative-twice"

    def __init__(self, amount: str, currency: str) -> None:
        super().__init__(f"{amount} {currency} is given as two alternatives; name each amount once.")


class AlternativeAndSum(Refusal):
    code = "alternative-and-sum"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"{currency} is asked for as a sum and as alternatives; put the sum into each alternative, or state two"
            " demands."
        )


class TooManyDemands(Refusal):
    code = "too-many-demands"

    def __init__(self) -> None:
        super().__init__("A case takes at most 1,000 demands, of at most 1,000 versions each; change one in its place.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What later decisions need to know of a demand: its newest version."""

    number: int
    version: int = 1
    kind: DemandKind
    how: DemandHow
    asked_directly: bool
    amounts: Amounts = ()
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """The demands of a case in order of their numbers, and whether the complainant was asked and would not say."""

    stated: tuple[Demand, ...] = ()
    not_stated: bool = False

    @property
    def known(self) -> bool:
        """Whether it is known what the complainant wants, or that they do not wish to say."""
        return bool(self.stated) or self.not_stated


NO_DEMANDS = Demands()
_MOST = 1_000


def decide(command: DemandCommand, demands: Demands) -> tuple[DemandEvent, ...]:
    """The events that `command` brings about; none where it changes nothing. Raises the refusals above."""
    match command:
        case StateDemand():
            _check(command)
            number = len(demands.stated) + 1
            if number > _MOST:
                raise TooManyDemands
            return (
                DemandStated(
                    number=number,
                    kind=command.kind,
                    how=command.how,
                    asked_directly=command.asked_directly,
                    amounts=command.amounts,
                    words=command.words,
                    alternatives=command.alternatives,
                ),
            )
        case ChangeDemand():
            return _change(command, demands)
        case RecordNoDemand(asked_by=asked_by):
            if demands.stated:
                raise DemandAlreadyStated
            return () if demands.not_stated else (DemandNotStated(asked_by=asked_by),)
        case _:
            assert_never(command)


def evolve(demands: Demands, event: DemandEvent) -> Demands:
    """The demands after `event`."""
    match event:
        case DemandStated():
            demand = Demand(
                number=event.number,
                kind=event.kind,
                how=event.how,
                asked_directly=event.asked_directly,
                amounts=event.amounts,
                alternatives=event.alternatives,
            )
            return Demands(stated=(*demands.stated, demand))
        case DemandChanged():
            return replace(
                demands,
                stated=tuple(
                    each
                    if each.number != event.number
                    else replace(
                        each,
                        version=event.version,
                        kind=event.kind,
                        how=event.how,
                        asked_directly=event.asked_directly,
                        amounts=event.amounts,
                        alternatives=event.alternatives,
                    )
                    for each in demands.stated
                ),
            )
        case DemandNotStated():
            return replace(demands, not_stated=True)
        case _:
            assert_never(event)


def check_amounts(amounts: Amounts) -> None:
    """Raises `AmountNotPositive`, `CurrencyTwice` and as `require_payable` does for money that cannot be asked for."""
    seen = set[str]()
    for money in amounts:
        require_payable(money)
        if Decimal(money.amount) <= 0:
            raise AmountNotPositive(money.amount, money.currency)
        if money.currency in seen:
            raise CurrencyTwice(money.currency)
        seen.add(money.currency)


def _check(command: StateDemand | ChangeDemand) -> None:
    """Raises the refusals of `check_amounts`, `AlternativeTwice` and `AlternativeAndSum`."""
    check_amounts(command.amounts)
    sums = {money.currency for money in command.amounts}
    seen = set[tuple[str, Decimal]]()
    for money in command.alternatives or ():
        check_amounts((money,))
        if money.currency in sums:
            raise AlternativeAndSum(money.currency)
        amount = (money.currency, Decimal(money.amount))
        if amount in seen:
            raise AlternativeTwice(money.amount, money.currency)
        seen.add(amount)


def _change(command: ChangeDemand, demands: Demands) -> tuple[DemandEvent, ...]:
    before = next((each for each in demands.stated if each.number == command.number), None)
    if before is None:
        raise DemandUnknown(command.number, len(demands.stated))
    _check(command)
    if command.words is None and _wanted(command) == _wanted(before):
        return ()
    if before.version >= _MOST:
        raise TooManyDemands
    return (
        DemandChanged(
            number=before.number,
            version=before.version + 1,
            before=DemandBefore(
                version=before.version, kind=before.kind, amounts=before.amounts, alternatives=before.alternatives
            ),
            kind=command.kind,
            how=command.how,
            asked_directly=command.asked_directly,
            amounts=command.amounts,
            words=command.words,
            alternatives=command.alternatives,
        ),
    )


def _wanted(demand: ChangeDemand | Demand) -> tuple[object, ...]:
    return (demand.kind, demand.how, demand.asked_directly, demand.amounts, demand.alternatives)
