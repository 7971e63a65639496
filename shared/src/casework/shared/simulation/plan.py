"""What the staff of a simulated office will try to do, and when: a list made from a seed before anything happens.

Invariant: the plan follows from its arguments alone and is never changed by what comes of it, so that a simulation
which was cut off goes on as it would have. Of one case, at most one act falls on any instant. What a rule refuses when
its time has come is refused there and stays undone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from casework.shared.clocks.calendars import Calendar, NotCovered
from casework.shared.contracts.ids import ServiceName

BEGINS, ENDS = timedelta(hours=9), timedelta(hours=17)
"""The working day, local time. Staff look at their work every `STEP`."""
STEP = timedelta(hours=1)
A_DAY = int((ENDS - BEGINS) / STEP)
"""Steps of a working day."""
SOURCES = ("crm", "branch", "web", "post")
OUTAGE_EVERY_DAYS = 14


class Act(NamedTuple):
    """Somebody does `step` of a case at `at`. `number` counts the acts of the case, from 0."""

    at: datetime
    case: int
    number: int
    step: str
    body: Mapping[str, Any]


class Outage(NamedTuple):
    """From `begins` until before `ends` followup is cut off from the others."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that will be tried, by time, and when somebody is cut off. `midnights` are local ones."""

    begins: datetime
    ends: datetime
    acts: Sequence[Act]
    outages: Sequence[Outage]
    midnights: Sequence[datetime]

    def away(self, now: datetime) -> tuple[ServiceName, ...]:
        """Who is cut off from the others at a time."""
        return ("followup",) if any(outage.begins <= now < outage.ends for outage in self.outages) else ()


def plan(*, seed: int, cases: int, days: int, first: date, calendar: Calendar) -> Plan:
    """A plan for so many cases in so many days from `first` on, by the working days of `calendar`."""
    zone = ZoneInfo(calendar.zone)
    dates = [first + timedelta(days=each) for each in range(days)]
    steps = [
        _at(day, BEGINS + number * STEP, zone) for day in dates if _is_open(calendar, day) for number in range(A_DAY)
    ]
    acts = [act for case in range(cases) for act in _Life(seed, case, dates, steps, zone).acts]
    return Plan(
        begins=_at(first, timedelta(), zone),
        ends=_at(first + timedelta(days=days), timedelta(), zone),
        acts=sorted(acts),
        outages=_outages(seed, [day for day in dates if _is_open(calendar, day)], zone),
        midnights=[_at(first + timedelta(days=each), timedelta(), zone) for each in range(1, days + 1)],
    )


