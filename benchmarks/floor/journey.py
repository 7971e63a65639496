"""The one journey every case takes, so that each event and byte count is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

TOPIC: Final = "benchmark.floor.events"

NARRATIVE: Final = "x" * 500
NOTE: Final = "y" * 150


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage appends `events` events to a case; the last hands it to `next_stage`, or closes it."""

    name: str
    events: int
    next_stage: str | None

    def handed_to(self) -> str:
        """The type of the stage's last event of a case."""
        return f"handed-to-{self.next_stage}" if self.next_stage else "case-closed"


STAGES: Final = {
    stage.name: stage
    for stage in (
        Stage("intake", 4, "investigation"),
        Stage("investigation", 4, "resolution"),
        Stage("resolution", 3, "followup"),
        Stage("followup", 2, None),
    )
}
EVENTS_PER_CASE: Final = sum(stage.events for stage in STAGES.values())


def received(reference: str) -> list[tuple[str, dict[str, Any]]]:
    """Intake's events of a new case: the only ones that carry what the complainant wrote."""
    complaint = {"ref": reference, "narrative": NARRATIVE, "product": "Credit card", "issue": "Billing"}
    return [
        ("complaint-received", complaint),
        ("complaint-acknowledged", {"by": "system"}),
        ("complaint-assessed", {"severity": "high"}),
        (STAGES["intake"].handed_to(), {"ref": reference}),
    ]


def worked(stage: Stage, reference: str) -> list[tuple[str, dict[str, Any]]]:
    """A later stage's events of a case it was handed."""
    types = [f"{stage.name}-step-{n}" for n in range(1, stage.events)] + [stage.handed_to()]
    return [(kind, {"n": n, "ref": reference, "note": NOTE, "actor": "staff-7"}) for n, kind in enumerate(types)]
