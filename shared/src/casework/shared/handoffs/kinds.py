"""The kinds of hand-off of an institution, and the teams that work is offered to. Values; the text is read elsewhere.

Invariant: what a kind asks for is asked for when the work is offered, since afterwards nobody is there to give it
(practice P105), and a team that is closed is offered nothing (P103).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Name, Word
from casework.shared.errors import Refusal

MOST_MOVES = 2
"""How often a case may be moved before a further move also climbs, where the kind says nothing (practice P106)."""
LOOK_AHEAD_DAYS = 31
"""For so long a closed team's next opening is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffKind:
    """One kind of hand-off.

    `checklist` names what an offer must bring. `ready`, `open`, `moment`, `acting-owner` and `team` are fields of the
    offer itself; everything else is an item of its checklist. After `most_moves` a further move also climbs. The
    receiver has the time of the deadline `acceptance` to answer, and `ladder` says who is told when it does not.
    `acting_owner` serves where an offer that is tied to a moment names nobody. Whoever takes the work has the `skills`,
    and is of the `unit`, where the offer names no other.
    """

    kind: Word
    title: Bilingual
    checklist: Annotated[tuple[Word, ...], Field(max_length=50)]
    most_moves: Annotated[int, Field(ge=1, le=100)] = MOST_MOVES
    acceptance: PolicyId
    ladder: PolicyId
    acting_owner: Name | None = None
    skills: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    unit: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of a service. It is open in the hours of its calendar, always without one, and never when `closed`."""

    name: Name
    service: ServiceName
    calendar: Calendar | None = None
    closed: bool = False

    def next_opening(self, at: datetime) -> datetime | None:
        """When the team is open next, UTC, as seen from `at`: `at` itself while it is open. None when it is closed
        for good, or for longer than is looked ahead. Raises `NotCovered` where the calendar's list ends."""
        if self.closed:
            return None
        if self.calendar is None:
            return at
        today = at.astimezone(ZoneInfo(self.calendar.zone)).date()
        for days in range(LOOK_AHEAD_DAYS):
            for begins, ends in self.calendar.opening(today + timedelta(days=days)):
                if at < ends:
                    return max(begins, at)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffRules:
    """Everything an institution says about hand-offs: its kinds and its teams, each named once."""

    kinds: tuple[HandOffKind, ...] = ()
    teams: tuple[Team, ...] = ()

    def kind(self, name: str) -> HandOffKind:
        """The kind of that name. Raises `UnknownKind`."""
        for kind in self.kinds:
            if kind.kind == name:
                return kind
        raise UnknownKind(name, [kind.kind for kind in self.kinds])

    def team(self, name: str, service: ServiceName) -> Team:
        """The team of that name in `service`. Raises `UnknownTeam`."""
        teams = [team for team in self.teams if team.service == service]
        for team in teams:
            if team.name == name:
                return team
        raise UnknownTeam(name, service, [team.name for team in teams])


class UnknownKind(Refusal):
    code = "unknown-hand-off-kind"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"No kind of hand-off is called {name}; {_one_of(known)}.")


class UnknownTeam(Refusal):
    code = "unknown-team"

    def __init__(self, name: str, service: ServiceName, known: list[str]) -> None:
        super().__init__(f"No team of {service} is called {name}; {_one_of(known)}.")


def _one_of(known: list[str]) -> str:
    return f"choose one of {', '.join(sorted(known))}" if known else "there is none, so name none"
