"""When a case was left alone, worked out from its published events: the independent check of what followup promises.

Invariant: at every moment an open case has an owner, a holder, a next action, a due time, and for every deadline that
was missed somebody who was asked. This module shares no rule and no fold with the services that keep that promise. It
reads types and data as they were published and believes nothing else, so a fault of a decider, a projection or the
timer shows here.

What each of the five means:

* `owner`: the one the receipt, or the reopening, named.
* `holder`: who took the work last and has not lost it since; nobody having taken it, the owner.
* `next-action`: a person can act. That is not so while a service alone can go on: an offer that is not before its
  receiver, a refused one that was not taken back, a withdrawal without its answer, a reopening that has not come to
  resolution, a follow-up that rests on an offer which stands no more.
* `due-time`: a clock runs to a date, or is missed and still to be made good; a pause counts with the time at which it
  ends by itself. Of a clock without a date the last day of its calendar counts, by which
  somebody has to load the next. No date is the time for answering an offer that stands no more, nor that
  of a rung, which is the time of those who are asked. A closing ends them all.
* `somebody-asked`: a date that passed is recorded as missed, and a missed one whose purpose climbs has an escalation
  that was taken, that has reached the last rung, or whose rung has a time that runs. Imported clocks ask nobody.

Times are those at which events were recorded, an effect never before its cause. Between a cause in one service and its
effect in another lies a delivery: what lasts no longer than `TOLERANCE` was on its way, and does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from casework.shared.contracts.envelope import source_of
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.types import parse_rfc3339, rfc3339

Lack: TypeAlias = Literal["owner", "holder", "next-action", "due-time", "somebody-asked"]

TOLERANCE = timedelta(seconds=120)
"""A delivery takes less than a second. The timer waits a minute for a source that is away before it records a miss
without its word, and a minute more where it failed on the case. What lasts longer than both was not on its way."""
CLIMBING: frozenset[str] = frozenset(
    {
        "acknowledge",
        "answer",
        "evidence",
        "finish",
        "hand-off-acceptance",
        "progress",
        "promise",
        "quick-settlement",
        "summary-letter",
    }
)
"""The purposes whose missed clocks climb a ladder, as shipped."""
LAST_RUNG = "duty-owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the check reads of one event. `kind` is its type without service and version."""

    id: str
    case_id: str
    service: ServiceName
    kind: str
    version: int
    cause: str
    time: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattended:
    """An open case lacked something from `since` on; `until` is None where it still does. `why` says what was seen."""

    lack: Lack
    since: datetime
    until: datetime | None
    why: str

    def document(self) -> dict[str, Any]:
        until = {} if self.until is None else {"until": rfc3339(self.until)}
        return {"lack": self.lack, "since": rfc3339(self.since), **until, "why": self.why}


def seen(document: Mapping[str, Any]) -> Seen:
    """What the check reads of a published event. Raises KeyError or ValueError for what is none."""
    return Seen(
        id=document["id"],
        case_id=document["subject"],
        service=source_of(document),
        kind=document["type"].split(".")[2],
        version=document["streamversion"],
        cause=document["causationid"],
        time=parse_rfc3339(document["time"]),
        data=document["data"],
    )


def unattended(
    events: Iterable[Seen],
    *,
    until: datetime,
    tolerance: timedelta = TOLERANCE,
    climbing: Collection[str] = CLIMBING,
) -> list[Unattended]:
    """Every time longer than `tolerance` in which the case, whose events these are, lacked something up to `until`."""
    case, lacking, found = _Case(climbing), dict[tuple[Lack, str], datetime](), list[Unattended]()
    now: datetime | None = None
    for event in [*in_order(events), None]:
        following = until if event is None else event.time
        if now is not None:
            following = max(following, now)
            still = {(lack, why): max(since or now, now) for lack, why, since in case.lacks(following)}
            for key in [key for key in lacking if key not in still]:
                found.append(Unattended(lack=key[0], since=lacking.pop(key), until=now, why=key[1]))
            lacking = still | lacking
        if event is not None:
            case.take(event)
            now = following
    found += [Unattended(lack=lack, since=since, until=None, why=why) for (lack, why), since in lacking.items()]
    long = (each for each in found if (each.until or until) - each.since > tolerance)
    return sorted(long, key=lambda each: (each.since, each.lack, each.why))


