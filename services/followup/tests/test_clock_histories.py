"""One clock under any commands: what must hold of every history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from services.followup.tests.clock_cases import CLOCK_ID, POLICIES, Asking, internal

from casework.followup.domain.clock import CLOCK, Clock, Firing, Phase, firings
from casework.followup.domain.clock_commands import (
    ArmClock,
    ClockCommand,
    ExpireClock,
    ExtendClock,
    MeetClock,
    PauseClock,
    RestartClock,
    ResumeClock,
    ScheduleClock,
    WarnClock,
    WithdrawClock,
)
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import (
    ClockArmed,
    ClockCorrected,
    ClockEvent,
    ClockExpired,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockWarned,
    ClockWithdrawn,
    due_of,
)
from casework.shared.contracts.lengths import Length
from casework.shared.errors import Refusal
from casework.shared.policies.shipped_calendars import calendar

STATES = TypeAdapter(Clock)
BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ASKED = (
    Asking(POLICIES["cn.bank.15"], calendar("CN")),
    Asking(POLICIES["uk.disp.psd"], calendar("UK-ENG")),
    Asking(POLICIES["uk.disp.8w"], calendar("UK-ENG")),
    Asking(POLICIES["uk.disp.summary"], calendar("UK-ENG")),
    Asking(POLICIES["uk.disp.ack"], calendar("UK-ENG")),
    internal(Length(10, "working-day"), "UK-ENG", cap=Length(7, "working-day"), warn_at=(50, 75)),
    internal(Length(2, "month"), "CN", cap=Length(1, "month"), warn_at=(75,)),
    internal(Length(90, "elapsed-minute"), "CN", cap=Length(40, "elapsed-minute"), warn_at=(75,)),
    internal(Length(8, "working-hour"), "UK-ENG", cap=Length(12, "working-hour"), warn_at=(50, 90)),
)


@dataclass(frozen=True)
class Step:
    """What happens next: how long after the last command, what, and how much earlier it happened than it is known."""

    what: type[Any]
    gap: timedelta
    late: timedelta
    pick: int


STEPS = st.lists(
    st.builds(
        Step,
        # What ends a clock is rarer, or nothing else would happen much.
        st.sampled_from(
            (*get_args(ClockCommand), *3 * (PauseClock, ResumeClock, ExtendClock, WarnClock), MeetClock, MeetClock)
        ),
        st.one_of(
            st.timedeltas(min_value=timedelta(), max_value=timedelta(days=12)),
            st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=3)),
        ),
        st.sampled_from((timedelta(), timedelta(), timedelta(minutes=10), timedelta(days=2), timedelta(days=30))),
        st.integers(0, 5),
    ),
    max_size=18,
)


def command_of(step: Step, ask: Asking, at: datetime, clock: UUID, state: Clock) -> ClockCommand:
    """The command of a step, with values that often fit: without that nearly everything would be refused."""
    occurred = max(at - step.late, BEGIN - timedelta(days=1))
    now, then, policy = at.isoformat(), occurred.isoformat(), ask.policy
    made: ClockCommand
    if step.what is ArmClock:
        made = ask.arm(then, at=now, imported=step.pick == 5)
    elif step.what is ScheduleClock:
        made = ask.schedule(ask.calendar, now)
    elif step.what is PauseClock:
        causes = [pause.cause for pause in policy.pauses] or ["none"]
        made = replace(ask.pause(then, causes[step.pick % len(causes)]), at=at)
    elif step.what is ResumeClock:
        made = ask.cap(now) if step.pick == 0 else replace(ask.resume(then), at=at)
    elif step.what is ExtendClock:
        names = [extension.name for extension in policy.extensions] or ["internal.none"]
        made = replace(ask.extend(then, names[step.pick % len(names)]), at=at)
    elif step.what is WarnClock:
        made = ask.warn(now, next((firing.percent for firing in firings(state) if firing.percent), 75))
    elif step.what is MeetClock:
        made = ask.meet(then, at=now)
    elif step.what is ExpireClock:
        end = state.end if state.end is not None and step.pick else at
        made = ask.expire(end.isoformat(), at=now, confirmed=step.pick != 3)
    elif step.what is WithdrawClock:
        made = replace(ask.withdraw(then, moment=(policy.withdrawn_by or ("case-closed",))[0]), at=at)
    else:
        assert step.what is RestartClock
        made = replace(ask.restart(then, moment=(policy.restarted_by or ("case-closed",))[0]), at=at)
    return replace(made, clock=clock)


def played(ask: Asking, steps: Sequence[Step], clock: UUID) -> tuple[list[ClockEvent], Clock]:
    """Run the steps after an arming, and check after each of them what must hold."""
    at, state, history = BEGIN, Clock(), list[ClockEvent]()
    first = Step(ArmClock, timedelta(), timedelta(), 0)
    for step in (first, *steps):
        at += step.gap
        looks = firings(state)
        if looks and step.pick < 4 and step.what in (WarnClock, ExpireClock):
            # As the timer does, which sleeps until then.
            at = max(at, looks[0].at)
        command = command_of(step, ask, at, clock, state)
        try:
            happened = CLOCK.decide(command, state)
        except Refusal:
            assert isinstance(command, PauseClock | ExtendClock | ResumeClock), command
            assert not (isinstance(command, ResumeClock) and command.ended_by == "cap")
            continue
        for event in happened:
            before, state = state, CLOCK.evolve(state, event)
            history.append(event)
            counted_again = recomputed_due(history, ask.policy, ask.calendars)
            if state.phase in ("running", "paused"):
                assert counted_again == state.due
            if isinstance(event, ClockExpired):
                assert event.due == before.due == counted_again
                assert due_of(event.due).end <= at
            if isinstance(event, ClockMetLate):
                assert before.end is not None
                assert before.end <= event.occurred_at
            if isinstance(event, ClockMet) and before.end is not None:
                assert event.occurred_at < before.end
            if isinstance(event, ClockWarned):
                assert before.end is not None
                assert at < before.end
            if isinstance(event, ClockPaused):
                [resumption] = firings(state)
                assert due_of(event.resumes).end <= due_of(event.paused).end + timedelta(days=33)
                assert resumption.at >= BEGIN - timedelta(days=2)
        if isinstance(command, ArmClock | MeetClock | ExpireClock | WarnClock | WithdrawClock | RestartClock):
            assert CLOCK.decide(command, state) == ()
    return history, state


ENDS = (ClockMet, ClockWithdrawn, ClockRestarted)


def check_history(history: Sequence[ClockEvent], state: Clock) -> None:
    assert CLOCK.fold(history) == state
    assert STATES.validate_json(STATES.dump_json(state)) == state
    for event in history:
        one: TypeAdapter[Any] = TypeAdapter(type(event))
        assert one.validate_json(one.dump_json(event, exclude_none=True)) == event
    counts = Counter(type(event) for event in history)
    assert counts[ClockArmed] == 1
    missed = counts[ClockExpired] or counts[ClockMetLate]
    assert sum(counts[end] for end in ENDS) + bool(missed) <= 1
    assert max(counts[ClockExpired], counts[ClockMetLate], counts[ClockCorrected]) <= 1
    assert not counts[ClockCorrected] or missed
    ended = False
    for event in history:
        assert not ended or isinstance(event, ClockCorrected | ClockMetLate)
        ended = ended or isinstance(event, (*ENDS, ClockExpired, ClockMetLate))
    assert ended == (state.phase not in ("running", "paused"))
    looks = firings(state)
    assert list(looks) == sorted(looks, key=lambda firing: firing.at)
    assert bool(looks) == (state.phase == "paused" or (state.phase == "running" and state.due is not None))
    last = looks[-1] if state.phase == "running" and looks else None
    assert last is None or last == Firing(at=last.at, what="expire")


@settings(max_examples=300)
@any_of(st.sampled_from(ASKED), STEPS)
def test_any_history_holds_together(ask: Asking, steps: list[Step]) -> None:
    history, state = played(ask, steps, CLOCK_ID)
    check_history(history, state)


@settings(max_examples=40)
@any_of(st.lists(st.tuples(st.sampled_from(ASKED), STEPS), min_size=1, max_size=12))
def test_the_books_balance_over_many_clocks(clocks: list[tuple[Asking, list[Step]]]) -> None:
    book: Counter[Phase] = Counter()
    recorded: Counter[type] = Counter()
    for number, (ask, steps) in enumerate(clocks):
        history, state = played(ask, steps, UUID(int=number + 1))
        book[state.phase] += 1
        recorded.update(type(event) for event in history)
    running = book["running"] + book["paused"]
    assert recorded[ClockArmed] == len(clocks)
    assert len(clocks) == book["met"] + book["expired"] + book["withdrawn"] + book["restarted"] + running
    assert recorded[ClockMet] == book["met"]
    assert (recorded[ClockWithdrawn], recorded[ClockRestarted]) == (book["withdrawn"], book["restarted"])


def example_events() -> list[ClockEvent]:
    """One of every kind that commands bring about, from fixed stories."""
    ask = ASKED[0]
    arm = ask.arm("2026-03-02")
    stories: tuple[tuple[ClockCommand, ...], ...] = (
        (arm, ask.warn("2026-03-14", 75), ask.pause("2026-03-15", "outside-testing"), ask.resume("2026-03-16")),
        (arm, ask.extend("2026-03-15", "cn.bank.30"), ask.meet("2026-03-16")),
        (arm, ask.expire("2026-03-18T00:00"), ask.meet("2026-03-19"), ask.meet("2026-03-17")),
        (arm, ask.withdraw("2026-03-03")),
        (arm, ask.restart("2026-03-03")),
    )
    events = [event for story in stories for event in CLOCK.run(story, Clock())[0]]
    provisional = ask.arm("2026-12-30"), ask.schedule(ask.calendar, "2026-12-31")
    events += CLOCK.run(provisional, Clock())[0]
    short = replace(calendar("CN"), version="short", last=calendar("CN").first + timedelta(days=30))
    working = internal(Length(10, "working-day"), "CN")
    uncovered = replace(working, calendar=short).arm("2026-12-01")
    events += CLOCK.run([uncovered, working.schedule(working.calendar, "2026-12-02")], Clock())[0]
    return events


EVENTS = example_events()


def test_every_command_and_event_takes_part_in_the_properties() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(ClockEvent))
    made = {
        type(command_of(Step(what, timedelta(), timedelta(), 1), ASKED[0], BEGIN, CLOCK_ID, Clock()))
        for what in get_args(ClockCommand)
    }
    assert made == set(get_args(ClockCommand))


@any_of(st.lists(st.sampled_from(EVENTS), max_size=15))
def test_evolve_and_firings_never_fail(events: list[ClockEvent]) -> None:
    firings(CLOCK.fold(events))


def test_every_payload_survives_json() -> None:
    for event in EVENTS:
        one: TypeAdapter[Any] = TypeAdapter(type(event))
        assert one.validate_json(one.dump_json(event, exclude_none=True)) == event
