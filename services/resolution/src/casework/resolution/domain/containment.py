"""Contained before answered: where something had to be done at once, the answer waits until the harm goes no further.

Invariant: an answer before that has a reason on record. Whether there was something to contain is intake's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from casework.shared.contracts.assessment import ContainmentNoted, UncontainedAnswerExplained
from casework.shared.contracts.types import Sentence
from casework.shared.errors import Refusal

Containment: TypeAlias = Literal["not-wanted", "wanted", "contained", "explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContainment:
    """Intake began to do something at once, or recorded that the harm goes no further. Never refused."""

    is_contained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainUncontainedAnswer:
    """Say why the answer goes out before the harm is contained."""

    reason: Sentence


ContainmentCommand: TypeAlias = NoteContainment | ExplainUncontainedAnswer
ContainmentEvent: TypeAlias = ContainmentNoted | UncontainedAnswerExplained


class NotContained(Refusal):
    code = "not-contained"

    def __init__(self) -> None:
        super().__init__(
            "Something had to be done at once, and it is not recorded that the harm goes no further. Record the"
            " containment with what shows it, or say why the answer goes out before; then give the decision."
        )


class NothingToContain(Refusal):
    code = "nothing-to-contain"

    def __init__(self) -> None:
        super().__init__("Nothing is waiting to be contained here, so no reason is needed; give the decision.")


def decide(command: ContainmentCommand, state: Containment) -> tuple[ContainmentEvent, ...]:
    """The events that `command` brings about. Raises `NothingToContain`."""
    match command:
        case NoteContainment(is_contained=is_contained):
            noted = ContainmentNoted(is_contained=is_contained)
            return () if evolve(state, noted) == state else (noted,)
        case ExplainUncontainedAnswer(reason=reason):
            if state != "wanted":
                raise NothingToContain
            return (UncontainedAnswerExplained(reason=reason),)
        case _:
            assert_never(command)


def evolve(state: Containment, event: ContainmentEvent) -> Containment:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ContainmentNoted(is_contained=True):
            return "contained"
        case ContainmentNoted():
            # What is done at once after the containment does not undo it.
            return "wanted" if state == "not-wanted" else state
        case UncontainedAnswerExplained():
            return "explained"
        case _:
            assert_never(event)


def require(state: Containment) -> None:
    """Raises `NotContained` where the answer has to wait."""
    if state == "wanted":
        raise NotContained
