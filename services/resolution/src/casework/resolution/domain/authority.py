"""Whether somebody may give a remedy, or somebody else has to be asked.

Invariant: within one's own limit nothing is asked; beyond it the lowest rung that suffices is, and never nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from casework.shared.contracts.authority import ApprovalGround
from casework.shared.contracts.types import Money
from casework.shared.contracts.vocabulary import RemedyClass, RemedyKind
from casework.shared.errors import Refusal
from casework.shared.remedies.amounts import number_of
from casework.shared.remedies.limits import Acting, Authority, Limited


class AmountNotPositive(Refusal):
    code = "amount-not-positive"

    def __init__(self) -> None:
        super().__init__("An amount has to be more than 0; leave it out for a remedy without money.")


class CurrencyWithoutLimit(Refusal):
    code = "currency-without-limit"

    def __init__(self, currency: str) -> None:
        super().__init__(f"Nobody has a limit in {currency}; give the amount in another currency, or have a limit set.")


class BeyondEveryLimit(Refusal):
    code = "beyond-every-limit"

    def __init__(self, highest: str) -> None:
        super().__init__(f"Nobody here may give that much; the most is what the {highest} may give. Offer less.")


class NoPurse(Refusal):
    code = "no-goodwill-purse"

    def __init__(self, currency: str) -> None:
        super().__init__(f"There is no purse for goodwill in {currency}; give it in a currency that has one.")


class BeyondAuthority(Refusal):
    code = "beyond-authority"

    def __init__(self, role: str) -> None:
        super().__init__(f"That is more than you may promise; propose it as a remedy, and the {role} is asked.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under what somebody proposes now: who they are, the limits, the id of the approval should one be needed, and what
    the purse of goodwill has given already this quarter in the amount's currency (None where it was not looked at)."""

    acting: Acting
    authority: Authority
    approval_id: UUID
    goodwill_given: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who has to approve, and why: the place of the lowest rung that suffices."""

    ground: ApprovalGround
    place: int


def ask(
    terms: Terms, kind: RemedyKind, remedy_class: RemedyClass, amount: Money, eligible: Decimal | None = None
) -> Asked | None:
    """Who has to approve an amount; None where whoever proposes may give it.

    `eligible` is what the rule of refunds gives, in the amount's currency. Raises the refusals above.
    """
    authority = terms.authority
    if number_of(amount) <= 0:
        raise AmountNotPositive
    if not authority.knows(amount.currency):
        raise CurrencyWithoutLimit(amount.currency)
    own = authority.place_of(terms.acting)
    place = authority.place_for(_limited(kind, remedy_class), amount)
    highest = authority.rung[-1].role
    if place is None:
        raise BeyondEveryLimit(highest)
    ground: ApprovalGround = "over-limit"
    if _over_budget(terms, remedy_class, amount):
        place, ground = max(place, own + 1), "over-budget"
    elif eligible is not None and remedy_class == "claim" and number_of(amount) > eligible:
        place, ground = max(place, own + 1), "over-eligible"
    if place <= own:
        return None
    if place >= len(authority.rung):
        raise BeyondEveryLimit(highest)
    return Asked(ground=ground, place=place)


def require(terms: Terms, amount: Money) -> None:
    """Raises `BeyondAuthority` where whoever acts may not promise so much without asking."""
    asked = ask(terms, "correction", "claim", amount)
    if asked is not None:
        raise BeyondAuthority(terms.authority.rung[asked.place].role)


def _limited(kind: RemedyKind, remedy_class: RemedyClass) -> tuple[Limited, ...]:
    return ("goodwill", "every") if remedy_class == "goodwill" else (kind, "every")


def _over_budget(terms: Terms, remedy_class: RemedyClass, amount: Money) -> bool:
    if remedy_class != "goodwill":
        return False
    purse = terms.authority.purse(amount.currency)
    if purse is None:
        raise NoPurse(amount.currency)
    return (terms.goodwill_given or Decimal(0)) + number_of(amount) > purse
