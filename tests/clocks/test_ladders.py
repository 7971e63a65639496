"""The ladder: each rung with its own time, by day in working hours and at night in real minutes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.clocks.rules import rules, shipped

from casework.shared.clocks.ladders import parse_ladders
from casework.shared.contracts.lengths import Length

NIGHT = """
[[ladder]]
id = "internal.night"
version = 1
policies = ["internal.night-watch"]
rungs = [
  { role = "duty", length = { number = 5, unit = "elapsed-minute" }, urgent = true },
  { role = "supervisor", length = { number = 10, unit = "elapsed-minute" }, urgent = true },
  { role = "duty-owner" },
]
"""


async def climbed(office: Office, case_id: str) -> list[tuple[str, str, int]]:
    """When, who was asked, and on which rung."""
    events = await office.events(case_id, "case-escalated")
    return [(office.local(each["time"]), each["data"]["role"], each["data"]["rung"]) for each in events]


@pytest.mark.practice("P108")
async def test_each_rung_has_its_own_time_and_the_reminders_come_before(open_office: Open) -> None:
    # The rungs of the shipped ladder have 4 and 8 working hours, from 09:00 to 17:00.
    async with open_office(rules=rules(), now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-04-02T18:00")
        reminders = [
            (office.local(each["time"]), each["data"]["percent"])
            for each in await office.events(case_id, "clock-warned")
        ]
        assert reminders == [("2026-03-23T00:00", 75), ("2026-03-26T00:00", 90)]
        # Missed at the midnight after 30 March: 4 hours counted, then 8 more.
        assert await climbed(office, case_id) == [
            ("2026-03-31T00:00", "supervisor", 1),
            ("2026-03-31T13:00", "manager", 2),
            ("2026-04-01T13:00", "duty-owner", 3),
        ]


async def test_a_timer_that_was_away_records_what_was_missed_and_warns_of_nothing(open_office: Open) -> None:
    async with open_office(rules=rules(), now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.go_to("2026-03-31T09:00")
        assert (await office.timer.fire_due()).waiting == 0
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "expired"
        assert not await office.events(case_id, "clock-warned")
        assert [role for _, role, _ in await climbed(office, case_id)] == ["supervisor"]


async def test_who_takes_it_on_ends_the_climbing(open_office: Open) -> None:
    async with open_office(rules=rules(), now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-31T09:30")
        missed = (await office.clock(case_id, "internal.answer"))["clock"]
        await office.desk.do(case_id, f"escalations/{missed}/acceptance", {})
        await office.wait_until("2026-04-10")
        assert [rung for _, _, rung in await climbed(office, case_id)] == [1]
        (rung,) = await office.clocks(case_id, policy="internal.missed.rung-1")
        assert rung["phase"] == "met"


async def test_what_is_done_at_last_ends_the_climbing(open_office: Open) -> None:
    async with open_office(rules=rules(), now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-31T09:30")
        await office.desk.walk(case_id, "resolution/decision")
        await office.wait_until("2026-04-10")
        assert [rung for _, _, rung in await climbed(office, case_id)] == [1]
        (rung,) = await office.clocks(case_id, policy="internal.missed.rung-1")
        assert rung["phase"] == "withdrawn"


@pytest.mark.practice("P109")
async def test_twenty_minutes_at_night(open_office: Open) -> None:
    hotline = replace(
        shipped("internal.first-contact"),
        id="internal.hotline",
        starts="arming-event",
        length=Length(20, "elapsed-minute"),
    )
    watch = replace(
        hotline, id="internal.night-watch", applies_to="night", length=Length(3, "elapsed-minute"), warn_at=()
    )
    ladders = parse_ladders(NIGHT, "night.toml")
    given = rules("internal.hotline", "internal.night-watch", calendar="CN", own=[hotline, watch], ladders=ladders)
    async with open_office(rules=given, now="2010-03-24T20:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        assert await office.due(case_id, "internal.hotline") == "2010-03-24T20:20"
        await office.wait_until("2010-03-24T20:19")
        assert await climbed(office, case_id) == [
            ("2010-03-24T20:03", "duty", 1),
            ("2010-03-24T20:08", "supervisor", 2),
            ("2010-03-24T20:18", "duty-owner", 3),
        ]
        asked = await office.events(case_id, "case-escalated")
        assert [each["data"]["urgent"] for each in asked] == [True, True, False]
        assert (await office.clock(case_id, "internal.hotline"))["phase"] == "running"

        # The last second in real time, with the timer as it runs in the service.
        await office.go_to("2010-03-24T20:19:59")
        office.time.let_go()
        timer = asyncio.create_task(office.timer.run())
        try:
            async with asyncio.timeout(20):
                while not await office.events(case_id, "clock-expired"):
                    await asyncio.sleep(0.1)
                while len(expired := await _expired(office, case_id)) < 2:
                    await asyncio.sleep(0.1)
        finally:
            timer.cancel()
        due = office.time.at("2010-03-24T20:20")
        late = datetime.fromisoformat(expired["internal.hotline"]) - due
        assert timedelta(0) <= late < timedelta(seconds=1)


async def _expired(office: Office, case_id: str) -> dict[str, str]:
    """When each policy's clock was recorded as missed."""
    return {
        each["data"]["policy"]["id"]: each["time"]
        for each in await office.events(case_id, "clock-expired")
        if each["data"]["purpose"] == "first-contact"
    }
