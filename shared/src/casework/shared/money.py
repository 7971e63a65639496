"""Money as people give it: in a currency of ISO 4217, with no more decimals than that currency has.

Invariant: what a command of staff carries was looked at here. Events are not: what was recorded decodes for ever.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from casework.shared.contracts.currencies import DECIMALS
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal

_CONTRACTS = "casework.shared.contracts."


class UnknownCurrency(Refusal):
    code = "unknown-currency"

    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency} is no currency of ISO 4217; give one such as CNY or GBP.")


class AmountDoesNotFit(Refusal):
    code = "amount-does-not-fit"

    def __init__(self, money: Money, decimals: int) -> None:
        most = f"at most {decimals} decimals" if decimals else "no decimals"
        super().__init__(f"{money.amount} {money.currency} cannot be paid: {money.currency} has {most}; round it.")


def require_payable(money: Money) -> None:
    """Raises `UnknownCurrency`, or `AmountDoesNotFit` for more decimals than the currency has, were they nil."""
    decimals = DECIMALS.get(money.currency)
    if decimals is None:
        raise UnknownCurrency(money.currency)
    exponent = Decimal(money.amount).as_tuple().exponent
    assert isinstance(exponent, int)  # an amount is digits
    if -exponent > decimals:
        raise AmountDoesNotFit(money, decimals)


def require_payable_in(command: Any) -> None:
    """Look at all money that a command carries from who gave it. Raises as `require_payable` does.

    Policies that come on the command have been read before and are not looked at.
    """
    for each in (getattr(command, field.name) for field in fields(command)) if is_dataclass(command) else ():
        _require_in(each)


def _require_in(value: Any) -> None:
    match value:
        case Money():
            require_payable(value)
        case tuple() | list():
            for each in value:
                _require_in(each)
        case BaseModel():
            for _, each in value:
                _require_in(each)
        case _ if is_dataclass(value) and type(value).__module__.startswith(_CONTRACTS):
            require_payable_in(value)
        case _:
            pass
