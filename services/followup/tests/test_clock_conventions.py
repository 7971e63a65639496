"""The conventions K10, K13 and K14, which are about the clocks of a case and not about arithmetic, as properties.

What is expected is worked out beside them with plain dates. The others are in `shared/tests/clocks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given as any_of
from hypothesis import strategies as st

from casework.followup.domain import case_clocks, firing
from casework.followup.domain.case_clocks import CaseClockEvent, CaseClocks, TellMoment
from casework.followup.domain.clock_events import ClockArmed, ClockWarned, OnDay, due_of
from casework.followup.domain.clock_state import Clock
from casework.followup.domain.firing import FireClocks
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.moments import MEANING, Moment
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.followup import CaseEscalated
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_rulebook import rulebook

RULES = rulebook()
SHANGHAI = ZoneInfo("Asia/Shanghai")
BANK = "cn.bank.15"
ASKED = (BANK, "internal.acknowledge", "internal.answer", "internal.update", "internal.finish")
RECEIPTS = st.datetimes(datetime(2026, 1, 5), datetime(2026, 6, 30)).map(lambda at: at.replace(tzinfo=UTC))
GAPS = st.timedeltas(timedelta(minutes=1), timedelta(days=22))
FAR = timedelta(days=400)


class Case:
    """The clocks of one case, what is told to them, and everything that happened."""

    def __init__(self, received_at: datetime, deadlines: Sequence[str], *, imported: bool = False) -> None:
        self.clocks = CaseClocks(received_at=received_at, deadlines=tuple(deadlines), imported=imported)
        self.rules = RULES
        self.history: list[CaseClockEvent] = []
        self._told = 0

    def tell(self, moment: Moment, occurred_at: datetime, at: datetime | None = None) -> list[CaseClockEvent]:
        self._told += 1
        return self._take(
            case_clocks.tell(
                TellMoment(
                    moment=moment,
                    by=UUID(int=self._told),
                    occurred_at=occurred_at,
                    at=at or occurred_at,
                    rulebook=self.rules,
                ),
                self.clocks,
            )
        )

    def fire(self, at: datetime) -> list[CaseClockEvent]:
        return self._take(
            firing.fire(FireClocks(at=at, rulebook=self.rules, known_until=at, grace_until=at), self.clocks)
        )

    def of(self, policy: str) -> list[Clock]:
        return [each for each in self.clocks.clocks if each.armed is not None and each.armed.policy.id == policy]

    def _take(self, events: Sequence[CaseClockEvent]) -> list[CaseClockEvent]:
        self.clocks = case_clocks.fold(events, self.clocks)
        self.history += events
        return list(events)


def day_in_china(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """The midnight in China after the day: no clock changes there."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


@any_of(RECEIPTS, st.lists(st.tuples(GAPS, st.booleans()), max_size=5))
def test_k10_new_facts_make_a_new_day_0_and_the_old_clock_was_not_met(
    received: datetime, news: list[tuple[timedelta, bool]]
) -> None:
    """Facts that come when the time is over save nothing, whether the timer was there before them or comes after."""
    case = Case(received, [BANK])
    case.tell("complaint-received", received)
    day, at, expected = day_in_china(received), received, list[tuple[date, str]]()
    for gap, timer_first in news:
        at += gap
        if timer_first:
            case.fire(at)
        case.tell("new-facts-received", at)
        expected.append((day, "restarted" if at < end_of(day + timedelta(days=15)) else "expired"))
        day = day_in_china(at)
    case.fire(at + FAR)
    expected.append((day, "expired"))
    found = []
    for clock in case.of(BANK):
        assert clock.armed is not None
        assert isinstance(clock.armed.start, OnDay)
        assert clock.due == OnDay(day=clock.armed.start.day + timedelta(days=15), zone="Asia/Shanghai")
        found.append((clock.armed.start.day, clock.phase))
    assert found == expected


NOTHING_TO_THE_BANKS = sorted(
    set(MEANING) - {"complaint-received", "decision-communicated", "new-facts-received", "complaint-withdrawn"}
)


@any_of(RECEIPTS, st.lists(st.tuples(GAPS, st.sampled_from(NOTHING_TO_THE_BANKS)), max_size=6))
def test_k10_a_repeat_and_whatever_else_is_no_news_changes_nothing(
    received: datetime, touched: list[tuple[timedelta, Moment]]
) -> None:
    case = Case(received, [BANK])
    case.tell("complaint-received", received)
    before, at = case.clocks, received
    for gap, moment in touched:
        at += gap
        assert case.tell(moment, at) == []
    assert case.clocks == before


