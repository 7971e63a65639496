"""What intake publishes of the complaint's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsNamed:
    """The complaint names these persons of the house, each by the id of the staff, such as `clerk-0417`."""

    persons: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]
