"""The roads by which one complaint came: it is one case, and it is known by the reference of each of its senders.

Invariant: a reference stands for one case, and the same road is added once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.shared.contracts.roads import Origin, RoadAdded
from casework.shared.contracts.types import Instant, Name
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoad:
    """Record that the same complaint came from elsewhere too. `stands_for` is the case that the reference is known
    by already, None where it is not known."""

    origin: Origin
    source: Name
    source_reference: Name
    received_at: Instant
    case_id: UUID
    stands_for: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """How one sender knows the complaint."""

    source: str
    source_reference: str


Roads: TypeAlias = tuple[Road, ...]


class ReferenceOfAnotherCase(Refusal):
    code = "reference-of-another-case"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(
            f"That source and reference stand for case {case_id} already, so they cannot stand for this one; correct"
            " the reference, or go on with that case."
        )


def decide(command: AddRoad, roads: Roads) -> tuple[RoadAdded, ...]:
    """The event that `command` brings about; none for a road that is known. Raises `ReferenceOfAnotherCase`."""
    if command.stands_for not in (None, command.case_id):
        assert command.stands_for is not None
        raise ReferenceOfAnotherCase(command.stands_for)
    if Road(source=command.source, source_reference=command.source_reference) in roads:
        return ()
    return (
        RoadAdded(
            origin=command.origin,
            source=command.source,
            source_reference=command.source_reference,
            received_at=command.received_at,
        ),
    )
