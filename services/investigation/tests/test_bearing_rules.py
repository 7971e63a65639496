"""Shares of the damage: they come to 100, to the last cent, and are proven."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from services.investigation.tests.inquiry_cases import RECOURSE, RULE, RULED
from services.investigation.tests.test_investigation_domain import STAGES

from casework.investigation.domain import bearing
from casework.investigation.domain.bearing import Part, RuleShares, split
from casework.investigation.domain.evidence_refusals import UnknownItem
from casework.investigation.domain.investigation import DECIDER
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal
from casework.shared.money import UnknownCurrency
from casework.shared.testing.given import given

SUPPLIER, US = RULE.parts


def test_what_is_the_suppliers_is_asked_back_from_it() -> None:
    given(DECIDER, *STAGES["investigating"]).when(RULE).then(RULED, RECOURSE)
    unproven = replace(RULE, parts=(replace(SUPPLIER, evidence=(1,)), US))
    given(DECIDER, *STAGES["investigating"]).when(unproven).refused(UnknownItem, saying="it has none so far")
    accepts = replace(RULE, parts=(replace(SUPPLIER, stance="accepts"), US))
    (_, recourse) = bearing.decide(accepts, ())
    assert recourse == replace(RECOURSE, denied_despite_proof=False)


@pytest.mark.parametrize(
    ("wrong", "refusal", "saying"),
    [
        (replace(RULE, parts=(SUPPLIER, replace(US, percent=30))), bearing.SharesNotWhole, "come to 90"),
        (replace(RULE, parts=(replace(SUPPLIER, name=None), US)), bearing.BearerUnnamed, "which supplier"),
        (replace(RULE, parts=(replace(SUPPLIER, documents=()), US)), bearing.ShareUnproven, "Hole Makers Ltd"),
        (
            replace(RULE, parts=(SUPPLIER, replace(US, percent=20), replace(US, percent=20))),
            bearing.BearerTwice,
            "two shares",
        ),
        (replace(RULE, damage=Money(amount="-1.00", currency="USD")), bearing.DamageNotPositive, "more than nothing"),
        (replace(RULE, damage=Money(amount="0.00", currency="USD")), bearing.DamageNotPositive, "more than nothing"),
        (replace(RULE, damage=Money(amount="1.00", currency="XXA")), UnknownCurrency, "XXA"),
        (
            replace(RULE, parts=(Part(bearer="complainant", percent=60), US)),
            bearing.ShareUnproven,
            "the complainant",
        ),
    ],
)
def test_a_ruling_that_does_not_hold_is_refused(wrong: RuleShares, refusal: type[Refusal], saying: str) -> None:
    given(DECIDER, *STAGES["investigating"]).when(wrong).refused(refusal, saying=saying)


def test_what_does_not_divide_goes_to_the_largest_fraction() -> None:
    assert [each.amount for each in split(Money(amount="0.10", currency="USD"), (33, 33, 34))] == [
        "0.03",
        "0.03",
        "0.04",
    ]
    assert [each.amount for each in split(Money(amount="101", currency="JPY"), (50, 50))] == ["51", "50"]


@any_of(
    st.integers(min_value=1, max_value=10**9), st.lists(st.integers(min_value=1, max_value=99), min_size=1, max_size=9)
)
def test_the_amounts_come_to_the_damage(cents: int, percents: list[int]) -> None:
    parts = [each for each in percents if each < 100]
    while sum(parts) >= 100:
        parts.pop()
    parts.append(100 - sum(parts))
    damage = Money(amount=f"{cents // 100}.{cents % 100:02d}", currency="USD")
    amounts = [Decimal(each.amount) for each in split(damage, parts)]
    assert sum(amounts) == Decimal(damage.amount)
    assert all(amount >= 0 for amount in amounts)
