"""What investigation publishes of the inquiry itself: its cause, its hands, who may not do it, and who bears what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.types import Instant, Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Side

Steps = Annotated[tuple[Sentence, ...], Field(max_length=100)]
Number = Annotated[int, Field(ge=1, le=100_000)]
"""Things of a case are numbered from 1."""
Numbers = Annotated[tuple[Number, ...], Field(max_length=100)]
Contribution: TypeAlias = Literal["task", "contribution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRecorded:
    """Why it happened; or, without `cause`, the steps after which it was not found. The newest one holds."""

    cause: Prose | None = None
    not_found_after: Steps = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandNoted:
    """Investigation knows that the complaint has a demand of this number: a finding can answer it."""

    number: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A side that could not be heard, and why, such as `unreachable since 08:00`."""

    side: Side
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven:
    """Somebody was asked to do something for the inquiry by a time. Tasks of a case are numbered from 1.

    A `contribution` is another unit's, such as legal's view."""

    task_id: UUID
    number: Number
    kind: Contribution
    what: Sentence
    holder: Name
    due_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone:
    """The task was done. `late` says that its time was over by then."""

    task_id: UUID
    number: Number
    by: Name
    result: Prose
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTakenBack:
    """The task is not wanted any more."""

    task_id: UUID
    number: Number
    reason: Sentence
