"""A unit, its people and their duty times; what each of them can do, and since and until when. Pure values.

Invariant: what decides who gets work is what somebody has learned and when they are there. There is no field for what
they are like, and a file that has one is refused (practice P160).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from casework.shared.people.members import Member, Week, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """In these hours of the unit's zone these have the duty, ids in the order in which they are asked."""

    hours: Week
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit. Without duty times all its members always have the duty. `supervisor` is an id, None where there is no
    such person on record."""

    name: str
    zone: str
    members: tuple[str, ...]
    supervisor: str | None = None
    duties: tuple[Duty, ...] = ()

    def on_duty(self, at: datetime) -> tuple[str, ...]:
        """Who has the duty at `at`, each once, in the order of being asked; nobody outside the duty times."""
        if not self.duties:
            return self.members
        holding = (duty for duty in self.duties if duty.hours.holds(at, self.zone))
        return tuple(dict.fromkeys(name for duty in holding for name in duty.members))


def skills_at(member: Member, at: datetime) -> tuple[str, ...]:
    """The skills that a member has on the day that `at` is in the member's zone, sorted."""
    day = local_day(at, member.zone)
    return tuple(sorted({each.name for each in member.skills if each.holds(day)}))


def ended(member: Member, skill: str, at: datetime) -> date | None:
    """The last day of a skill that the member had before; None where they never did."""
    day = local_day(at, member.zone)
    return max(
        (each.last for each in member.skills if each.name == skill and each.last and each.last < day), default=None
    )


def missing(wanted: Iterable[str], had: Iterable[str]) -> tuple[str, ...]:
    """What is wanted and not had, in the order of `wanted`."""
    have = set(had)
    return tuple(each for each in wanted if each not in have)
