"""What investigation publishes of the inquiry itself: its cause, its hands, who may not do it, and who bears what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Prose, Sentence

Steps = Annotated[tuple[Sentence, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRecorded:
    """Why it happened; or, without `cause`, the steps after which it was not found. The newest one holds."""

    cause: Prose | None = None
    not_found_after: Steps = ()
