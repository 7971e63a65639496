"""What makes a finding: it says whose side of the story was heard, or why one could not be.

Invariant: what people find now rests on both sides, the complainant's and our own; a side that was not heard is named
with the reason; the demand and the items of evidence that it names are there. What is told of the past, and what a
standing solution settles, is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.investigation.domain.evidence_items import Items, item_of
from casework.shared.contracts.inquiry import Unheard
from casework.shared.contracts.investigation import FindingRecorded
from casework.shared.contracts.types import Name, Prose
from casework.shared.contracts.vocabulary import Side
from casework.shared.errors import Refusal

BOTH: tuple[Side, ...] = ("complainant", "organisation")
"""Whose sides every finding accounts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    """Record one thing that was established, `by` whom. `settled`: it is told of the past, or known beforehand.

    `demand` is the number of the demand that it answers, `evidence` are the numbers of the items that it rests on."""

    finding: Prose
    side: Side
    sides_heard: tuple[Side, ...] = ()
    unheard: tuple[Unheard, ...] = ()
    demand: int | None = None
    evidence: tuple[int, ...] = ()
    by: Name = ""
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDemand:
    """Intake recorded a demand of this number. Never refused."""

    number: int


class UnknownDemand(Refusal):
    code = "demand-unknown"

    def __init__(self, number: int, known: int) -> None:
        have = f"it has those from 1 to {known}" if known else "it has none so far"
        super().__init__(f"This case has no demand {number} that a finding could answer; {have}.")


class SideUnheard(Refusal):
    code = "side-unheard"

    def __init__(self, side: Side) -> None:
        super().__init__(
            f"The finding says nothing of one side, the {side}'s; hear it, or state why it could not be heard, such as"
            " unreachable since 08:00."
        )


class HeardAndUnheard(Refusal):
    code = "heard-and-unheard"

    def __init__(self, side: Side) -> None:
        super().__init__(f"The {side}'s side is given as heard and as not heard; leave one of the two out.")


def require_there(command: RecordFinding, items: Items, demands: int) -> None:
    """What the finding answers and rests on is there, in a case with so many `demands`. Raises `UnknownDemand` and
    `UnknownItem`."""
    if command.settled:
        return
    if command.demand is not None and not 1 <= command.demand <= demands:
        raise UnknownDemand(command.demand, demands)
    for number in command.evidence:
        item_of(number, items)


def decide(command: RecordFinding) -> tuple[FindingRecorded, ...]:
    """The finding as an event. Raises `SideUnheard` and `HeardAndUnheard`."""
    heard, unheard = set(command.sides_heard), {each.side for each in command.unheard}
    for side in BOTH:
        if side in heard & unheard:
            raise HeardAndUnheard(side)
        if not command.settled and side not in heard | unheard:
            raise SideUnheard(side)
    return (
        FindingRecorded(
            finding=command.finding,
            side=command.side,
            sides_heard=tuple(dict.fromkeys(command.sides_heard)) or None,
            unheard=command.unheard or None,
            demand=command.demand,
            evidence=command.evidence or None,
        ),
    )
