"""Who is told of what happened in a case, and what they are told.

Invariant: a notice bears the id of the event it tells of, and nothing personal of the complainant: the case's id, what
is due by when, and what to do. Of an imported case nobody is told anything (convention K14 of the clocks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.followup.domain.clock_events import Point, due_of
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.clocks import Percent
from casework.shared.contracts.types import Instant, Name

NoticeKind: TypeAlias = Literal["deadline-nears", "deadline-passed", "case-escalated", "hand-off-lapsed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a notice is for. Who that is in person is looked up when it is sent, since people come and go meanwhile.

    `name` is the id of who holds or owns something, empty where nobody does, or the name of a role."""

    kind: Literal["holder", "role"] = "holder"
    name: str

    @property
    def key(self) -> str:
        """As it stands in the outbox: `holder:ann`, `role:supervisor`."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is due: the title of the policy and the words of the duty, both out of the policy's file."""

    title: Bilingual
    duty: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one recipient. `id` is the id of the event it tells of, `at` from when on it may be told.

    `deadline` is what the matter is due by. `urgent` is told at any hour. `rung` is that of an escalation."""

    id: UUID
    kind: NoticeKind
    case_id: UUID
    to: Recipient
    at: Instant
    matter: Matter | None = None
    deadline: Point | None = None
    urgent: bool = False
    rung: int | None = None

    @property
    def not_after(self) -> Instant | None:
        """The end of the deadline that a reminder warns of: later it must not come (practice P118)."""
        if self.kind != "deadline-nears" or self.deadline is None:
            return None
        return due_of(self.deadline).end


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The event that gives the notices: its id, its case, and its time. `imported` is that of the clock or case."""

    event_id: UUID
    case_id: UUID
    at: Instant
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineNears:
    """ClockWarned: so many percent of the time have passed. `holder` has the work."""

    matter: Matter
    deadline: Point
    holder: str
    percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """ClockExpired. `owner` answers to the complainant, whoever has the work."""

    matter: Matter
    deadline: Point
    holder: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """CaseEscalated: rung `rung` of a ladder is asked. `to` is who was chosen then, empty where only the role is known.

    `urgent` is that of the rung: the alarm of a night does not wait for the morning."""

    matter: Matter | None
    deadline: Point | None
    rung: int
    role: Name
    to: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLapsed:
    """HandOffLapsed: nobody answered the offer, so `giver` has the work as before."""

    giver: str


Occurrence: TypeAlias = DeadlineNears | DeadlinePassed | Escalated | OfferLapsed


def notices_of(happened: Happened, what: Occurrence) -> tuple[Notice, ...]:
    """Who is to be told of an event, each once; nobody where it is of an imported case (K14). Raises nothing."""
    if happened.imported:
        return ()
    match what:
        case DeadlineNears(matter=matter, deadline=deadline, holder=holder):
            return (_notice(happened, "deadline-nears", Recipient(name=holder), matter=matter, deadline=deadline),)
        case DeadlinePassed(matter=matter, deadline=deadline, holder=holder, owner=owner):
            return tuple(
                _notice(happened, "deadline-passed", Recipient(name=name), matter=matter, deadline=deadline)
                for name in dict.fromkeys((holder, owner))
            )
        case Escalated(matter=matter, deadline=deadline, role=role, to=to):
            recipient = Recipient(name=to) if to else Recipient(kind="role", name=role)
            return (
                _notice(
                    happened,
                    "case-escalated",
                    recipient,
                    matter=matter,
                    deadline=deadline,
                    urgent=what.urgent,
                    rung=what.rung,
                ),
            )
        case OfferLapsed(giver=giver):
            return (_notice(happened, "hand-off-lapsed", Recipient(name=giver)),)
        case _:
            assert_never(what)


def _notice(
    happened: Happened,
    kind: NoticeKind,
    to: Recipient,
    *,
    matter: Matter | None = None,
    deadline: Point | None = None,
    urgent: bool = False,
    rung: int | None = None,
) -> Notice:
    return Notice(
        id=happened.event_id,
        kind=kind,
        case_id=happened.case_id,
        to=to,
        at=happened.at,
        matter=matter,
        deadline=deadline,
        urgent=urgent,
        rung=rung,
    )
