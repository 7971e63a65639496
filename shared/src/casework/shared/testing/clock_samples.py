"""One sample of every event of a clock: a bank's complaint in China, appraised by others, extended, and answered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts.clocks import (
    AtInstant,
    ClockArmed,
    ClockCorrected,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockMetLate,
    ClockPaused,
    ClockRestarted,
    ClockResumed,
    ClockScheduled,
    ClockWarned,
    ClockWithdrawn,
    DeadlineRef,
    OnDay,
    WarningPoint,
)
from casework.shared.contracts.lengths import Length

_CLOCK = UUID("018f3a5e-7a10-8c00-8000-00000000c10c")
_BY = UUID("018f3a5e-7a10-7c00-8000-0000000000b1")
_POLICY = DeadlineRef(id="cn.bank.15", version=1)
_ZONE = "Asia/Shanghai"


def _day(text: str) -> OnDay:
    return OnDay(day=date.fromisoformat(text), zone=_ZONE)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CLOCK_SAMPLES: tuple[object, ...] = (
    ClockArmed(
        clock=_CLOCK,
        policy=_POLICY,
        calendar="CN",
        calendar_version="2025-11-04",
        kind="regulator",
        purpose="answer",
        party="organisation",
        by=_BY,
        start=_day("2026-03-02"),
        due=_day("2026-03-17"),
        warnings=(WarningPoint(percent=75, at=_at("2026-03-13T16:00:00")),),
    ),
    ClockScheduled(clock=_CLOCK, calendar_version="2026-11-10", due=_day("2027-01-08")),
    ClockPaused(
        clock=_CLOCK,
        cause="outside-appraisal",
        paused=AtInstant(at=_at("2026-03-09T02:00:00")),
        remaining=Length(8, "calendar-day"),
        resumes=_day("2026-04-08"),
        proof="APPRAISAL-7",
        told_at=_at("2026-03-09T02:30:00"),
    ),
    ClockResumed(
        clock=_CLOCK,
        resumed=AtInstant(at=_at("2026-03-19T02:00:00")),
        ended_by="person",
        due=_day("2026-03-27"),
        warnings=(WarningPoint(percent=90, at=_at("2026-03-25T16:00:00")),),
    ),
    ClockExtended(
        clock=_CLOCK,
        extension="cn.bank.30",
        reason="Three branches are involved.",
        approver="Li Na",
        rank=2,
        approved_at=_at("2026-03-16T03:00:00"),
        told_at=_at("2026-03-16T04:00:00"),
        due=_day("2026-04-11"),
    ),
    ClockWarned(clock=_CLOCK, purpose="answer", percent=75),
    ClockMet(clock=_CLOCK, by=_BY, occurred_at=_at("2026-03-16T08:00:00")),
    ClockExpired(clock=_CLOCK, policy=_POLICY, purpose="answer", due=_day("2026-03-17"), confirmed=True),
    ClockMetLate(clock=_CLOCK, by=_BY, occurred_at=_at("2026-03-18T08:00:00")),
    ClockCorrected(clock=_CLOCK, outcome="met", by=_BY, occurred_at=_at("2026-03-17T08:00:00")),
    ClockWithdrawn(clock=_CLOCK, by=_BY, occurred_at=_at("2026-03-10T08:00:00")),
    ClockRestarted(clock=_CLOCK, by=_BY, occurred_at=_at("2026-03-12T08:00:00")),
)
