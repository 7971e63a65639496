"""Whoever takes work on has a time of their own for it, whatever was left of the time of those before."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.clocks.rules import rules


@pytest.mark.practice("P104")
async def test_acceptance_starts_the_receivers_own_clock_and_the_cases_goes_on(open_office: Open) -> None:
    # The calendar is open from 09:00 to 17:00.
    async with open_office(rules=rules("internal.receiver"), now="2026-03-02T09:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        of_the_case = await office.due(case_id, "internal.answer")
        await office.desk.walk(case_id, "investigation/acceptance")
        givers = await office.clock(case_id, "internal.receiver")
        assert office.local(givers["due_at"]) == "2026-03-02T17:00"

        await office.wait_until("2026-03-02T16:00")
        for step in ("investigation/findings", "investigation/conclusion", "investigation/resolution-offer"):
            await office.desk.do(case_id, step)
        # Offered is not taken: until then it is the giver's, with an hour left.
        (running,) = await office.clocks(case_id, policy="internal.receiver")
        assert (running["clock"], running["phase"]) == (givers["clock"], "running")
        await office.desk.do(case_id, "resolution/acceptance")
        receivers = await office.clock(case_id, "internal.receiver")
        assert receivers["clock"] != givers["clock"]
        assert office.local(receivers["started_at"]) == "2026-03-02T16:00"
        assert office.local(receivers["due_at"]) == "2026-03-03T16:00"
        phases = {each["clock"]: each["phase"] for each in await office.clocks(case_id, policy="internal.receiver")}
        assert phases == {givers["clock"]: "met", receivers["clock"]: "running"}
        assert await office.due(case_id, "internal.answer") == of_the_case
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"


async def test_the_last_receivers_time_ends_with_the_case(open_office: Open) -> None:
    async with open_office(rules=rules("internal.receiver"), now="2026-03-02T09:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "closure")
        phases = [each["phase"] for each in await office.clocks(case_id, policy="internal.receiver")]
        assert phases == ["met", "met", "met"]


async def test_a_receiver_who_takes_longer_is_escalated(open_office: Open) -> None:
    async with open_office(rules=rules("internal.receiver"), now="2026-03-02T09:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        await office.wait_until("2026-03-03T09:00")
        assert (await office.clock(case_id, "internal.receiver"))["phase"] == "expired"
        (escalated,) = await office.events(case_id, "case-escalated")
        assert escalated["data"]["ladder"]["id"] == "internal.missed"
