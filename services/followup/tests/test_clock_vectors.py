"""The golden vectors that need a clock's states, and the rows of practice that one clock shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from services.followup.tests.clock_cases import (
    ANSWER,
    CLOCK_ID,
    COMPLAINT,
    MATERIAL,
    POLICIES,
    WITHDRAWAL,
    Asking,
    asking,
    due_day,
    internal,
)

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock import CLOCK, Clock, Firing, decide, firings, leading
from casework.followup.domain.clock_commands import ClockCommand
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import (
    AtInstant,
    ClockArmed,
    ClockEvent,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockWarned,
    ClockWithdrawn,
    WarningPoint,
)
from casework.shared.clocks.allowances import ExtensionAfterExpiry, PauseNotListed
from casework.shared.clocks.calendars import Interval, Layer, hours_of
from casework.shared.clocks.deadlines import find
from casework.shared.clocks.moments import MEANING
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_calendars import calendar
from casework.shared.testing.given import given

CN15 = asking("cn.bank.15", "CN")
PSD = asking("uk.disp.psd", "UK-ENG")
WEEKS8 = asking("uk.disp.8w", "UK-ENG")
TEN_DAYS = internal(Length(10, "working-day"), "UK-ENG", cap=Length(60, "calendar-day"))


def told(ask: Asking, *commands: ClockCommand) -> tuple[list[ClockEvent], Clock]:
    """What happens, and the state after it, whose due follows from the events too."""
    happened, state = CLOCK.run(commands, Clock())
    if state.phase in ("running", "paused"):
        assert recomputed_due(happened, ask.policy, ask.calendars) == state.due
    return happened, state


def expired(ask: Asking, due: str, *, confirmed: bool = True) -> ClockExpired:
    return ask.expired(ask.day(due), confirmed=confirmed)


ARMED_0302 = ClockArmed(
    clock=CLOCK_ID,
    policy=POLICIES["cn.bank.15"].ref,
    calendar="CN",
    calendar_version="2025-11-04",
    kind="regulator",
    purpose="answer",
    party="organisation",
    by=COMPLAINT,
    start=CN15.day("2026-03-02"),
    due=CN15.day("2026-03-17"),
    # Days 12 and 14 of 15 begin at midnight in Shanghai (K12).
    warnings=(
        WarningPoint(percent=75, at=datetime(2026, 3, 13, 16, tzinfo=UTC)),
        WarningPoint(percent=90, at=datetime(2026, 3, 15, 16, tzinfo=UTC)),
    ),
)
PAUSED_0309 = ClockPaused(
    clock=CLOCK_ID,
    cause="outside-appraisal",
    paused=AtInstant(at=CN15.instant("2026-03-09")),
    remaining=Length(8, "calendar-day"),
    resumes=CN15.day("2026-04-08"),
    proof="contract 7",
    told_at=CN15.instant("2026-03-09"),
)


def test_v019_a_clock_is_armed_with_all_that_it_needs() -> None:
    given(CLOCK).when(CN15.arm("2026-03-02")).then(ARMED_0302)


def test_v020_a_repeat_is_merged_and_v021_new_facts_restart_the_clock() -> None:
    running = given(CLOCK, ARMED_0302)
    # The same again, as a complaint and as one that was never armed here.
    unmoved = running.when(CN15.arm("2026-03-12"), CN15.restart("2026-03-12", moment="complaint-received")).then()
    assert due_day(CLOCK.fold(unmoved.events).due) == "2026-03-17"
    happened = running.when(CN15.restart("2026-03-12"))
    happened.then(ClockRestarted(clock=CLOCK_ID, by=MATERIAL, occurred_at=CN15.instant("2026-03-12")))
    _, again = told(CN15, CN15.arm("2026-03-02", occurred="2026-03-12", moment="new-facts-received"))
    assert due_day(again.due) == "2026-03-27"


def test_v022_and_v023_each_pause_gives_back_what_it_left() -> None:
    begun = (CN15.arm("2026-03-02"), CN15.pause("2026-03-09", "outside-appraisal"), CN15.resume("2026-03-19"))
    happened, state = told(CN15, *begun)
    assert happened[1] == PAUSED_0309
    assert due_day(state.due) == "2026-03-27"
    happened, state = told(CN15, *begun, CN15.pause("2026-03-24", "outside-testing"), CN15.resume("2026-03-31"))
    assert [each.remaining.number for each in happened if isinstance(each, ClockPaused)] == [8, 3]
    assert due_day(state.due) == "2026-04-03"


def test_v024_a_capped_pause_resumes_by_itself() -> None:
    paused = (CN15.arm("2026-03-02"), CN15.pause("2026-03-09", "outside-appraisal"))
    _, state = told(CN15, *paused)
    assert firings(state) == (Firing(at=datetime(2026, 4, 7, 16, tzinfo=UTC), what="resume"),)
    early, _ = told(CN15, *paused, CN15.cap("2026-04-07T23:59:59"))
    assert len(early) == 2
    happened, state = told(CN15, *paused, CN15.cap("2026-04-08T00:00"), CN15.cap("2026-04-08T00:00"))
    resumed = happened[2:]
    assert resumed == [
        ClockResumed(
            clock=CLOCK_ID,
            resumed=CN15.day("2026-04-08"),
            ended_by="cap",
            due=CN15.day("2026-04-16"),
            warnings=(
                WarningPoint(percent=75, at=datetime(2026, 4, 12, 16, tzinfo=UTC)),
                WarningPoint(percent=90, at=datetime(2026, 4, 14, 16, tzinfo=UTC)),
            ),
        )
    ]


def test_v025_a_withdrawal_closes_the_clock_that_day_and_nothing_fires_later() -> None:
    withdrawn = ClockWithdrawn(clock=CLOCK_ID, by=WITHDRAWAL, occurred_at=CN15.instant("2026-03-09"))
    left = given(CLOCK, ARMED_0302).when(CN15.withdraw("2026-03-09")).then(withdrawn)
    assert firings(CLOCK.fold(left.events)) == ()
    left.when(CN15.warn("2026-03-14", 75), CN15.expire("2026-03-18T00:00", at="2026-03-20")).then()


def test_v017_and_v018_an_extension_counts_from_day_0() -> None:
    arm, first, second = (
        CN15.arm("2026-02-05"),
        CN15.extend("2026-02-19", "cn.bank.30"),
        CN15.extend("2026-03-06", "cn.bank.60"),
    )
    dues = [due_day(told(CN15, *commands)[1].due) for commands in ((arm,), (arm, first), (arm, first, second))]
    assert dues == ["2026-02-20", "2026-03-07", "2026-04-06"]


def test_v045_a_holding_reply_on_day_15_extends_to_day_35() -> None:
    happened, state = told(PSD, PSD.arm("2025-12-08"), PSD.extend("2025-12-31T23:59", "uk.disp.psd.35"))
    assert due_day(state.due) == "2026-01-29"
    assert isinstance(happened[1], ClockExtended)
    assert state.armed is not None
    assert state.armed.flags == ("start-not-read",)


def test_v046_a_holding_reply_on_day_16_is_refused_and_the_clock_stays_expired() -> None:
    # P121: on day 15 extended, on day 16 refused, before and after the expiry is recorded.
    arm, late = PSD.arm("2025-12-08"), PSD.extend("2026-01-02", "uk.disp.psd.35")
    armed, state = CLOCK.run([arm], Clock())
    assert due_day(state.due) == "2025-12-31"
    running = given(CLOCK, *armed)
    running.when(late).refused(ExtensionAfterExpiry)
    gone = running.when(PSD.expire("2026-01-01T00:00", at="2026-01-01T00:01")).then(expired(PSD, "2025-12-31"))
    gone.when(late).refused(ExtensionAfterExpiry, saying="missed")
    gone.when(PSD.extend("2025-12-31", "uk.disp.psd.35")).refused(ExtensionAfterExpiry)
    assert CLOCK.fold(gone.events).phase == "expired"
    in_time = running.when(PSD.extend("2025-12-31", "uk.disp.psd.35"))
    happened, _ = CLOCK.run(in_time.commands, state)
    assert [due_day(each.due) for each in happened if isinstance(each, ClockExtended)] == ["2026-01-29"]


def test_v047_of_two_clocks_the_earlier_leads_and_in_a_tie_the_regulators() -> None:
    payment, other = (told(ask, ask.arm("2026-03-20"))[1] for ask in (PSD, WEEKS8))
    assert [due_day(clock.due) for clock in (payment, other)] == ["2026-04-14", "2026-05-15"]
    assert leading([other, payment]) is payment
    own = internal(Length(15, "working-day"), "UK-ENG")
    _, same_day = told(own, own.arm("2026-03-20"))
    assert leading([same_day, other, payment]) is payment
    assert leading([Clock(), told(PSD, PSD.arm("2026-03-20"), PSD.meet("2026-03-21"))[1]]) is None


def test_v054_a_pause_keeps_what_remains_whatever_policy_is_newer() -> None:
    newer = replace(TEN_DAYS.policy, version=TEN_DAYS.policy.version + 1, length=Length(3, "working-day"), pauses=())
    loaded = [newer, TEN_DAYS.policy]
    happened, paused = CLOCK.run([TEN_DAYS.arm("2026-03-02"), TEN_DAYS.pause("2026-03-06", "supplier")], Clock())
    assert paused.paused is not None
    assert paused.paused.remaining == Length(6, "working-day")
    assert paused.armed is not None
    pinned = find(loaded, paused.armed.policy)
    assert pinned is not None
    resume = replace(TEN_DAYS.resume("2026-03-30"), policy=pinned)
    after, state = CLOCK.run([resume], paused)
    assert due_day(state.due) == "2026-04-09"
    assert recomputed_due([*happened, *after], pinned, TEN_DAYS.calendars) == state.due
    with pytest.raises(errors.PinnedOtherwise, match="is pinned"):
        decide(replace(resume, policy=newer), paused)


def test_v055_a_resumption_on_a_day_off_is_day_0() -> None:
    _, state = told(
        TEN_DAYS,
        TEN_DAYS.arm("2026-04-13"),
        TEN_DAYS.pause("2026-04-18", "supplier"),
        TEN_DAYS.resume("2026-05-04"),
    )
    assert due_day(state.due) == "2026-05-12"


def test_v094_a_pause_of_working_hours_keeps_the_minutes() -> None:
    base = internal(
        Length(8, "working-hour"), "UK-ENG", cap=Length(5, "calendar-day"), id_="internal.hand-off", warn_at=(50,)
    )
    hours = hours_of((Interval(9 * 60, 12 * 60), Interval(13 * 60, 17 * 60 + 30)))
    office = base.calendar.under(Layer(name="office", version="1", over="UK-ENG", hours=hours, source="A test."))
    ask = replace(base, calendar=office)
    arm, pause = ask.arm("2026-04-14", occurred="2026-04-14T10:00"), ask.pause("2026-04-14T16:15", "supplier")
    _, state = told(ask, arm)
    assert state.end == ask.instant("2026-04-15T10:30")
    # Minute 240 of 480.
    assert [firing.at for firing in firings(state)] == [ask.instant("2026-04-14T15:00"), state.end]
    happened, state = told(ask, arm, pause, ask.resume("2026-04-16T08:00"))
    assert isinstance(happened[1], ClockPaused)
    assert happened[1].remaining == Length(165, "working-minute")
    assert state.end == ask.instant("2026-04-16T11:45")


def test_v101_an_imported_clock_is_judged_by_business_time_and_warns_of_nothing() -> None:
    arm = WEEKS8.arm("2026-01-05", at="2026-03-20", imported=True)
    happened, state = told(WEEKS8, arm)
    assert due_day(state.due) == "2026-03-02"
    assert [firing.what for firing in firings(state)] == ["expire"]
    warned = [WEEKS8.warn("2026-03-20", percent) for percent in (75, 90)]
    gone = given(CLOCK, *happened).when(*warned, WEEKS8.expire("2026-03-03T00:00", at="2026-03-20"))
    assert CLOCK.fold(gone.then(expired(WEEKS8, "2026-03-02")).events).phase == "expired"
    in_time, late = (WEEKS8.meet(day, at="2026-03-20") for day in ("2026-03-02", "2026-03-03"))
    given(CLOCK, *happened).when(in_time).then(
        ClockMet(clock=CLOCK_ID, by=ANSWER, occurred_at=WEEKS8.instant("2026-03-02"))
    )
    given(CLOCK, *happened).when(late).then(
        ClockMetLate(clock=CLOCK_ID, by=ANSWER, occurred_at=WEEKS8.instant("2026-03-03"))
    )


def test_p120_only_a_listed_cause_pauses_and_its_cap_ends_it() -> None:
    running = given(CLOCK, ARMED_0302)
    running.when(CN15.pause("2026-03-09", "staff-shortage")).refused(PauseNotListed, saying="outside-appraisal")
    pause = CN15.pause("2026-03-09", "outside-appraisal")
    paused = running.when(pause).then(PAUSED_0309)
    resumed, _ = CLOCK.run([CN15.resume("2026-03-19")], CLOCK.fold(paused.events))
    assert [due_day(each.due) for each in resumed if isinstance(each, ClockResumed)] == ["2026-03-27"]
    capped, _ = CLOCK.run([CN15.cap("2026-04-09")], CLOCK.fold(paused.events))
    assert [each.resumed for each in capped if isinstance(each, ClockResumed)] == [CN15.day("2026-04-08")]


def test_p182_a_moment_that_the_policy_does_not_list_moves_nothing() -> None:
    ask = CN15
    listed = {*ask.policy.met_by, *ask.policy.withdrawn_by, *ask.policy.restarted_by}
    others = [moment for moment in MEANING if moment not in listed]
    days = [f"2026-03-{day:02}" for day in range(3, 18)]
    touches: list[ClockCommand] = [
        touch
        for day in days
        for moment in others
        for touch in (
            ask.meet(day, moment=moment),
            ask.withdraw(day, moment=moment),
            ask.restart(day, moment=moment),
            ask.arm(day, moment=moment),
        )
    ]
    touched = given(CLOCK, ARMED_0302).when(*touches).then()
    assert due_day(CLOCK.fold(touched.events).due) == "2026-03-17"
    given(CLOCK).when(
        *(ask.arm("2026-03-02", moment=moment) for moment in others if moment != "complaint-received")
    ).then()


def test_p186_no_instant_lies_more_than_ten_years_ahead() -> None:
    ten_years, pauses = timedelta(days=3652), 0
    for policy in POLICIES.values():
        ask = Asking(policy, calendar(policy.calendar or "UK-ENG"))
        running = told(ask, ask.arm("2026-01-06"))[1]
        started = ask.instant("2026-01-06")
        instants = [firing.at for firing in firings(running)]
        for cause in policy.pauses:
            _, paused = told(ask, ask.arm("2026-01-06"), ask.pause("2026-01-07", cause.cause))
            assert paused.due is None
            [resumption] = firings(paused)
            _, again = told(ask, ask.arm("2026-01-06"), ask.pause("2026-01-07", cause.cause), ask.cap("2027-12-30"))
            instants += [resumption.at, *(firing.at for firing in firings(again))]
            pauses += 1
        assert all(at - started < ten_years for at in instants), policy.id
    assert pauses


def test_p187_new_versions_of_policy_and_calendar_move_none_of_a_thousand_clocks() -> None:
    ask = internal(Length(20, "working-day"), "UK-ENG", warn_at=(75, 90))
    first = date(2025, 1, 1)
    clocks: list[tuple[Sequence[ClockEvent], Clock]] = []
    for number in range(1_000):
        received = (first + timedelta(days=number % 600)).isoformat()
        clocks.append(CLOCK.run([ask.arm(received)], Clock()))
    before = [state.due for _, state in clocks]
    policy = replace(ask.policy, version=ask.policy.version + 1, length=Length(5, "working-day"))
    days_off = ask.calendar.days_off | {first + timedelta(days=number) for number in range(0, 900, 7)}
    newer = replace(ask.calendar, version="2099", days_off=days_off)
    moved = 0
    for (happened, state), due in zip(clocks, before, strict=True):
        assert state.armed is not None
        pinned = find([policy, ask.policy], state.armed.policy)
        assert pinned is not None
        by_version = {ask.calendar.version: ask.calendar, newer.version: newer}
        versions = by_version.__getitem__
        moved += recomputed_due(happened, pinned, lambda _, version, of=versions: of(version)) != due  # type: ignore[misc]
        for other in (
            replace(ask.meet("2025-01-02"), policy=policy),
            replace(ask.meet("2025-01-02"), calendar=newer),
        ):
            with pytest.raises(errors.PinnedOtherwise):
                decide(other, state)
        moved += CLOCK.run([ask.schedule(newer, "2026-01-01")], state)[1].due != due
    assert (len(clocks), moved) == (1_000, 0)


def test_p020_an_acknowledgement_has_its_own_clock() -> None:
    ask = asking("au.rg271.ack", "AU-NSW")
    assert due_day(told(ask, ask.arm("2026-04-02"))[1].due) == "2026-04-07"


def test_v042_warnings_fall_on_days_42_and_51_and_are_given_once() -> None:
    armed, state = CLOCK.run([WEEKS8.arm("2026-02-05")], Clock())
    assert [(firing.at, firing.percent) for firing in firings(state)] == [
        (WEEKS8.instant("2026-03-19T00:00"), 75),
        (WEEKS8.instant("2026-03-28T00:00"), 90),
        (WEEKS8.instant("2026-04-03T00:00"), None),
    ]
    early, at, again, last = (
        WEEKS8.warn(day, 75) for day in ("2026-03-18T23:59", "2026-03-19T00:00", "2026-03-20", "2026-04-02")
    )
    not_yet = given(CLOCK, *armed).when(early).then()
    not_yet.when(at, again, last, WEEKS8.warn("2026-04-03T00:00", 90)).then(
        ClockWarned(clock=CLOCK_ID, purpose="answer", percent=75)
    )
