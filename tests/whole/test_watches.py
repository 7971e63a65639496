"""A watch note: who calls from a number or under a name is put through to the owner of the case, until its time."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.runtime.database import begin

NUMBER = "+86 21 6123 4567"
NOTE = "若她再来电，请直接转接。 If she calls again, put her through."


async def _look_up(office: Office, **known_by: str) -> dict[str, Any]:
    answer = await office.desk.post("/v1/watch-lookups", known_by)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.practice("P022")
async def test_who_is_watched_for_is_put_through_to_the_owner_until_the_watch_is_over(open_office: Open) -> None:
    async with open_office(now="2010-03-24T18:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        watch = {"number": NUMBER, "note": NOTE, "until": "2010-03-25T08:00:00+08:00"}
        await office.desk.do(case_id, "watches", watch)
        await office.go_to("2010-03-24T21:40")
        found = await _look_up(office, number="0086-21-61234567")
        assert found["route_to"] == "complaints-desk" == (await office.desk.show(case_id))["owner"]
        (shown,) = found["watches"]
        assert (shown["case_id"], shown["route_to"], shown["note"]) == (case_id, "complaints-desk", NOTE)
        assert (await _look_up(office, number="+86 21 6123 4568")) == {"route_to": None, "watches": []}
        # Who was shown the note is on record; the number and the note are not to be seen there.
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        (listed,) = answer.json()["file"]["contacts"]["watches"]
        assert (listed["stands"], listed["shown"][0]["to"]) == (True, "handler-1")
        assert "6123" not in answer.text
        assert NOTE not in answer.text
        await office.go_to("2010-03-25T07:59")
        assert (await _look_up(office, number=NUMBER))["route_to"] == "complaints-desk"
        await office.go_to("2010-03-25T08:00")
        assert (await _look_up(office, number=NUMBER)) == {"route_to": None, "watches": []}


@pytest.mark.practice("P022")
async def test_a_person_is_found_by_name_and_nothing_personal_is_stored_in_the_open(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        watch = {"person": "Grandma  LI", "note": NOTE, "until": "2026-03-05T08:00:00+00:00"}
        await office.desk.do(case_id, "watches", watch)
        assert (await _look_up(office, person="grandma li"))["watches"][0]["note"] == NOTE
        async with begin(office.stack.runtimes["intake"].engine) as work:
            (row,) = await work.fetch("SELECT * FROM watch")
        assert len(row["mac"]) == 32
        assert not any(word in str(row) for word in ("Grandma", "grandma", "put her through", "转接"))
        await office.desk.do(case_id, "watch-endings", {})
        assert (await _look_up(office, person="Grandma Li"))["watches"] == []
        again = await office.desk.ask(case_id, "watch-endings", {"watch_id": str(row["watch_id"])})
        assert again.json()["type"] == "/problems/watch-has-ended"


async def test_a_watch_lies_ahead_and_is_for_one_caller(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        past = {"number": NUMBER, "note": NOTE, "until": "2026-03-02T10:00:00+00:00"}
        refused = await office.desk.ask(case_id, "watches", past)
        assert refused.json()["type"] == "/problems/watch-until-the-past"
        assert (await _look_up(office, number=NUMBER))["watches"] == []
        both = past | {"person": "Li", "until": "2026-03-05T10:00:00+00:00"}
        assert (await office.desk.ask(case_id, "watches", both)).status_code == 422
        assert (await office.desk.post("/v1/watch-lookups", {})).status_code == 422
        key = await office.stack.key("staff:write", actor="agent-2")
        async with office.stack.client(key) as http:
            assert (await http.post("/v1/watch-lookups", json={"number": NUMBER})).status_code == 403
