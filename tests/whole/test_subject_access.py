"""A person's own data on request: what they said, what was decided and what was said to them, in the time set."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

HANDLERS = {"reasonable": "no", "regular": "unclear"}
CARD = {
    "what_happened": "The fee was taken twice.",
    "real_cause": "Nobody called back.",
    "clerk": {"said": "The tall one"},
}


async def _export(office: Office, case_id: str, **fields: str) -> Any:
    return await office.desk.post("/v1/subject-exports", {"case_id": case_id} | fields)


@pytest.mark.practice("P171")
async def test_a_file_without_opinions_inside_the_clock_set_for_it(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Europe/London") as office:
        desk = office.desk
        case_id = await desk.receive(words="My own words.", complainant={"name": "Ann Example"})
        await desk.do(case_id, "intake/card", {**CARD, **HANDLERS})
        await desk.walk(case_id, until="closure")
        refused = await _export(office, case_id)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no-subject-request")
        await desk.do(case_id, "intake/subject-requests", {"reference": "DSR-18"})
        assert await office.due(case_id, "internal.subject-access") == "2026-04-03T00:00"
        assert (await office.clock(case_id, "internal.subject-access"))["phase"] == "running"
        await office.go_to("2026-03-20")
        answer = await _export(office, case_id)
        assert answer.status_code == 200, answer.text
        await office.stack.settle()
        assert (await office.clock(case_id, "internal.subject-access"))["phase"] == "met"
        entries = answer.json()["entries"]
        by_kind = {each["what"]: each for each in entries}
        # Facts, decisions, messages: opened, and in the order in which they came.
        assert by_kind["complaint-received"]["words"] == "My own words."
        assert "Ann Example" in by_kind["complaint-received"]["complainant"]
        assert by_kind["card-written"]["what_happened"] == "The fee was taken twice."
        assert by_kind["decision-communicated"]["answer"] == "You were right; the fee comes back."
        assert by_kind["case-closed"]["outcome"]
        assert [each["at"] for each in entries] == sorted(each["at"] for each in entries)
        # No opinions (questions 7 and 8), nothing of other people, of the floor or of the staff file.
        for said in ("unclear", "reasonable", "regular", "opinion", "The tall one", "handler-1", "floor", "li-na"):
            assert said not in answer.text, said
        # It is on record, and the file itself is kept nowhere: asking once more is giving once more.
        request = by_kind["subject-access-requested"]["request_id"]
        assert (await _export(office, case_id)).status_code == 409
        assert (await _export(office, case_id, request_id=request)).status_code == 200
        given = [each for each in await desk.types(case_id, "intake") if each == "subject-access-given.v1"]
        assert len(given) == 2


async def test_half_a_file_is_none_and_an_erased_person_has_none(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until="closure")
        await office.desk.do(case_id, "intake/subject-requests", {})
        office.stack.away.add("intake")
        assert (await _export(office, case_id)).status_code == 503
        office.stack.away.clear()
        assert "subject-access-given.v1" not in await office.desk.types(case_id, "intake")
        erased = await office.desk.post("/v1/erasures", {"case_id": case_id, "reason": "request"})
        assert erased.status_code == 201
        refused = await _export(office, case_id)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/person-erased")
