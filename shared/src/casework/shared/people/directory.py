"""Who answers for what, at an instant: the holder, whoever covers, or the duty.

Invariant: every question has an answer. Whoever is unknown, deleted, nobody or away without cover, somebody answers
for the work, at the latest the duty member (practice P184: a case without assignee is never skipped).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from casework.shared.people.members import Member, Week
from casework.shared.people.units import Unit

DUTY = "duty"
"""The id of the duty member where no file says otherwise, and the role of whoever has the duty by a rota."""
Because: TypeAlias = Literal["holder", "cover", "duty"]


class Answerable(NamedTuple):
    """Who answers, and why it is they."""

    member: Member
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """During these hours of `zone` the role is held by `members`, ids in the order in which they are asked, and by
    nobody else. So a rung of a ladder has other people by night (practice P109)."""

    role: str
    zone: str
    hours: Week
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everybody who can be told something, by id, in the order of the file. `duty` is the id of one of them."""

    members: Mapping[str, Member]
    duty: str = DUTY
    rotas: tuple[Rota, ...] = ()
    units: tuple[Unit, ...] = ()

    def responsible(self, holder: str | None, at: datetime) -> Answerable:
        """Who answers at `at` for what `holder` holds: the holder; the cover while the holder is away (practice P107);
        the duty member where there is no such holder or nobody covers. Raises nothing."""
        member = self.members.get(holder or "")
        present = None if member is None else self._present(member, at)
        if present is None:
            return Answerable(self.duty_member(at), "duty")
        return Answerable(present, "holder" if present is member else "cover")

    def with_role(self, role: str, at: datetime) -> tuple[Member, ...]:
        """Who has the role at `at`, each once, those first who are asked first. Never empty.

        By a rota where one holds at that hour, else by the members' own roles. Covers stand in for whoever is away;
        the duty member where nobody is left."""
        return self.holding(role, at) or (self.duty_member(at),)

    def holding(self, role: str, at: datetime) -> tuple[Member, ...]:
        """As `with_role`, without the duty member: empty where nobody is left."""
        return self.there(self._on_rota(role, at), at) or self.there(
            (member.id for member in self.members.values() if role in member.roles), at
        )

    def team(self, name: str, at: datetime) -> tuple[Member, ...]:
        """The members of a team who are there at `at`; none where the team is unknown or all are away."""
        return tuple(m for m in self.members.values() if name in m.teams and m.absence_at(at) is None)

    def duty_member(self, at: datetime) -> Member:
        """Who has the duty at `at`, by rota or else by name, or their cover. There is always somebody."""
        there = self.there(self._on_rota(DUTY, at), at) or self.there((self.duty,), at)
        # Where everybody is away, somebody must answer all the same.
        return there[0] if there else self.members[self.duty]

    def there(self, names: Iterable[str], at: datetime) -> tuple[Member, ...]:
        """Who of these is there, each once and in this order, or whoever covers."""
        found: dict[str, Member] = {}
        for name in names:
            member = self.members.get(name)
            present = None if member is None else self._present(member, at)
            if present is not None:
                found.setdefault(present.id, present)
        return tuple(found.values())

    def _on_rota(self, role: str, at: datetime) -> Iterator[str]:
        for rota in self.rotas:
            if rota.role == role and rota.hours.holds(at, rota.zone):
                yield from rota.members

    def _present(self, member: Member, at: datetime) -> Member | None:
        """The member, or who covers, or who covers the cover; None where that ends with nobody."""
        asked = {member.id}
        while (absence := member.absence_at(at)) is not None:
            cover = self.members.get(absence.cover or "")
            if cover is None or cover.id in asked:
                return None
            asked.add(cover.id)
            member = cover
        return member


def duty_alone() -> Directory:
    """The directory of an installation that has no file: a duty member without an address."""
    return Directory(members={DUTY: Member(id=DUTY)})
