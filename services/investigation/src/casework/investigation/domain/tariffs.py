"""What our own tariff said on the day of the contract, and the interest that follows from it. Pure, in `Decimal`.

Invariant: the figure rests on the document of that day, not on what anybody remembers. Interest is simple, for whole
years and the days beyond them, and is rounded once, at the end, half up to what its currency can be paid in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from casework.shared.contracts.currencies import DECIMALS
from casework.shared.contracts.evidence import Rate, TariffConsulted
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal
from casework.shared.evidence.rules import TariffVersion
from casework.shared.remedies.amounts import money_of, rounded

_MOST = Decimal(10) ** 15 - 1
"""An amount has fifteen digits before its point: what is more, no reader of the event could read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultTariff:
    """Look up what was paid on `contract_date`, and compute the interest on `principal` for `years` and `days`.
    `remembered` is the rate that the complainant remembers."""

    version: TariffVersion
    contract_date: date
    principal: Money
    years: int
    days: int
    remembered: Rate | None = None


class PrincipalNotPositive(Refusal):
    code = "principal-not-positive"

    def __init__(self) -> None:
        super().__init__("Interest is computed on an amount over zero; give the amount that was paid in.")


class AnotherCurrency(Refusal):
    code = "another-currency"

    def __init__(self, tariff: str, currency: str) -> None:
        super().__init__(f"The tariff {tariff} is for amounts in {currency}; give the amount in that currency.")


class InterestTooLarge(Refusal):
    code = "interest-too-large"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"The interest would come to more than {_MOST} {currency}, which cannot be recorded; look again at the"
            " amount, the rate and the term."
        )


class NoTerm(Refusal):
    code = "no-term"

    def __init__(self) -> None:
        super().__init__("Interest is for a time; give the years or the days of the term.")


def decide(command: ConsultTariff) -> tuple[TariffConsulted, ...]:
    """The answer as an event. Raises `PrincipalNotPositive`, `AnotherCurrency`, `NoTerm` and `InterestTooLarge`."""
    version = command.version
    if command.principal.currency != version.currency:
        raise AnotherCurrency(version.tariff, version.currency)
    if Decimal(command.principal.amount) <= 0:
        raise PrincipalNotPositive
    if command.years == 0 and command.days == 0:
        raise NoTerm
    remembered = command.remembered
    return (
        TariffConsulted(
            tariff=version.tariff,
            version=version.version,
            document=version.document,
            in_force_from=version.in_force_from,
            contract_date=command.contract_date,
            rate=version.rate,
            principal=command.principal,
            years=command.years,
            days=command.days,
            days_a_year=version.days_a_year,
            interest=_interest(command, version.rate),
            remembered=remembered,
            interest_remembered=None if remembered is None else _interest(command, remembered),
        ),
    )


def _interest(command: ConsultTariff, rate: Rate) -> Money:
    # One division, last: two would round twice.
    day_years = Decimal(command.years * command.version.days_a_year + command.days)
    per_year = Decimal(command.principal.amount) * Decimal(rate)
    exact = per_year * day_years / (100 * command.version.days_a_year)
    currency = command.principal.currency
    if exact > _MOST:
        raise InterestTooLarge(currency)
    return money_of(rounded(exact, DECIMALS[currency], "half-up"), currency)
