"""Reckoning with `Money`: exact, and never across currencies."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias

from casework.shared.contracts.types import Money

Rounding: TypeAlias = Literal["half-up", "half-even", "down"]
_ROUNDINGS = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


def number_of(money: Money) -> Decimal:
    """The amount without its currency."""
    return Decimal(money.amount)


def money_of(amount: Decimal, currency: str) -> Money:
    """The amount in that currency, written out as it is, without an exponent."""
    return Money(amount=f"{amount:f}", currency=currency)


def rounded(amount: Decimal, places: int, rounding: Rounding) -> Decimal:
    """The amount with so many decimals."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=_ROUNDINGS[rounding])
