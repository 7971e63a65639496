"""All clocks of a case together: nothing ends twice, ladders are climbed rung by rung, firing again does nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given as any_of
from hypothesis import strategies as st

from casework.followup.domain import case_clocks, firing
from casework.followup.domain.case_clocks import CaseClockEvent, CaseClocks, TakeEscalation, TellMoment
from casework.followup.domain.clock_errors import NothingEscalated
from casework.followup.domain.clock_events import ClockArmed, ClockMet, ClockRestarted, ClockWithdrawn
from casework.followup.domain.firing import FireClocks
from casework.shared.clocks.moments import Moment
from casework.shared.contracts.followup import CaseEscalated, EscalationTaken
from casework.shared.policies.shipped_rulebook import rulebook

RULES = rulebook()
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DEADLINES = ("internal.acknowledge", "internal.answer", "internal.finish", "internal.hand-off", "cn.bank.15")
FIRST, SECOND = UUID(int=91), UUID(int=92)
ENDS = (ClockMet, ClockWithdrawn, ClockRestarted)


@dataclass
class Case:
    """A case that was received at `START`, and how long ago that is."""

    state: CaseClocks = field(default_factory=lambda: CaseClocks(received_at=START, deadlines=DEADLINES))
    at: datetime = START
    history: list[CaseClockEvent] = field(default_factory=list)
    told: int = 0

    def tell(self, moment: Moment, about: UUID | None = None) -> Sequence[CaseClockEvent]:
        self.told += 1
        command = TellMoment(
            moment=moment, by=UUID(int=self.told), occurred_at=self.at, at=self.at, rulebook=RULES, about=about
        )
        return self._took(case_clocks.tell(command, self.state))

    def wait(self, hours: int) -> Sequence[CaseClockEvent]:
        """Let the time pass, with a timer that comes at the end of it."""
        self.at += timedelta(hours=hours)
        command = FireClocks(at=self.at, rulebook=RULES, known_until=self.at, grace_until=self.at)
        fired = self._took(firing.fire(command, self.state))
        assert firing.fire(command, self.state) == ()
        return fired

    def take(self, about: UUID) -> Sequence[CaseClockEvent]:
        command = TakeEscalation(about=about, by=UUID(int=77), at=self.at, rulebook=RULES)
        return self._took(case_clocks.take(command, self.state))

    def _took(self, events: Sequence[CaseClockEvent]) -> Sequence[CaseClockEvent]:
        self.history += events
        self.state = case_clocks.fold(events, self.state)
        return events


def _named(events: Sequence[CaseClockEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_what_climbed_for_a_missed_clock_comes_down_once_when_it_is_met_by_the_closing() -> None:
    case = Case()
    case.tell("complaint-received")
    case.tell("decision-communicated")
    climbed = case.wait(24 * 20)
    assert "CaseEscalated" in _named(climbed)
    closing = case.tell("case-closed")
    ended = Counter(event.clock for event in closing if isinstance(event, ENDS))
    assert max(ended.values()) == 1


def test_an_offer_that_climbed_climbs_no_further_once_somebody_has_the_work() -> None:
    case = Case()
    case.tell("complaint-received")
    case.tell("hand-off-offered", FIRST)
    assert "CaseEscalated" in _named(case.wait(24))
    case.tell("hand-off-lapsed", FIRST)
    case.tell("hand-off-offered", SECOND)
    assert "ClockWithdrawn" in _named(case.tell("hand-off-accepted", SECOND))
    assert not [event for event in case.wait(24) if isinstance(event, CaseEscalated) and event.about == FIRST]


def test_taking_on_what_climbed_ends_the_climb() -> None:
    case = Case()
    case.tell("complaint-received")
    (climbed,) = [event for event in case.wait(40) if isinstance(event, CaseEscalated)]
    assert _named(case.take(climbed.about))[0] == "EscalationTaken"
    assert not [
        event for event in case.wait(24 * 5) if isinstance(event, CaseEscalated) and event.about == climbed.about
    ]


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 120)),
    st.tuples(st.just("take"), st.integers(0, 3)),
    st.tuples(
        st.sampled_from(
            [
                "complaint-acknowledged",
                "complaint-withdrawn",
                "new-facts-received",
                "decision-communicated",
                "case-closed",
                "case-reopened",
            ]
        ),
        st.none(),
    ),
    st.tuples(
        st.sampled_from(["hand-off-offered", "hand-off-accepted", "hand-off-declined", "hand-off-lapsed"]),
        st.sampled_from([FIRST, SECOND]),
    ),
)


@any_of(st.lists(STEPS, max_size=25))
def test_whatever_happens_nothing_ends_twice_and_rungs_are_climbed_one_by_one(steps: list[tuple[str, object]]) -> None:
    case = Case()
    case.tell("complaint-received")
    for what, how in steps:
        if what == "wait":
            assert isinstance(how, int)
            case.wait(how)
        elif what == "take":
            climbs = case.state.climbs
            if climbs and isinstance(how, int):
                about = climbs[how % len(climbs)]
                try:
                    case.take(about.about)
                except NothingEscalated:
                    assert about.taken
        else:
            case.tell(what, how if isinstance(how, UUID) else None)  # type: ignore[arg-type]
    armed = [event.clock for event in case.history if isinstance(event, ClockArmed)]
    assert len(armed) == len(set(armed)) == len(case.state.clocks)
    ends = Counter(event.clock for event in case.history if isinstance(event, ENDS))
    assert max(ends.values(), default=0) <= 1
    rungs: dict[UUID, list[int]] = {}
    for event in case.history:
        if isinstance(event, CaseEscalated):
            rungs.setdefault(event.about, []).append(event.rung)
    for climbed in rungs.values():
        assert climbed[0] == 1
        assert all(later == earlier + 1 for earlier, later in pairwise(climbed))
    assert sum(isinstance(event, EscalationTaken) for event in case.history) <= sum(map(len, rungs.values()))
