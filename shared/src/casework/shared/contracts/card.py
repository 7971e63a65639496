"""What intake publishes of the complaint's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsNamed:
    """Which members of staff the complaint names, from now on: they take no part in examining it."""

    persons: Annotated[tuple[Name, ...], Field(max_length=20)]
