"""Complaints of the past: judged by business time, and nobody is reminded of what lies behind (K14)."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.clocks.rules import rules

from casework.shared.testing.desk import complaint


@pytest.mark.practice("P122")
async def test_an_old_complaint_is_judged_by_its_own_time_and_nobody_is_reminded(open_office: Open) -> None:
    async with open_office(rules=rules("uk.disp.8w"), now="2026-03-20", zone="Europe/London") as office:
        case_id = await office.desk.receive(received_at="2026-01-05T10:00:00Z")
        await office.wait_until("2026-03-27")
        clock = await office.clock(case_id, "uk.disp.8w")
        assert office.local(clock["due_at"]) == "2026-03-03T00:00"
        assert (clock["phase"], clock["imported"]) == ("expired", True)
        due = (await office.desk.show(case_id))["due"]
        # The institution's own level of 20 working days was missed even before that.
        assert (due["policy"], due["day"], due["missed"]) == ("internal.answer", "2026-02-02", True)
        assert not await office.events(case_id, "clock-warned", "case-escalated")


async def test_one_that_is_still_in_time_runs_on_without_a_reminder(open_office: Open) -> None:
    async with open_office(rules=rules("uk.disp.8w"), now="2026-03-20", zone="Europe/London") as office:
        case_id = await office.desk.receive(received_at="2026-02-05T10:00:00Z")
        await office.wait_until("2026-04-01")
        clock = await office.clock(case_id, "uk.disp.8w")
        assert (office.local(clock["due_at"]), clock["phase"]) == ("2026-04-03T00:00", "running")
        await office.desk.walk(case_id, "resolution/decision")
        assert (await office.clock(case_id, "uk.disp.8w"))["phase"] == "met"
        assert not await office.events(case_id, "clock-warned", "case-escalated")


async def test_a_key_without_the_scope_records_no_past(open_office: Open) -> None:
    async with (
        open_office(rules=rules("uk.disp.8w"), now="2026-03-20", zone="Europe/London") as office,
        office.stack.client(await office.stack.key("complaints:write", actor="shop")) as shop,
    ):
        office.desk.http = shop
        answer = await office.desk.post("/v1/complaints", complaint(received_at="2026-01-05T10:00:00Z"))
        assert answer.status_code in (400, 422)
        assert "backdated" in answer.text
