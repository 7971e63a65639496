"""One clock that has no date: its calendar does not reach so far yet (K15), or its rule has no number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from services.followup.tests.clock_cases import (
    ANSWER,
    CLOCK_ID,
    asking,
    due_day,
    internal,
)

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock import CLOCK, Clock, decide, firings
from casework.followup.domain.clock_commands import ClockCommand
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import (
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockMetLate,
    ClockScheduled,
    WarningPoint,
)
from casework.shared.clocks.calendars import Calendar, NotCovered
from casework.shared.contracts.lengths import Length
from casework.shared.testing.given import Given, given

BANK = asking("cn.bank.15", "CN")


def after(*commands: ClockCommand) -> Given[ClockCommand, Clock, ClockEvent]:
    return given(CLOCK, *CLOCK.run(commands, Clock())[0])


def state_of(story: Given[ClockCommand, Clock, ClockEvent]) -> Clock:
    return CLOCK.fold(story.events)


def test_a_rule_without_a_number_never_expires_and_can_still_be_met() -> None:
    ask = asking("uk.disp.ack", "UK-ENG")
    running = after(ask.arm("2026-06-01"))
    state = state_of(running)
    assert (state.due, state.provisional, firings(state)) == (None, False, ())
    assert recomputed_due(running.events, ask.policy, ask.calendars) is None
    running.when(ask.expire("2026-06-02"), ask.schedule(ask.calendar, "2026-06-02")).then()
    running.when(ask.pause("2026-06-02", "supplier")).refused(errors.ClockWithoutDate, saying="no number")
    running.when(ask.meet("2026-06-02"), ask.meet("2026-06-03")).then(
        ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=ask.instant("2026-06-02"))
    )


class TestProvisional:
    """K15: the calendar of 2026 ends before ten working days from 2026-12-24 have passed; the next is longer."""

    ask = internal(Length(10, "working-day"), "CN", cap=Length(5, "calendar-day"), warn_at=(50,))
    longer: Calendar = replace(ask.calendar, version="2026-11-20", last=date(2027, 12, 31))
    running = after(ask.arm("2026-12-24"))
    scheduled = ClockScheduled(
        clock=CLOCK_ID,
        calendar_version="2026-11-20",
        due=ask.day("2027-01-07"),
        warnings=(WarningPoint(percent=50, at=ask.instant("2026-12-31T00:00")),),
    )

    def test_it_is_armed_without_a_date_and_gets_one_when_the_days_are_known(self) -> None:
        [armed] = self.running.events
        assert isinstance(armed, ClockArmed)
        assert (armed.due, armed.flags, armed.warnings) == (None, ("provisional",), (WarningPoint(percent=50),))
        assert firings(state_of(self.running)) == ()
        longer = self.ask.schedule(self.longer, "2026-12-28")
        dated = self.running.when(self.ask.schedule(self.ask.calendar, "2026-12-27"), longer).then(self.scheduled)
        state = state_of(dated)
        assert (due_day(state.due), state.provisional, len(firings(state))) == ("2027-01-07", False, 2)
        assert recomputed_due(dated.events, self.ask.policy, self._calendars) == state.due
        # From here on that version is pinned.
        met = replace(self.ask.meet("2027-01-07"), calendar=self.longer)
        assert len(decide(met, state)) == 1
        with pytest.raises(errors.PinnedOtherwise):
            decide(self.ask.meet("2027-01-07"), state)

    def test_until_then_it_can_not_be_paused_or_extended(self) -> None:
        self.running.when(self.ask.pause("2026-12-25", "supplier")).refused(errors.ClockWithoutDate, saying="load one")
        self.running.when(self.ask.extend("2026-12-25", "internal.more")).refused(errors.ClockWithoutDate)

    def test_a_fact_on_a_day_that_is_covered_was_surely_in_time(self) -> None:
        met = ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=self.ask.instant("2026-12-31"))
        self.running.when(self.ask.meet("2026-12-31"), self.ask.schedule(self.longer, "2027-02-01")).then(met)

    def test_a_later_fact_is_judged_when_the_date_is_known(self) -> None:
        late, early = (self.ask.meet(day) for day in ("2027-01-08", "2027-01-07"))
        schedule = self.ask.schedule(self.longer, "2027-02-01")
        met = ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=late.occurred_at, judged=False)
        corrected = ClockCorrected(clock=CLOCK_ID, outcome="met", by=ANSWER, occurred_at=early.occurred_at)
        known_late = ClockMetLate(clock=CLOCK_ID, by=ANSWER, occurred_at=late.occurred_at)
        missed = self.running.when(late, schedule, schedule).then(met, self.scheduled, known_late)
        assert state_of(missed).phase == "expired"
        in_time = self.running.when(early, late, schedule).then(
            replace(met, occurred_at=early.occurred_at), self.scheduled
        )
        assert state_of(in_time).phase == "met"
        both = self.running.when(late, early, early, schedule).then(met, corrected, self.scheduled)
        assert state_of(both).phase == "met"

    def test_a_receipt_from_before_the_calendar_is_not_taken_as_met_in_time(self) -> None:
        before = after(self.ask.arm("2023-12-20", imported=True))
        met = ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=self.ask.instant("2024-05-05"), judged=False)
        before.when(self.ask.meet("2024-05-05")).then(met)

    def test_a_pause_that_ends_after_the_days_known_keeps_what_remains(self) -> None:
        begun = (self.ask.arm("2026-12-10"), self.ask.pause("2026-12-23", "supplier"), self.ask.cap("2026-12-28"))
        _, state = CLOCK.run(begun, Clock())
        assert due_day(state.due) == "2026-12-29"
        cap, extension = Length(30, "calendar-day"), "2027-01-04"
        roomy = replace(
            self.ask, policy=replace(self.ask.policy, pauses=(replace(self.ask.policy.pauses[0], cap=cap),))
        )
        begun = (roomy.arm("2026-12-10"), roomy.pause("2026-12-23", "supplier"), roomy.resume(extension))
        resumed, state = CLOCK.run(begun, Clock())
        assert (state.due, state.provisional, state.left) == (None, True, Length(1, "working-day"))
        # The longer calendar has other days before the pause; what remained stays.
        other = replace(self.longer, days_off=self.longer.days_off | {date(2026, 12, 11), date(2026, 12, 14)})
        dated, state = CLOCK.run([roomy.schedule(other, "2027-01-04")], state)
        assert due_day(state.due) == "2027-01-05"
        history = [*resumed, *dated]
        calendars = {each.version: each for each in (self.ask.calendar, other)}
        assert recomputed_due(history, roomy.policy, lambda _, version: calendars[version]) == state.due
        again = replace(roomy, calendar=other)
        more, state = CLOCK.run([again.pause("2027-01-04", "supplier"), again.resume("2027-01-11")], state)
        assert due_day(state.due) == "2027-01-12"
        assert recomputed_due([*history, *more], roomy.policy, lambda _, version: calendars[version]) == state.due

    def test_an_extension_beyond_the_days_known_gets_its_date_later(self) -> None:
        more = replace(BANK.policy.extensions[0], name="internal.more", length=Length(14, "working-day"))
        ask = replace(self.ask, policy=replace(self.ask.policy, extensions=(more,)))
        story = (ask.arm("2026-12-14"), ask.pause("2026-12-16", "supplier"), ask.resume("2026-12-18"))
        happened, state = CLOCK.run([*story, ask.extend("2026-12-21", "internal.more")], Clock())
        assert (state.due, state.provisional, firings(state)) == (None, True, ())
        dated, state = CLOCK.run([ask.schedule(self.longer, "2026-12-28")], state)
        # Day 14 from 12-14 would be 2027-01-01; two working days stood still. This longer list has no holidays yet.
        assert due_day(state.due) == "2027-01-05"
        assert recomputed_due([*happened, *dated], ask.policy, self._calendars) == state.due

    def test_a_pause_whose_cap_lies_beyond_the_days_known_is_refused(self) -> None:
        cap = internal(Length(10, "working-day"), "CN", cap=Length(10, "working-day"))
        after(cap.arm("2026-12-10")).when(cap.pause("2026-12-23", "supplier")).refused(NotCovered, saying="2026")

    def _calendars(self, name: str, version: str) -> Calendar:
        assert name == "CN"
        return {each.version: each for each in (self.ask.calendar, self.longer)}[version]
