"""The gate before a final answer: what a decision must have before it is sent.

Invariant: no person's decision passes without the cause or the steps after which it was not found, reasons, and the way
outside with its address and time limit. What a standing solution settles and what an imported history tells pass by.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.resolution.domain.known import Known
from casework.shared.contracts.answers import OutsideRoute
from casework.shared.contracts.types import Prose
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the answer is held to: the way outside as the policies name it today, where they do."""

    route: OutsideRoute | None


class CauseMissing(Refusal):
    code = "cause-missing"

    def __init__(self) -> None:
        super().__init__(
            "Investigation has recorded neither the cause nor the steps after which it was not found; have one of them"
            " recorded before the decision."
        )


class DecisionWithoutReasons(Refusal):
    code = "decision-without-reasons"

    def __init__(self) -> None:
        super().__init__("The final answer gives its reasons; send the decision with reasons.")


class OutsideRouteMissing(Refusal):
    code = "outside-route-missing"

    def __init__(self) -> None:
        super().__init__(
            "No policy names a way outside, with address and time limit, for this complaint; the final answer cannot go"
            " out without one. Have a route for its deadlines, or one for all complaints, added to the policies."
        )


def require_complete(gate: Gate, known: Known, reasons: Prose | None) -> None:
    """Raises the refusals above."""
    if known.asks_cause and known.cause is None:
        raise CauseMissing
    if reasons is None:
        raise DecisionWithoutReasons
    if gate.route is None:
        raise OutsideRouteMissing
