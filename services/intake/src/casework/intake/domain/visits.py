"""Receiving somebody on site: the checklist, and the day that was agreed.

Invariant: a visit is closed with every item done and a day agreed; that day is a promise, kept by what shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TypeAlias, assert_never, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.shared.clocks.horizon import YEARS_AHEAD, is_too_far
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.contracts.visits import VisitClosed, VisitItem, VisitItemsDone, VisitOpened, VisitPromiseKept
from casework.shared.errors import Refusal
from casework.shared.which import which

CHECKLIST: tuple[VisitItem, ...] = get_args(VisitItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVisit:
    """Receive somebody on site."""

    visit_id: UUID
    place: Name
    present: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DoVisitItems:
    """Tick items of the checklist. Without `visit_id` those of the one visit that is open."""

    visit_id: UUID | None
    items: tuple[VisitItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseVisit:
    """End the visit at `now`, with the day that was agreed, in the institution's `zone`."""

    visit_id: UUID | None
    agreed_on: date
    now: Instant
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepVisitPromise:
    """Record that the visitor heard of us."""

    visit_id: UUID | None
    proof: Sentence


VisitCommand: TypeAlias = OpenVisit | DoVisitItems | CloseVisit | KeepVisitPromise
VisitEvent: TypeAlias = VisitOpened | VisitItemsDone | VisitClosed | VisitPromiseKept


class VisitIncomplete(Refusal):
    code = "visit-incomplete"

    def __init__(self, missing: Sequence[VisitItem]) -> None:
        super().__init__(
            f"Before the visit is closed, this is still to be done: {', '.join(missing)}. Do it while they are here,"
            " and tick it."
        )


class VisitHasEnded(Refusal):
    code = "visit-has-ended"

    def __init__(self) -> None:
        super().__init__("This visit was closed already; open a new one when they come again.")


class VisitStillGoesOn(Refusal):
    code = "visit-still-goes-on"

    def __init__(self) -> None:
        super().__init__("This visit is not closed yet; close it with the day that was agreed.")


class AgreedDayHasPassed(Refusal):
    code = "agreed-day-has-passed"

    def __init__(self) -> None:
        super().__init__("The day that was agreed is over already; agree on one that lies ahead, or on today.")


class AgreedDayTooFarAhead(Refusal):
    code = "agreed-day-too-far-ahead"

    def __init__(self) -> None:
        super().__init__(f"The day that was agreed lies {YEARS_AHEAD} years ahead or more; agree on one before that.")


class VisitPromiseAlreadyKept(Refusal):
    code = "visit-promise-already-kept"

    def __init__(self) -> None:
        super().__init__("What was agreed at this visit was done already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What later decisions need to know of a visit."""

    id: UUID
    done: tuple[VisitItem, ...] = ()
    closed: bool = False
    kept: bool = False


Visits: TypeAlias = tuple[Visit, ...]


def decide(command: VisitCommand, visits: Visits) -> tuple[VisitEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case OpenVisit(visit_id=id_, place=place, present=present):
            return (VisitOpened(visit_id=id_, place=place, present=present),)
        case DoVisitItems(items=items):
            visit = _open(command.visit_id, visits)
            new = tuple(each for each in CHECKLIST if each in items and each not in visit.done)
            return (VisitItemsDone(visit_id=visit.id, items=new),) if new else ()
        case CloseVisit():
            visit = _open(command.visit_id, visits)
            missing = [each for each in CHECKLIST if each not in visit.done]
            if missing:
                raise VisitIncomplete(missing)
            begins = datetime.combine(command.agreed_on, time(), ZoneInfo(command.zone))
            if is_too_far(begins, command.now):
                raise AgreedDayTooFarAhead
            due_at = begins + timedelta(days=1)
            if due_at <= command.now:
                raise AgreedDayHasPassed
            return (VisitClosed(visit_id=visit.id, agreed_on=command.agreed_on, due_at=due_at),)
        case KeepVisitPromise(proof=proof):
            visit = _meant(command.visit_id, visits, {each.id: each.closed and not each.kept for each in visits})
            if not visit.closed:
                raise VisitStillGoesOn
            if visit.kept:
                raise VisitPromiseAlreadyKept
            return (VisitPromiseKept(visit_id=visit.id, proof=proof),)
        case _:
            assert_never(command)


def evolve(visits: Visits, event: VisitEvent) -> Visits:
    """The visits after `event`."""
    match event:
        case VisitOpened(visit_id=id_):
            return (*visits, Visit(id=id_))
        case VisitItemsDone(visit_id=id_, items=items):
            return tuple(replace(each, done=(*each.done, *items)) if each.id == id_ else each for each in visits)
        case VisitClosed(visit_id=id_):
            return tuple(replace(each, closed=True) if each.id == id_ else each for each in visits)
        case VisitPromiseKept(visit_id=id_):
            return tuple(replace(each, kept=True) if each.id == id_ else each for each in visits)
        case _:
            assert_never(event)


def _open(named: UUID | None, visits: Visits) -> Visit:
    visit = _meant(named, visits, {each.id: not each.closed for each in visits})
    if visit.closed:
        raise VisitHasEnded
    return visit


def _meant(named: UUID | None, visits: Visits, known: dict[UUID, bool]) -> Visit:
    id_ = which("visit", named, known)
    return next(each for each in visits if each.id == id_)
