"""What a demand claims in money, and whether what an answer grants is within it.

Invariant: of alternatives any one would do, so the highest is the most that is claimed and the lowest the least that
meets the demand. Sums in other currencies stand beside them, each for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.contracts.demand_answers import Answer
from casework.shared.contracts.demands import Alternatives, Amounts
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal
from casework.shared.remedies.amounts import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The sums that a demand asks for, and the amounts of which any one would do."""

    amounts: Amounts = ()
    alternatives: Alternatives | None = None

    def of(self, currency: str) -> tuple[Money, ...]:
        """What is claimed in a currency, the lowest first; one amount, alternatives, or nothing."""
        claimed = (*self.amounts, *(self.alternatives or ()))
        return tuple(sorted((each for each in claimed if each.currency == currency), key=number_of))


NO_CLAIM = Claim()


class GrantedAndRefused(Refusal):
    code = "granted-and-refused"

    def __init__(self, number: int) -> None:
        super().__init__(f"Demand number {number} is refused, so nothing is granted; leave the amount out.")


class GrantNotPositive(Refusal):
    code = "amount-not-positive"

    def __init__(self) -> None:
        super().__init__("What is granted is more than 0; leave the amount out where the answer gives no money.")


class NotClaimed(Refusal):
    code = "not-claimed"

    def __init__(self, number: int, currency: str) -> None:
        super().__init__(
            f"Demand number {number} asks for nothing in {currency}; grant what it asks for, or propose a remedy."
        )


class OverTheClaim(Refusal):
    code = "over-the-claim"

    def __init__(self, number: int, most: Money) -> None:
        super().__init__(
            f"Demand number {number} asks for {most.amount} {most.currency} at the most; grant that at most, and"
            " propose as a remedy what goes beyond it."
        )


class LessThanClaimed(Refusal):
    code = "less-than-claimed"

    def __init__(self, number: int, least: Money) -> None:
        super().__init__(
            f"Demand number {number} is met with {least.amount} {least.currency} at the least; grant that, or refuse"
            " the demand with reasons and propose less as a remedy."
        )


def require_claimed(number: int, answer: Answer, granted: Money, claim: Claim) -> None:
    """Raises the refusals above where `granted` does not go with the answer, or lies outside of the claim."""
    if answer == "refused":
        raise GrantedAndRefused(number)
    if number_of(granted) <= 0:
        raise GrantNotPositive
    claimed = claim.of(granted.currency)
    if not claimed:
        raise NotClaimed(number, granted.currency)
    if number_of(granted) > number_of(claimed[-1]):
        raise OverTheClaim(number, claimed[-1])
    if number_of(granted) < number_of(claimed[0]):
        raise LessThanClaimed(number, claimed[0])
