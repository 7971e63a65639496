"""A time that the complainant sets, and what they announce for the case that it passes.

Invariant: it is recorded in their own words, warns, and binds nobody: nothing here opens, closes or decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.intake.domain.demands import DemandUnknown
from casework.shared.contracts.assessment import TheirDeadlineAnswered, TheirDeadlineSet
from casework.shared.contracts.types import Instant, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTheirDeadline:
    """Record a time that the complainant set, at `now`. The fields are those of `TheirDeadlineSet`."""

    deadline_id: UUID
    words: Sealed
    said_at: Instant
    due_at: Instant
    threat: bool
    now: Instant
    demand: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTheirDeadline:
    """Record that the complainant got word. Without `deadline_id` on the one that is open."""

    deadline_id: UUID | None
    channel: Channel


PressureCommand: TypeAlias = SetTheirDeadline | AnswerTheirDeadline
PressureEvent: TypeAlias = TheirDeadlineSet | TheirDeadlineAnswered


class SaidInTheFuture(Refusal):
    code = "said-in-the-future"

    def __init__(self) -> None:
        super().__init__("The time at which it was said lies ahead; give the time at which the words were heard.")


class DueBeforeSaid(Refusal):
    code = "due-before-said"

    def __init__(self) -> None:
        super().__init__("The time that the complainant set must lie after their saying so; give both as they were.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirDeadline:
    """What later decisions need to know of one."""

    id: UUID
    is_open: bool = True


TheirDeadlines: TypeAlias = tuple[TheirDeadline, ...]


def decide(command: PressureCommand, deadlines: TheirDeadlines, demands: int = 0) -> tuple[PressureEvent, ...]:
    """The events that `command` brings about in a case with so many `demands`. Raises the refusals above,
    `DemandUnknown` and those of `which`."""
    match command:
        case SetTheirDeadline():
            if command.said_at > command.now:
                raise SaidInTheFuture
            if command.due_at <= command.said_at:
                raise DueBeforeSaid
            if command.demand is not None and not 1 <= command.demand <= demands:
                raise DemandUnknown(command.demand, demands)
            return (
                TheirDeadlineSet(
                    deadline_id=command.deadline_id,
                    words=command.words,
                    said_at=command.said_at,
                    due_at=command.due_at,
                    threat=command.threat,
                    demand=command.demand,
                ),
            )
        case AnswerTheirDeadline(channel=channel):
            known = {each.id: each.is_open for each in deadlines}
            id_ = which("deadline of the complainant", command.deadline_id, known)
            return (TheirDeadlineAnswered(deadline_id=id_, channel=channel),) if known[id_] else ()
        case _:
            assert_never(command)


def evolve(deadlines: TheirDeadlines, event: PressureEvent) -> TheirDeadlines:
    """The deadlines after `event`; never fails on an event that was recorded."""
    match event:
        case TheirDeadlineSet(deadline_id=id_):
            return (*(each for each in deadlines if each.id != id_), TheirDeadline(id=id_))
        case TheirDeadlineAnswered(deadline_id=id_):
            return tuple(replace(each, is_open=False) if each.id == id_ else each for each in deadlines)
        case _:
            assert_never(event)
