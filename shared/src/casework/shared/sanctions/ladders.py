"""What infringements bring, by a ladder of steps that is data. Pure.

Invariant: what a party's infringements come to follows from those that were not reversed, their days, and the versions
of the ladder in force on those days, and from nothing that was said before. So taking one back judges the others anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.sanctions import Count, LadderRef, SanctionStep
from casework.shared.errors import Refusal

NOTHING = SanctionStep(kind="points", points=0)
"""What an infringement in the free time brings."""


class NoSuchLadder(Refusal):
    """No ladder of that id serves infringements of that day."""

    code = "no-such-ladder"

    def __init__(self, id_: str, on: date) -> None:
        super().__init__(f"No ladder of sanctions {id_} serves infringements of {on}; ask for one that is loaded.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionLadder:
    """One version of a ladder, for infringements from `first` (`from` in the file) on."""

    id: PolicyId
    version: Count
    first: Annotated[date, Field(alias="from")]
    title: Bilingual
    counts_for_days: Count
    steps: Annotated[tuple[SanctionStep, ...], Field(min_length=1)]
    serious: SanctionStep | None = None
    free_within_days: Count | None = None

    @property
    def ref(self) -> LadderRef:
        """As events name it."""
        return LadderRef(id=self.id, version=self.version)

    def step(self, count: int, *, serious: bool) -> SanctionStep:
        """What the `count`-th infringement brings, from 1. The last step is for every further one."""
        if serious and self.serious is not None:
            return self.serious
        return self.steps[min(count, len(self.steps)) - 1]


class Infringement(NamedTuple):
    """An infringement that was not reversed."""

    id: UUID
    on: date
    serious: bool


class Judged(NamedTuple):
    """What an infringement brings: it is the `nth` that counts, or it falls into the free time."""

    infringement: Infringement
    ladder: LadderRef
    nth: int
    step: SanctionStep
    free: bool


LadderOn: TypeAlias = Callable[[date], SanctionLadder]
"""The version of one ladder that serves a day. Raises `NoSuchLadder`."""


def in_force(ladders: Iterable[SanctionLadder], id_: str, on: date) -> SanctionLadder:
    """The newest version of a ladder that serves infringements of a day. Raises `NoSuchLadder`."""
    serving = (each for each in ladders if each.id == id_ and each.first <= on)
    found = max(serving, key=lambda each: (each.first, each.version), default=None)
    if found is None:
        raise NoSuchLadder(id_, on)
    return found


def judged(infringements: Sequence[Infringement], ladder_on: LadderOn) -> list[Judged]:
    """What each of a party's infringements of one ladder brings, in the order in which they are given: by day, and
    among those of a day as they were recorded."""
    found: list[Judged] = []
    counting: list[date] = []
    for each in infringements:
        ladder = ladder_on(each.on)
        window, free = timedelta(days=ladder.counts_for_days), ladder.free_within_days
        count = sum(each.on - day <= window for day in counting) + 1
        # From the last one that was sanctioned, its own day and the last day included.
        if counting and free is not None and each.on - counting[-1] <= timedelta(days=free):
            found.append(Judged(each, ladder.ref, count, NOTHING, free=True))
            continue
        found.append(Judged(each, ladder.ref, count, ladder.step(count, serious=each.serious), free=False))
        counting.append(each.on)
    return found


def points(found: Iterable[Judged], ladder_on: LadderOn, at: date) -> int:
    """The points that count on a day."""
    return sum(
        each.step.points or 0
        for each in found
        if timedelta(0) <= at - each.infringement.on <= timedelta(days=ladder_on(each.infringement.on).counts_for_days)
    )


def limited_until(found: Iterable[Judged]) -> date | None:
    """The day on which the limits end that were imposed last; None where there are none."""
    days = (each.infringement.on + timedelta(days=each.step.days) for each in found if each.step.days is not None)
    return max(days, default=None)


def is_closed(found: Iterable[Judged]) -> bool:
    """Whether the party came to the step that is final."""
    return any(each.step.kind == "closed" for each in found)
