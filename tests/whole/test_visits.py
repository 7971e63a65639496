"""A reception on site: closed with every item done, and the day that was agreed is a promise."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.contracts.visits import VisitItem

CN = """
calendar = "CN"
policies = ["internal.answer", "internal.finish", "internal.promise"]
"""
VISIT = {"place": "Bank hall, room 3 大堂三号室", "present": ["Wang Fang", "her daughter", "Mei Chen"]}
AGREED = {"agreed_on": "2026-03-06"}
ITEMS = list(get_args(VisitItem))


async def _visit(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert "Wang" not in answer.text
    (visit,) = answer.json()["file"]["visits"].values()
    return dict(visit)


@pytest.mark.practice("P011")
async def test_a_visit_is_not_closed_without_the_restating_and_its_agreed_day_is_a_promise(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(channel="on-site")
        await office.desk.do(case_id, "visits", VISIT)
        await office.desk.do(case_id, "visit-items", {"items": [each for each in ITEMS if each != "restated"]})
        refused = await office.desk.ask(case_id, "visit-closings", AGREED)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/visit-incomplete")
        assert "done: restated." in refused.json()["detail"]
        assert not await office.clocks(case_id, policy="internal.promise")
        await office.desk.do(case_id, "visit-items", {"items": ["restated"]})
        await office.desk.do(case_id, "visit-closings", AGREED)
        # By the end of that day: kept at 23:59, broken at midnight.
        assert await office.due(case_id, "internal.promise") == "2026-03-07T00:00"
        visit = await _visit(office, case_id)
        assert (visit["place"], visit["agreed_on"], set(visit["done"])) == (VISIT["place"], "2026-03-06", set(ITEMS))
        asked = {"part": "visit-details", "purpose": "See who was there."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
        (details,) = opened.json()["file"].values()
        assert details["present"] == "Wang Fang\nher daughter\nMei Chen"
        await office.wait_until("2026-03-06T23:59")
        assert (await office.clock(case_id, "internal.promise"))["phase"] == "running"
        await office.desk.do(case_id, "visit-promises-kept", {"proof": "Recording 0417."})
        assert (await office.clock(case_id, "internal.promise"))["phase"] == "met"


@pytest.mark.practice("P011")
async def test_nobody_heard_of_by_the_agreed_day_is_a_missed_promise_that_climbs(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(channel="on-site")
        await office.desk.do(case_id, "visits", VISIT)
        await office.desk.do(case_id, "visit-items", {"items": ITEMS})
        past = await office.desk.ask(case_id, "visit-closings", {"agreed_on": "2026-03-01"})
        assert past.json()["type"] == "/problems/agreed-day-has-passed"
        early = await office.desk.ask(case_id, "visit-promises-kept", {"proof": "We called."})
        assert early.json()["type"] == "/problems/nothing-open"
        await office.desk.do(case_id, "visit-closings", AGREED)
        again = await office.desk.ask(case_id, "visit-items", {"items": ["water"]})
        assert again.json()["type"] == "/problems/nothing-open"
        await office.wait_until("2026-03-07T00:01")
        assert (await office.clock(case_id, "internal.promise"))["phase"] == "expired"
        assert await office.events(case_id, "case-escalated")
        await office.desk.do(case_id, "visit-promises-kept", {"proof": "We called, a day late."})
        (visit,) = (await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")).json()["file"]["visits"]
        twice = await office.desk.ask(case_id, "visit-promises-kept", {"visit_id": visit, "proof": "Again."})
        assert twice.json()["type"] == "/problems/visit-promise-already-kept"
