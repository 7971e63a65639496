"""The institution's own levels, without any file of its own: what every case is counted by from the first day."""

from __future__ import annotations

from tests.clocks.conftest import Open


async def test_a_case_is_counted_from_receipt_to_closure(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        acknowledge = await office.clock(case_id, "internal.acknowledge")
        assert acknowledge["phase"] == "running"
        assert acknowledge["due_at"] == "2026-03-04T00:00:00.000000Z"
        status = await office.desk.show(case_id)
        assert status["due"] == {
            "by": "2026-03-04T00:00:00.000000Z",
            "day": "2026-03-03",
            "policy": "internal.acknowledge",
            "purpose": "acknowledge",
            "missed": False,
        }
        await office.desk.walk(case_id, "follow-up/acceptance")
        phases = {each["policy"]: each["phase"] for each in await office.clocks(case_id)}
        assert phases == {
            "internal.acknowledge": "met",
            "internal.answer": "met",
            "internal.finish": "running",
            "internal.hand-off": "met",
        }
        await office.desk.do(case_id, "closure")
        assert not await office.clocks(case_id, phase="running")
        assert "due" not in await office.desk.show(case_id)


async def test_what_nobody_does_is_missed_and_climbs_to_the_duty_owner(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-03T23:59")
        assert not await office.events(case_id, "clock-expired")
        await office.wait_until("2026-03-06T18:00")
        (missed,) = [
            each for each in await office.events(case_id, "clock-expired") if each["data"]["purpose"] == "acknowledge"
        ]
        assert missed["data"]["confirmed"] is True
        assert missed["actorkind"] == "clock"
        rungs = [
            (each["data"]["rung"], each["data"]["role"]) for each in await office.events(case_id, "case-escalated")
        ]
        assert rungs == [(1, "supervisor"), (2, "manager"), (3, "duty-owner")]
        status = await office.desk.show(case_id)
        assert status["due"]["missed"] is True
