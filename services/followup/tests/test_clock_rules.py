"""One clock: what is refused, what is late, what comes twice, and what has no date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from services.followup.tests.clock_cases import (
    ANSWER,
    CLOCK_ID,
    EARLIER_ANSWER,
    MATERIAL,
    POLICIES,
    WITHDRAWAL,
    Asking,
    asking,
    due_day,
    internal,
)

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock import CLOCK, Clock, decide, firings
from casework.followup.domain.clock_commands import ClockCommand
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import (
    AtInstant,
    ClockCorrected,
    ClockEvent,
    ClockExtended,
    ClockMet,
    ClockMetLate,
    ClockRestarted,
    ClockResumed,
    ClockWarned,
    ClockWithdrawn,
    Corrected,
    OnDay,
    due_of,
    moment_of,
    point_of,
)
from casework.shared.clocks import allowances
from casework.shared.clocks.counting import DueDay, DueInstant
from casework.shared.contracts.lengths import Length
from casework.shared.errors import Refusal
from casework.shared.policies.shipped_calendars import calendar
from casework.shared.testing.given import Given, given

BANK = asking("cn.bank.15", "CN")
ARM = BANK.arm("2026-03-02")
END = "2026-03-18T00:00"
PAUSE = BANK.pause("2026-03-09", "outside-appraisal")
MET = ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=BANK.instant("2026-03-12"))
MET_LATE = ClockMetLate(clock=CLOCK_ID, by=ANSWER, occurred_at=BANK.instant("2026-03-20"))
EXPIRED = BANK.expired(BANK.day("2026-03-17"), confirmed=True)
EXPIRE = BANK.expire(END, at="2026-03-18T00:01")
STAGES: dict[str, tuple[ClockCommand, ...]] = {
    "unarmed": (),
    "running": (ARM,),
    "paused": (ARM, PAUSE),
    "resumed": (ARM, PAUSE, BANK.resume("2026-03-10")),
    "extended": (ARM, BANK.extend("2026-03-10", "cn.bank.30")),
    "met": (ARM, BANK.meet("2026-03-12")),
    "expired": (ARM, EXPIRE),
    "met late": (ARM, BANK.meet("2026-03-20")),
    "withdrawn": (ARM, BANK.withdraw("2026-03-09")),
    "restarted": (ARM, BANK.restart("2026-03-09")),
}


def after(*commands: ClockCommand) -> Given[ClockCommand, Clock, ClockEvent]:
    return given(CLOCK, *CLOCK.run(commands, Clock())[0])


def state_of(story: Given[ClockCommand, Clock, ClockEvent]) -> Clock:
    return CLOCK.fold(story.events)


@pytest.mark.parametrize(
    ("stage", "command", "refusal", "saying"),
    [
        ("unarmed", PAUSE, errors.ClockNotArmed, "no such clock"),
        ("unarmed", BANK.resume("2026-03-10"), errors.ClockNotArmed, "no such clock"),
        ("unarmed", BANK.extend("2026-03-10", "cn.bank.30"), errors.ClockNotArmed, "no such clock"),
        *(
            (stage, command, errors.ClockHasEnded, stage)
            for stage in ("met", "withdrawn", "restarted")
            for command in (PAUSE, BANK.resume("2026-03-15"), BANK.extend("2026-03-15", "cn.bank.30"))
        ),
        ("expired", PAUSE, errors.ClockHasEnded, "expired"),
        ("expired", BANK.resume("2026-03-15"), errors.ClockHasEnded, "expired"),
        ("expired", BANK.extend("2026-03-15", "cn.bank.30"), allowances.ExtensionAfterExpiry, "missed"),
        ("met late", BANK.extend("2026-03-15", "cn.bank.30"), allowances.ExtensionAfterExpiry, "missed"),
        ("paused", BANK.pause("2026-03-10", "outside-testing"), errors.ClockIsPaused, "2026-04-08"),
        ("paused", BANK.extend("2026-03-10", "cn.bank.30"), errors.ClockIsPaused, "2026-04-08"),
        ("running", BANK.resume("2026-03-10"), errors.ClockNotPaused, "need not be resumed"),
        ("resumed", BANK.resume("2026-03-11"), errors.ClockNotPaused, "need not be resumed"),
        ("running", BANK.pause("2026-03-01", "outside-testing"), errors.PauseOutOfOrder, "2026-03-02"),
        ("resumed", BANK.pause("2026-03-09", "outside-testing"), errors.PauseOutOfOrder, "2026-03-10"),
        ("running", BANK.pause(END, "outside-testing"), errors.PauseAfterExpiry, "before its end"),
        ("paused", BANK.resume("2026-03-08"), errors.ResumedBeforePause, "2026-03-09"),
        ("running", BANK.pause("2026-03-09", "holiday"), allowances.PauseNotListed, "outside-valuation"),
        ("running", replace(PAUSE, proof=None), allowances.PauseProofMissing, "proof"),
        ("running", replace(PAUSE, told_at=None), allowances.NoticeNotSent, "Tell, then pause"),
        ("running", replace(PAUSE, asked=Length(31, "calendar-day")), allowances.PauseBeyondCap, "at most 30"),
        ("running", replace(PAUSE, asked=Length(1, "year")), allowances.PauseBeyondCap, "in that unit"),
        ("running", BANK.extend("2026-03-10", "cn.bank.60"), allowances.ExtensionNotListed, "cn.bank.30"),
        ("running", BANK.extend("2026-03-10", "uk.disp.psd.35"), allowances.ExtensionNotListed, "cn.bank.30"),
        ("extended", BANK.extend("2026-03-10", "cn.bank.30"), allowances.ExtensionNotListed, "cn.bank.60"),
        ("running", BANK.extend("2026-03-10", "cn.bank.30", reason=" "), allowances.ExtensionReasonMissing, "reason"),
        ("running", BANK.extend("2026-03-10", "cn.bank.30", rank=1), allowances.ApproverBelowRank, "rank 2"),
        ("extended", BANK.extend("2026-03-20", "cn.bank.60", rank=3), allowances.ApproverBelowRank, "head office"),
        ("running", BANK.extend(END, "cn.bank.30"), allowances.ExtensionAfterExpiry, "passed"),
        ("running", BANK.extend("2026-03-10", "cn.bank.30", told=None), allowances.NoticeNotSent, "told before"),
        ("running", BANK.extend("2026-03-17", "cn.bank.30", told=END), allowances.NoticeNotSent, "told before"),
    ],
)
def test_what_people_ask_is_refused_with_what_holds(
    stage: str, command: ClockCommand, refusal: type[Refusal], saying: str
) -> None:
    after(*STAGES[stage]).when(command).refused(refusal, saying=saying)


def test_at_the_last_instant_everything_is_still_in_time() -> None:
    last = "2026-03-17T23:59:59.999999"
    running = after(ARM)
    for command in (BANK.meet(last), BANK.withdraw(last), BANK.restart(last), BANK.extend(last, "cn.bank.30")):
        assert len(CLOCK.decide(command, state_of(running))) == 1
    [paused] = CLOCK.decide(BANK.pause(last, "outside-testing"), state_of(running))
    assert getattr(paused, "remaining", None) == Length(0, "calendar-day")
    running.when(BANK.expire(END, at=last)).then()
    running.when(BANK.expire(END, at=END)).then(EXPIRED)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "command",
    [
        ARM,
        BANK.schedule(BANK.calendar, "2026-03-10"),
        BANK.cap("2026-05-20"),
        BANK.warn("2026-03-16", 75),
        BANK.meet("2026-03-12"),
        BANK.meet("2026-03-20"),
        EXPIRE,
        BANK.withdraw("2026-03-09"),
        BANK.withdraw("2026-03-20"),
        BANK.restart("2026-03-09"),
        BANK.restart("2026-03-20"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_follows_from_an_event_is_never_refused_and_has_its_effect_once(stage: str, command: ClockCommand) -> None:
    state = state_of(after(*STAGES[stage]))
    once = CLOCK.fold(CLOCK.decide(command, state), state)
    assert decide(command, once) == ()


def test_at_the_end_everything_is_late() -> None:
    late = replace(MET_LATE, occurred_at=BANK.instant(END))
    running = after(ARM)
    running.when(BANK.withdraw(END), BANK.restart(END)).then()
    running.when(BANK.meet(END)).then(late)
    running.when(EXPIRE, BANK.withdraw(END), BANK.restart(END), BANK.meet(END)).then(EXPIRED, late)


@pytest.mark.parametrize("ending", [BANK.meet("2026-03-12"), BANK.withdraw("2026-03-12"), BANK.restart("2026-03-12")])
def test_a_pause_does_not_outlive_its_clock(ending: ClockCommand) -> None:
    ended = after(ARM, PAUSE, ending)
    assert firings(state_of(ended)) == ()
    ended.when(BANK.cap("2026-04-09"), BANK.meet("2026-04-20"), BANK.warn("2026-04-20", 75)).then()


def test_an_imported_clock_is_not_warned_of_after_a_pause_or_an_extension_either() -> None:
    imported = BANK.arm("2026-03-02", imported=True)
    for story in ((PAUSE, BANK.resume("2026-03-10")), (BANK.extend("2026-03-10", "cn.bank.30"),)):
        _, state = CLOCK.run([imported, *story], Clock())
        assert [firing.what for firing in firings(state)] == ["expire"]


def test_an_earlier_fact_that_is_known_before_the_expiry_meets_the_clock() -> None:
    after(ARM).when(BANK.meet("2026-03-12", at="2026-03-25"), EXPIRE, BANK.meet("2026-03-20")).then(MET)


def test_an_earlier_fact_that_is_known_after_the_expiry_corrects_it_once() -> None:
    corrected = ClockCorrected(clock=CLOCK_ID, outcome="met", by=ANSWER, occurred_at=BANK.instant("2026-03-12"))
    gone = after(ARM, EXPIRE).when(BANK.meet("2026-03-12", at="2026-03-25")).then(corrected)
    assert state_of(gone).corrected == "met"
    gone.when(BANK.meet("2026-03-11", by=EARLIER_ANSWER), BANK.meet("2026-03-20"), BANK.withdraw("2026-03-10")).then()


def test_a_fact_after_the_end_is_late_once_with_and_without_a_recorded_expiry() -> None:
    again = BANK.meet("2026-03-21", by=EARLIER_ANSWER)
    assert state_of(after(ARM).when(BANK.meet("2026-03-20"), again, EXPIRE).then(MET_LATE)).phase == "expired"
    late = after(ARM).when(EXPIRE, BANK.meet("2026-03-20"), again).then(EXPIRED, MET_LATE)
    assert state_of(late).phase == "expired"


@pytest.mark.parametrize("first", [(), (EXPIRE,)], ids=["no expiry recorded", "expiry recorded"])
def test_a_late_fact_and_then_an_earlier_one_correct_the_clock(first: tuple[ClockCommand, ...]) -> None:
    corrected = ClockCorrected(clock=CLOCK_ID, outcome="met", by=EARLIER_ANSWER, occurred_at=BANK.instant("2026-03-12"))
    earlier = BANK.meet("2026-03-12", by=EARLIER_ANSWER)
    after(ARM, *first).when(BANK.meet("2026-03-20"), earlier).then(MET_LATE, corrected)


@pytest.mark.parametrize(
    ("command", "outcome", "by"),
    [
        (BANK.withdraw("2026-03-09"), "withdrawn", WITHDRAWAL),
        (BANK.restart("2026-03-09"), "restarted", MATERIAL),
    ],
)
def test_an_earlier_withdrawal_or_restart_corrects_an_expiry_too(
    command: ClockCommand, outcome: Corrected, by: UUID
) -> None:
    happened = BANK.instant("2026-03-09")
    corrected = ClockCorrected(clock=CLOCK_ID, outcome=outcome, by=by, occurred_at=happened)
    after(ARM, EXPIRE).when(command, command).then(corrected)


def test_a_withdrawal_or_restart_after_the_end_does_not_hide_that_the_clock_was_missed() -> None:
    after(ARM).when(BANK.withdraw("2026-03-20"), BANK.restart("2026-03-20"), EXPIRE).then(EXPIRED)


def test_an_expiry_says_whether_all_earlier_facts_were_in() -> None:
    unconfirmed = BANK.expire(END, at="2026-03-18T00:05", confirmed=False)
    after(ARM).when(unconfirmed, EXPIRE).then(replace(EXPIRED, confirmed=False))


def test_a_clock_expires_only_at_the_end_that_was_looked_for() -> None:
    extended = after(ARM, BANK.extend("2026-03-10", "cn.bank.30"))
    extended.when(EXPIRE, BANK.expire(END, at="2026-04-20")).then()
    expired = replace(EXPIRED, due=BANK.day("2026-04-01"))
    extended.when(BANK.expire("2026-04-02T00:00", at="2026-04-20")).then(expired)
    after(ARM, PAUSE).when(EXPIRE).then()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (BANK.meet("2026-04-16"), ClockMet),
        (BANK.meet("2026-04-17"), ClockMetLate),
        (BANK.withdraw("2026-04-10"), ClockWithdrawn),
        (BANK.restart("2026-04-10"), ClockRestarted),
        (BANK.extend("2026-04-10", "cn.bank.30"), ClockExtended),
        (BANK.warn("2026-04-13T00:00", 75), ClockWarned),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_what_comes_after_the_cap_finds_the_clock_running_again(command: ClockCommand, expected: type) -> None:
    happened = CLOCK.decide(command, state_of(after(ARM, PAUSE)))
    assert [type(event) for event in happened] == [ClockResumed, expected]
    assert isinstance(happened[0], ClockResumed)
    assert (happened[0].ended_by, due_day(happened[0].due)) == ("cap", "2026-04-16")


def test_a_person_who_resumes_after_the_cap_gets_what_the_cap_gave() -> None:
    [resumed] = CLOCK.decide(BANK.resume("2026-04-20"), state_of(after(ARM, PAUSE)))
    assert isinstance(resumed, ClockResumed)
    assert (resumed.ended_by, resumed.resumed) == ("cap", BANK.day("2026-04-08"))


def test_a_calendar_that_is_not_pinned_does_not_end_a_pause() -> None:
    ask = internal(Length(10, "working-day"), "UK-ENG", cap=Length(7, "calendar-day"))
    newer = replace(ask.calendar, version="2099", days_off=ask.calendar.days_off | {date(2026, 3, 16)})
    paused = after(ask.arm("2026-03-02"), ask.pause("2026-03-06", "supplier"))
    paused.when(ask.schedule(newer, "2026-03-20")).then()


def test_a_shorter_pause_ends_when_it_was_asked_to() -> None:
    paused = after(ARM, replace(PAUSE, asked=Length(10, "calendar-day")))
    [resumed] = CLOCK.decide(BANK.cap("2026-03-19T00:00"), state_of(paused))
    assert isinstance(resumed, ClockResumed)
    assert due_day(resumed.due) == "2026-03-27"


def test_a_fact_from_before_the_cap_meets_a_clock_that_stands_still() -> None:
    after(ARM, PAUSE).when(BANK.meet("2026-03-12", at="2026-05-01")).then(MET)


def test_an_extension_keeps_the_pauses_and_warns_anew() -> None:
    story = (
        ARM,
        PAUSE,
        BANK.resume("2026-03-19"),
        BANK.warn("2026-03-24", 75),
        BANK.extend("2026-03-25", "cn.bank.30"),
    )
    happened, state = CLOCK.run(story, Clock())
    # Ten days stood still: 30 days from 03-02 are 04-01, and so 04-11. Days 23 and 27 are moved as well.
    assert due_day(state.due) == "2026-04-11"
    assert [each.percent for each in state.warnings] == [75, 90]
    assert [each.at for each in state.warnings] == [BANK.instant(f"2026-04-{day}T00:00") for day in ("04", "08")]
    assert recomputed_due(happened, BANK.policy, BANK.calendars) == state.due


def test_what_an_extension_would_warn_of_that_had_passed_is_left_out() -> None:
    longer = replace(BANK.policy.extensions[0], length=Length(16, "calendar-day"))
    ask = replace(BANK, policy=replace(BANK.policy, extensions=(longer,)))
    _, state = CLOCK.run([ask.arm("2026-03-02"), ask.extend("2026-03-16", "cn.bank.30")], Clock())
    assert [each.percent for each in state.warnings] == [90]


def test_a_warning_that_would_fall_on_the_end_is_not_given() -> None:
    hours = internal(Length(1, "working-minute"), "UK-ENG", id_="internal.hand-off", warn_at=(50, 90))
    _, state = CLOCK.run([hours.arm("2026-03-02")], Clock())
    assert state.warnings == ()


def test_a_day_is_that_of_the_policy_where_the_institution_keeps_another_zone() -> None:
    ask = Asking(POLICIES["us.cfpb"], calendar("UK-ENG"))
    _, state = CLOCK.run([ask.arm("2026-03-01T03:30+00:00")], Clock())
    # V080: 22:30 on 28 February in New York (K6).
    assert state.due == OnDay(day=date(2026, 3, 15), zone="America/New_York")


def test_the_close_of_business_is_the_end() -> None:
    ask = asking("uk.disp.summary", "UK-ENG")
    _, state = CLOCK.run([ask.arm("2025-04-17")], Clock())
    # V026.
    assert state.due == AtInstant(at=ask.instant("2025-04-24T17:00"))
    assert len(CLOCK.decide(ask.expire("2025-04-24T17:00"), state)) == 1


def test_a_pause_up_to_a_close_of_business_leaves_whole_days() -> None:
    ask = internal(Length(10, "working-day"), "UK-ENG", cap=Length(60, "calendar-day"))
    ask = replace(ask, policy=replace(ask.policy, close_of_business=True))
    story = (ask.arm("2026-03-02"), ask.pause("2026-03-06", "supplier"), ask.resume("2026-03-30"))
    happened, state = CLOCK.run(story, Clock())
    assert state.due == AtInstant(at=ask.instant("2026-04-09T17:00"))
    assert recomputed_due(happened, ask.policy, ask.calendars) == state.due


@pytest.mark.parametrize(
    "other",
    [
        {"policy": replace(BANK.policy, version=2)},
        {"policy": POLICIES["uk.disp.8w"]},
        {"calendar": replace(BANK.calendar, version="2027")},
        {"calendar": calendar("UK-ENG")},
        {"clock": UUID(int=99)},
    ],
    ids=["version", "policy", "calendar version", "calendar", "clock"],
)
@pytest.mark.parametrize("stage", ["running", "paused", "met", "expired"])
def test_any_values_but_the_pinned_ones_are_a_fault(stage: str, other: dict[str, Any]) -> None:
    state = state_of(after(*STAGES[stage]))
    for command in (BANK.meet("2026-03-12"), EXPIRE, PAUSE, BANK.resume("2026-03-10"), BANK.warn("2026-03-14", 75)):
        with pytest.raises(errors.PinnedOtherwise):
            decide(replace(command, **other), state)
    with pytest.raises(errors.PinnedOtherwise):
        decide(BANK.schedule(calendar("UK-ENG"), "2026-03-10"), state)


def test_a_due_becomes_a_point_and_comes_back() -> None:
    day = DueDay(date(2026, 3, 17), "Asia/Shanghai")
    instant = DueInstant(BANK.instant(END))
    assert [due_of(point_of(due)) for due in (day, instant)] == [day, instant]
    assert [moment_of(point_of(due)) for due in (day, instant)] == [day.day, instant.at]
    assert due_of(point_of(day)).end == BANK.instant(END)
    assert ZoneInfo(day.zone)
