"""A deadline that the calendar does not reach has no date until a longer one is loaded; nothing is guessed (K15)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.clocks.office import Office, office_on
from tests.clocks.rules import of_length, rules

from casework.followup.scheduler import Scheduler
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.testing.parts import PostgresServer

TEN_DAYS = of_length("internal.answer", Length(10, "working-day"))
SHIPPED = rulebook().calendar_of("UK-ENG", None)
UNTIL_2026 = replace(SHIPPED, version="2025", last=date(2026, 12, 31))


def _before(name: str, version: str | None) -> Calendar:
    """The calendars while England's list of 2027 was not out."""
    return UNTIL_2026 if (name, version or "2025") == ("UK-ENG", "2025") else rulebook().calendar_of(name, version)


def _since(name: str, version: str | None) -> Calendar:
    """The same after it came: the old version stays."""
    return UNTIL_2026 if (name, version) == ("UK-ENG", "2025") else rulebook().calendar_of(name, version)


BEFORE, SINCE = (rules(own=[TEN_DAYS], calendar_of=known) for known in (_before, _since))


async def looked(office: Office) -> int:
    """What the scheduler does when followup starts. Returns in how many cases a clock got its date."""
    scheduler = Scheduler(office.stack.runtimes["followup"])
    done = await scheduler.schedule_waiting()
    await scheduler.watch()
    await office.stack.settle()
    return done


def told(office: Office, metric: str, **labels: str) -> float | None:
    registry = office.stack.runtimes["followup"].metrics.registry
    return registry.get_sample_value(f"casework_{metric}", {"service": "followup", **labels})


async def test_a_clock_without_a_date_gets_one_when_the_years_calendar_is_loaded(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with postgres_server.database("office") as url:
        async with _office(url, tmp_path, BEFORE, "2026-12-24") as office:
            case_id, dated = await office.desk.receive(), await office.desk.receive(received_at="2026-12-01T10:00:00Z")
            clock = await office.clock(case_id, "internal.answer")
            assert (clock["phase"], clock["provisional"]) == ("running", True)
            assert "due_at" not in clock
            before = await office.due(dated, "internal.answer")
            assert await looked(office) == 0
            assert told(office, "provisional_clocks") == 1
            assert told(office, "calendar_days_left", calendar="UK-ENG") == 7

        async with _office(url, tmp_path, SINCE, "2026-12-29") as office:
            assert await looked(office) == 1
            # 25 and 28 December and 1 January are off.
            assert await office.due(case_id, "internal.answer") == "2027-01-13T00:00"
            clock = await office.clock(case_id, "internal.answer")
            assert (clock["provisional"], clock["calendar_version"]) == (False, SHIPPED.version)
            (scheduled,) = await office.events(case_id, "clock-scheduled")
            assert scheduled["actorkind"] == "clock"
            assert (await office.desk.show(case_id))["due"]["day"] == "2027-01-12"
            # What had a date keeps it, and the calendar it was counted by.
            assert await office.due(dated, "internal.answer") == before
            assert (await office.clock(dated, "internal.answer"))["calendar_version"] == "2025"
            assert told(office, "provisional_clocks") == 0
            assert told(office, "calendar_days_left", calendar="UK-ENG") == 367
            assert await looked(office) == 0
            assert len(await office.events(case_id, "clock-scheduled")) == 1
            # And from then on it is a clock like any other.
            await office.wait_until("2027-01-13T09:00")
            assert (await office.clock(case_id, "internal.answer"))["phase"] == "expired"


@pytest.mark.parametrize(("day", "phase"), [("2027-01-12T23:30", "met"), ("2027-01-13T00:30", "expired")])
async def test_what_was_done_meanwhile_is_judged_by_the_date_that_comes(
    postgres_server: PostgresServer, tmp_path: Path, day: str, phase: str
) -> None:
    async with postgres_server.database("office") as url:
        async with _office(url, tmp_path, BEFORE, "2026-12-24") as office:
            case_id = await office.desk.receive()
            await office.go_to(day)
            await office.desk.walk(case_id, "resolution/decision")
            clock = await office.clock(case_id, "internal.answer")
            assert (clock["phase"], clock["provisional"]) == ("met", True)
        async with _office(url, tmp_path, SINCE, "2027-02-01") as office:
            assert await looked(office) == 1
            clock = await office.clock(case_id, "internal.answer")
            assert (clock["phase"], clock["provisional"]) == (phase, False)
            assert office.local(clock["due_at"]) == "2027-01-13T00:00"


async def test_followup_looks_by_itself_when_it_starts(postgres_server: PostgresServer, tmp_path: Path) -> None:
    async with postgres_server.database("office") as url:
        async with _office(url, tmp_path, BEFORE, "2026-12-24") as office:
            case_id = await office.desk.receive()
        async with _office(url, tmp_path, SINCE, "2026-12-29") as office:
            (scheduler,) = [
                part for part in office.stack.runtimes["followup"].rooms.parts if isinstance(part, Scheduler)
            ]
            running = asyncio.create_task(scheduler.run())
            try:
                async with asyncio.timeout(20):
                    while (await office.clock(case_id, "internal.answer"))["provisional"]:
                        await asyncio.sleep(0.05)
            finally:
                running.cancel()
            assert await office.due(case_id, "internal.answer") == "2027-01-13T00:00"


async def test_what_is_over_waits_for_no_calendar(postgres_server: PostgresServer, tmp_path: Path) -> None:
    async with (
        postgres_server.database("office") as url,
        _office(url, tmp_path, BEFORE, "2026-12-24") as office,
    ):
        case_id = await office.desk.receive()
        answer = await office.desk.ask(case_id, "withdrawal", {"reason": "It is settled.", "channel": "phone"})
        assert answer.status_code == 200, answer.text
        await office.stack.settle()
        clock = await office.clock(case_id, "internal.answer")
        assert (clock["phase"], clock["provisional"]) == ("withdrawn", False)


def _office(url: str, folder: Path, given: Rulebook, now: str) -> AbstractAsyncContextManager[Office]:
    return office_on(url, folder, rules=given, now=now, zone="Europe/London")