@cache
def newer_rules() -> Rulebook:
    """The same rules with a higher version of everything: other lengths, no warning, another list of days off."""
    longer = (
        replace(each, version=each.version + 1, length=Length(each.length.number + 7, each.length.unit), warn_at=())
        for each in RULES.policies
        if each.id in ASKED and each.length is not None
    )

    def calendar_of(name: str, version: str | None) -> Calendar:
        known = RULES.calendar_of(name, version if version != "9999" else None)
        if version not in (None, "9999"):
            return known
        return replace(known, version="9999", days_off=frozenset(), days_open=frozenset())

    return replace_rules(policies=(*RULES.policies, *longer), calendar_of=calendar_of)


def replace_rules(**fields: object) -> Rulebook:
    named = {name: getattr(RULES, name) for name in ("institution", "policies", "ladders", "calendar_of")}
    return Rulebook(**(named | fields))


HAPPENINGS: tuple[Moment | None, ...] = (
    None,  # the timer comes
    None,
    "complaint-acknowledged",
    "new-facts-received",
    "progress-update-delivered",
    "decision-communicated",
    "complaint-withdrawn",
    "case-closed",
)
STORY = st.lists(st.tuples(GAPS, st.sampled_from(HAPPENINGS)), max_size=6)


def told_to(case: Case, story: Iterable[tuple[timedelta, Moment | None]], at: datetime) -> datetime:
    for gap, moment in story:
        at += gap
        if moment is None:
            case.fire(at)
        else:
            case.tell(moment, at)
    return at


@any_of(RECEIPTS, STORY, STORY)
def test_k13_what_was_armed_goes_on_by_what_it_pinned(
    received: datetime,
    before: list[tuple[timedelta, Moment | None]],
    after: list[tuple[timedelta, Moment | None]],
) -> None:
    pair = Case(received, ASKED), Case(received, ASKED)
    for case in pair:
        case.tell("complaint-received", received)
        at = told_to(case, before, received)
    old, new = pair
    known = {clock.armed.clock for clock in old.clocks.clocks if clock.armed is not None}
    new.rules = newer_rules()
    for case in pair:
        case.fire(told_to(case, after, at) + FAR)
    assert _concerning(known, old.history) == _concerning(known, new.history)
    # And the newer rules are no fiction: what was armed after them has their versions.
    for event in new.history:
        if isinstance(event, ClockArmed) and event.clock not in known and event.purpose != "escalation":
            assert (event.policy.version, event.calendar_version) == (2, "9999")


def _concerning(clocks: set[UUID], history: Iterable[CaseClockEvent]) -> list[CaseClockEvent]:
    return [event for event in history if getattr(event, "clock", None) in clocks]


def _outcome(clock: Clock) -> str:
    if clock.phase == "expired":
        return clock.corrected or "missed"
    return clock.phase


@any_of(
    RECEIPTS,
    st.timedeltas(timedelta(minutes=10), timedelta(days=90)),
    st.one_of(st.none(), st.timedeltas(timedelta(minutes=1), timedelta(days=60))),
    st.booleans(),
)
def test_k14_an_import_is_judged_by_business_time_and_nobody_is_reminded(
    received: datetime, loaded_after: timedelta, answered_after: timedelta | None, timer_first: bool
) -> None:
    """Met, missed or running as it would have been, whether the timer comes before the answer is loaded or after."""
    loaded = received + loaded_after
    answered = None if answered_after is None or answered_after > loaded_after else received + answered_after
    asked = [BANK, "internal.answer", "internal.acknowledge"]
    live, imported = Case(received, asked), Case(received, asked, imported=True)

    live.tell("complaint-received", received)
    if answered is not None:
        live.fire(answered)
        live.tell("decision-communicated", answered)
    live.fire(loaded)

    imported.tell("complaint-received", received, loaded)
    if timer_first:
        imported.fire(loaded)
    if answered is not None:
        imported.tell("decision-communicated", answered, loaded)
    imported.fire(loaded)

    for policy in asked:
        (as_it_was,), (as_loaded,) = live.of(policy), imported.of(policy)
        assert as_loaded.due == as_it_was.due
        assert _outcome(as_loaded) == _outcome(as_it_was)
        assert as_loaded.armed is not None
        assert "imported" in as_loaded.armed.flags
    (bank,) = imported.of(BANK)
    end = end_of(day_in_china(received) + timedelta(days=15))
    assert bank.due is not None
    assert due_of(bank.due).end == end
    if answered is not None:
        assert _outcome(bank) == ("met" if answered < end else "missed")
    else:
        assert _outcome(bank) == ("missed" if end <= loaded else "running")
    assert not [event for event in imported.history if isinstance(event, ClockWarned | CaseEscalated)]
