"""Why it happened, or that it was not found and after which steps.

Invariant: one of the two is recorded, never both and never neither, so that whoever decides can tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.contracts.inquiry import CauseRecorded, Steps
from casework.shared.contracts.types import Prose
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCause:
    """Record the cause, or the steps after which it was not found. A later one takes the place of an earlier one."""

    cause: Prose | None = None
    not_found_after: Steps = ()


class CauseOrSteps(Refusal):
    code = "cause-or-steps"

    def __init__(self) -> None:
        super().__init__(
            "Give either the cause or, where it was not found, the steps that were taken to find it; one of the two."
        )


def decide(command: RecordCause) -> tuple[CauseRecorded, ...]:
    """The cause as an event. Raises `CauseOrSteps`."""
    if (command.cause is None) == (not command.not_found_after):
        raise CauseOrSteps
    return (CauseRecorded(cause=command.cause, not_found_after=command.not_found_after),)
