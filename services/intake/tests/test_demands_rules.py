"""Demands: their numbers, their versions, and money that cannot be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casework.intake.domain import demands
from casework.intake.domain.demands import (
    NO_DEMANDS,
    AlternativeAndSum,
    AlternativeTwice,
    AmountNotPositive,
    ChangeDemand,
    CurrencyTwice,
    DemandAlreadyStated,
    DemandCommand,
    DemandEvent,
    Demands,
    DemandUnknown,
    RecordNoDemand,
    StateDemand,
)
from casework.shared.contracts.demands import DemandChanged, DemandNotStated, DemandStated
from casework.shared.contracts.types import Money
from casework.shared.decider import Decider
from casework.shared.errors import Refusal
from casework.shared.money import AmountDoesNotFit, UnknownCurrency

RULES: Decider[DemandCommand, Demands, DemandEvent] = Decider(NO_DEMANDS, demands.decide, demands.evolve)
CNY_299 = Money(amount="299.00", currency="CNY")
REFUND = StateDemand(kind="refund", how="explicit", asked_directly=False, amounts=(CNY_299,))
REPAIR = ChangeDemand(number=1, kind="repair", how="explicit", asked_directly=True)


def test_numbers_count_from_one_and_a_change_is_a_version_that_holds_both() -> None:
    happened, state = RULES.run(
        [REFUND, StateDemand(kind="apology", how="explicit", asked_directly=True), REPAIR], NO_DEMANDS
    )
    first, second, change = happened
    assert isinstance(first, DemandStated)
    assert isinstance(second, DemandStated)
    assert isinstance(change, DemandChanged)
    assert (first.number, second.number, change.number, change.version) == (1, 2, 1, 2)
    assert (change.before.version, change.before.kind, change.before.amounts) == (1, "refund", (CNY_299,))
    assert (change.kind, change.amounts) == ("repair", ())
    assert [(each.number, each.version, each.kind) for each in state.stated] == [(1, 2, "repair"), (2, 1, "apology")]


def test_the_same_demand_again_changes_nothing() -> None:
    _, state = RULES.run([REFUND, REPAIR], NO_DEMANDS)
    assert demands.decide(REPAIR, state) == ()


def test_who_does_not_wish_to_say_may_say_so_later() -> None:
    asked = RecordNoDemand(asked_by="Mei Chen")
    happened, state = RULES.run([asked, asked], NO_DEMANDS)
    assert happened == [DemandNotStated(asked_by="Mei Chen")]
    assert state.known
    _, state = RULES.run([REFUND], state)
    assert (state.known, state.not_stated) == (True, False)
    with pytest.raises(DemandAlreadyStated):
        demands.decide(asked, state)


@pytest.mark.parametrize(
    "amounts, refusal",
    [
        ((Money(amount="0.00", currency="CNY"),), AmountNotPositive),
        ((Money(amount="-1.00", currency="CNY"),), AmountNotPositive),
        ((Money(amount="1.00", currency="XYZ"),), UnknownCurrency),
        ((Money(amount="10.005", currency="CNY"),), AmountDoesNotFit),
        ((CNY_299, CNY_299), CurrencyTwice),
    ],
)
def test_money_that_cannot_be_asked_for_is_refused(amounts: tuple[Money, ...], refusal: type[Refusal]) -> None:
    _, state = RULES.run([REFUND], NO_DEMANDS)
    for command in (
        StateDemand(kind="refund", how="explicit", asked_directly=False, amounts=amounts),
        ChangeDemand(number=1, kind="refund", how="explicit", asked_directly=False, amounts=amounts),
    ):
        with pytest.raises(refusal):
            demands.decide(command, state)


def test_a_demand_that_is_not_there_cannot_change() -> None:
    with pytest.raises(DemandUnknown):
        demands.decide(REPAIR, NO_DEMANDS)


CNY_2000, CNY_3300 = Money(amount="2000.00", currency="CNY"), Money(amount="3300.00", currency="CNY")
EITHER = replace(REFUND, amounts=(), alternatives=(CNY_2000, CNY_3300))


def test_alternatives_are_kept_apart_from_sums_and_a_change_holds_those_before() -> None:
    freight = replace(EITHER, amounts=(Money(amount="50.00", currency="USD"),))
    all_of_it = replace(REPAIR, kind="refund", amounts=(CNY_3300,))
    happened, state = RULES.run([freight, all_of_it], NO_DEMANDS)
    stated, changed = happened
    assert isinstance(stated, DemandStated)
    assert isinstance(changed, DemandChanged)
    assert (stated.amounts, stated.alternatives) == (freight.amounts, (CNY_2000, CNY_3300))
    assert changed.before.alternatives == (CNY_2000, CNY_3300)
    assert (changed.amounts, changed.alternatives) == ((CNY_3300,), None)
    assert (state.stated[0].amounts, state.stated[0].alternatives) == ((CNY_3300,), None)


def test_other_alternatives_are_a_change_and_the_same_are_none() -> None:
    _, state = RULES.run([EITHER], NO_DEMANDS)
    same = ChangeDemand(
        number=1, kind="refund", how="explicit", asked_directly=False, alternatives=(CNY_2000, CNY_3300)
    )
    assert demands.decide(same, state) == ()
    assert len(demands.decide(replace(same, alternatives=(CNY_299, CNY_3300)), state)) == 1


@pytest.mark.parametrize(
    "wrong, refusal",
    [
        (replace(EITHER, alternatives=(CNY_2000, Money(amount="2000", currency="CNY"))), AlternativeTwice),
        (replace(EITHER, alternatives=(CNY_2000, Money(amount="0", currency="CNY"))), AmountNotPositive),
        (replace(EITHER, alternatives=(CNY_2000, Money(amount="1", currency="XXZ"))), UnknownCurrency),
        (replace(EITHER, alternatives=(CNY_2000, Money(amount="1.5", currency="JPY"))), AmountDoesNotFit),
        (replace(EITHER, amounts=(CNY_299,)), AlternativeAndSum),
    ],
)
def test_alternatives_that_cannot_be_are_refused(wrong: StateDemand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        demands.decide(wrong, NO_DEMANDS)
