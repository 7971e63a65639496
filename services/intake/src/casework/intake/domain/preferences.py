"""How the complainant wants to be reached, and the contacts that are planned accordingly.

Invariant: a planned contact lies before its due time. Hours that were asked for are kept wherever one of them is left
before that; where none is, the due time wins, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.shared.clocks.horizon import YEARS_AHEAD, is_too_far
from casework.shared.contracts.contacts import (
    ContactPlanned,
    ContactPreferencesSet,
    ContactPurpose,
    DayPart,
    PlannedContactEnded,
)
from casework.shared.contracts.types import Instant, Sealed
from casework.shared.contracts.vocabulary import Channel, Language
from casework.shared.errors import Refusal

HOURS: Mapping[DayPart, tuple[time, time]] = {
    "morning": (time(9), time(12)),
    "afternoon": (time(13), time(18)),
    "evening": (time(18), time(20)),
}
"""When we call whom asked for a part of the day, on the institution's clock. Ours, and nobody's rule."""
USUAL_CHANNEL: Channel = "phone"
"""How we reach who asked for nothing."""
_FURTHEST = 14
"""Days before the due time in which a part of the day is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContactPreferences:
    """Record how the complainant wants to be reached, at `now` in `zone`. What is planned is planned anew."""

    name: Sealed | None = None
    language: Language | None = None
    channel: Channel | None = None
    hours: tuple[DayPart, ...] = ()
    avoid: Sealed | None = None
    now: Instant
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContact:
    """Plan a contact that is due by `due_at`. Asked for by staff."""

    contact_id: UUID
    purpose: ContactPurpose
    due_at: Instant
    now: Instant
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContactDue:
    """Another service told the complainant by when they hear from us next. Never refused. It takes the place of what
    was planned for the same purpose, where that is one thing that goes on (an update)."""

    contact_id: UUID
    purpose: ContactPurpose
    due_at: Instant
    now: Instant
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContactMade:
    """What was planned under that id was done. Never refused."""

    contact_id: UUID


PreferenceCommand: TypeAlias = SetContactPreferences | PlanContact | NoteContactDue | NoteContactMade
PreferenceEvent: TypeAlias = ContactPreferencesSet | ContactPlanned | PlannedContactEnded


class ContactDueInThePast(Refusal):
    code = "contact-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time by which they are to hear from us is over already; give one that lies ahead.")


class ContactTooFarAhead(Refusal):
    code = "contact-too-far-ahead"

    def __init__(self) -> None:
        super().__init__(
            f"The time by which they are to hear from us lies {YEARS_AHEAD} years ahead or more; give one before that."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A contact that is still to be made."""

    id: UUID
    purpose: ContactPurpose
    due_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """How the complainant is reached, and what is planned."""

    name: Sealed | None = None
    language: Language | None = None
    channel: Channel | None = None
    hours: tuple[DayPart, ...] = ()
    planned: tuple[Planned, ...] = ()


NOT_SAID = Reaching()


def decide(command: PreferenceCommand, state: Reaching) -> tuple[PreferenceEvent, ...]:
    """The events that `command` brings about. Raises `ContactDueInThePast` and `ContactTooFarAhead`."""
    match command:
        case SetContactPreferences():
            preferences = ContactPreferencesSet(
                name=command.name,
                language=command.language,
                channel=command.channel,
                hours=command.hours,
                avoid=command.avoid,
            )
            reaching = evolve(state, preferences)
            anew = (each for each in state.planned if each.due_at > command.now)
            return (preferences, *(_plan(each, reaching, command.now, command.zone) for each in anew))
        case PlanContact():
            if command.due_at <= command.now:
                raise ContactDueInThePast
            if is_too_far(command.due_at, command.now):
                raise ContactTooFarAhead
            return (_plan(_of(command), state, command.now, command.zone),)
        case NoteContactDue():
            ended = _ended(state, lambda each: each.purpose == command.purpose == "progress-update")
            if command.due_at <= command.now or is_too_far(command.due_at, command.now):
                return ended
            return (*ended, _plan(_of(command), state, command.now, command.zone))
        case NoteContactMade(contact_id=id_):
            return _ended(state, lambda each: each.id == id_)
        case _:
            assert_never(command)


def evolve(state: Reaching, event: PreferenceEvent) -> Reaching:
    """How the complainant is reached after `event`."""
    match event:
        case ContactPreferencesSet():
            return Reaching(
                name=event.name,
                language=event.language,
                channel=event.channel,
                hours=event.hours,
                planned=state.planned,
            )
        case ContactPlanned(contact_id=id_, purpose=purpose, due_at=due_at):
            planned = (*_others(state, id_), Planned(id=id_, purpose=purpose, due_at=due_at))
        case PlannedContactEnded(contact_id=id_):
            planned = tuple(_others(state, id_))
        case _:
            assert_never(event)
    return Reaching(name=state.name, language=state.language, channel=state.channel, hours=state.hours, planned=planned)


def window(due_at: datetime, hours: Iterable[DayPart], now: datetime, zone: str) -> tuple[datetime, datetime, bool]:
    """From when to when to reach somebody before `due_at`, and whether that is at an hour they asked for: the last
    such part of a day that begins after `now` or goes on then, cut at the due time."""
    here = ZoneInfo(zone)
    asked_for = tuple(hours)
    found = [
        (begins, ends)
        for begins, ends in _parts(due_at.astimezone(here), asked_for or tuple(HOURS), here)
        if begins < due_at and ends > now
    ]
    if not found:
        return now, due_at, not asked_for
    begins, ends = max(found)
    return max(begins, now), min(ends, due_at), True


def _parts(due: datetime, hours: Iterable[DayPart], zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for back in range(_FURTHEST):
        day = due.date() - timedelta(days=back)
        for part in hours:
            begins, ends = HOURS[part]
            yield datetime.combine(day, begins, zone), datetime.combine(day, ends, zone)


def _plan(planned: Planned, reaching: Reaching, now: datetime, zone: str) -> ContactPlanned:
    begins, ends, as_wished = window(planned.due_at, reaching.hours, now, zone)
    return ContactPlanned(
        contact_id=planned.id,
        purpose=planned.purpose,
        channel=reaching.channel or USUAL_CHANNEL,
        begins=begins,
        ends=ends,
        due_at=planned.due_at,
        as_wished=as_wished,
    )


def _of(command: PlanContact | NoteContactDue) -> Planned:
    return Planned(id=command.contact_id, purpose=command.purpose, due_at=command.due_at)


def _ended(state: Reaching, over: Callable[[Planned], bool]) -> tuple[PlannedContactEnded, ...]:
    return tuple(PlannedContactEnded(contact_id=each.id) for each in state.planned if over(each))


def _others(state: Reaching, id_: UUID) -> Iterator[Planned]:
    return (each for each in state.planned if each.id != id_)
