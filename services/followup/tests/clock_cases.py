"""Commands for one clock, written with the dates of a story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.followup.domain.clock_commands import (
    ArmClock,
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
from casework.followup.domain.clock_events import AtInstant, ClockArmed, ClockEvent, ClockExpired, OnDay, Point
from casework.followup.domain.clock_state import Clock
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import Bilingual, DeadlinePolicy, PauseCause
from casework.shared.clocks.moments import Moment
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_calendars import calendar
from casework.shared.policies.shipped_deadlines import deadlines_of_package

CLOCK_ID, COMPLAINT, ANSWER, EARLIER_ANSWER, WITHDRAWAL, MATERIAL = (UUID(int=number) for number in range(1, 7))
POLICIES = {policy.id: policy for policy in deadlines_of_package()}
TEXT = Bilingual(en="A cause.", zh="原因。")


@dataclass(frozen=True)
class Asking:
    """Makes the commands for one clock, with the values that it pins.

    A time is a local one in the calendar's zone; a date alone is ten o'clock in the morning of it."""

    policy: DeadlinePolicy
    calendar: Calendar
    clock: UUID = CLOCK_ID

    def instant(self, text: str) -> datetime:
        at = datetime.fromisoformat(text if "T" in text else f"{text}T10:00")
        return (at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(self.calendar.zone))).astimezone(UTC)

    def day(self, text: str) -> OnDay:
        return OnDay(day=datetime.fromisoformat(text).date(), zone=self.calendar.zone)

    def arm(
        self,
        received: str,
        *,
        moment: Moment | None = None,
        occurred: str | None = None,
        at: str | None = None,
        imported: bool = False,
    ) -> ArmClock:
        return ArmClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=self.instant(at or occurred or received),
            moment=moment or self.policy.armed_by[0],
            by=COMPLAINT,
            occurred_at=self.instant(occurred or received),
            received_at=self.instant(received),
            imported=imported,
        )

    def schedule(self, calendar: Calendar, at: str) -> ScheduleClock:
        return ScheduleClock(clock=self.clock, policy=self.policy, calendar=calendar, at=self.instant(at))

    def pause(
        self,
        paused: str,
        cause: str,
        *,
        proof: str | None = "contract 7",
        told: str | None = None,
        asked: Length | None = None,
    ) -> PauseClock:
        return PauseClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=self.instant(paused),
            cause=cause,
            occurred_at=self.instant(paused),
            proof=proof,
            told_at=self.instant(told or paused),
            asked=asked,
        )

    def resume(self, resumed: str) -> ResumeClock:
        at = self.instant(resumed)
        return ResumeClock(clock=self.clock, policy=self.policy, calendar=self.calendar, at=at, occurred_at=at)

    def cap(self, at: str) -> ResumeClock:
        return replace(self.resume(at), ended_by="cap")

    def extend(
        self,
        approved: str,
        extension: str,
        *,
        told: str | None = "same",
        rank: int = 4,
        reason: str = "The trader's bank must answer first.",
    ) -> ExtendClock:
        return ExtendClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=self.instant(approved),
            extension=extension,
            reason=reason,
            approver="Mei Chen",
            rank=rank,
            approved_at=self.instant(approved),
            told_at=None if told is None else self.instant(approved if told == "same" else told),
        )

    def warn(self, at: str, percent: int) -> WarnClock:
        at_ = self.instant(at)
        return WarnClock(clock=self.clock, policy=self.policy, calendar=self.calendar, at=at_, percent=percent)

    def meet(
        self, occurred: str, *, moment: Moment | None = None, by: UUID = ANSWER, at: str | None = None
    ) -> MeetClock:
        return MeetClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=self.instant(at or occurred),
            moment=moment or self.policy.met_by[0],
            by=by,
            occurred_at=self.instant(occurred),
        )

    def expire(self, end: str, *, at: str | None = None, confirmed: bool = True) -> ExpireClock:
        return ExpireClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=self.instant(at or end),
            end=self.instant(end),
            confirmed=confirmed,
        )

    def expired(self, due: Point, *, confirmed: bool = True) -> ClockExpired:
        return ClockExpired(
            clock=self.clock, policy=self.policy.ref, purpose=self.policy.purpose, due=due, confirmed=confirmed
        )

    def withdraw(self, occurred: str, *, moment: Moment = "complaint-withdrawn") -> WithdrawClock:
        at = self.instant(occurred)
        return WithdrawClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=at,
            moment=moment,
            by=WITHDRAWAL,
            occurred_at=at,
        )

    def restart(self, occurred: str, *, moment: Moment = "new-facts-received") -> RestartClock:
        at = self.instant(occurred)
        return RestartClock(
            clock=self.clock,
            policy=self.policy,
            calendar=self.calendar,
            at=at,
            moment=moment,
            by=MATERIAL,
            occurred_at=at,
        )

    def calendars(self, name: str, version: str) -> Calendar:
        """What `recomputed_due` looks calendars up in, where there is but one."""
        assert (name, version) == (self.calendar.name, self.calendar.version)
        return self.calendar


def asking(policy: str, named: str) -> Asking:
    """For a clock of a shipped policy over a shipped calendar."""
    return Asking(POLICIES[policy], calendar(named))


def internal(
    number: Length,
    named: str,
    *,
    cap: Length | None = None,
    warn_at: tuple[int, ...] = (),
    id_: str = "internal.answer",
) -> Asking:
    """For a clock of the institution's own answer policy with another length, and a pause `supplier` of up to `cap`."""
    pauses = () if cap is None else (PauseCause(cause="supplier", title=TEXT, cap=cap, proof=False),)
    policy = replace(POLICIES[id_], length=number, pauses=pauses, warn_at=warn_at)
    return Asking(policy, calendar(named))


def due_day(point: Point | None) -> str | None:
    """The day of a due, as text; that of the last instant before an instant in UTC."""
    match point:
        case OnDay(day=day):
            return day.isoformat()
        case AtInstant(at=at):
            return at.isoformat()
        case None:
            return None


def armed(event: ClockEvent) -> ClockArmed:
    assert isinstance(event, ClockArmed)
    return event


def due_of_state(state: Clock) -> str | None:
    return due_day(state.due)