def in_order(events: Iterable[Seen]) -> Iterator[Seen]:
    """The events by time, each service's in its own order and causes before effects."""
    streams: dict[ServiceName, list[Seen]] = {service: [] for service in SERVICES}
    for event in events:
        streams[event.service].append(event)
    for stream in streams.values():
        stream.sort(key=lambda each: each.version, reverse=True)
    waiting = {event.id for stream in streams.values() for event in stream}
    while waiting:
        heads = [stream[-1] for stream in streams.values() if stream]
        # None is free where causes go in a circle, which no service can record: then take what is there.
        free = [event for event in heads if event.cause not in waiting] or heads
        event = min(free, key=lambda each: each.time)
        streams[event.service].pop()
        waiting.remove(event.id)
        yield event


@dataclass(slots=True, kw_only=True)
class _Clock:
    purpose: str
    about: str | None
    imported: bool
    end: datetime | None
    missed: bool = False


@dataclass(slots=True, kw_only=True)
class _Asked:
    """Who was asked last about a clock or offer."""

    role: str
    rung: int
    taken: bool = False


@dataclass(slots=True)
class _Case:
    """What is known of one case, in the words of this check."""

    climbing: Collection[str]
    owner: str = ""
    received: bool = False
    tracked: bool = False
    closed: str = ""
    """The outcome; empty while the case is open."""
    took: list[tuple[ServiceName, str]] = field(default_factory=list)
    standing: dict[ServiceName, str] = field(default_factory=dict)
    """Each giver's offer, until it ends."""
    arrived: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    rests_on: str | None = None
    """The offer that follow-up accepted."""
    withdrawal: Literal["", "asked", "honoured", "answered"] = ""
    deciding: bool = False
    appealed: bool = False
    recalled: bool = False
    """Staff reopened the case, and resolution has not taken it up."""
    clocks: dict[str, _Clock] = field(default_factory=dict)
    asked: dict[str, _Asked] = field(default_factory=dict)

    # --- what happened

    def take(self, event: Seen) -> None:
        """One more event. A type that says nothing about this changes nothing."""
        data = event.data
        if event.kind.startswith("clock-"):
            self._clock(event.kind, data)
            return
        match event.kind:
            case "complaint-received":
                self.received, self.owner = True, data["owner"]
            case "follow-up-opened":
                self.tracked, self.owner = True, data["owner"]
            case "hand-off-offered":
                self.standing[event.service] = event.id
            case "investigation-opened" | "resolution-opened":
                self.arrived.add(data["offer_id"])
            case "hand-off-accepted":
                self._accepted(event.service, data)
            case "hand-off-declined" | "hand-off-lapsed":
                self.arrived.add(data["offer_id"])
                self.refused.add(data["offer_id"])
            case "hand-off-taken-back":
                if self.standing.get(event.service) == data["offer_id"]:
                    del self.standing[event.service]
            case "case-escalated":
                self.asked[data["about"]] = _Asked(role=data["role"], rung=data["rung"])
            case "escalation-taken":
                if data["about"] in self.asked:
                    self.asked[data["about"]].taken = True
            case _:
                self._ends_and_turns(event)

    def _ends_and_turns(self, event: Seen) -> None:
        match event.kind:
            case "complaint-withdrawn":
                self.standing.pop("intake", None)
                self.withdrawal = self.withdrawal or "asked"
            case "complaint-resumed":
                self.withdrawal = ""
            case "investigation-discontinued":
                self.standing.pop("investigation", None)
                self._gave_up("investigation")
            case "withdrawal-honoured":
                self.withdrawal, self.deciding = "honoured", False
                self.standing.pop("resolution", None)
                self._gave_up("resolution")
            case "withdrawal-came-after-decision":
                self.withdrawal = "answered"
            case "decision-communicated":
                self.deciding = False
            case "decision-appeal-decided":
                # Where it is being decided anew meanwhile, the judgement moves nothing.
                self.deciding = self.deciding and (event.data["succeeded"] or not self.appealed)
            case "decision-contested" | "resolution-reopened" | "decision-appealed":
                self.standing.pop("resolution", None)
                self.deciding, self.recalled = True, False
                self.appealed = event.kind == "decision-appealed"
                if not any(service == "resolution" for service, _ in self.took):
                    self.took.append(("resolution", self.owner))
            case "hand-off-returned":
                self.rests_on = None
                self._gave_up("followup")
            case "case-closed":
                self.closed = event.data["outcome"]
                self.clocks.clear()
                self.asked.clear()
            case "case-reopened":
                self._gave_up("followup")
                self.closed, self.rests_on, self.owner = "", None, event.data["owner"]
                self.recalled = "contestation" not in event.data and not self.deciding
                if self.withdrawal == "honoured":
                    self.withdrawal = "answered"
            case _:
                pass

    def _accepted(self, service: ServiceName, data: Mapping[str, Any]) -> None:
        self.arrived.add(data["offer_id"])
        self._gave_up(service)
        self.took.append((service, data["holder"]))
        if service == "followup":
            self.rests_on = data["offer_id"]
        self.deciding = self.deciding or service == "resolution"

    def _gave_up(self, service: ServiceName) -> None:
        self.took = [each for each in self.took if each[0] != service]

    def _clock(self, kind: str, data: Mapping[str, Any]) -> None:
        clock = self.clocks.get(data["clock"])
        if kind == "clock-armed":
            self.clocks[data["clock"]] = _Clock(
                purpose=data["purpose"],
                about=data.get("about"),
                imported="imported" in data.get("flags", ()),
                end=_end(data.get("due") or data.get("not_before")),
            )
        elif clock is None:
            return
        elif kind in ("clock-scheduled", "clock-resumed", "clock-extended"):
            clock.end = _end(data.get("due")) or clock.end
        elif kind == "clock-paused":
            clock.end = _end(data["resumes"])
        elif kind == "clock-expired":
            clock.missed = True
        elif kind != "clock-warned":
            # Met, met late, corrected, withdrawn, restarted: nothing of it is to be done any more.
            del self.clocks[data["clock"]]

    # --- what is lacking

    def lacks(self, until: datetime) -> Iterator[tuple[Lack, str, datetime | None]]:
        """What is lacking at `until`, nothing having happened since the last event: what, why, and from when on, None
        for from the last event on. Each way of being on its way is its own, and has its own time."""
        if not self.received:
            return
        for why in self._lost():
            yield "next-action", why, None
        if self.closed:
            return
        if not self.owner:
            yield "owner", "no owner is named", None
        if not self.holder:
            yield "holder", "nobody has the work", None
        if not self.has_date:
            yield "due-time", "nothing has a date", None
        for why, since in self._silent(until):
            yield "somebody-asked", why, since

    @property
    def holder(self) -> str:
        return max(self.took, key=lambda each: SERVICES.index(each[0]), default=("intake", self.owner))[1]

    @property
    def has_date(self) -> bool:
        """Whether anything is due."""
        return any(
            clock.end is not None and clock.purpose != "escalation" and self._is_open(clock)
            for clock in self.clocks.values()
        )

    def _is_open(self, clock: _Clock) -> bool:
        """False for an offer's clock where the offer was answered or taken back: nobody is to answer it any more."""
        if clock.purpose != "hand-off-acceptance" or clock.about is None:
            return True
        return clock.about in self.standing.values() and clock.about not in self.refused

    def _lost(self) -> Iterator[str]:
        """Why nobody can act: what a service was to do by itself, and has not done."""
        if not self.tracked:
            yield "received, and not tracked"
        for giver, offer in self.standing.items():
            if offer in self.refused:
                yield f"{giver} has not taken back what was refused"
            elif giver != "resolution" and offer not in self.arrived and not self.withdrawal:
                yield f"what {giver} offered is not before its receiver"
        if self.withdrawal == "asked":
            yield "the withdrawal has no answer"
        if self.withdrawal == "honoured" and not self.closed:
            yield "the withdrawal is honoured, and the case goes on"
        if self.rests_on is not None and self.standing.get("resolution") != self.rests_on:
            yield "follow-up rests on an offer that stands no more"
        if self.recalled and not self.closed:
            yield "resolution has not taken up what was reopened"

    def _silent(self, until: datetime) -> Iterator[tuple[str, datetime | None]]:
        """Deadlines that passed without anybody being asked, and since when."""
        running = {clock.about for clock in self.clocks.values() if clock.purpose == "escalation" and not clock.missed}
        for id_, clock in self.clocks.items():
            what = f"the {clock.purpose} deadline"
            if clock.imported or (clock.missed and clock.purpose not in self.climbing):
                continue
            if not clock.missed:
                if clock.end is not None and clock.end < until:
                    yield f"{what} passed, and nobody recorded it", clock.end
                continue
            if not self._is_open(clock):
                continue
            # An offer climbs as itself.
            about = clock.about if clock.purpose == "hand-off-acceptance" and clock.about is not None else id_
            asked = self.asked.get(about)
            if asked is None:
                yield f"{what} was missed, and nobody was asked", None
            elif not asked.taken and asked.role != LAST_RUNG and about not in running:
                yield f"{what} was missed, and nobody was asked after rung {asked.rung}", None


def _end(point: Mapping[str, Any] | None) -> datetime | None:
    """The instant before which something must be done: a day lasts to its zone's next midnight."""
    if point is None:
        return None
    if point["kind"] == "instant":
        return parse_rfc3339(point["at"])
    following = date.fromisoformat(point["day"]) + timedelta(days=1)
    return datetime.combine(following, time(), ZoneInfo(point["zone"])).astimezone(UTC)
