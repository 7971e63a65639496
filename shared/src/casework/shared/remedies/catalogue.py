"""The catalogue of remedies: when each may be offered, what it costs, and what shows that it arrived; and the rules by
which a refund is reckoned.

Invariant: pure values, whole or not at all. Amounts are `Decimal`, rounded once, at the end, as the rule says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.authority import PolicyRef
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.currencies import DECIMALS
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Money, SafeInt, Word
from casework.shared.contracts.vocabulary import ProofKind, RemedyKind
from casework.shared.remedies.amounts import Rounding, money_of, number_of, rounded

Days = Annotated[SafeInt, Field(ge=0, le=36_500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRemedy:
    """One thing that can be done. `within_days` of delivery, where it has such a rule."""

    name: Word
    kind: RemedyKind
    title: Bilingual
    proof: ProofKind
    within_days: Days | None = None
    cost: Money | None = None

    @property
    def has_rule(self) -> bool:
        """Whether the facts of a case decide on it."""
        return self.within_days is not None

    def withheld(self, delivered_on: date | None, on: date | None) -> Bilingual | None:
        """Why it may not be offered to somebody who asked on that day, None where it may. None stands for a day that
        nobody knows."""
        if self.within_days is None:
            return None
        if delivered_on is None or on is None:
            return Bilingual(
                en=f"{self.title.en} is possible within {self.within_days} days of delivery; the day is not known.",
                zh=f"{self.title.zh}须在收货后{self.within_days}天内提出;收货日期不明。",
            )
        age = (on - delivered_on).days
        if age <= self.within_days:
            return None
        return Bilingual(
            en=f"{self.title.en} is possible within {self.within_days} days of delivery; {age} days have passed.",
            zh=f"{self.title.zh}须在收货后{self.within_days}天内提出;现已过{age}天。",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRule:
    """How much of what was paid comes back. `places` and `rounding` say how the last figure is reached; a currency with
    fewer decimals has its own."""

    name: Word
    title: Bilingual
    rule: Literal["pro-rata", "whole"]
    places: Annotated[SafeInt, Field(ge=0, le=4)]
    rounding: Rounding

    def eligible(self, paid: Money, days: int, used: int) -> Money:
        """What comes back of `paid` for `days`, `used` of them used. `days` is at least 1, `used` at most `days`."""
        whole = number_of(paid)
        back = whole if self.rule == "whole" else whole * (days - used) / days
        places = min(self.places, DECIMALS.get(paid.currency, self.places))
        return money_of(rounded(back, places, self.rounding), paid.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every remedy, in the order in which they are shown, and every rule of refunds."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    remedy: Annotated[tuple[CatalogueRemedy, ...], Field(min_length=1)]
    refund: tuple[RefundRule, ...] = ()

    @property
    def ref(self) -> PolicyRef:
        """What events carry to name it."""
        return PolicyRef(id=self.id, version=self.version)

    def named(self, name: str) -> CatalogueRemedy | None:
        """The remedy of that name."""
        return next((each for each in self.remedy if each.name == name), None)

    def refund_by(self, name: str) -> RefundRule | None:
        """The rule of that name."""
        return next((each for each in self.refund if each.name == name), None)


@cache
def _adapter() -> TypeAdapter[Catalogue]:
    return TypeAdapter(Catalogue)


def parse_catalogue(text: str, file_name: str) -> Catalogue:
    """The catalogue of a TOML text. Raises `InvalidPolicy` with file and field; `file_name` is for its message only."""
    catalogue = read_typed(text, file_name, _adapter())
    for table, names in (
        ("remedy", [each.name for each in catalogue.remedy]),
        ("refund", [each.name for each in catalogue.refund]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidPolicy(f"{file_name}: {table} {twice[0]} stands twice; name each once.")
    return catalogue
