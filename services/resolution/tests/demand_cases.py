"""Commands and events of the answers to demands, for the tests of resolution's rules."""

from __future__ import annotations

from casework.resolution.domain.demand_answers import AnswerDemand, DemandCommand, DemandEvent, NoteDemand
from casework.shared.testing.around_samples import AROUND_SAMPLES

REFUND = NoteDemand(number=1, version=1, kind="refund")
APOLOGY = NoteDemand(number=2, version=1, kind="apology")
DEMAND_COMMANDS: tuple[DemandCommand, ...] = (
    REFUND,
    APOLOGY,
    NoteDemand(number=1, version=2, kind="repair"),
    AnswerDemand(number=1, answer="met"),
    AnswerDemand(number=1, answer="refused", reason="No ground."),
)
DEMAND_EVENTS: tuple[DemandEvent, ...] = tuple(each for each in AROUND_SAMPLES if isinstance(each, DemandEvent))
