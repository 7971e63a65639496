"""Watch notes: whoever calls from a number, or under a name, is put through to the owner of the case until a time.

Invariant: a watch ends by its time or by somebody, and after that nobody is routed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.contacts import Watched, WatchEnded, WatchSet, WatchShown
from casework.shared.contracts.types import Instant, Sealed
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWatch:
    """Let whoever calls from a number or under a name be put through, until `until`."""

    watch_id: UUID
    of: Watched
    whom: Sealed
    note: Sealed
    until: Instant
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowWatch:
    """Somebody called and the watch was found: record that its note was shown. Never refused: nothing happens once
    the watch is over."""

    watch_id: UUID
    route_to: str
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWatch:
    """End a watch before its time. Without `watch_id` the one there is."""

    watch_id: UUID | None


WatchCommand: TypeAlias = SetWatch | ShowWatch | EndWatch
WatchEvent: TypeAlias = WatchSet | WatchShown | WatchEnded


class WatchUntilThePast(Refusal):
    code = "watch-until-the-past"

    def __init__(self) -> None:
        super().__init__("The watch would be over already; give a time that lies ahead.")


class WatchHasEnded(Refusal):
    code = "watch-has-ended"

    def __init__(self) -> None:
        super().__init__("This watch was ended already; set a new one where calls are to be put through again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What later decisions need to know of a watch."""

    id: UUID
    until: Instant
    ended: bool = False


Watches: TypeAlias = tuple[Watch, ...]


def decide(command: WatchCommand, watches: Watches) -> tuple[WatchEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case SetWatch(until=until):
            if until <= command.now:
                raise WatchUntilThePast
            return (
                WatchSet(watch_id=command.watch_id, of=command.of, whom=command.whom, note=command.note, until=until),
            )
        case ShowWatch(watch_id=id_, route_to=route_to, now=now):
            stands = any(each.id == id_ and not each.ended and now < each.until for each in watches)
            return (WatchShown(watch_id=id_, route_to=route_to),) if stands else ()
        case EndWatch(watch_id=named):
            id_ = which("watch", named, {each.id: not each.ended for each in watches})
            if next(each for each in watches if each.id == id_).ended:
                raise WatchHasEnded
            return (WatchEnded(watch_id=id_),)
        case _:
            assert_never(command)


def evolve(watches: Watches, event: WatchEvent) -> Watches:
    """The watches after `event`."""
    match event:
        case WatchSet(watch_id=id_, until=until):
            return (*watches, Watch(id=id_, until=until))
        case WatchEnded(watch_id=id_):
            return tuple(Watch(id=each.id, until=each.until, ended=each.ended or each.id == id_) for each in watches)
        case WatchShown():
            return watches
        case _:
            assert_never(event)
