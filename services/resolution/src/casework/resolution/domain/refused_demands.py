"""Refusing a demand: with a reason, and with the numbers of the items of evidence that bear it out.

Invariant: a bare refusal is none, and what is cited is there. What an imported history tells is not asked for more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from casework.resolution.domain.demand_answers import AnswerDemand, Demands, RefusalWithoutReason, unanswered
from casework.shared.errors import Refusal


class RefusalWithoutEvidence(Refusal):
    code = "refusal-without-evidence"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Demand number {number} can be refused only on evidence; give the numbers of the items that bear it out."
        )


class UnknownEvidence(Refusal):
    code = "unknown-evidence"

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(
            f"This case has no items of evidence with the numbers {', '.join(map(str, numbers))}; cite those it has."
        )


class DemandUnanswered(Refusal):
    code = "demand-unanswered"

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(
            f"The final answer answers every demand, and number {', '.join(map(str, numbers))} has no answer yet;"
            " meet it, or refuse it with reasons."
        )


def require_proof(command: AnswerDemand, items: Collection[int]) -> None:
    """Raises `RefusalWithoutReason`, `RefusalWithoutEvidence`, `UnknownEvidence`."""
    if command.is_history:
        return
    if command.answer == "refused":
        if command.reason is None:
            raise RefusalWithoutReason(command.number)
        if not command.evidence:
            raise RefusalWithoutEvidence(command.number)
    unknown = sorted(set(command.evidence) - set(items))
    if unknown:
        raise UnknownEvidence(unknown)


def require_all_answered(demands: Demands) -> None:
    """Raises `DemandUnanswered`, which names those that have no answer."""
    open_ = unanswered(demands)
    if open_:
        raise DemandUnanswered(open_)