@dataclass(slots=True)
class _Life:
    """One case: how it is treated, by dice of its own."""

    seed: int
    case: int
    dates: Sequence[date]
    steps: Sequence[datetime]
    zone: ZoneInfo
    acts: list[Act] = field(init=False, default_factory=list)
    _dice: random.Random = field(init=False)
    _next: int = field(init=False, default=0)
    _left: int = field(init=False, default=1_000)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}/{self.case}")  # noqa: S311  dice, not secrets
        self._arrive()
        if self._chance(0.08):
            self._left = self._dice.randint(1, 12)  # then the complainant has had enough
        try:
            self._treat()
        except _Withdrawn:
            self._left = 1_000
            self._after(1, A_DAY)
            self._do("withdrawal", reason="It has settled itself.", channel="phone")
        self._look_at_escalations()

    def _arrive(self) -> None:
        dice, arrival = self._dice, None
        if self.steps and not self._chance(0.15):
            arrival = dice.choice(self.steps)
        else:
            hour = dice.choice((0, 2, 5, 7, 19, 21, 23))
            arrival = _at(dice.choice(self.dates), timedelta(hours=hour), self.zone)
        self._next = next((index for index, at in enumerate(self.steps) if at > arrival), len(self.steps))
        self._post(arrival)

    def _post(self, at: datetime, *, more: str = "") -> None:
        body: dict[str, Any] = {
            "source": SOURCES[self.case % len(SOURCES)],
            "source_reference": f"simulated-{self.seed}-{self.case}",
            "channel": self._dice.choice(("web", "phone", "letter")) if not more else "phone",
            "language": "en",
            "category": ("Credit card", "Mortgage", "Current account")[self.case % 3],
            "words": f"Nobody answers me. {more}".strip(),
            "wish": "An answer.",
            "complainant": {"name": f"Complainant {self.case}"},
        }
        if more:
            del body["complainant"]
            body["facts"] = [{"name": "letter", "value": more}]
        self._add(at, "facts" if more else "receipt", body)

    def _treat(self) -> None:
        """The way of a case, with what goes wrong in it."""
        if self._chance(0.05):
            return  # forgotten
        self._after(1, A_DAY // 2 if self._chance(0.75) else 4 * A_DAY)
        self._do(
            "acknowledgement",
            channel="phone",
            next_step="We look into it.",
            problem="Nobody has answered.",
            demand="An answer.",
            next_step_by=(self.dates[-1] + timedelta(days=365)).isoformat(),
            reach="+44 20 7946 0018",
        )
        if self._chance(0.12):
            self._after(1, 3 * A_DAY)
            if self._next < len(self.steps):
                self._post(self.steps[self._next], more="I found another letter.")
        self._after(1, A_DAY)
        self._do(
            "assessment",
            severity=self._dice.choice(("low", "medium", "high")),
            complexity="simple",
            safety=False,
            immediate_action=False,
            reason="As it was told.",
        )
        if self._chance(0.04):
            return
        self._hand_over("investigation-offer", "investigation")
        for _ in range(self._dice.randint(1, 2)):
            self._after(1, 2 * A_DAY)
            self._do(
                "investigation/findings",
                finding="The letter was not answered.",
                side="organisation",
                sides_heard=["complainant", "organisation"],
            )
        self._wait_for_others()
        self._after(1, 2 * A_DAY)
        outcome = self._dice.choice(("upheld", "not-upheld"))
        self._do(
            "investigation/conclusion",
            outcome=outcome,
            summary="As the findings say.",
            cause="The letter lay in the wrong tray.",
        )
        self._hand_over("investigation/resolution-offer", "resolution")
        self._decide(outcome)
        if self._chance(0.15):
            self._after(1, 2 * A_DAY)
            self._do("resolution/reply", reply="contested", channel="phone", reason="That is not what I asked.")
            self._decide("upheld")
        self._finish()
        if self._chance(0.08):
            self._after(1, 3 * A_DAY)
            self._do("reopening", reason="The refund has not arrived.")
            self._decide("upheld")
            self._finish()

    def _decide(self, outcome: str) -> None:
        self._after(1, A_DAY)
        self._do("resolution/remedies", kind="apology", description="We are sorry.")
        self._after(1, A_DAY if self._chance(0.7) else 20 * A_DAY)
        self._do(
            "resolution/decision",
            outcome=outcome,
            answer="This is what we found.",
            channel="letter",
            reasons="The letter was there, and nobody had read it.",
        )

    def _finish(self) -> None:
        if self._chance(0.8):
            self._after(1, 2 * A_DAY)
            self._do("resolution/reply", reply="accepted", channel="phone")
        self._hand_over("resolution/follow-up-offer", "follow-up")
        self._after(1, 2 * A_DAY if self._chance(0.8) else 15 * A_DAY)
        said = [{"r": r, "done": "As told in the letter."} for r in ("regret", "reform", "restitution", "recovery")]
        # A case that was withdrawn early and reopened has left out what came before.
        left_out = ("judge", "cause-and-responsibility", "sanction", "improve-and-file")
        why = [{"procedure": each, "reason": "Nothing more was due."} for each in left_out]
        self._do("closure", reason="All is done.", four_rs=said, thanked=True, skipped=why)

    def _hand_over(self, offer: str, receiver: str) -> None:
        self._after(1, A_DAY // 2)
        self._offer(offer)
        fate = self._dice.random()
        if fate < 0.12:
            self._after(1, A_DAY // 2)
            self._do(f"{receiver}/declination", reason="Something is missing.")
            self._after(2, A_DAY)
            self._offer(offer)
        elif fate < 0.28:
            # Ignored. Where it has lapsed it can be offered anew; where it still stands that is refused.
            self._after(A_DAY, 3 * A_DAY)
            self._offer(offer)
        self._after(1, A_DAY // 2)
        self._do(f"{receiver}/acceptance")

    def _offer(self, offer: str) -> None:
        self._do(offer, reason="It is ready.", ready=["complaint"], open=["the rest"])

    def _wait_for_others(self) -> None:
        if self._chance(0.3):
            self._after(1, A_DAY)
            self._do("pause")
            self._after(1, 8 * A_DAY)
            if self._chance(0.7):
                self._do("resumption")
        if self._chance(0.25):
            self._after(1, A_DAY)
            self._do("extension")

    def _look_at_escalations(self) -> None:
        busy = {act.at for act in self.acts}
        first = self.acts[0].at
        free = [at for at in self.steps if at > first and at not in busy]
        if free and self._chance(0.4):
            for at in self._dice.sample(free, min(3, len(free))):
                self._add(at, "taking", {})

    def _after(self, least: int, most: int) -> None:
        self._next += self._dice.randint(least, max(least, most)) - 1

    def _do(self, step: str, **body: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise _Withdrawn
        if self._next < len(self.steps):
            self._add(self.steps[self._next], step, body)
        self._next += 1

    def _add(self, at: datetime, step: str, body: Mapping[str, Any]) -> None:
        self.acts.append(Act(at, self.case, len(self.acts), step, body))
        if step == "facts":
            self._next += 1

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share


class _Withdrawn(Exception):
    """The complainant withdraws before the next step is done."""


def _outages(seed: int, working: Sequence[date], zone: ZoneInfo) -> Sequence[Outage]:
    """Some nights, from two in the afternoon until the next working morning."""
    dice = random.Random(f"{seed}/outages")  # noqa: S311  dice, not secrets
    nights = list(pairwise(working))
    many = min(len(nights), 1 + len(working) // OUTAGE_EVERY_DAYS)
    return [
        Outage(_at(day, timedelta(hours=14), zone), _at(following, timedelta(hours=10, minutes=15), zone))
        for day, following in sorted(dice.sample(nights[::2], min(many, len(nights[::2]))))
    ]


def _at(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    return (datetime.combine(day, datetime.min.time(), zone) + since_midnight).astimezone(UTC)


def _is_open(calendar: Calendar, day: date) -> bool:
    try:
        return calendar.is_open(day)
    except NotCovered:
        return day.weekday() < 5


def instants(acts: Sequence[Act]) -> Iterator[tuple[datetime, Sequence[Act]]]:
    """The acts of each instant, by time."""
    start = 0
    for index in range(1, len(acts) + 1):
        if index == len(acts) or acts[index].at != acts[start].at:
            yield acts[start].at, acts[start:index]
            start = index
