"""What every text that staff send through resolution has in common."""

from __future__ import annotations

from typing import TypeAlias

from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.resolution import Resolution
from casework.shared.answers.wording import Wording
from casework.shared.business_time import is_backdated
from casework.shared.eventstore.store import Unit
from casework.shared.runtime.service import ServiceRuntime

ResolutionUnit: TypeAlias = Unit[Command, Resolution, ResolutionEvent]


def wording_now(runtime: ServiceRuntime, unit: ResolutionUnit) -> Wording | None:
    """The wording that a text sent now is held to; None for one of an imported history, which was sent long ago."""
    return None if is_backdated(unit.occurred_at, unit.now) else runtime.wording
