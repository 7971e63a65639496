"""Money as people give it: in a currency that there is, with no more decimals than it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.currencies import CURRENCIES, DECIMALS
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.rulings import Movement
from casework.shared.contracts.types import Money
from casework.shared.money import AmountDoesNotFit, UnknownCurrency, require_payable, require_payable_in
from casework.shared.remedies.catalogue import RefundRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    value: Any = None


class Body(Part):
    price: Money


def money(amount: str, currency: str) -> Money:
    return Money(amount=amount, currency=currency)


@pytest.mark.parametrize(
    "amount, currency",
    [("10.00", "CNY"), ("10", "CNY"), ("-10.5", "CNY"), ("1500", "JPY"), ("1.234", "KWD"), ("0.00", "GBP")],
)
def test_what_can_be_paid_passes(amount: str, currency: str) -> None:
    require_payable(money(amount, currency))


@pytest.mark.parametrize(
    "amount, currency, told",
    [
        ("10.005", "CNY", "CNY has at most 2 decimals"),
        ("10.000", "CNY", "CNY has at most 2 decimals"),
        ("1.5", "JPY", "JPY has no decimals"),
        ("1500.0", "JPY", "JPY has no decimals"),
        ("1.2345", "KWD", "KWD has at most 3 decimals"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused(amount: str, currency: str, told: str) -> None:
    with pytest.raises(AmountDoesNotFit, match=told):
        require_payable(money(amount, currency))


@pytest.mark.parametrize("currency", ["XXZ", "XXX", "XTS", "XAU", "ANG"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency, match=currency):
        require_payable(money("1", currency))


def test_the_table_holds_each_code_once_with_its_decimals() -> None:
    assert {DECIMALS[each] for each in CURRENCIES} == {0, 2, 3}
    assert len(CURRENCIES) == 155
    assert {each: DECIMALS[each] for each in ("CNY", "GBP", "AUD", "JPY", "KRW", "CLP", "TND", "ISK", "HUF")} == {
        "CNY": 2,
        "GBP": 2,
        "AUD": 2,
        "JPY": 0,
        "KRW": 0,
        "CLP": 0,
        "TND": 3,
        "ISK": 0,
        "HUF": 2,
    }


WRONG = money("10.005", "CNY")


@pytest.mark.parametrize(
    "command",
    [
        Command(value=WRONG),
        Command(value=(money("1", "CNY"), WRONG)),
        Command(value=(Movement(to="respondent", amount=WRONG),)),
        Command(value=Body(price=WRONG)),
        Command(value=(Body(price=WRONG),)),
    ],
)
def test_wherever_a_command_carries_it(command: Command) -> None:
    with pytest.raises(AmountDoesNotFit):
        require_payable_in(command)


def test_a_policy_on_a_command_is_not_what_somebody_gave() -> None:
    require_payable_in(Command(value=Command(value=WRONG)))
    require_payable_in("no command at all")


def test_a_refund_is_reckoned_to_what_its_currency_has() -> None:
    rule = RefundRule(
        name="pro-rata", title=Bilingual(en="By days", zh="按天"), rule="pro-rata", places=2, rounding="half-up"
    )
    assert rule.eligible(money("1000", "JPY"), 30, 10) == money("667", "JPY")
    assert rule.eligible(money("299.00", "CNY"), 30, 10) == money("199.33", "CNY")
