"""Everything that can happen to a case, in any order: steps of people, deliveries late and twice, crashes, and time.

A delivery is late by less than a minute, unless a service is away; what a case lacked while one was, and only then, is
told apart. Where the services have heard of everything, nothing may be lacking.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.attended.world import Office, opened
from tests.races import STRAIGHT_ON

from casework.followup.progress import due_at_of, holder_of
from casework.shared.audit.unattended import TOLERANCE
from casework.shared.clocks.deadlines import effects
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.ids import SERVICES

LATE = timedelta(seconds=60)
LAST_DAY = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
"""Later nothing is waited for: the calendar ends with the year."""


class AnyHistory(RuleBasedStateMachine):
    """One case. `rulebook` is set by who runs it."""

    rulebook: ClassVar[Rulebook]

    def __init__(self) -> None:
        super().__init__()
        self.office: Office = opened(self.rulebook)
        self.late = timedelta()
        self.away: list[tuple[datetime, datetime]] = []

    @initialize(steps=st.integers(min_value=0, max_value=len(STRAIGHT_ON)))
    def so_far(self, steps: int) -> None:
        """The case has gone so many steps straight on."""
        for service, act in STRAIGHT_ON[:steps]:
            self._settle()
            step = next(command for who, command in self.office.staff() if who == service and type(command) is act)
            self.office.ask(service, self.office.with_clocks(step))

    @rule(data=st.data())
    def somebody_asks(self, data: Any) -> None:
        offers = dict(self.office.offers())
        if offers:
            self.office.ask(*offers[data.draw(st.sampled_from(sorted(offers)), label="asked")])

    @rule(data=st.data())
    @precondition(lambda self: any(self.office.deliverable()))
    def one_delivery(self, data: Any) -> None:
        self.office.deliver(*data.draw(st.sampled_from(list(self.office.deliverable())), label="delivered"))

    @rule()
    def all_deliveries(self) -> None:
        self._settle()

    @rule(service=st.sampled_from(SERVICES))
    def crash(self, service: Any) -> None:
        before = list(self.office.seen)
        self.office.fire()
        fired = list(self.office.seen)
        self.office.crash(service)
        assert self.office.seen == fired, f"a start of {service} did something again"
        assert self.office.seen[: len(before)] == before

    @rule(seconds=st.integers(min_value=1, max_value=30))
    def a_moment_passes(self, seconds: int) -> None:
        length = timedelta(seconds=seconds)
        if self.late + length > LATE:
            self._settle()
        self.late += length
        self.office.wait(length, settle=False)

    @rule(hours=st.sampled_from((1, 4, 24, 24 * 7)))
    @precondition(lambda self: self.office.now < LAST_DAY)
    def time_passes(self, hours: int) -> None:
        self._settle()
        self.office.wait(timedelta(hours=hours), settle=True)
        self._settle()

    @rule(hours=st.sampled_from((1, 30)))
    @precondition(lambda self: self.office.undelivered() and self.office.now < LAST_DAY)
    def a_service_is_away(self, hours: int) -> None:
        since = self.office.now - LATE
        self.office.wait(timedelta(hours=hours), settle=False)
        self.away.append((since, self.office.now))
        self._settle()

    @invariant()
    def the_case_is_attended_to(self) -> None:
        for found in self.office.verdict():
            assert any(self._within(found.since, found.until, *away) for away in self.away), found

    @invariant()
    def followup_itself_says_so(self) -> None:
        progress = self.office.progress
        if progress.version and not progress.closure:
            assert progress.owner
            assert holder_of(progress)
            assert due_at_of(progress) is not None

    @invariant()
    def what_a_closing_ends_does_not_count_on_a_closed_case(self) -> None:
        state = self.office.states["followup"]
        if state.status == "closed":
            for clock in state.clocks.clocks:
                at_closing = set(effects(self.rulebook.pinned(clock.armed.policy), "case-closed"))
                assert clock.phase not in ("running", "paused") or not at_closing & {"meets", "withdraws"}, clock

    def teardown(self) -> None:
        """Whatever the history, left alone for three days nothing is lacking when all is delivered."""
        self._settle()
        self.office.wait(timedelta(days=3), settle=True)
        self._settle()
        self.the_case_is_attended_to()
        self.followup_itself_says_so()

    def _settle(self) -> None:
        self.office.settle()
        self.late = timedelta()

    def _within(self, since: datetime, until: datetime | None, gone: datetime, back: datetime) -> bool:
        return until is not None and gone - TOLERANCE <= since and until <= back


class JudgedFromOutside(AnyHistory):
    """The same, judged by the independent check alone."""

    @invariant()
    def followup_itself_says_so(self) -> None:
        pass
