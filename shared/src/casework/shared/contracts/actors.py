"""Who did it. Bound by the edge from credentials or from the cause, never read from a payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ActorKind: TypeAlias = Literal["person", "integrator", "service", "clock"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An accountable actor: a staff member, an integrator's system, one of the services, or a clock."""

    id: str
    kind: ActorKind
