"""What intake publishes about the roads by which one complaint came: direct, by a regulator, by the media."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.types import Instant, Name

Origin: TypeAlias = Literal["direct", "regulator-forwarded", "media", "branch", "partner"]
"""Where a complaint came from. A regulator's bulletin counts those that it forwarded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadAdded:
    """The same complaint came by another road as well, where `source` knows it as `source_reference`."""

    origin: Origin
    source: Name
    source_reference: Name
    received_at: Instant
