"""Incident mode: one switch for a matter that has left the building.

Invariant: one event sets all of it, so that nothing is forgotten in the heat: who looks after everybody's safety, who
alone speaks in public, who prepares the legal route beside the talks. The others follow from it: the top rung of the
ladder is asked at once, and no item of evidence is disposed of until it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.contracts.assessment import IncidentModeEnded, IncidentModeSet
from casework.shared.contracts.types import Name, SafeInt, Sealed, Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIncidentMode:
    """Turn incident mode on. The fields are those of `IncidentModeSet`."""

    what: Sealed
    people: SafeInt | None = None
    safety_lead: Name
    spokesperson: Name
    legal_route: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class EndIncidentMode:
    """Turn incident mode off."""

    reason: Sentence


IncidentCommand: TypeAlias = SetIncidentMode | EndIncidentMode
IncidentEvent: TypeAlias = IncidentModeSet | IncidentModeEnded


class AlreadyInIncidentMode(Refusal):
    code = "already-in-incident-mode"

    def __init__(self) -> None:
        super().__init__("The case is in incident mode already; end it before it is set anew, or go on in it.")


class NotInIncidentMode(Refusal):
    code = "not-in-incident-mode"

    def __init__(self) -> None:
        super().__init__("The case is not in incident mode, so there is nothing to end.")


def decide(command: IncidentCommand, *, is_on: bool) -> tuple[IncidentEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case SetIncidentMode():
            if is_on:
                raise AlreadyInIncidentMode
            return (
                IncidentModeSet(
                    what=command.what,
                    people=command.people,
                    safety_lead=command.safety_lead,
                    spokesperson=command.spokesperson,
                    legal_route=command.legal_route,
                ),
            )
        case EndIncidentMode(reason=reason):
            if not is_on:
                raise NotInIncidentMode
            return (IncidentModeEnded(reason=reason),)
        case _:
            assert_never(command)
