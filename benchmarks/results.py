"""What was measured, in one shape for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, how much of which unit, and the bound that is wanted, if any."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    def cells(self) -> tuple[str, str, str, str]:
        """Name, value, what is wanted and whether it is reached, as words."""
        decimals = 0 if self.value >= 100 else 1 if self.value >= 10 else 2
        sign, bound = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return (
            self.name,
            f"{self.value:,.{decimals}f} {self.unit}",
            "" if bound is None else f"{sign} {bound:,g} {self.unit}",
            {None: "", True: "yes", False: "NO"}[self.reached],
        )

    def document(self) -> dict[str, Any]:
        """The line as JSON types."""
        bounds = {"at_least": self.at_least, "at_most": self.at_most}
        wanted = {name: bound for name, bound in bounds.items() if bound is not None}
        return {"name": self.name, "value": round(self.value, 3), "unit": self.unit, **wanted}


@dataclass(frozen=True, slots=True)
class Measured:
    """The lines of one measurement, and everything it found, as JSON types."""

    figures: Sequence[Figure]
    document: Mapping[str, Any]

    def whole(self) -> dict[str, Any]:
        """Both as JSON types."""
        return {"figures": [figure.document() for figure in self.figures], **self.document}
