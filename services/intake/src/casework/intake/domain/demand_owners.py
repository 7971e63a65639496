"""Who answers for each demand, how urgent it is, and by when.

Invariant: a version of a demand has one time of its own, which is not moved by giving it to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.intake.domain.numbered import NotNumbered
from casework.shared.contracts.around import DemandPassedOn, DemandTaken, Urgency
from casework.shared.contracts.types import Instant, Name
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDemand:
    """Let `owner` answer for a demand from `now` on. `due_at` is needed the first time for each version of it, and
    `demand_id` is used then."""

    number: int
    owner: Name
    urgency: Urgency
    due_at: Instant | None = None
    demand_id: UUID
    now: Instant


class DemandNeedsTime(Refusal):
    code = "demand-needs-time"

    def __init__(self, number: int) -> None:
        super().__init__(f"Nobody has said yet by when demand {number} is answered; give due_at.")


class DemandTimeStands(Refusal):
    code = "demand-time-stands"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The time for demand {number} was given already; leave due_at out to change who answers for it, and ask "
            "for more time on its clock."
        )


class DemandDueInThePast(Refusal):
    code = "demand-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time for the demand is over already; give one that lies ahead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was said last of a demand."""

    number: int
    version: int
    demand_id: UUID
    owner: str
    urgency: Urgency
    due_at: Instant


DemandOwners: TypeAlias = tuple[Taken, ...]


def decide(
    command: TakeDemand, taken: DemandOwners, versions: Mapping[int, int]
) -> tuple[DemandTaken | DemandPassedOn, ...]:
    """The events that `command` brings about; none where it changes nothing. `versions` has the newest version of each
    demand that was stated. Raises `NotNumbered` and the refusals above."""
    number, due_at = command.number, command.due_at
    version = versions.get(number)
    if version is None:
        raise NotNumbered("demand", number, len(versions))
    before = next((each for each in taken if each.number == number), None)
    if before is not None and before.version == version:
        if due_at not in (None, before.due_at):
            raise DemandTimeStands(number)
        if (before.owner, before.urgency) == (command.owner, command.urgency):
            return ()
        return (DemandPassedOn(number=number, owner=command.owner, urgency=command.urgency),)
    if due_at is None:
        raise DemandNeedsTime(number)
    if due_at <= command.now:
        raise DemandDueInThePast
    return (
        DemandTaken(
            number=number,
            version=version,
            demand_id=command.demand_id,
            owner=command.owner,
            urgency=command.urgency,
            due_at=due_at,
            replaces=None if before is None else before.demand_id,
        ),
    )


def evolve(taken: DemandOwners, event: DemandTaken | DemandPassedOn) -> DemandOwners:
    """The owners after `event`."""
    match event:
        case DemandTaken():
            now = Taken(
                number=event.number,
                version=event.version,
                demand_id=event.demand_id,
                owner=event.owner,
                urgency=event.urgency,
                due_at=event.due_at,
            )
            return (*(each for each in taken if each.number != event.number), now)
        case DemandPassedOn(number=number, owner=owner, urgency=urgency):
            return tuple(
                replace(each, owner=owner, urgency=urgency) if each.number == number else each for each in taken
            )
        case _:
            assert_never(event)
