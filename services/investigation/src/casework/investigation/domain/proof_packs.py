"""Meetings and the pack of proof that has to be there first.

Invariant: a meeting is ready once, when every entry of the pack that was fixed at its planning has an item that stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.investigation.domain.evidence_items import Items, serving
from casework.shared.contracts.evidence import ChecklistAnswer, MeetingPlanned, MeetingReady
from casework.shared.contracts.types import Instant, Word
from casework.shared.errors import Refusal
from casework.shared.evidence.rules import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting:
    """Plan a meeting that needs a pack."""

    pack: Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteToMeeting:
    """Invite the parties for `at`. Without `meeting` the one that is planned and not ready. `now` is when."""

    meeting: int | None
    at: Instant
    now: Instant


MeetingCommand: TypeAlias = PlanMeeting | InviteToMeeting
MeetingEvent: TypeAlias = MeetingPlanned | MeetingReady


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What later decisions need to know of a meeting."""

    number: int
    required: tuple[Word, ...]
    ready: bool = False


Meetings: TypeAlias = tuple[Meeting, ...]


class PackIncomplete(Refusal):
    code = "pack-incomplete"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"The pack lacks {', '.join(missing)}; record each as evidence, then invite.")


class UnknownMeeting(Refusal):
    code = "unknown-meeting"

    def __init__(self, known: int) -> None:
        have = f"those from 1 to {known}" if known else "none so far"
        super().__init__(
            f"This case has no such meeting; it has {have}, and a meeting is planned before anybody is invited."
        )


class SayWhichMeeting(Refusal):
    code = "say-which-meeting"

    def __init__(self, waiting: list[int]) -> None:
        super().__init__(f"Several meetings are planned; say which is meant: {', '.join(map(str, waiting))}.")


class MeetingIsReady(Refusal):
    code = "meeting-is-ready"

    def __init__(self, number: int) -> None:
        super().__init__(f"The parties are invited to meeting {number} already; plan another for another time.")


class MeetingInThePast(Refusal):
    code = "meeting-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time of the meeting is over already; give one that lies ahead.")


def decide(command: MeetingCommand, meetings: Meetings, items: Items) -> tuple[MeetingEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case PlanMeeting(pack=pack):
            number = len(meetings) + 1
            return (MeetingPlanned(meeting=number, pack=pack.pack, version=pack.version, required=pack.required),)
        case InviteToMeeting(at=at, now=now):
            meeting = _meant(command.meeting, meetings)
            if at <= now:
                raise MeetingInThePast
            found = tuple(ChecklistAnswer(entry=entry, item=serving(entry, items)) for entry in meeting.required)
            missing = [each.entry for each in found if each.item is None]
            if missing:
                raise PackIncomplete(missing)
            return (MeetingReady(meeting=meeting.number, at=at, pack=found),)
        case _:
            assert_never(command)


def evolve(meetings: Meetings, event: MeetingEvent) -> Meetings:
    """The meetings after `event`."""
    match event:
        case MeetingPlanned(meeting=number, required=required):
            return (*meetings, Meeting(number=number, required=required))
        case MeetingReady(meeting=number):
            return tuple(replace(each, ready=True) if each.number == number else each for each in meetings)
        case _:
            assert_never(event)


def _meant(named: int | None, meetings: Meetings) -> Meeting:
    if named is None:
        waiting = [each for each in meetings if not each.ready]
        if len(waiting) > 1:
            raise SayWhichMeeting([each.number for each in waiting])
        if not waiting:
            raise UnknownMeeting(len(meetings))
        return waiting[0]
    if not 1 <= named <= len(meetings):
        raise UnknownMeeting(len(meetings))
    meeting = meetings[named - 1]
    if meeting.ready:
        raise MeetingIsReady(named)
    return meeting
