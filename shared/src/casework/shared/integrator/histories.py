"""Recorded histories: a complaint, and the steps of its later life with the times at which they happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casework.shared.integrator.posts import ComplaintPost


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of staff: its path below the case, its body, and when it happened."""

    path: str
    body: Mapping[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One case: what is posted, what is done afterwards in this order, and the rows of the file it was read from."""

    post: ComplaintPost
    steps: tuple[Step, ...]
    line: int
    rows: int = 1


@dataclass(slots=True)
class Life:
    """Collects the steps of one case. The usual ones have a word of their own."""

    channel: str
    steps: list[Step] = field(default_factory=list)

    def add(self, path: str, at: datetime, **body: Any) -> None:
        self.steps.append(Step(path=path, body=body, occurred_at=at))

    def acknowledged(self, at: datetime, next_step: str) -> None:
        self.add("acknowledgement", at, channel=self.channel, next_step=next_step)

    def assessed(self, at: datetime, *, severity: str, complexity: str, urgent: bool, reason: str) -> None:
        self.add(
            "assessment",
            at,
            severity=severity,
            complexity=complexity,
            safety=False,
            immediate_action=urgent,
            reason=reason,
        )

    def offered(self, at: datetime, reason: str) -> None:
        self.add("investigation-offer", at, reason=reason, ready=["complaint", "assessment"], open=["finding"])

    def accepted(self, at: datetime, holder: str | None) -> None:
        self.add("investigation/acceptance", at, **({} if holder is None else {"holder": holder}))

    def investigated(self, at: datetime, finding: str) -> None:
        """The finding, the conclusion, and the work with resolution."""
        self.add("investigation/findings", at, finding=finding, side="organisation")
        self.add("investigation/conclusion", at, outcome="upheld", summary=finding)
        self.add("investigation/resolution-offer", at, reason="Concluded.", ready=["finding"], open=["decision"])
        self.add("resolution/acceptance", at)

    def decided(self, at: datetime, remedy: str, answer: str) -> None:
        self.add("resolution/remedies", at, kind=remedy, description=answer)
        self.add("resolution/decision", at, outcome="upheld", answer=answer, channel=self.channel)

    def closed(self, decided_at: datetime, at: datetime, reason: str) -> None:
        """The work with follow-up from the decision on, and the closing."""
        self.add("resolution/follow-up-offer", decided_at, reason="Decided.", ready=["decision"], open=["closing"])
        self.add("follow-up/acceptance", decided_at)
        self.add("closure", at, reason=reason)
