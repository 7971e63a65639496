"""What a run of a pipeline measured, in one shape for people and for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """`cases` complaints went from their first event to their last, `events` in all, in `seconds`.

    The clock starts when the first case may be taken in, with every process up and subscribed, and stops
    when the last event of the last case is committed where the journey ends.
    """

    name: str
    cases: int
    events: int
    seconds: float

    @property
    def cases_per_second(self) -> float:
        return self.cases / self.seconds

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    def document(self) -> dict[str, Any]:
        """The figures as JSON types, rates rounded to one decimal."""
        return {
            "name": self.name,
            "cases": self.cases,
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "cases_per_second": round(self.cases_per_second, 1),
            "events_per_second": round(self.events_per_second, 1),
        }

    def json(self) -> str:
        return json.dumps(self.document())
