"""Records are kept as long as the rule says and go the next day, by an event; under legal hold, after its release."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_erasure import INCIDENT

from casework.intake.retention import Disposals, Retention

KEEPS = """
calendar = "UK-ENG"
policies = ["internal.answer", "internal.finish"]
retention = "internal.retention"
"""
OWN = """
[[retention]]
id = "internal.retention"
version = 2
from = "closing"
years = 1
"""


def _retention(office: Office) -> Retention:
    return next(p for p in office.stack.runtimes["intake"].rooms.parts if isinstance(p, Retention))


async def _closed(office: Office) -> str:
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, until="closure")
    return case_id


@pytest.mark.practice("P172")
async def test_a_record_goes_the_day_after_its_last_day_and_not_before_a_hold_is_released(open_office: Open) -> None:
    async with open_office(institution=KEEPS, now="2028-02-29", zone="Europe/London") as office:
        free, held, still_open = await _closed(office), await _closed(office), await office.desk.receive()
        await office.desk.do(held, "intake/incident-mode", INCIDENT)
        await office.go_to("2031-02-28T23:59")
        assert await _retention(office).dispose_due() == Disposals(0, 0)
        await office.go_to("2031-03-01T00:00")
        assert await _retention(office).dispose_due() == Disposals(done=1, kept=1)
        answer = await office.desk.http.get(f"/v1/cases/{free}/events")
        disposed = [e["event"] for e in answer.json() if e["event"]["type"] == "casework.intake.case-disposed.v1"]
        assert [e["data"] for e in disposed] == [
            {"kept_until": "2031-02-28", "rule": {"id": "internal.retention", "version": 1}}
        ]
        assert [e["actor"] for e in disposed] == ["casework-retention"]
        assert (await office.desk.types(free, "intake"))[-2:] == ["case-disposed.v1", "complainant-erased.v1"]
        # Under hold it stays, however often it is looked at; released, it goes.
        await office.go_to("2031-06-01")
        assert await _retention(office).dispose_due() == Disposals(done=0, kept=1)
        await office.desk.do(held, "intake/incident-mode-end", {"reason": "The court has ruled."})
        assert await _retention(office).dispose_due() == Disposals(done=1, kept=0)
        assert "case-disposed.v1" in await office.desk.types(held, "intake")
        # What is still open is not touched, however old it is.
        assert "case-disposed.v1" not in await office.desk.types(still_open, "intake")
        assert await _retention(office).dispose_due() == Disposals(0, 0)


async def test_an_institution_counts_from_the_closing_and_disposes_of_nothing_unasked(open_office: Open) -> None:
    own = {"retention/own.toml": OWN}
    with_folder = KEEPS + 'folders = ["own"]\n'
    async with open_office(institution=with_folder, files=own, now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.go_to("2026-05-04")
        await office.desk.walk(case_id, until="closure")
        await office.go_to("2027-05-04T23:00")
        assert await _retention(office).dispose_due() == Disposals(0, 0)
        await office.go_to("2027-05-05T00:30")
        assert await _retention(office).dispose_due() == Disposals(1, 0)
        assert case_id


async def test_without_a_rule_nothing_goes(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        await _closed(office)
        await office.go_to("2066-03-02")
        assert await _retention(office).dispose_due() == Disposals(0, 0)
